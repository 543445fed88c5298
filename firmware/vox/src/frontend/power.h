/* Power spectrum of a frame, and what is read off it. */
#ifndef VOX_FRONTEND_POWER_H
#define VOX_FRONTEND_POWER_H

#include <stdint.h>

#include "frontend/curves.h"
#include "vox/model_format.h"

/* power[k] = 2^exponent times what the samples have, 0..2^31. */
typedef struct {
    const uint32_t *power;
    int32_t exponent;
} vox_power_spectrum;

/* spectrum: pairs re, im of bins 0..bins - 1, 2^scale times the true ones; their powers take its place, in the first half.
 * The shift of the frame is even, so that 2^(exponent / 2) is a whole power of two. Powers are floored. */
vox_power_spectrum vox_power_make(int32_t *spectrum, unsigned bins, int scale);

/* Sum over a range of bins, below 2^43. */
uint64_t vox_power_sum(const vox_power_spectrum *spectrum, vox_bin_range bins);

/* Q16 log2 of an energy in units of the spectrum, as the samples have it; at least 0. */
int32_t vox_power_log2(const vox_power_spectrum *spectrum, uint64_t energy);

/* The same of one bin: in place where that is short. */
static inline int32_t vox_power_log2_word(const vox_power_spectrum *spectrum, uint32_t power)
{
#ifdef VOX_SPLIT_MULTIPLY
    return vox_power_log2(spectrum, power);
#else
    const int32_t log = power == 0u ? 0 : vox_log2_word(power) - spectrum->exponent * VOX_OCTAVE;
    return log < 0 ? 0 : log;
#endif
}

#endif
