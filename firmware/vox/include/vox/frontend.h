/* Streaming features in integers: log-mel, or a list of descriptors. The arithmetic is specified, step by step, in
 * docs/numerics.md; what each feature means, its unit and Q format are in docs/features.md. */
#ifndef VOX_FRONTEND_H
#define VOX_FRONTEND_H

#include <stddef.h>
#include <stdint.h>

#include "vox/model_format.h"
#include "vox/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vox_frontend_kind;

typedef struct {
    const vox_frontend_params *params;
    const struct vox_frontend_kind *kind;
    const uint16_t *window;
    const int16_t *twiddle;
    const uint16_t *edges;
    const uint16_t *rise;
    const uint16_t *log_table;
    int16_t *samples;  /* [span]: the frame being filled */
    int32_t *spectrum; /* scratch, only used inside vox_frontend_push; may be shared with other scratch */
    uint8_t *history;  /* what a kind remembers of earlier frames */
    uint16_t span;     /* samples in a frame */
    uint16_t filled;   /* samples now in the frame */
    int16_t level;     /* Q9 log2 of the summed band energies of the last frame */
    uint16_t warm;     /* a frame was computed since the reset: history holds something */
} vox_frontend;

/* Checks a FRNT section of `size` bytes, 8-byte aligned. VOX_OK or a negative status. */
int vox_frontend_check(const uint8_t *section, size_t size);

/* Samples that a frame of a checked section spans: frame i covers the samples i * hop .. i * hop + span - 1. */
unsigned vox_frontend_span(const uint8_t *section);

/* Bytes of state (kept between calls; a multiple of 8) and of scratch (free between calls) for a checked section. */
size_t vox_frontend_state_size(const uint8_t *section);
size_t vox_frontend_scratch_size(const uint8_t *section);

/* Starts a stream. state and scratch are 8-byte aligned and of at least the sizes above. */
void vox_frontend_init(vox_frontend *frontend, const uint8_t *section, void *state, void *scratch);

/* Forgets all samples: the next frame starts with the next sample. */
void vox_frontend_reset(vox_frontend *frontend);

/* Takes samples until one frame is complete or they are used up. int16 PCM mono at the model's rate.
 * *used: samples taken (<= count). Returns 1 when features[0..bands) hold a new frame, else 0. */
int vox_frontend_push(vox_frontend *frontend, const int16_t *samples, size_t count, size_t *used, int16_t *features);

/* Level of the last frame: Q9 log2 of the energy between the lower and upper limit, clipped to 0..32767. */
static inline int16_t vox_frontend_level(const vox_frontend *frontend)
{
    return frontend->level;
}

/* The next frame from samples that lie ready: samples[span] -> features[bands], returns the level. Leaves the samples of
 * vox_frontend_push alone. Of log-mel, which remembers nothing, any frame. */
int16_t vox_frontend_frame(vox_frontend *frontend, const int16_t *samples, int16_t *features);

#ifdef __cplusplus
}
#endif
#endif
