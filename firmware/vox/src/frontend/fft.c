#include "frontend/fft.h"

#include <stdbool.h>

#include "frontend/fixed.h"
#include "frontend/section.h"
#ifdef VOX_FIXED_DSP
#include "frontend/radix4_dsp.h"
#endif

/* A size-N real transform is a complex one of size M = N/2 over z[n] = x[2n] + i x[2n+1], followed by the split step.
 *
 * Why nothing overflows, for any samples and any tables that vox_frontend_check lets pass (|w| <= 1 + 2^-15):
 * windowed samples lie in -2^24..2^24, so |z| <= sqrt(2) * 2^24 = 2^24.5. A radix-2 stage doubles the bound at most. A
 * radix-4 stage adds four legs, each halved, three of them rotated: at most 2 * (1 + 2^-15) times the bound, plus less
 * than 9 for the floors. The largest size, M = 2048, has one radix-2 and five radix-4 stages:
 * 2^24.5 * 2 * 2^5 * (1 + 2^-15)^5 + 9 * 2^5 < 2^30.51. The split step takes halves of two such values, and then half the
 * sum of two of those, so that its results keep below the same bound. Sums on the way are sums of fewer of the same
 * terms. */

#define WINDOWED_BITS 24

/* Number of magnitude bits b of the frame, 0..15: -2^b <= x < 2^b for all samples. In x ^ (x << 1) the highest set bit is
 * bit b. Two samples are taken at a time; the bit that the lower one pushes into the upper one is bit 0, which counts as
 * b = 0 anyway. */
static unsigned magnitude_bits(const int16_t *samples, unsigned length)
{
    uint32_t bits = 0;
    unsigned i = 0;
    if (((uintptr_t)samples & 3u) == 0u) {
        const int16_t *pair = samples;
        for (; i + 8u <= length; i += 8u, pair += 8) {
            uint32_t word[4];
#if defined(__GNUC__)
            memcpy(word, __builtin_assume_aligned(pair, 4), sizeof word);
#else
            memcpy(word, pair, sizeof word);
#endif
            bits |= (word[0] ^ (word[0] << 1)) | (word[1] ^ (word[1] << 1));
            bits |= (word[2] ^ (word[2] << 1)) | (word[3] ^ (word[3] << 1));
        }
        bits = (bits | (bits >> 16)) & 0xFFFFu;
    }
    for (; i < length; i++) {
        const uint32_t word = (uint16_t)samples[i];
        bits |= (word ^ (word << 1)) & 0xFFFFu;
    }
    return vox_bit_length(bits | 1u) - 1u;
}

/* The windowed frame as a sequence of complex numbers, zero-padded; `left` scales it to WINDOWED_BITS + 7 bits. */
typedef struct {
    const int16_t *samples;
    const uint16_t *window;
    unsigned length;
    unsigned left;
} windowed;

/* Two samples at x with their weights at w (at most 32767, so that they multiply as signed halves of a word), floored to
 * 2^drop. */
static inline vox_complex windowed_pair(const int16_t *x, const uint16_t *w, unsigned left, unsigned drop)
{
    vox_complex z;
#ifdef VOX_FIXED_DSP
    int32_t samples, weights;
    memcpy(&samples, x, sizeof samples);
    memcpy(&weights, w, sizeof weights);
    z.re = vox_shift_left((int16_t)samples * (int16_t)weights, left) >> drop;
    z.im = vox_shift_left((samples >> 16) * (weights >> 16), left) >> drop;
#else
    z.re = vox_shift_left(x[0] * (int32_t)w[0], left) >> drop;
    z.im = vox_shift_left(x[1] * (int32_t)w[1], left) >> drop;
#endif
    return z;
}

/* z[n], where n may lie behind the last sample. tail: what follows the complete pairs. */
typedef struct {
    int16_t samples[4]; /* the last sample if their number is odd, and zeros */
    uint16_t window[4];
} windowed_tail;

static windowed_tail tail_of(const windowed *input)
{
    windowed_tail tail = {{0, 0, 0, 0}, {0, 0, 0, 0}};
    if (input->length % 2u != 0u) {
        tail.samples[0] = input->samples[input->length - 1u];
        tail.window[0] = input->window[input->length - 1u];
    }
    return tail;
}

static inline vox_complex windowed_padded(const windowed *input, const windowed_tail *tail, unsigned n, unsigned drop)
{
    const unsigned complete = input->length / 2u;
    const unsigned behind = n == complete ? 0u : 2u;
    const int16_t *x = n < complete ? input->samples + 2u * n : tail->samples + behind;
    const uint16_t *w = n < complete ? input->window + 2u * n : tail->window + behind;
    return windowed_pair(x, w, input->left, drop);
}

