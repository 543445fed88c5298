#include "frontend/voice.h"

#include <string.h>

#include "frontend/codes.h"
#include "vox/status.h"

int vox_voice_start(vox_voice *voice, const vox_frontend_params *params, const vox_descriptor_params *own,
                    uint32_t codes)
{
    memset(voice, 0, sizeof *voice);
    int status = VOX_OK;
    if ((codes & VOX_OF_THE_PITCH) != 0u) {
        status = vox_pitch_plan_init(&voice->pitch, params->sample_rate, own->pitch_window, params->hop);
    }
    if (status == VOX_OK && (codes & VOX_NEEDS(VOX_DESCRIPTOR_FORMANT)) != 0u) {
        status = vox_formant_plan_init(&voice->formants, params->sample_rate, params->window);
    }
    return status;
}

size_t vox_voice_size(const vox_voice *voice, uint32_t codes)
{
    return sizeof *voice + ((codes & VOX_OF_THE_PITCH) != 0u ? vox_pitch_memory_size(&voice->pitch) : 0u);
}

size_t vox_voice_scratch_size(const vox_voice *voice, uint32_t codes)
{
    return (codes & VOX_NEEDS(VOX_DESCRIPTOR_FORMANT)) != 0u ? vox_formants_scratch_size(&voice->formants) : 0u;
}

void vox_voice_find(vox_voice *voice, uint32_t codes, const int16_t *samples, unsigned offset, int32_t *scratch,
                    vox_voice_frame *found)
{
    int32_t *memory = (int32_t *)(void *)(voice + 1);
    if ((codes & VOX_OF_THE_PITCH) != 0u) {
        vox_pitch_frame(&voice->pitch, &voice->state, memory, samples, &found->pitch);
    }
    if ((codes & VOX_OF_THE_PERIODS) != 0u) {
        vox_voice_quality_frame(&voice->pitch, &found->pitch, &voice->quality, samples,
                                vox_pitch_decimated(&voice->pitch, memory), &found->quality);
    }
    if ((codes & VOX_NEEDS(VOX_DESCRIPTOR_FORMANT)) != 0u) {
        vox_formants_frame(&voice->formants, samples + offset, scratch, found->formants);
    }
}
