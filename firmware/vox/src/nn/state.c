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

uint32_t vox_program_state_begin(const vox_model *model, uint32_t none)
{
    for (unsigned i = 0; i < model->program->tensor_count; ++i) { /* the first one begins before all others */
        if (vox_is_state(&model->tensors[i])) {
            return model->tensors[i].offset;
        }
    }
    return none;
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
