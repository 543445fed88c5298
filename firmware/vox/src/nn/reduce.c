/* Sum, mean, largest or smallest value along any axes that lie side by side. */
#include "nn/check.h"
#include "nn/rescale.h"

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_sound(model, op, sizeof(vox_reduce))) {
        return VOX_ERR_OP;
    }
    const vox_reduce *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    const uint32_t outputs = vox_elements(out);
    if (p->outer == 0u || p->inner == 0u || p->count == 0u || p->count > VOX_MAX_REDUCED ||
        (uint64_t)p->outer * p->inner != outputs || (uint64_t)outputs * p->count != vox_elements(in) ||
        p->kind > VOX_REDUCE_SMALLEST || p->low > p->high || !vox_apart(in, out)) {
        return VOX_ERR_OP;
    }
    const uint64_t most = (uint64_t)(p->bias < 0 ? -(int64_t)p->bias : p->bias) + 128u * p->count;
    if (p->kind == VOX_REDUCE_SUM && !vox_rescale_sound(p->multiplier, p->shift, 2u * most)) {
        return VOX_ERR_OP;
    }
    return vox_work(outputs, 2u * (uint64_t)p->count + VOX_WORK_OF_RESULT);
}

static int32_t reduced(const vox_reduce *p, const int8_t *input)
{
    int32_t value = p->kind == VOX_REDUCE_SUM ? p->bias : *input;
    for (uint32_t left = p->count; left > 0u; --left, input += p->inner) {
        if (p->kind == VOX_REDUCE_SUM) {
            value += *input;
        } else if (p->kind == VOX_REDUCE_LARGEST ? *input > value : *input < value) {
            value = *input;
        }
    }
    return value;
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_reduce *p = (const void *)op;
    const int32_t zero = context->model->tensors[op->output].zero_point;
    const int8_t *input = vox_place(context, op->input);
    int8_t *output = vox_place(context, op->output);
    for (uint32_t i = 0; i < p->outer; ++i, input += p->count * p->inner) {
        for (uint32_t k = 0; k < p->inner; ++k) {
            int32_t value = reduced(p, input + k);
            if (p->kind == VOX_REDUCE_SUM) {
                value = vox_rescale(value, p->multiplier, p->shift) + zero;
            }
            *output++ = (int8_t)vox_clamp(value, p->low, p->high);
        }
    }
}

const vox_kernel vox_kernel_reduce = {check, run};
