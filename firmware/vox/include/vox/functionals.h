/* Functionals: statistics of every feature over an analysis window, in one pass and in bounded memory.
 *
 * A set of accumulators takes the frames of one window; windows that overlap have a set each. docs/numerics.md,
 * "Functionals", is the specification; the FUNC section says which statistics of which feature, in which order.
 */
#ifndef VOX_FUNCTIONALS_H
#define VOX_FUNCTIONALS_H

#include <stddef.h>
#include <stdint.h>

#include "vox/model_format.h"
#include "vox/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Checks a FUNC section of `size` bytes, 8-byte aligned, for a front end of `features`. VOX_OK or VOX_ERR_FRONTEND. */
int vox_functionals_check(const uint8_t *section, size_t size, unsigned features);

/* Bytes of one set for a checked section (a multiple of 8). */
size_t vox_functionals_size(const uint8_t *section);

/* Starts a window. set: 8-byte aligned, vox_functionals_size bytes. */
void vox_functionals_begin(const uint8_t *section, void *set);

/* Takes one frame, int16[features]; at most VOX_MAX_LONG_FRAMES before values are read. */
void vox_functionals_add(const uint8_t *section, void *set, const int16_t *frame);

/* The statistics of the frames so far, int16[count]; 0 where a feature has no frames. The set stays as it is. */
void vox_functionals_read(const uint8_t *section, const void *set, int16_t *values);

#ifdef __cplusplus
}
#endif
#endif
