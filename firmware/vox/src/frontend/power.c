#include "frontend/power.h"

#include "frontend/curves.h"
#include "frontend/magnitude.h"

/* re^2 + im^2, for values from -2^31 to 2^31 - 1: at most 2^63. */
static inline uint64_t squared(int32_t re, int32_t im)
{
#ifdef VOX_SPLIT_MULTIPLY
    const uint32_t a = re < 0 ? 0u - (uint32_t)re : (uint32_t)re, b = im < 0 ? 0u - (uint32_t)im : (uint32_t)im;
    const uint32_t a1 = a >> 16, a0 = a & 0xFFFFu, b1 = b >> 16, b0 = b & 0xFFFFu;
    /* a1, b1 <= 2^15: the upper terms add up within 32 bits, and the middle ones */
    const uint64_t upper = ((uint64_t)(a1 * a1 + b1 * b1) << 32) + ((uint64_t)(a1 * a0 + b1 * b0) << 17);
    return upper + a0 * a0 + (uint64_t)(b0 * b0);
#else
    return (uint64_t)((int64_t)re * re) + (uint64_t)((int64_t)im * im);
#endif
}

vox_power_spectrum vox_power_make(int32_t *spectrum, unsigned bins, int scale)
{
    const unsigned bits = vox_magnitude_bits(spectrum, spectrum + 2u * bins);
    /* Squares of the values at their full height, if they have more than 15 bits: the upper word is the power shifted by
     * 32 - 2 * up to the right. */
    const unsigned up = bits > 15u ? 31u - bits : 16u;
    uint32_t *power = (uint32_t *)(void *)spectrum;
    for (unsigned k = 0; k < bins; k++) {
        const int32_t re = vox_shift_left(spectrum[2u * k], up), im = vox_shift_left(spectrum[2u * k + 1u], up);
        power[k] = (uint32_t)(squared(re, im) >> 32);
    }
    const vox_power_spectrum result = {power, 2 * (scale - 16 + (int32_t)up)};
    return result;
}

uint64_t vox_power_sum(const vox_power_spectrum *spectrum, vox_bin_range bins)
{
    uint64_t sum = 0;
    const uint32_t *power = spectrum->power + bins.first, *const end = spectrum->power + bins.end;
#ifdef VOX_FIXED_DSP
    while (end - power >= 4) {
        uint32_t a, b;
        __asm volatile("ldrd %[a], %[b], [%[power]], #8\n\t"
                       "umlal %Q[sum], %R[sum], %[a], %[one]\n\t"
                       "umlal %Q[sum], %R[sum], %[b], %[one]\n\t"
                       "ldrd %[a], %[b], [%[power]], #8\n\t"
                       "umlal %Q[sum], %R[sum], %[a], %[one]\n\t"
                       "umlal %Q[sum], %R[sum], %[b], %[one]\n\t"
                       : [power] "+r"(power), [sum] "+r"(sum), [a] "=&r"(a), [b] "=&r"(b)
                       : [one] "r"(1)
                       : "memory");
    }
#endif
    while (power < end) {
        sum += *power++;
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
