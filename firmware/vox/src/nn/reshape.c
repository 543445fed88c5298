/* The same bytes in another shape: nothing to do where the plan puts both in one place. */
#include "nn/check.h"

#include <string.h>

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_moves(model, op, sizeof(vox_op))) {
        return VOX_ERR_OP;
    }
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    if (vox_elements(in) != vox_elements(out) || !vox_apart_or_same(in, out)) {
        return VOX_ERR_OP;
    }
    return vox_work(vox_bytes(out), 1);
}

static void run(const vox_context *context, const vox_op *op)
{
    const int8_t *input = vox_place(context, op->input);
    int8_t *output = vox_place(context, op->output);
    if (input != output) {
        memcpy(output, input, vox_bytes(&context->model->tensors[op->input]));
    }
}

const vox_kernel vox_kernel_reshape = {check, run};
