/* Elementwise rescaling between limits: relu, relu6, or plain requantisation. */
#include "nn/check.h"
#include "nn/rescale.h"

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_sound(model, op, sizeof(vox_relu))) {
        return VOX_ERR_OP;
    }
    const vox_relu *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    /* Half the range is left for the zero point. */
    if (vox_elements(in) != vox_elements(out) || !vox_apart_or_same(in, out) || p->low > p->high ||
        !vox_rescale_sound(p->multiplier, p->shift, 2u * 255u)) {
        return VOX_ERR_OP;
    }
    return vox_work(vox_elements(out), VOX_WORK_OF_RESULT);
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_relu *p = (const void *)op;
    const vox_tensor *in = &context->model->tensors[op->input];
    const vox_tensor *out = &context->model->tensors[op->output];
    const uint32_t count = vox_elements(out);
    const int8_t *input = vox_place(context, op->input);
    int8_t *output = vox_place(context, op->output);
    for (uint32_t i = 0; i < count; ++i) {
        const int32_t y = vox_rescale(input[i] - in->zero_point, p->multiplier, p->shift) + out->zero_point;
        output[i] = (int8_t)vox_clamp(y, p->low, p->high);
    }
}

const vox_kernel vox_kernel_relu = {check, run};
