#include "frontend/formants.h"

#include <string.h>

#include "frontend/autocorrelation.h"
#include "frontend/factors.h"
#include "frontend/fixed.h"
#include "frontend/lpc.h"
#include "vox/status.h"

/* Linear prediction tells three resonances best at about 8 kHz with four and at 11 kHz with five. */
#define FOUR_RESONANCES 8000u
#define FOUR_RESONANCES_MOST 8500u
#define FIVE_RESONANCES_MOST 12000u
#define FILTER_BLOCKS 2u /* blocks that the filters take up */

int vox_formant_plan_init(vox_formant_plan *plan, uint32_t rate, unsigned window)
{
    if (rate < 8000u || rate > 48000u || window * 1000u < 15u * rate || window * 10u > rate) {
        return VOX_ERR_ARGUMENT;
    }
    unsigned factor = (unsigned)(rate / FOUR_RESONANCES);
    if (rate > FOUR_RESONANCES_MOST * factor) {
        factor = (unsigned)((rate + FIVE_RESONANCES_MOST - 1u) / FIVE_RESONANCES_MOST);
    }
    plan->window = (uint16_t)window;
    plan->factor = (uint16_t)factor;
    plan->lpc_rate = (uint16_t)(rate / factor);
    plan->order = plan->lpc_rate < 7500u ? 6u : plan->lpc_rate < 9250u ? 8u : 10u;
    const unsigned most = rate / (25u * factor);
    const unsigned blocks = window / factor < most ? window / factor : most;
    plan->offset = (uint16_t)((window - blocks * factor) / 2u);
    plan->length = (uint16_t)((blocks - FILTER_BLOCKS) & ~1u);
    return VOX_OK;
}

/* The decimated frame twice, as 32 and as 16 bits; correlations and coefficients. */
size_t vox_formants_scratch_size(const vox_formant_plan *plan)
{
    const size_t frame = plan->length + (plan->length + VOX_CORRELATION_PADDING + 1u) / 2u;
    return (sizeof(int32_t) * (frame + 2u * (VOX_LPC_ORDER + 1u)) + 7u) & ~(size_t)7u;
}

/* One block of a triangle over two: this one weighted factor - 1, ..., 0, and *rising, the last one weighted 1, ...,
 * factor. |sum| <= 2^15 factor^2. */
static inline int32_t triangle(const int16_t *samples, unsigned factor, int32_t *rising)
{
    int32_t sum = 0, sums = 0; /* sums: weighted factor, ..., 1 */
    if (factor == 2u) {        /* 16 kHz, without a loop */
        const int32_t value = *rising + samples[0];
        *rising = samples[0] + 2 * samples[1];
        return value;
    }
    for (unsigned i = 0; i < factor; i++) {
        sum += samples[i];
        sums += sum;
    }
    const int32_t value = *rising + sums - sum;
    *rising = (int32_t)(factor + 1u) * sum - sums;
    return value;
}

/* Differences of neighbouring blocks under the triangle, an even number: |value| <= 2^16 factor^2. Returns the magnitudes of all, or'ed. */
static inline uint32_t differences(const int16_t *samples, unsigned factor, unsigned length, int32_t *values)
{
    int32_t rising = 0;
    (void)triangle(samples, factor, &rising);
    samples += factor;
    int32_t last = triangle(samples, factor, &rising);
    uint32_t bits = 0;
    for (const int32_t *const end = values + length; values < end; values += 2) {
        samples += factor;
        const int32_t now = triangle(samples, factor, &rising);
        samples += factor;
        const int32_t next = triangle(samples, factor, &rising);
        values[0] = now - last;
        values[1] = next - now;
        last = next;
        bits |= (uint32_t)((values[0] ^ (values[0] >> 31)) | (values[1] ^ (values[1] >> 31)));
    }
    return bits;
}

/* weight: Q31, of which 15 bits count. */
static inline int16_t weighted(int32_t value, unsigned left, int32_t weight)
{
    return (int16_t)((vox_shift_left(value, left) >> 16) * (weight >> 16) >> (30u - VOX_CORRELATION_BITS));
}

/* Under the window 1 - u^2 with u from -1 to 1, which needs no table; to samples of 11 bits, scaled by the largest of the
 * frame before it is windowed. */
static void under_parabola(const int32_t *values, unsigned length, unsigned magnitude, int16_t *x)
{
    const unsigned left = 31u - magnitude;
    const int32_t scale = (int32_t)((1u << 31) / (length * length));
    const int32_t bend = 8 * scale;
    int32_t weight = (int32_t)(2u * length - 1u) * scale, growth = (int32_t)(4u * length - 8u) * scale; /* Q31 */
    for (const int32_t *const end = values + length; values < end; values += 2, x += 2) {
        x[0] = weighted(values[0], left, weight);
        weight += growth;
        growth -= bend;
        x[1] = weighted(values[1], left, weight);
        weight += growth; /* ends below 0, without use */
        growth -= bend;
    }
}

void vox_formants_frame(const vox_formant_plan *plan, const int16_t *samples, int32_t *scratch, int16_t *hz)
{
    const unsigned length = plan->length, order = plan->order;
    int32_t *correlation = scratch, *a = scratch + (VOX_LPC_ORDER + 1u), *values = a + (VOX_LPC_ORDER + 1u);
    int16_t *x = (int16_t *)(values + length);
    vox_quadratic factors[VOX_LPC_ORDER / 2u];

    for (unsigned i = 0; i < VOX_FORMANTS; i++) {
        hz[i] = 0;
    }
    samples += plan->offset;
    const uint32_t bits = plan->factor == 2u ? differences(samples, 2u, length, values)
                                             : differences(samples, plan->factor, length, values);
    under_parabola(values, length, vox_bit_length(bits), x);
    memset(x + length, 0, sizeof(int16_t) * VOX_CORRELATION_PADDING);
    vox_autocorrelate(x, length, 0, order + 1u, correlation);
    if (correlation[0] == 0) {
        return;
    }
    correlation[0] -= correlation[0] >> 12; /* room for what is added */
    correlation[0] += correlation[0] >> 11; /* white noise 36 dB below, against a spectrum without floor */
    vox_lpc(correlation, order, a);
    vox_factors(a, order, factors);
    unsigned found = 0;
    for (unsigned i = 0; i < order / 2u; i++) {
        const int32_t peak = (int32_t)((vox_quadratic_angle(factors[i]) * plan->lpc_rate) >> 18);
        if (peak < (int32_t)VOX_FORMANT_LOWEST_HZ || peak > (int32_t)VOX_FORMANT_HIGHEST_HZ) {
            continue;
        }
        unsigned at = found; /* insertion keeps the lowest */
        found += found < VOX_FORMANTS;
        for (; at > 0u && hz[at - 1u] > peak; at--) {
            if (at < VOX_FORMANTS) {
                hz[at] = hz[at - 1u];
            }
        }
        if (at < VOX_FORMANTS) {
            hz[at] = (int16_t)peak;
        }
    }
}
