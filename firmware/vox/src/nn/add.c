/* Elementwise sum of two tensors of one shape. */
#include "nn/check.h"
#include "nn/rescale.h"

#define HEADROOM 20 /* bits of fraction that both inputs are given before they are rescaled */

static int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_sound(model, op, sizeof(vox_add))) {
        return VOX_ERR_OP;
    }
    const vox_add *p = (const void *)op;
    if (p->input_b >= model->program->tensor_count || model->tensors[p->input_b].type != VOX_TYPE_S8) {
        return VOX_ERR_OP;
    }
    const vox_tensor *a = &model->tensors[op->input];
    const vox_tensor *b = &model->tensors[p->input_b];
    const vox_tensor *out = &model->tensors[op->output];
    const uint64_t limit = (uint64_t)255 << HEADROOM;
    if (vox_elements(a) != vox_elements(out) || vox_elements(b) != vox_elements(out) || !vox_apart_or_same(a, out) ||
        !vox_apart_or_same(b, out) || p->low > p->high || p->shift_a > 0 || p->shift_b > 0 || p->shift_out > 0 ||
        !vox_rescale_sound(p->multiplier_a, p->shift_a, limit) ||
        !vox_rescale_sound(p->multiplier_b, p->shift_b, limit) ||
        !vox_rescale_sound(p->multiplier_out, p->shift_out, 2u * limit)) {
        return VOX_ERR_OP;
    }
    return vox_work(vox_elements(out), 2u * VOX_WORK_OF_RESULT);
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_add *p = (const void *)op;
    const vox_tensor *tensors = context->model->tensors;
    const int32_t zero_a = tensors[op->input].zero_point, zero_b = tensors[p->input_b].zero_point;
    const int32_t zero = tensors[op->output].zero_point;
    const uint32_t count = vox_elements(&tensors[op->output]);
    const int8_t *a = vox_place(context, op->input);
    const int8_t *b = vox_place(context, p->input_b);
    int8_t *output = vox_place(context, op->output);
    for (uint32_t i = 0; i < count; ++i) {
        const int32_t x = vox_rescale((a[i] - zero_a) * (1 << HEADROOM), p->multiplier_a, p->shift_a);
        const int32_t y = vox_rescale((b[i] - zero_b) * (1 << HEADROOM), p->multiplier_b, p->shift_b);
        const int32_t sum = vox_rescale(x + y, p->multiplier_out, p->shift_out) + zero;
        output[i] = (int8_t)vox_clamp(sum, p->low, p->high);
    }
}

const vox_kernel vox_kernel_add = {check, run};