/* The bit-reversed counter after `reversed`; top: its highest bit. */
static inline unsigned next_reversed(unsigned reversed, unsigned top)
{
    while (reversed & top) {
        reversed ^= top;
        top >>= 1;
    }
    return reversed | top;
}

/* Four-point transform of the legs, which come halved, to p[0], p[quarter], p[2 * quarter], p[3 * quarter]. */
static inline void butterfly(vox_complex *p, unsigned quarter, vox_complex leg0, vox_complex leg1, vox_complex leg2,
                             vox_complex leg3)
{
    const int32_t sum13_re = leg1.re + leg3.re, sum13_im = leg1.im + leg3.im;
    const int32_t difference13_re = leg1.re - leg3.re, difference13_im = leg1.im - leg3.im;
    const int32_t sum02_re = leg0.re + leg2.re, sum02_im = leg0.im + leg2.im;
    const int32_t difference02_re = leg0.re - leg2.re, difference02_im = leg0.im - leg2.im;
    p->re = sum02_re + sum13_re;
    p->im = sum02_im + sum13_im;
    p += quarter;
    p->re = difference02_re + difference13_im;
    p->im = difference02_im - difference13_re;
    p += quarter;
    p->re = sum02_re - sum13_re;
    p->im = sum02_im - sum13_im;
    p += quarter;
    p->re = difference02_re - difference13_im;
    p->im = difference02_im + difference13_re;
}

static inline vox_complex half(vox_complex x)
{
    x.re >>= 1;
    x.im >>= 1;
    return x;
}

/* Window, bit reversal and the first stage in one pass; z has 4 * quarter points. One bit more is dropped than for
 * WINDOWED_BITS: the halving of the four legs. */
static void first_radix4(const windowed *input, unsigned quarter, vox_complex *z)
{
    const unsigned complete = input->length / 2u; /* complex points without padding */
    const unsigned left = input->left;
    const unsigned step = 2u * quarter;
    const int16_t *x = input->samples;
    const uint16_t *w = input->window;
    unsigned reversed = 0, n = 0;
    for (; n < quarter && n + 3u * quarter < complete; n++) {
        const int16_t *leg_x = x;
        const uint16_t *leg_w = w;
        VOX_IN_REGISTER(leg_x);
        VOX_IN_REGISTER(leg_w);
        const vox_complex leg0 = windowed_pair(leg_x, leg_w, left, 8u);
        const vox_complex leg1 = windowed_pair(leg_x += step, leg_w += step, left, 8u);
        const vox_complex leg2 = windowed_pair(leg_x += step, leg_w += step, left, 8u);
        const vox_complex leg3 = windowed_pair(leg_x + step, leg_w + step, left, 8u);
        butterfly(z + 4u * reversed, 1u, leg0, leg1, leg2, leg3);
        reversed = next_reversed(reversed, quarter / 2u);
        x += 2;
        w += 2;
    }
    const windowed_tail tail = tail_of(input);
    for (; n < quarter; n++) {
        const vox_complex leg0 = windowed_padded(input, &tail, n, 8u);
        const vox_complex leg1 = windowed_padded(input, &tail, n + quarter, 8u);
        const vox_complex leg2 = windowed_padded(input, &tail, n + 2u * quarter, 8u);
        const vox_complex leg3 = windowed_padded(input, &tail, n + 3u * quarter, 8u);
        butterfly(z + 4u * reversed, 1u, leg0, leg1, leg2, leg3);
        reversed = next_reversed(reversed, quarter / 2u);
    }
}

static void first_radix2(const windowed *input, unsigned half_size, vox_complex *z)
{
    const windowed_tail tail = tail_of(input);
    unsigned reversed = 0;
    for (unsigned n = 0; n < half_size; n++) {
        const vox_complex leg0 = windowed_padded(input, &tail, n, 7u);
        const vox_complex leg1 = windowed_padded(input, &tail, n + half_size, 7u);
        vox_complex *pair = z + 2u * reversed;
        pair[0].re = leg0.re + leg1.re;
        pair[0].im = leg0.im + leg1.im;
        pair[1].re = leg0.re - leg1.re;
        pair[1].im = leg0.im - leg1.im;
        reversed = next_reversed(reversed, half_size / 2u);
    }
}

