#include "frontend/formants.h"

#include <stdbool.h>

#include "frontend/autocorrelation.h"
#include "frontend/decimate.h"
#include "frontend/fixed.h"
#include "frontend/fixed_log2.h"
#include "frontend/lpc.h"
#include "vox/status.h"

#define MOST_LPC_RATE 12000u
#define RESAMPLED_BLOCKS 3u /* blocks that the filters take up */
#define GRID 128u           /* points of the envelope from 0 to half the rate */
#define CIRCLE 256u
#define ENVELOPE_Q 12
#define ENVELOPE_MOST 46340 /* its square twice is below 2^32 */

/* round(2^15 cos(2 pi i / 256)), the first one less 1 */
static const int16_t quarter_cosine[CIRCLE / 4u + 1u] = {
    32767, 32758, 32729, 32679, 32610, 32522, 32413, 32286, 32138, 31972, 31786, 31581, 31357,
    31114, 30853, 30572, 30274, 29957, 29622, 29269, 28899, 28511, 28106, 27684, 27246, 26791,
    26320, 25833, 25330, 24812, 24279, 23732, 23170, 22595, 22006, 21403, 20788, 20160, 19520,
    18868, 18205, 17531, 16846, 16151, 15447, 14733, 14010, 13279, 12540, 11793, 11039, 10279,
    9512,  8740,  7962,  7180,  6393,  5602,  4808,  4011,  3212,  2411,  1608,  804,   0};

int vox_formant_plan_init(vox_formant_plan *plan, uint32_t rate, unsigned window)
{
    if (rate < 8000u || rate > 48000u || window * 1000u < 15u * rate || window * 10u > rate) {
        return VOX_ERR_ARGUMENT;
    }
    const bool two_thirds = rate > MOST_LPC_RATE && rate < 18000u;
    plan->rate = rate;
    plan->window = (uint16_t)window;
    plan->up = two_thirds ? 2u : 1u;
    plan->down = two_thirds ? 3u : (uint8_t)((rate + MOST_LPC_RATE - 1u) / MOST_LPC_RATE);
    plan->lpc_rate = (uint16_t)(rate * plan->up / plan->down);
    plan->order = plan->lpc_rate < 9000u ? 10u : 12u;
    const unsigned most = rate / (25u * plan->down);
    const unsigned blocks = window / plan->down < most ? window / plan->down : most;
    plan->offset = (uint16_t)((window - blocks * plan->down) / 2u);
    plan->length = (uint16_t)((blocks - RESAMPLED_BLOCKS) * plan->up);
    return VOX_OK;
}

/* The decimated frame twice, as 32 and as 16 bits; correlations and coefficients. Later the envelope and the circle take
 * the place of the frame. */
size_t vox_formants_scratch_size(const vox_formant_plan *plan)
{
    const size_t frame = plan->length + (plan->length + VOX_CORRELATION_PADDING + 1u) / 2u;
    const size_t envelope = GRID + 1u + CIRCLE;
    const size_t words = (frame > envelope ? frame : envelope) + 2u * (VOX_LPC_ORDER + 2u);
    return (sizeof(int32_t) * words + 7u) & ~(size_t)7u;
}

/* Two samples for three, by a sinc of 2/3 the band under a Hann window of 8 samples. Gain 64. The first block of three is
 * in front of the first output, two are behind the last. */
static void two_for_three(const int16_t *samples, unsigned length, int32_t *values)
{
    for (unsigned i = 0; i < length; i += 2u, samples += 3) {
        const int16_t *x = samples + 3;
        values[i] = 42 * x[0] + 15 * (x[-1] + x[1]) - 4 * (x[-2] + x[2]);
        values[i + 1u] = 34 * (x[1] + x[2]) - 2 * (x[-1] + x[4]);
    }
}

