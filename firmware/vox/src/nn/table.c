/* Any function of one int8 value: 256 results. */
#include "format/bounds.h"
#include "nn/check.h"

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_sound(model, op, sizeof(vox_table))) {
        return VOX_ERR_OP;
    }
    const vox_table *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    if (vox_elements(in) != vox_elements(out) || !vox_apart_or_same(in, out) ||
        !vox_in_bounds(model->weights_size, p->table, 256, 1, 1)) {
        return VOX_ERR_OP;
    }
    return vox_work(vox_elements(out), 1);
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_table *p = (const void *)op;
    const int8_t *results = (const int8_t *)(context->model->weights + p->table) + 128;
    const uint32_t count = vox_elements(&context->model->tensors[op->output]);
    const int8_t *input = vox_place(context, op->input);
    int8_t *output = vox_place(context, op->output);
    for (uint32_t i = 0; i < count; ++i) {
        output[i] = results[input[i]];
    }
}

const vox_kernel vox_kernel_table = {check, run};
