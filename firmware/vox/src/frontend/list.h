/* The descriptor section: what is where, in the section and in the memory of a stream. */
#ifndef VOX_FRONTEND_LIST_H
#define VOX_FRONTEND_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "vox/model_format.h"

/* Bit of a code in a set of codes. */
#define VOX_NEEDS(code) ((uint32_t)1 << (code))

static inline const vox_descriptor_params *vox_descriptor_params_of(const uint8_t *section)
{
    return (const vox_descriptor_params *)(const void *)(section + sizeof(vox_frontend_params));
}

static inline const vox_descriptor *vox_descriptor_list(const uint8_t *section)
{
    return (const vox_descriptor *)(const void *)(section + vox_descriptor_params_of(section)->list_offset);
}

/* Set of the codes in the list of a section. */
uint32_t vox_descriptor_codes(const uint8_t *section);

/* Codes of what is found in the pitch window, and of all that has to do with the voice. */
#define VOX_OF_THE_PITCH (VOX_NEEDS(VOX_DESCRIPTOR_F0) | VOX_NEEDS(VOX_DESCRIPTOR_VOICING) | VOX_OF_THE_PERIODS)
#define VOX_OF_THE_PERIODS                                                                                             \
    (VOX_NEEDS(VOX_DESCRIPTOR_JITTER) | VOX_NEEDS(VOX_DESCRIPTOR_SHIMMER) | VOX_NEEDS(VOX_DESCRIPTOR_HNR))
#define VOX_OF_THE_VOICE (VOX_OF_THE_PITCH | VOX_NEEDS(VOX_DESCRIPTOR_FORMANT))

/* Bytes from the start of the history, each a multiple of 4. */
typedef struct {
    size_t flux;
    size_t gain;
    size_t deltas; /* int16[2 * span + 1] for each delta of the list, in its order */
    size_t voice;  /* vox_voice with its memory, to the end */
} vox_descriptor_history;

vox_descriptor_history vox_descriptor_layout(const uint8_t *section);

/* Everything in the section but what vox_check_common looks at. */
bool vox_descriptors_valid(const uint8_t *section, size_t size);

#endif