/* One for `factor`: the triangle, then (-1, 6, -1) against its droop. Gain 4 factor^2, so |value| < 2^22 for 4. */
static void one_for_several(const int16_t *samples, unsigned factor, unsigned length, int32_t *values)
{
    int32_t falling = 0, a = 0, b = 0;
    for (unsigned block = 0; block < length + RESAMPLED_BLOCKS; block++, samples += factor) {
        const int32_t c = vox_triangle(samples, factor, &falling);
        if (block >= RESAMPLED_BLOCKS) {
            values[block - RESAMPLED_BLOCKS] = 6 * b - a - c;
        }
        a = b;
        b = c;
    }
}

/* Pre-emphasis x[n] - 15/16 x[n-1], and the window (1 - u^2)^2 with u from -1 to 1, which needs no table; to samples of
 * 11 bits, scaled by the largest of the frame before it is windowed. */
static void emphasise(int32_t *values, unsigned length, int16_t *x)
{
    int32_t last = values[0];
    uint32_t bits = 0;
    for (unsigned i = 0; i < length; i++) {
        const int32_t now = values[i], value = now - last + (last >> 4);
        values[i] = value;
        last = now;
        bits |= (uint32_t)(value ^ (value >> 31));
    }
    const unsigned magnitude = vox_bit_length(bits);
    const unsigned right = magnitude > 15u ? magnitude - 15u : 0u, left = magnitude > 15u ? 0u : 15u - magnitude;
    const uint32_t scale = (1u << 30) / (length * length);
    uint32_t product = 2u * length - 1u, step = 2u * product - 6u; /* (2i + 1) (2 (length - i) - 1) and its growth */
    for (unsigned i = 0; i < length; i++) {
        const uint32_t parabola = product * scale >> 15; /* Q15 */
        const uint32_t weight = parabola * parabola >> 15;
        x[i] = (int16_t)((vox_shift_left(values[i], left) >> right) * (int32_t)weight >> (30u - VOX_CORRELATION_BITS));
        product += step;
        step -= 8u;
    }
}

/* Cosine and sine of 2 pi i / 256, i = 0..255. */
static void make_circle(vox_twiddle *pairs)
{
    for (unsigned i = 0; i < CIRCLE / 4u; i++) {
        const int32_t c = quarter_cosine[i], s = quarter_cosine[CIRCLE / 4u - i];
        pairs[i] = vox_twiddle_make(c, s);
        pairs[i + CIRCLE / 4u] = vox_twiddle_make(-s, c);
        pairs[i + CIRCLE / 2u] = vox_twiddle_make(-c, -s);
        pairs[i + 3u * CIRCLE / 4u] = vox_twiddle_make(s, -c);
    }
}

/* |A|^2 in Q24. */
static int32_t squared(int32_t re, int32_t im)
{
    re = re > ENVELOPE_MOST ? ENVELOPE_MOST : re < -ENVELOPE_MOST ? -ENVELOPE_MOST : re;
    im = im > ENVELOPE_MOST ? ENVELOPE_MOST : im < -ENVELOPE_MOST ? -ENVELOPE_MOST : im;
    return (int32_t)(((uint32_t)(re * re) + (uint32_t)(im * im)) >> 1);
}

/* sum + x times the cosine or the sine of a pair, floored to 2^16. */
static inline int32_t add_cosine(int32_t x, vox_twiddle pair, int32_t sum)
{
#ifdef VOX_FIXED_DSP
    __asm("smlawb %0, %1, %2, %0" : "+r"(sum) : "r"(x), "r"(pair));
    return sum;
#else
    return sum + vox_multiply_high(x, pair.cosine);
#endif
}

static inline int32_t add_sine(int32_t x, vox_twiddle pair, int32_t sum)
{
#ifdef VOX_FIXED_DSP
    __asm("smlawt %0, %1, %2, %0" : "+r"(sum) : "r"(x), "r"(pair));
    return sum;
#else
    return sum + vox_multiply_high(x, pair.sine);
#endif
}

