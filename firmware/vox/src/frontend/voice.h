/* Everything about the voice in one frame: pitch, its regularity, formants. */
#ifndef VOX_FRONTEND_VOICE_H
#define VOX_FRONTEND_VOICE_H

#include "frontend/formants.h"
#include "frontend/pitch.h"
#include "frontend/voice_quality.h"
#include "vox/model_format.h"

/* What a stream keeps; behind it, the memory of the pitch. */
typedef struct {
    vox_pitch_plan pitch;
    vox_formant_plan formants;
    vox_pitch_state state;
    vox_voice_quality_state quality;
} vox_voice;

/* What was found in a frame; only what the codes asked for is set. */
typedef struct {
    vox_pitch pitch;
    vox_voice_quality quality;
    int16_t formants[VOX_FORMANTS]; /* Hz */
} vox_voice_frame;

/* Plans for the codes of a list, with the state of a stream's start. VOX_OK, or VOX_ERR_ARGUMENT where the windows do not suit them. */
int vox_voice_start(vox_voice *voice, const vox_frontend_params *params, const vox_descriptor_params *own,
                    uint32_t codes);

/* Bytes of a vox_voice with its memory, a multiple of 4. */
size_t vox_voice_size(const vox_voice *voice, uint32_t codes);

/* Bytes of scratch, 4-byte aligned. */
size_t vox_voice_scratch_size(const vox_voice *voice, uint32_t codes);

/* voice: vox_voice_size bytes. samples[pitch_window], of which samples + offset is the window of the spectrum. */
void vox_voice_find(vox_voice *voice, uint32_t codes, const int16_t *samples, unsigned offset, int32_t *scratch,
                    vox_voice_frame *found);

#endif
