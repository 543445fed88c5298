/* Tensors that keep their values from one run to the next. */
#ifndef VOX_NN_STATE_H
#define VOX_NN_STATE_H

#include <stdbool.h>

#include "nn/check.h"

static inline bool vox_is_state(const vox_tensor *tensor)
{
    return (tensor->flags & VOX_TENSOR_STATE) != 0u;
}

/* Where a state tensor ends in the arena: a multiple of 8, as arenas are. */
static inline uint32_t vox_state_end(const vox_tensor *tensor)
{
    return (tensor->offset + vox_bytes(tensor) + 7u) & ~7u;
}

/* Where the first state tensor begins; `none` where there is none. */
uint32_t vox_program_state_begin(const vox_model *model, uint32_t none);

#endif
