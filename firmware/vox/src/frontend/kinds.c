/* Generated from firmware/vox/spec by tools/generate_spec.py: change those files, not this one.
 * An export has its own table, of what its model uses. */
#include "frontend/kind.h"

extern const vox_frontend_kind vox_frontend_logmel;
extern const vox_frontend_kind vox_frontend_descriptors;
extern const vox_frontend_kind vox_frontend_micro;

const vox_frontend_kind *const vox_frontend_kinds[] = {
    [VOX_FRONTEND_LOGMEL] = &vox_frontend_logmel,
    [VOX_FRONTEND_DESCRIPTORS] = &vox_frontend_descriptors,
    [VOX_FRONTEND_MICRO] = &vox_frontend_micro,
};
const size_t vox_frontend_kind_count = sizeof vox_frontend_kinds / sizeof vox_frontend_kinds[0];
