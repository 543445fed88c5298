/* Rows that arrive with the stream, behind those that came before. */
#include <string.h>

#include "nn/check.h"
#include "nn/state.h"

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_sound(model, op, sizeof(vox_op))) {
        return VOX_ERR_OP;
    }
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    if (!vox_is_state(out) || vox_elements(in) > vox_elements(out) || !vox_apart(in, out)) {
        return VOX_ERR_OP;
    }
    return vox_work(vox_elements(out), 1);
}

static void run(const vox_context *context, const vox_op *op)
{
    const uint32_t arriving = vox_elements(&context->model->tensors[op->input]);
    const uint32_t kept = vox_elements(&context->model->tensors[op->output]) - arriving;
    int8_t *output = vox_place(context, op->output);
    memmove(output, output + arriving, kept);
    memcpy(output + kept, vox_place(context, op->input), arriving);
}

const vox_kernel vox_kernel_roll = {check, run};
