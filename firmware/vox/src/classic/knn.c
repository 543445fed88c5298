/* Nearest neighbours among a few prototypes. */
#include "classic/distance.h"
#include "classic/ops.h"
#include "nn/check.h"

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_between(model, op, sizeof(vox_knn), VOX_TYPE_S16, VOX_TYPE_S32)) {
        return VOX_ERR_OP;
    }
    const vox_knn *p = (const void *)op;
    const uint32_t values = vox_elements(&model->tensors[op->input]);
    const uint32_t classes = vox_elements(&model->tensors[op->output]);
    if (values > VOX_MAX_VECTOR || classes > VOX_MAX_LABELS || p->neighbours == 0u ||
        p->neighbours > VOX_MAX_NEIGHBOURS || p->neighbours > p->count ||
        !vox_table_sound(model, p->vectors, p->count * vox_padded_2(values) / 2u, 4) ||
        !vox_table_sound(model, p->labels, p->count, 1)) {
        return VOX_ERR_OP;
    }
    for (uint32_t i = 0; i < p->count; ++i) {
        if (model->weights[p->labels + i] >= classes) {
            return VOX_ERR_OP;
        }
    }
    return vox_work(p->count, (uint64_t)values + p->neighbours);
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_knn *p = (const void *)op;
    const vox_model *model = context->model;
    const uint32_t values = vox_elements(&model->tensors[op->input]);
    const uint32_t classes = vox_elements(&model->tensors[op->output]);
    const int16_t *vector = (const void *)(model->weights + p->vectors);
    const uint8_t *label = model->weights + p->labels;
    const int16_t *x = (const void *)vox_place(context, op->input);
    int32_t *votes = (void *)vox_place(context, op->output);
    uint64_t nearest[VOX_MAX_NEIGHBOURS]; /* in rising order */
    uint8_t labels[VOX_MAX_NEIGHBOURS];
    unsigned found = 0;
    for (uint32_t i = 0; i < p->count; ++i, vector += vox_padded_2(values)) {
        const uint64_t distance = vox_squared_distance(x, vector, values);
        if (found == p->neighbours && distance >= nearest[found - 1u]) {
            continue;
        }
        unsigned at = found < p->neighbours ? found++ : found - 1u;
        for (; at > 0u && nearest[at - 1u] > distance; --at) {
            nearest[at] = nearest[at - 1u];
            labels[at] = labels[at - 1u];
        }
        nearest[at] = distance;
        labels[at] = label[i];
    }
    for (uint32_t c = 0; c < classes; ++c) {
        votes[c] = 0;
    }
    for (unsigned i = 0; i < found; ++i) {
        ++votes[labels[i]];
    }
}

const vox_kernel vox_kernel_knn = {check, run};
