#include "frontend/spectral.h"

#include "frontend/curves.h"

#define REFERENCE_OCTAVES 30 /* full scale: a sample of 2^15, squared */

vox_spectral_centre vox_centre(const vox_power_spectrum *spectrum, vox_bin_range bins, unsigned half)
{
    /* From the top: every bin is counted once for each step that it lies above bin 0. */
    uint64_t energy = 0, moment = 0;
    for (unsigned k = bins.end; k > bins.first; k--) {
        moment += energy;
        energy += spectrum->power[k - 1u];
    }
    moment += energy * bins.first;
    const vox_spectral_centre result = {energy, vox_ratio(moment, energy * half, 20u)};
    return result;
}

unsigned vox_roll_off(const vox_power_spectrum *spectrum, vox_bin_range bins, uint64_t energy, unsigned percent)
{
    if (energy == 0u) {
        return 0;
    }
    const uint32_t share = (percent << 16) / 100u;
    const uint64_t enough = (energy * share) >> 16; /* below 2^43 * 2^16 */
    uint64_t sum = 0;
    unsigned k = bins.first;
    for (; k + 1u < bins.end; k++) {
        sum += spectrum->power[k];
        if (sum > enough) {
            break;
        }
    }
    return k;
}

/* x * w for w below 2^16. */
static inline uint64_t product(uint32_t x, uint32_t w)
{
#ifdef VOX_SPLIT_MULTIPLY
    return ((uint64_t)((x >> 16) * w) << 16) + (x & 0xFFFFu) * w;
#else
    return (uint64_t)x * w;
#endif
}

int16_t vox_spectral_entropy(const vox_power_spectrum *spectrum, vox_bin_range bins, uint64_t energy)
{
    if (energy == 0u) {
        return 0;
    }
    uint64_t sum = 0; /* of power * Q11 log2 power: below 2^43 * 2^16 */
    for (unsigned k = bins.first; k < bins.end; k++) {
        const uint32_t power = spectrum->power[k];
        if (power > 1u) {
            sum += product(power, (uint32_t)(vox_log2_word(power) + 16) >> 5);
        }
    }
    const int32_t mean = (int32_t)vox_ratio(sum, energy << 16, 16u);
    const int32_t entropy = ((vox_log2(energy) + 16) >> 5) - mean;
    return vox_limit(entropy < 0 ? 0 : entropy);
}

int16_t vox_harmonicity(const vox_power_spectrum *spectrum, vox_bin_range bins, uint64_t energy)
{
    uint64_t change = 0;
    uint32_t before = spectrum->power[bins.first];
    for (unsigned k = bins.first + 1u; k < bins.end; k++) {
        const uint32_t power = spectrum->power[k];
        change += power > before ? power - before : before - power;
        before = power;
    }
    return vox_limit((int32_t)vox_ratio(change, 2u * energy, 15u));
}

int16_t vox_spectral_slope(const vox_power_spectrum *spectrum, const vox_slope_params *slope, const int16_t *weights)
{
    int32_t sum = 0; /* the weights' magnitudes add up to 65535 at most, logarithms are -15360..16895 */
    for (unsigned k = slope->bins.first; k < slope->bins.end; k++) {
        const int32_t log = (vox_power_log2_word(spectrum, spectrum->power[k]) + 64) >> 7;
        sum += *weights++ * ((log > INT16_MAX ? INT16_MAX : log) - REFERENCE_OCTAVES * 512);
    }
    return vox_limit((int32_t)(((int64_t)sum + (1 << (slope->shift - 1u))) >> slope->shift));
}

/* Q8 dB of a Q16 ratio in octaves. */
static int16_t decibels(int32_t octaves)
{
    const int32_t db = 24660; /* 10 log10(2) in Q13 */
    return vox_limit((((octaves + 32) >> 6) * db + (1 << 14)) >> 15);
}