static inline vox_twiddle twiddle_up_to_three_quarters(const int16_t *table, unsigned index, unsigned size)
{
    int16_t cosine, sine;
    vox_twiddle_folded(table, index, size, &cosine, &sine);
    return vox_twiddle_make(cosine, sine);
}

/* One stage: groups of four transforms of `quarter` points become one of 4 * quarter points. The sub-transforms lie in
 * bit-reversed order: those of the samples 0, 2, 1, 3 modulo 4. `stride`: twiddle index of one step.
 * Leg 0 is halved; a turned leg comes out halved; the legs of the first butterfly of a group are not turned but halved. */
#ifdef VOX_SPLIT_MULTIPLY

/* Turns z[0], z[step], ... below `end`. */
static void turn(vox_complex *z, const vox_complex *end, unsigned step, vox_twiddle w)
{
    do {
        *z = vox_rotate(*z, w);
        z += step;
    } while (z < end);
}

/* (a, b) to (a + b, a - b), where gcc must not look for a third register. */
#define SUM_AND_DIFFERENCE(a, b)                                                                                       \
    do {                                                                                                               \
        (a) += (b);                                                                                                    \
        VOX_IN_REGISTER(a);                                                                                            \
        (b) = (a) - ((b) << 1);                                                                                        \
    } while (0)

/* butterfly() on legs that are turned already, in place: first the real parts, then the imaginary ones, so that seven
 * registers do. Sums are unsigned, because a - 2b may wrap on the way. */
static inline void add_legs(vox_complex *p, unsigned quarter)
{
    vox_complex *leg = p + 2u * quarter;
    VOX_IN_REGISTER(leg);
    uint32_t re1 = (uint32_t)leg->re, im1 = (uint32_t)leg->im;
    leg += quarter;
    VOX_IN_REGISTER(leg);
    uint32_t re3 = (uint32_t)leg->re, im3 = (uint32_t)leg->im;
    SUM_AND_DIFFERENCE(re1, re3);
    SUM_AND_DIFFERENCE(im1, im3);
    leg = p + quarter;
    VOX_IN_REGISTER(leg);
    uint32_t a = (uint32_t)(p->re >> 1), b = (uint32_t)leg->re;
    SUM_AND_DIFFERENCE(a, b);
    SUM_AND_DIFFERENCE(a, re1);
    SUM_AND_DIFFERENCE(b, im3);
    p->re = (int32_t)a;
    uint32_t c = (uint32_t)leg->im;
    leg->re = (int32_t)b;
    b = (uint32_t)(p->im >> 1);
    SUM_AND_DIFFERENCE(b, c); /* b, c: sum and difference of the imaginary parts of legs 0 and 2 */
    SUM_AND_DIFFERENCE(c, re3);
    SUM_AND_DIFFERENCE(b, im1);
    p->im = (int32_t)b;
    leg->im = (int32_t)re3;
    leg += quarter;
    VOX_IN_REGISTER(leg);
    leg->re = (int32_t)re1;
    leg->im = (int32_t)im1;
    leg += quarter;
    VOX_IN_REGISTER(leg);
    leg->re = (int32_t)im3;
    leg->im = (int32_t)c;
}

/* With eight registers at hand: one leg is turned after the other, then the sums are taken. */
static void radix4_stage(vox_complex *z, unsigned points, unsigned quarter, const int16_t *twiddle, unsigned stride)
{
    for (unsigned leg = 1; leg <= 3u; leg++) {
        vox_complex *first = z + (leg == 3u ? 3u : 3u - leg) * quarter; /* bit-reversed: legs 2 and 1 are swapped */
        for (unsigned i = 0; i < points; i += 4u * quarter) {
            first[i] = half(first[i]);
        }
        const unsigned step = leg * stride, last = step * quarter;
        for (unsigned index = step; index < last; index += step) {
            VOX_IN_REGISTER(index);
            first++;
            turn(first, z + points, 4u * quarter, twiddle_up_to_three_quarters(twiddle, index, 2u * points));
        }
    }
    for (unsigned i = 0; i < points; i += 4u * quarter) {
        vox_complex *p = z + i;
        unsigned count = quarter;
        do {
            add_legs(p, quarter);
            p++;
        } while (--count != 0u);
    }
}

#else

