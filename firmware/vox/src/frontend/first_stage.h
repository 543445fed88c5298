/* Window, bit reversal and the first stage of the transform in one pass. */
#ifndef VOX_FRONTEND_FIRST_STAGE_H
#define VOX_FRONTEND_FIRST_STAGE_H

#include "frontend/fixed.h"
#include "frontend/windowed.h"

/* z has 4 * quarter points. One bit more is dropped than for VOX_WINDOWED_BITS: the halving of the four legs. */
void vox_first_radix4(const vox_windowed *input, unsigned quarter, vox_complex *z);

/* The same with pairs; z has 2 * half_size points, and nothing is halved. */
void vox_first_radix2(const vox_windowed *input, unsigned half_size, vox_complex *z);

#endif
