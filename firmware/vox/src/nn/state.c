#include "nn/state.h"

#include <string.h>

size_t vox_program_state_size(const vox_model *model)
{
    uint32_t size = 0;
    for (unsigned i = 0; i < model->program->tensor_count; ++i) { /* the last one ends behind all others */
        if (vox_is_state(&model->tensors[i])) {
            size = vox_state_end(&model->tensors[i]);
        }
    }
    return size;
}

void vox_program_reset(const vox_model *model, void *arena)
{
    for (unsigned i = 0; i < model->program->tensor_count; ++i) {
        const vox_tensor *tensor = &model->tensors[i];
        if (vox_is_state(tensor)) {
            memset((uint8_t *)arena + tensor->offset, tensor->initial, vox_bytes(tensor));
        }
    }
}
