/* All kinds of front ends. An export puts its own file here, with the one that its model uses. */
#include "frontend/kind.h"

extern const vox_frontend_kind vox_frontend_logmel;
extern const vox_frontend_kind vox_frontend_descriptors;

const vox_frontend_kind *const vox_frontend_kinds[] = {&vox_frontend_logmel, &vox_frontend_descriptors};
const size_t vox_frontend_kind_count = sizeof vox_frontend_kinds / sizeof vox_frontend_kinds[0];
