/* Regularity of the voice in one frame: harmonics-to-noise ratio, jitter, shimmer.
 * docs/numerics.md, "Pitch and formants", specifies it. */
#ifndef VOX_FRONTEND_VOICE_QUALITY_H
#define VOX_FRONTEND_VOICE_QUALITY_H

#include "frontend/pitch.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All are 0 where the frame is unvoiced; jitter and shimmer also where it holds fewer than three periods. */
typedef struct {
    int16_t hnr;     /* Q8 dB, -45..45: 10 log10(r / (1 - r)) of the correlation r at the period, below 2 kHz or so */
    int16_t jitter;  /* Q15: mean |difference| of neighbouring periods / mean period */
    int16_t shimmer; /* Q15: mean |difference| of neighbouring periods' root mean squares / their mean */
} vox_voice_quality;

/* samples[window]: the frame that *pitch was found in; scratch: vox_pitch_scratch_size(plan) bytes. */
void vox_voice_quality_frame(const vox_pitch_plan *plan, const vox_pitch *pitch, const int16_t *samples,
                             int32_t *scratch, vox_voice_quality *quality);

#ifdef __cplusplus
}
#endif
#endif
