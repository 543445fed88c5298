/* NORM section: from a window of feature frames, or one row of functionals, to the program's input. */
#ifndef VOX_NORM_NORM_H
#define VOX_NORM_NORM_H

#include <stddef.h>
#include <stdint.h>

#include "format/cold.h"

/* bands: values in a row. type: of the program's input tensor, VOX_TYPE_*. VOX_OK or VOX_ERR_FRONTEND. */
VOX_COLD int vox_norm_check(const uint8_t *section, size_t size, unsigned bands, unsigned type);

/* Bytes of running means, a multiple of 4; 0 in all modes but RUNNING. */
size_t vox_norm_state_size(const uint8_t *section);

/* The means that a stream starts with. state: vox_norm_state_size bytes, 4-byte aligned. */
void vox_norm_reset(const uint8_t *section, int32_t *state);

/* The means take in the frame, which they are then taken off, in place. Nothing in all modes but RUNNING. */
void vox_norm_follow(const uint8_t *section, int32_t *state, int16_t *frame);

/* Frames that go round in a ring, and those of them that are meant. */
typedef struct {
    const int16_t *values; /* [held][bands] */
    unsigned held;
    unsigned first; /* the oldest one that is meant */
    unsigned frames;
} vox_norm_frames;

/* input[frames][bands], oldest first: int8_t or int16_t as `type` says. Modes that take means of a window take all that is held. */
void vox_norm_ring(const uint8_t *section, const vox_norm_frames *from, unsigned type, void *input);

#endif
