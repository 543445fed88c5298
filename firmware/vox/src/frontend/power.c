#include "frontend/power.h"

#include "frontend/curves.h"

/* re^2 + im^2, for values from -2^31 to 2^31 - 1: at most 2^63. */
static inline uint64_t squared(int32_t re, int32_t im)
{
#ifdef VOX_SPLIT_MULTIPLY
    const uint32_t a = re < 0 ? 0u - (uint32_t)re : (uint32_t)re, b = im < 0 ? 0u - (uint32_t)im : (uint32_t)im;
    const uint32_t a1 = a >> 16, a0 = a & 0xFFFFu, b1 = b >> 16, b0 = b & 0xFFFFu;
    /* a1, b1 <= 2^15: the middle terms and the upper ones add up within 32 bits */
    const uint64_t upper = ((uint64_t)(a1 * a1 + b1 * b1) << 32) + ((uint64_t)(a1 * a0) << 17);
    return upper + ((uint64_t)(b1 * b0) << 17) + a0 * a0 + (uint64_t)(b0 * b0);
#else
    return (uint64_t)((int64_t)re * re) + (uint64_t)((int64_t)im * im);
#endif
}

vox_power_spectrum vox_power_make(int32_t *spectrum, unsigned bins, int scale)
{
    uint32_t seen = 1;
    for (unsigned i = 0; i < 2u * bins; i++) {
        const uint32_t value = (uint32_t)spectrum[i];
        seen |= value ^ (value << 1);
    }
    const unsigned bits = vox_bit_length(seen) - 1u; /* -2^bits <= value < 2^bits */
    const unsigned shift = bits > 15u ? 2u * (bits - 15u) : 0u;
    uint32_t *power = (uint32_t *)(void *)spectrum;
    for (unsigned k = 0; k < bins; k++) {
        power[k] = (uint32_t)(squared(spectrum[2u * k], spectrum[2u * k + 1u]) >> shift);
    }
    const vox_power_spectrum result = {power, 2 * scale - (int32_t)shift};
    return result;
}

uint64_t vox_power_sum(const vox_power_spectrum *spectrum, vox_bin_range bins)
{
    uint64_t sum = 0;
    for (unsigned k = bins.first; k < bins.end; k++) {
        sum += spectrum->power[k];
    }
    return sum;
}

int32_t vox_power_log2(const vox_power_spectrum *spectrum, uint64_t energy)
{
    if (energy == 0u) {
        return 0;
    }
    const int32_t log = vox_log2(energy) - spectrum->exponent * VOX_OCTAVE;
    return log < 0 ? 0 : log;
}
