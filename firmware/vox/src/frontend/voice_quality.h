/* Regularity of the voice in one frame: harmonics-to-noise ratio, jitter, shimmer. */
#ifndef VOX_FRONTEND_VOICE_QUALITY_H
#define VOX_FRONTEND_VOICE_QUALITY_H

#include "frontend/pitch.h"

typedef struct {
    int16_t hnr;     /* Q8 dB: 10 log10(r / (1 - r)) of the correlation at the period; 0 where unvoiced */
    int16_t jitter;  /* Q15: mean |difference| of neighbouring periods / mean period; 0 where unvoiced */
    int16_t shimmer; /* Q15: mean |difference| of neighbouring peak amplitudes / mean amplitude; 0 where unvoiced */
} vox_voice_quality;

/* Q8 dB from the correlation that vox_pitch_frame found; 0 where the frame is unvoiced. */
int16_t vox_hnr(const vox_pitch *pitch);

/* samples[window]: the frame that *pitch was found in; scratch: vox_pitch_scratch_size(plan) bytes. */
void vox_voice_quality_frame(const vox_pitch_plan *plan, const vox_pitch *pitch, const int16_t *samples,
                             int32_t *scratch, vox_voice_quality *quality);

#endif
