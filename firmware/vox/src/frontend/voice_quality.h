/* Regularity of the voice in one frame: harmonics-to-noise ratio, jitter, shimmer.
 * docs/numerics.md, "Pitch and formants", specifies it. */
#ifndef VOX_FRONTEND_VOICE_QUALITY_H
#define VOX_FRONTEND_VOICE_QUALITY_H

#include "frontend/pitch.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All are 0 where the frame is unvoiced; jitter and shimmer also until the voice has lasted for three periods. */
typedef struct {
    int16_t hnr;     /* Q8 dB, -45..45: 10 log10(r / (1 - r)) of the samples' correlation r at the period */
    int16_t jitter;  /* Q15: mean |difference| of neighbouring periods / mean period */
    int16_t shimmer; /* Q15: mean |difference| of neighbouring periods' root mean squares / their mean */
} vox_voice_quality;

/* What a stream remembers: where its periods have come to, and sums over them that fade. All zeros: no voice. */
typedef struct {
    uint32_t periods; /* Q8 decimated samples */
    uint32_t jitters;
    uint32_t amplitudes;
    uint32_t shimmers;
    uint32_t last_period; /* 0: none */
    uint32_t last_amplitude;
    uint32_t next; /* decimated samples in front of the next period */
} vox_voice_quality_state;

/* samples[window]: the frame that *pitch was found in; decimated: what vox_pitch_decimated returns after it. */
void vox_voice_quality_frame(const vox_pitch_plan *plan, const vox_pitch *pitch, vox_voice_quality_state *state,
                             const int16_t *samples, const int16_t *decimated, vox_voice_quality *quality);

#ifdef __cplusplus
}
#endif
#endif
