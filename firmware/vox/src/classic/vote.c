/* One against one: each pair's decision is a vote (libsvm). */
#include "nn/check.h"

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_between(model, op, sizeof(vox_op), VOX_TYPE_S32, VOX_TYPE_S32)) {
        return VOX_ERR_OP;
    }
    const uint32_t classes = vox_elements(&model->tensors[op->output]);
    const uint32_t pairs = vox_elements(&model->tensors[op->input]);
    if (classes < 2u || classes > VOX_MAX_LABELS || pairs != classes * (classes - 1u) / 2u) {
        return VOX_ERR_OP;
    }
    return vox_work(pairs, 4);
}

static void run(const vox_context *context, const vox_op *op)
{
    const uint32_t classes = vox_elements(&context->model->tensors[op->output]);
    const int32_t *decision = (const void *)vox_place(context, op->input);
    int32_t *votes = (void *)vox_place(context, op->output);
    for (uint32_t c = 0; c < classes; ++c) {
        votes[c] = 0;
    }
    for (uint32_t i = 0; i < classes; ++i) {
        for (uint32_t j = i + 1u; j < classes; ++j) {
            ++votes[*decision++ > 0 ? i : j];
        }
    }
}

const vox_kernel vox_kernel_vote = {check, run};
