/* Descriptors of the samples themselves. */
#ifndef VOX_FRONTEND_WAVEFORM_H
#define VOX_FRONTEND_WAVEFORM_H

#include <stdint.h>

/* Q9 log2 of the mean square of samples[count], 0 where that is 1 or less. count: 1..4096. */
int16_t vox_energy_of(const int16_t *samples, unsigned count);

/* Sign changes from sample to sample, Q15 share of the count - 1 pairs, floored; 0 counts as positive. */
int16_t vox_zero_crossings(const int16_t *samples, unsigned count);

#endif
