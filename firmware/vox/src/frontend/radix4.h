/* The stages of the transform behind the first. */
#ifndef VOX_FRONTEND_RADIX4_H
#define VOX_FRONTEND_RADIX4_H

#include "frontend/fixed.h"

/* One stage: groups of four transforms of `quarter` points become one of 4 * quarter points. The sub-transforms lie in
 * bit-reversed order: those of the samples 0, 2, 1, 3 modulo 4. `stride`: twiddle index of one step.
 * Leg 0 is halved; a turned leg comes out halved; the legs of the first butterfly of a group are not turned but halved. */
void vox_radix4_stage(vox_complex *z, unsigned points, unsigned quarter, const int16_t *twiddle, unsigned stride);

#endif
