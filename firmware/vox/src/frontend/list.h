/* The descriptor section: what is where, in the section and in the memory of a stream. */
#ifndef VOX_FRONTEND_LIST_H
#define VOX_FRONTEND_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "format/cold.h"
#include "frontend/codes.h"

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

/* Bytes from the start of the history, each a multiple of 4. */
typedef struct {
    size_t flux;
    size_t gain;
    size_t deltas; /* int16[2 * span + 1] for each delta of the list, in its order */
    size_t voice;  /* vox_voice with its memory, to the end */
} vox_descriptor_history;

vox_descriptor_history vox_descriptor_layout(const uint8_t *section);

/* Everything in the section but what vox_check_common looks at. */
VOX_COLD bool vox_descriptors_valid(const uint8_t *section, size_t size);

#endif