int16_t vox_flatness(const vox_power_spectrum *spectrum, vox_bin_range bins, uint64_t energy)
{
    const uint32_t count = (uint32_t)bins.end - bins.first;
    const uint32_t least = (uint32_t)(energy >> 16) / count;
    uint32_t sum = 0; /* of logarithms in Q12: below 2^18 each, at most 2^12 of them */
    for (unsigned k = bins.first; k < bins.end; k++) {
        const uint32_t power = spectrum->power[k];
        sum += (uint32_t)vox_power_log2_word(spectrum, power > least ? power : least) >> 4;
    }
    const int32_t geometric = (int32_t)((sum + count / 2u) / count) * 16;
    const int32_t octaves = geometric - (vox_power_log2(spectrum, energy) - vox_log2(count));
    return decibels(octaves > 0 ? 0 : octaves);
}

int16_t vox_range_ratio(const vox_power_spectrum *spectrum, vox_bin_range above, vox_bin_range below)
{
    return decibels(vox_power_log2(spectrum, vox_power_sum(spectrum, above)) -
                    vox_power_log2(spectrum, vox_power_sum(spectrum, below)));
}

/* The greater of %[most] and the register called x. */
#define MORE(x) "cmp %[" x "], %[most]\n\tit hi\n\tmovhi %[most], %[" x "]\n\t"

/* Greatest power of the bins. */
static uint32_t strongest(const vox_power_spectrum *spectrum, vox_bin_range bins)
{
    uint32_t most = 0;
    unsigned k = bins.first;
#ifdef VOX_FIXED_DSP
    const uint32_t *power = spectrum->power + k;
    for (; k + 4u <= bins.end; k += 4u) {
        uint32_t a, b;
        __asm volatile("ldrd %[a], %[b], [%[power]], #8\n\t" MORE("a")
                           MORE("b") "ldrd %[a], %[b], [%[power]], #8\n\t" MORE("a") MORE("b")
                       : [power] "+r"(power), [most] "+r"(most), [a] "=&r"(a), [b] "=&r"(b)
                       :
                       : "memory", "cc");
    }
#endif
    for (; k < bins.end; k++) {
        most = spectrum->power[k] > most ? spectrum->power[k] : most;
    }
    return most;
}

int16_t vox_peak_ratio(const vox_power_spectrum *spectrum, vox_bin_range above, vox_bin_range below)
{
    return decibels(vox_power_log2(spectrum, strongest(spectrum, above)) -
                    vox_power_log2(spectrum, strongest(spectrum, below)));
}

int16_t vox_flux(const vox_power_spectrum *spectrum, vox_bin_range bins, int warm, vox_flux_state *state)
{
    /* Exponents are even. Both frames are brought to the coarser of the two. */
    const int32_t finer = warm ? (spectrum->exponent - state->exponent) / 2 : 0;
    const unsigned distance = (unsigned)(finer < 0 ? -finer : finer);
    const unsigned shift = distance > 31u ? 31u : distance;
    const unsigned now = finer > 0 ? shift : 0u, before = finer < 0 ? shift : 0u;
    const int32_t coarser = finer > 0 ? state->exponent : spectrum->exponent;
    uint64_t sum = 0; /* below 2^32 * 2^12 */
    uint16_t *magnitude = state->magnitude;
    for (unsigned k = bins.first; k < bins.end; k++) {
        const uint32_t root = vox_root(spectrum->power[k]);
        const int32_t change = (int32_t)(root >> now) - (int32_t)((uint32_t)*magnitude >> before);
        *magnitude++ = (uint16_t)root;
#ifdef VOX_FIXED_DSP
        sum += (uint64_t)((int64_t)change * change);
#else
        sum += (uint32_t)(change < 0 ? -change : change) * (uint32_t)(change < 0 ? -change : change);
#endif
    }
    state->exponent = spectrum->exponent;
    if (!warm || sum == 0u) {
        return 0;
    }
    /* log2 of the mean square; half of it, from samples to full scale, in Q10 */
    const int32_t square = vox_log2(sum) - vox_log2((uint32_t)bins.end - bins.first) - coarser * VOX_OCTAVE;
    const int32_t log = (square >> 1) - 15 * VOX_OCTAVE;
    if (log >= 5 * VOX_OCTAVE) {
        return INT16_MAX;
    }
    return vox_limit((int32_t)((vox_exp2_signed(log) + 32u) >> 6));
}
