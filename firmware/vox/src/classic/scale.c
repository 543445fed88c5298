/* Scaling of features, value by value: what NORM's mode SCALE does, for programs that take features as they are. */
#include "classic/ops.h"
#include "nn/check.h"
#include "nn/rescale.h"

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_between(model, op, sizeof(vox_scale), VOX_TYPE_S16, VOX_TYPE_S16) &&
        !vox_op_between(model, op, sizeof(vox_scale), VOX_TYPE_S16, VOX_TYPE_S8)) {
        return VOX_ERR_OP;
    }
    const vox_scale *p = (const void *)op;
    const uint32_t count = vox_elements(&model->tensors[op->input]);
    if (count != vox_elements(&model->tensors[op->output]) || !vox_table_sound(model, p->offset, count, 2) ||
        !vox_table_sound(model, p->multiplier, count, 2) || !vox_table_sound(model, p->shift, count, 1)) {
        return VOX_ERR_OP;
    }
    const int16_t *multiplier = (const void *)(model->weights + p->multiplier);
    const uint8_t *shift = model->weights + p->shift;
    for (uint32_t i = 0; i < count; ++i) {
        if (multiplier[i] < 1 || shift[i] > 30u) {
            return VOX_ERR_OP;
        }
    }
    return vox_work(count, VOX_WORK_OF_RESULT);
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_scale *p = (const void *)op;
    const vox_tensor *out = &context->model->tensors[op->output];
    const uint8_t *base = context->model->weights;
    const int16_t *offset = (const void *)(base + p->offset), *multiplier = (const void *)(base + p->multiplier);
    const uint8_t *shift = base + p->shift;
    const int16_t *input = (const void *)vox_place(context, op->input);
    int8_t *output = vox_place(context, op->output);
    const uint32_t count = vox_elements(out);
    for (uint32_t i = 0; i < count; ++i) {
        const int32_t x = vox_clamp(input[i] - offset[i], -32768, 32767);
        /* |x * multiplier| <= 2^30, the half <= 2^29: no overflow */
        const int32_t half = (int32_t)((1u << shift[i]) >> 1);
        const int32_t q = ((x * multiplier[i] + half) >> shift[i]) + out->zero_point;
        if (out->type == VOX_TYPE_S8) {
            output[i] = (int8_t)vox_clamp(q, -128, 127);
        } else {
            ((int16_t *)(void *)output)[i] = (int16_t)vox_clamp(q, -32768, 32767);
        }
    }
}

const vox_kernel vox_kernel_scale = {check, run};
