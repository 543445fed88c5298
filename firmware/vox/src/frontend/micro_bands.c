#include "frontend/micro_bands.h"

#include <stdbool.h>

#include "frontend/fixed.h"
#include "frontend/log2.h"

#define WEIGHT_BITS 12u
#define SHARE_BITS 14u  /* of the noise estimate's smoothing */
#define NOISE_BITS 10u  /* fraction of a noise estimate */
#define RATIO_BITS 12u  /* fraction of band to noise */
#define OUTPUT_BITS 6u  /* fraction of what comes out of the gain */
#define RATIO_SHIFT 6u  /* from band * gain to the ratio */
#define SCALE_BITS 3u   /* what the transform's scale has taken off, put back before the logarithm */
#define LN_2 45426u     /* Q16 */
#define FEATURE_SHIFT 6 /* features are 64 times the natural logarithm */

typedef struct {
    uint64_t rise;
    uint64_t fall;
} segment_sums;

static segment_sums measure(const vox_micro_complex *bin, const vox_micro_complex *end, const uint16_t *weights)
{
    segment_sums sums = {0, 0};
    for (; bin < end; bin++) {
        const uint32_t power = (uint32_t)(bin->re * bin->re) + (uint32_t)(bin->im * bin->im);
        const uint32_t weight = *weights++;
        sums.rise += (uint64_t)power * weight;
        sums.fall += (uint64_t)power * ((1u << WEIGHT_BITS) - weight);
    }
    return sums;
}

/* Rounded, but for the largest root of 32 bits. */
static uint32_t square_root(uint64_t x)
{
    const bool narrow = (x >> 32) == 0u;
    const unsigned bits = narrow ? vox_bit_length((uint32_t)x) : 32u + vox_bit_length((uint32_t)(x >> 32));
    uint64_t root = 0, rest = x;
    for (uint64_t bit = (uint64_t)1 << (bits & ~1u & 62u); bit != 0u; bit >>= 2) {
        const bool fits = rest >= root + bit;
        rest -= fits ? root + bit : 0u;
        root = (root >> 1) + (fits ? bit : 0u);
    }
    return (uint32_t)root + (rest > root && !(narrow && root == 0xFFFFu) && root != 0xFFFFFFFFu);
}

/* Follows the band into the estimate; what of the band stands out. */
static uint32_t without_noise(const vox_micro_params *params, unsigned band, uint32_t signal, uint32_t *noise)
{
    const uint64_t share = params->smoothing[band & 1u];
    const uint32_t scaled = signal << NOISE_BITS;
    const uint32_t estimate = (uint32_t)((scaled * share + *noise * ((1u << SHARE_BITS) - share)) >> SHARE_BITS);
    *noise = estimate;
    const uint32_t left = estimate > scaled ? 0u : (scaled - estimate) >> NOISE_BITS;
    const uint32_t least = (uint32_t)((uint64_t)signal * params->least >> SHARE_BITS);
    return left > least ? left : least;
}

/* The gain at a noise level: a parabola in each octave, three coefficients at gain[3 * octave - 4]. */
static uint32_t gain_at(const int16_t *gain, uint32_t noise)
{
    if (noise <= 1u) {
        return (uint32_t)(int32_t)gain[noise];
    }
    const unsigned bits = vox_bit_length(noise);
    const int16_t *octave = gain + 3u * bits - 4u;
    const int32_t fraction = (int32_t)((bits < 11u ? noise << (11u - bits) : noise >> (bits - 11u)) & 0x3FFu);
    const int32_t slope = ((octave[2] * fraction) >> 5) + octave[1] * 32;
    const int32_t rise = (int32_t)((uint32_t)slope * (uint32_t)fraction + (1u << 14)) >> 15;
    return (uint32_t)(int32_t)(int16_t)(uint16_t)((uint32_t)(octave[0] + rise) & 0xFFFFu);
}

/* A parabola up to a ratio of 2, a straight line above. */
static uint32_t shrunk(uint32_t ratio)
{
    if (ratio < 2u << RATIO_BITS) {
        return ratio * ratio >> (2u + 2u * RATIO_BITS - OUTPUT_BITS);
    }
    return (ratio >> (RATIO_BITS - OUTPUT_BITS)) - (1u << OUTPUT_BITS);
}

/* 64 ln(x), rounded; 0 for 0 and 1. */
static uint32_t logarithm(uint32_t x, const uint16_t *table)
{
    if (x <= 1u) {
        return 0;
    }
    const unsigned octave = vox_bit_length(x) - 1u;
    const uint32_t above = x - ((uint32_t)1 << octave);
    const uint32_t fraction = octave < 16u ? above << (16u - octave) : above >> (octave - 16u);
    const uint32_t i = fraction >> 9;
    const int32_t bow = table[i], step = table[i + 1u] - bow;
    const uint32_t bent = (uint32_t)(bow + ((step * (int32_t)(fraction & 511u)) >> 16));
    const uint32_t log2 = ((uint32_t)octave << 16) + fraction + bent;
    const uint32_t ln = (uint32_t)(((uint64_t)LN_2 * log2 + 0x8000u) >> 16);
    return ((ln << FEATURE_SHIFT) + 0x8000u) >> 16;
}

int16_t vox_micro_features(const vox_micro_plan *plan, const vox_micro_complex *z, unsigned shift, uint32_t *noise,
                           int16_t *features)
{
    const uint16_t *weights = plan->rise;
    uint64_t rising = 0, total = 0;
    for (unsigned s = 0; s <= plan->bands; s++) {
        const unsigned first = plan->edges[s], end = plan->edges[s + 1u];
        const segment_sums sums = measure(z + first, z + end, weights);
        weights += end - first;
        if (s > 0u) {
            const unsigned band = s - 1u;
            const uint64_t energy = rising + sums.fall;
            const uint32_t clear = without_noise(plan->params, band, square_root(energy) >> shift, noise + band);
            const uint32_t ratio = (uint32_t)(((uint64_t)clear * gain_at(plan->gain, noise[band])) >> RATIO_SHIFT);
            features[band] = (int16_t)logarithm(shrunk(ratio) << SCALE_BITS, plan->log);
            total += energy;
        }
        rising = sums.rise;
    }
    return vox_energy_log2(vox_energy_make(total, 2 * 9 - 2 * (int32_t)shift - (int32_t)WEIGHT_BITS), plan->log_table);
}
