/* What a kind of front end brings: one object for each value of vox_frontend_params.kind. */
#ifndef VOX_FRONTEND_KIND_H
#define VOX_FRONTEND_KIND_H

#include <stdbool.h>

#include "vox/frontend.h"

/* A file of a kind defines `const vox_frontend_kind vox_frontend_<name>`, named as its code is. */
typedef struct vox_frontend_kind {
    /* The parts of a section that kinds differ in; the parameters that they share are valid. */
    bool (*valid)(const uint8_t *section, size_t size);
    unsigned (*span)(const uint8_t *section);
    size_t (*history_size)(const uint8_t *section); /* any number of bytes; aligned to 8 */
    size_t (*scratch_size)(const uint8_t *section);
    /* samples[span] -> features[bands], returns the level. frontend->warm is 0 for the first frame. */
    int16_t (*frame)(const vox_frontend *frontend, const int16_t *samples, int16_t *features);
} vox_frontend_kind;

/* The kinds of this build by code, NULL where it has none. kinds.c has all; an export carries its own table. */
extern const vox_frontend_kind *const vox_frontend_kinds[];
extern const size_t vox_frontend_kind_count; /* of entries: the highest code, and one */

#endif