/* power[m], m = 0..GRID: half |A|^2 at m / GRID of half the rate, Q24. The point and its mirror image have the same even
 * terms, and odd ones that differ in sign. a: Q16, a[order + 1] = 0, order even; pairs: of the whole circle. */
static void inverse_envelope(const int32_t *a, unsigned order, const vox_twiddle *pairs, int32_t *power)
{
    for (unsigned m = 0; m <= GRID / 2u; m++) {
        int32_t re0 = 0, im0 = 0, re1 = 0, im1 = 0; /* Q15: of even and of odd k */
        unsigned index = 0;
        for (const int32_t *term = a; term < a + order + 1u; term += 2) {
            const vox_twiddle even = pairs[index & (CIRCLE - 1u)], odd = pairs[(index + m) & (CIRCLE - 1u)];
            re0 = add_cosine(term[0], even, re0);
            im0 = add_sine(term[0], even, im0);
            re1 = add_cosine(term[1], odd, re1);
            im1 = add_sine(term[1], odd, im1);
            index += 2u * m;
        }
        power[m] = squared((re0 + re1) >> (15 - ENVELOPE_Q), (im0 + im1) >> (15 - ENVELOPE_Q));
        power[GRID - m] = squared((re0 - re1) >> (15 - ENVELOPE_Q), (im0 - im1) >> (15 - ENVELOPE_Q));
    }
}

/* Hz of the peak at a point that is lower than its neighbours, by the parabola through the logarithms. */
static unsigned peak_hz(const int32_t *power, unsigned m, unsigned lpc_rate)
{
    const int32_t below = vox_log2_q16((uint32_t)power[m - 1u]), at = vox_log2_q16((uint32_t)power[m]);
    const int32_t above = vox_log2_q16((uint32_t)power[m + 1u]);
    const int32_t bend = below + above - 2 * at;
    const int32_t distance = bend > 0 ? (below - above) * 128 / bend : 0; /* Q8 points, -128..128 */
    return (unsigned)((int32_t)(256u * m) + distance) * (lpc_rate / 2u) / (256u * GRID);
}

void vox_formants_frame(const vox_formant_plan *plan, const int16_t *samples, int32_t *scratch, int16_t *hz)
{
    const unsigned length = plan->length, order = plan->order;
    int32_t *correlation = scratch, *a = scratch + (VOX_LPC_ORDER + 2u), *values = a + (VOX_LPC_ORDER + 2u);
    int16_t *x = (int16_t *)(values + length);

    for (unsigned i = 0; i < VOX_FORMANTS; i++) {
        hz[i] = 0;
    }
    samples += plan->offset;
    if (plan->up == 2u) {
        two_for_three(samples, length, values);
    } else {
        one_for_several(samples, plan->down, length, values);
    }
    emphasise(values, length, x);
    memset(x + length, 0, sizeof(int16_t) * VOX_CORRELATION_PADDING);
    vox_autocorrelate(x, length, 0, order + 1u, correlation);
    if (correlation[0] == 0) {
        return;
    }
    correlation[0] -= correlation[0] >> 12; /* room for what is added */
    correlation[0] += correlation[0] >> 11; /* white noise 36 dB below, against a spectrum without floor */
    vox_lpc(correlation, order, a);
    for (unsigned k = 0; k <= order; k++) {
        a[k] >>= VOX_LPC_Q - 16;
    }
    a[order + 1u] = 0;
    vox_twiddle *pairs = (vox_twiddle *)(void *)(values + GRID + 1u);
    make_circle(pairs);
    inverse_envelope(a, order, pairs, values);
    unsigned found = 0;
    for (unsigned m = 1; m < GRID && found < VOX_FORMANTS; m++) {
        if (values[m] < values[m - 1u] && values[m] <= values[m + 1u]) {
            const unsigned peak = peak_hz(values, m, plan->lpc_rate);
            if (peak >= VOX_FORMANT_LOWEST_HZ && peak <= VOX_FORMANT_HIGHEST_HZ) {
                hz[found] = (int16_t)peak;
                found++;
            }
        }
    }
}
