#include "frontend/mel.h"

#include "frontend/fixed.h"
#include "frontend/log2.h"
#include "frontend/magnitude.h"
#include "frontend/weigh.h"

#define AMPLITUDE_BITS 15u

/* One mel segment: the energy that rises into the band above and the one that falls out of the band below, both with
 * the unit of a power times a Q15 weight. */
typedef struct {
    vox_energy rise;
    vox_energy fall;
} segment;

/* Sums over the bins of a segment of power * weight and power * (2^15 - weight), for power <= 2^31 and weight <= 2^15:
 * below 2^57 each. */
typedef struct {
    uint64_t rise;
    uint64_t fall;
} sums;

static inline sums weigh(const int32_t *bin, const int32_t *end, const uint16_t *weights, unsigned shift)
{
#ifdef VOX_SPLIT_MULTIPLY
    vox_weighed all;
    vox_weigh(bin, end, weights, shift, &all);
    const uint64_t rise = all.lower + ((uint64_t)all.middle << 16) + ((uint64_t)all.upper << 32);
    const sums result = {rise, ((((uint64_t)all.total_upper << 16) + all.total_lower) << 15) - rise};
#elif defined(VOX_FIXED_DSP)
    /* What falls is the whole without what rises. */
    uint64_t rise = 0, total = 0;
    int32_t re, im, weight;
#define WEIGH_BIN                                                                                                      \
    "ldrd %[re], %[im], [%[bin]], #8\n\t"                                                                              \
    "ldrh %[weight], [%[weights]], #2\n\t"                                                                             \
    "asr %[re], %[re], %[shift]\n\t"                                                                                   \
    "asr %[im], %[im], %[shift]\n\t"                                                                                   \
    "mul %[re], %[re], %[re]\n\t"                                                                                      \
    "mla %[re], %[im], %[im], %[re]\n\t"                                                                               \
    "umlal %Q[rise], %R[rise], %[re], %[weight]\n\t"                                                                   \
    "umlal %Q[total], %R[total], %[re], %[one]\n\t"
#define WEIGH_REGISTERS                                                                                                \
    [bin] "+r"(bin), [weights] "+r"(weights), [rise] "+r"(rise), [total] "+r"(total), [re] "=&r"(re), [im] "=&r"(im),  \
        [weight] "=&r"(weight)
#define WEIGH_INPUTS [shift] "r"(shift), [one] "r"(1)
    if (((uint32_t)(end - bin) & 2u) != 0u) {
        __asm volatile(WEIGH_BIN : WEIGH_REGISTERS : WEIGH_INPUTS : "memory");
    }
    while (bin < end) {
        __asm volatile(WEIGH_BIN WEIGH_BIN : WEIGH_REGISTERS : WEIGH_INPUTS : "memory");
    }
#undef WEIGH_BIN
#undef WEIGH_REGISTERS
#undef WEIGH_INPUTS
    const sums result = {rise, (total << 15) - rise};
#else
    sums result = {0, 0};
    for (; bin < end; bin += 2) {
        const int32_t re = bin[0] >> shift, im = bin[1] >> shift;
        const uint32_t power = (uint32_t)(re * re) + (uint32_t)(im * im), weight = *weights++;
        result.rise += (uint64_t)power * weight;
        result.fall += (uint64_t)power * (32768u - weight);
    }
#endif
    return result;
}

/* Bins from `bin` to before `end`. Amplitudes are cut to AMPLITUDE_BITS, -2^15 <= a < 2^15, so that the power of a bin is
 * at most 2^31. unit: exponent of a power times a weight. */
static inline segment measure(const int32_t *bin, const int32_t *end, const uint16_t *weights, int32_t unit)
{
    const unsigned bits = vox_magnitude_bits(bin, end);
    const unsigned shift = bits > AMPLITUDE_BITS ? bits - AMPLITUDE_BITS : 0u;
    const int32_t exponent = unit + 2 * (int32_t)shift;
    const sums sum = weigh(bin, end, weights, shift);
    const segment result = {vox_energy_make(sum.rise, exponent), vox_energy_make(sum.fall, exponent)};
    return result;
}

int16_t vox_mel_features(const vox_mel_plan *plan, const int32_t *spectrum, int scale, int16_t *features)
{
    const uint16_t *const edges = plan->edges;
    const uint16_t *weights = plan->rise;
    const int32_t unit = -2 * scale - 15;
    const int32_t *bin = spectrum + 2u * edges[0];
    vox_energy all = {0, INT16_MIN}; /* an exponent below all others */
    vox_energy rising = all;
    for (unsigned s = 0; s <= plan->bands; s++) {
        const unsigned bins = (unsigned)edges[s + 1u] - edges[s];
        const segment part = measure(bin, bin + 2u * bins, weights, unit);
        bin += 2u * bins;
        weights += bins;
        if (s > 0u) {
            const vox_energy energy = vox_energy_add(rising, part.fall);
            features[s - 1u] = vox_energy_log2(energy, plan->log_table);
            all = vox_energy_add(all, energy);
        }
        rising = part.rise;
    }
    return vox_energy_log2(all, plan->log_table);
}
