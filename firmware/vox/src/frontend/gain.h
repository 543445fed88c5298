/* Noise reduction and automatic gain of mel bands, in the log2 domain. The state is warm from the first frame on: it
 * starts as if that frame had been heard for ever. */
#ifndef VOX_FRONTEND_GAIN_H
#define VOX_FRONTEND_GAIN_H

#include <stdint.h>

#include "vox/model_format.h"

/* Bytes of state for so many bands, 0 without a flag. */
uint32_t vox_gain_state_size(const vox_gain_params *params, unsigned bands);

/* logmel[bands] in place, Q9 log2 of energy E, 0..32767. state: int32_t[]; warm: 0 for the first frame.
 *   noise reduction: N <- (1 - s) N + s E;  E <- max(E - N, least * E)
 *   gain:            M <- (1 - s) M + s E;  value = log2(E / max(M, floor)^strength / 2^offset + 1)  */
void vox_gain(const vox_gain_params *params, unsigned bands, int warm, int32_t *state, int16_t *logmel);

#endif