/* The butterfly with the same twiddles in each of `groups` groups. */
static void turned_groups(vox_complex *p, unsigned quarter, unsigned groups, vox_twiddle w1, vox_twiddle w2,
                          vox_twiddle w3)
{
#ifdef VOX_FIXED_DSP
    const uint32_t quarter_bytes = (uint32_t)sizeof(vox_complex) * quarter;
    p += 3u * quarter;
    do {
        p = vox_radix4_dsp(p, quarter_bytes, w1, w2, w3) + 4u * quarter;
    } while (--groups != 0u);
#else
    do {
        butterfly(p, quarter, half(p[0]), vox_rotate(p[2u * quarter], w1), vox_rotate(p[quarter], w2),
                  vox_rotate(p[3u * quarter], w3));
        p += 4u * quarter;
    } while (--groups != 0u);
#endif
}

static void radix4_stage(vox_complex *z, unsigned points, unsigned quarter, const int16_t *twiddle, unsigned stride)
{
    for (unsigned i = 0; i < points; i += 4u * quarter) {
        vox_complex *p = z + i;
        VOX_IN_REGISTER(p);
        butterfly(p, quarter, half(p[0]), half(p[2u * quarter]), half(p[quarter]), half(p[3u * quarter]));
    }
    for (unsigned j = 1; j < quarter; j++) {
        VOX_IN_REGISTER(j);
        const unsigned index = j * stride;
        const vox_twiddle w1 = vox_twiddle_load(twiddle, index);
        const vox_twiddle w2 = twiddle_up_to_three_quarters(twiddle, 2u * index, 2u * points);
        const vox_twiddle w3 = twiddle_up_to_three_quarters(twiddle, 3u * index, 2u * points);
        turned_groups(z + j, quarter, points / (4u * quarter), w1, w2, w3);
    }
}

#endif

/* From the transform Z of z to half the transform X of x, in place, for bins first..last (and their mirrors):
 * X[k] / 2 = (e - i w o) / 2 and X[M-k] / 2 = conj(e + i w o) / 2
 * with e = (Z[k] + conj Z[M-k]) / 2, o = (Z[k] - conj Z[M-k]) / 2, w = exp(-2 pi i k / N). */
static void split(vox_complex *z, unsigned points, const int16_t *twiddle, unsigned first, unsigned last)
{
    if (first == 0u || last == points) {
        const vox_complex zero = half(z[0]);
        z[0].re = zero.re + zero.im;
        z[0].im = 0;
        z[points].re = zero.re - zero.im;
        z[points].im = 0;
    }
    /* k runs over the lower of every two mirrored bins of which one at least is wanted. */
    const unsigned mirror_first = points - last, mirror_last = points - first;
    unsigned low = first < mirror_first ? first : mirror_first;
    unsigned high = last < mirror_last ? last : mirror_last;
    if (last >= points / 2u && first <= points / 2u) {
        high = points / 2u;
    }
    if (low == 0u) {
        low = 1u;
    }
    for (unsigned k = low; k <= high; k++) {
        const vox_complex a = half(z[k]), b = half(z[points - k]);
        const vox_complex even = {a.re + b.re, a.im - b.im};
        const vox_complex odd = {a.im + b.im, b.re - a.re}; /* -i o */
        const vox_complex turned = vox_rotate(odd, vox_twiddle_load(twiddle, k));
        z[k].re = (even.re >> 1) + turned.re;
        z[k].im = (even.im >> 1) + turned.im;
        z[points - k].re = (even.re >> 1) - turned.re;
        z[points - k].im = turned.im - (even.im >> 1);
    }
}

int vox_fft_windowed(const vox_fft_plan *plan, const int16_t *samples, unsigned first, unsigned last, int32_t *spectrum)
{
    const unsigned points = plan->size / 2u;
    const unsigned bits = magnitude_bits(samples, plan->length);
    const windowed input = {samples, plan->window, plan->length, 16u - bits};
    vox_complex *z = (vox_complex *)(void *)spectrum;
    unsigned quarter, halvings = 0;
    if ((vox_bit_length(points) & 1u) != 0u) { /* points is a power of four */
        first_radix4(&input, points / 4u, z);
        quarter = 4u;
        halvings = 1u;
    } else {
        first_radix2(&input, points / 2u, z);
        quarter = 2u;
    }
    for (; quarter < points; quarter *= 4u) {
        radix4_stage(z, points, quarter, plan->twiddle, plan->size / (4u * quarter));
        halvings++;
    }
    split(z, points, plan->twiddle, first, last);
    /* samples * window / 2^15 was scaled by 2^(WINDOWED_BITS - bits); the split step took one more half. */
    return (int)WINDOWED_BITS - (int)bits - (int)halvings - 1;
}
