/* Regression: the posterior of the bin that a value falls into. */
#include "classic/ops.h"
#include "model/bounds.h"
#include "nn/check.h"
#include "nn/kernels.h"

static int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_between(model, op, sizeof(vox_bins), VOX_TYPE_S32, VOX_TYPE_S16)) {
        return VOX_ERR_OP;
    }
    const vox_bins *p = (const void *)op;
    const uint32_t count = vox_elements(&model->tensors[op->output]);
    if (vox_elements(&model->tensors[op->input]) != 1u || count > VOX_MAX_LABELS ||
        !vox_in_bounds(model->weights_size, p->edges, count - 1u, 4, 4)) {
        return VOX_ERR_OP;
    }
    const int32_t *edges = (const void *)(model->weights + p->edges);
    for (uint32_t i = 1; i + 1u < count; ++i) {
        if (edges[i] < edges[i - 1u]) {
            return VOX_ERR_OP;
        }
    }
    return vox_work(count, 1);
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_bins *p = (const void *)op;
    const int32_t value = *(const int32_t *)(const void *)vox_place(context, op->input);
    const int32_t *edges = (const void *)(context->model->weights + p->edges);
    int16_t *posteriors = (void *)vox_place(context, op->output);
    const uint32_t count = vox_elements(&context->model->tensors[op->output]);
    uint32_t bin = 0;
    while (bin + 1u < count && value >= edges[bin]) {
        ++bin;
    }
    for (uint32_t c = 0; c < count; ++c) {
        posteriors[c] = c == bin ? 32767 : 0;
    }
}

const vox_kernel vox_kernel_bins = {VOX_OP_BINS, check, run};
