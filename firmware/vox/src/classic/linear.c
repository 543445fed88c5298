/* Dot products with int16 weights: logistic regression, linear SVM, ridge; the last layer of an MLP. */
#include "classic/distance.h"
#include "classic/exp2.h"
#include "classic/ops.h"
#include "nn/check.h"

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_between(model, op, sizeof(vox_linear), VOX_TYPE_S16, VOX_TYPE_S32) &&
        !vox_op_between(model, op, sizeof(vox_linear), VOX_TYPE_S8, VOX_TYPE_S32)) {
        return VOX_ERR_OP;
    }
    const vox_linear *p = (const void *)op;
    const uint32_t count = vox_elements(&model->tensors[op->input]);
    const uint32_t rows = vox_elements(&model->tensors[op->output]);
    if (count > VOX_MAX_VECTOR || rows > VOX_MAX_LABELS ||
        !vox_table_sound(model, p->weights, rows * vox_padded_2(count) / 2u, 4) ||
        !vox_table_sound(model, p->bias, rows, 4) || !vox_table_sound(model, p->shift, 2u * rows, 1)) {
        return VOX_ERR_OP;
    }
    const uint8_t *shift = model->weights + p->shift;
    for (uint32_t row = 0; row < rows; ++row) {
        if (shift[2u * row] > VOX_MAX_BIAS_SHIFT || shift[2u * row + 1u] > VOX_MAX_SUM_SHIFT) {
            return VOX_ERR_OP;
        }
    }
    return vox_work(rows, 2u * (uint64_t)count + VOX_WORK_OF_RESULT);
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_linear *p = (const void *)op;
    const vox_model *model = context->model;
    const uint32_t count = vox_elements(&model->tensors[op->input]), rows = vox_elements(&model->tensors[op->output]);
    const int16_t *weights = (const void *)(model->weights + p->weights);
    const int32_t *bias = (const void *)(model->weights + p->bias);
    const uint8_t *shift = model->weights + p->shift;
    const int8_t *narrow = model->tensors[op->input].type == VOX_TYPE_S8 ? vox_place(context, op->input) : NULL;
    const int16_t *x = (const void *)vox_place(context, op->input);
    int32_t *scores = (void *)vox_place(context, op->output);
    for (uint32_t row = 0; row < rows; ++row, weights += vox_padded_2(count), shift += 2) {
        int64_t sum = bias[row] * ((int64_t)1 << shift[0]);
        if (narrow != NULL) {
            for (uint32_t i = 0; i < count; ++i) {
                sum += narrow[i] * weights[i];
            }
        } else {
            for (uint32_t i = 0; i < count; ++i) {
                sum += x[i] * weights[i];
            }
        }
        scores[row] = vox_saturate(sum >> shift[1]);
    }
}

const vox_kernel vox_kernel_linear = {check, run};
