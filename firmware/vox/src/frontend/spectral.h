/* Descriptors of the power spectrum. Ranges of bins come from the section. */
#ifndef VOX_FRONTEND_SPECTRAL_H
#define VOX_FRONTEND_SPECTRAL_H

#include <stdint.h>

#include "frontend/power.h"

/* Energy of a range of bins, and its mean bin weighted by power, Q20 of N/2 bins. */
typedef struct {
    uint64_t energy;
    uint32_t mean;
} vox_spectral_centre;

/* half: N / 2. */
vox_spectral_centre vox_centre(const vox_power_spectrum *spectrum, vox_bin_range bins, unsigned half);

/* First bin at which the sum from the first one on exceeds `percent` of the energy; 0 where there is none. */
unsigned vox_roll_off(const vox_power_spectrum *spectrum, vox_bin_range bins, uint64_t energy, unsigned percent);

/* Q11 entropy in bits of the powers as shares of the energy. */
int16_t vox_spectral_entropy(const vox_power_spectrum *spectrum, vox_bin_range bins, uint64_t energy);

/* Q15 sum of |differences of adjacent powers| as a share of twice the energy: what is in peaks. */
int16_t vox_harmonicity(const vox_power_spectrum *spectrum, vox_bin_range bins, uint64_t energy);

/* Q8 dB of the geometric mean of the powers over their mean, at most 0. In the former they count as at least 2^-16 of the
 * mean, which is 48 dB below it, and at least a sample of 1. */
int16_t vox_flatness(const vox_power_spectrum *spectrum, vox_bin_range bins, uint64_t energy);

/* Sum of weight * (Q9 log2 power - 30 octaves), rounded to 2^shift. weights: int16[end - first]. */
int16_t vox_spectral_slope(const vox_power_spectrum *spectrum, const vox_slope_params *slope, const int16_t *weights);

/* Q8 dB of the energy in one range over that in another, each at least that of a sample of 1. */
int16_t vox_range_ratio(const vox_power_spectrum *spectrum, vox_bin_range above, vox_bin_range below);

/* Q8 dB of the strongest bin of one range over that of another. */
int16_t vox_peak_ratio(const vox_power_spectrum *spectrum, vox_bin_range above, vox_bin_range below);

/* Magnitudes of the frame before: value * 2^(-exponent / 2). */
typedef struct {
    int32_t exponent;
    int32_t reserved;
    uint16_t magnitude[];
} vox_flux_state;

/* Q10 root mean square of the change of magnitudes since the frame before, full scale being 1; takes the frame in. At a
 * start (warm 0) it is 0. */
int16_t vox_flux(const vox_power_spectrum *spectrum, vox_bin_range bins, int warm, vox_flux_state *state);

#endif
