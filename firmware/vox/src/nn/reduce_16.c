/* Sum, mean, largest or smallest value of 16-bit activations along any axes that lie side by side. */
#include "nn/check.h"
#include "nn/rescale.h"

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_between(model, op, sizeof(vox_reduce_16), VOX_TYPE_S16, VOX_TYPE_S16)) {
        return VOX_ERR_OP;
    }
    const vox_reduce_16 *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    const uint32_t outputs = vox_elements(out);
    if (p->outer == 0u || p->inner == 0u || p->count == 0u || p->count > VOX_MAX_REDUCED ||
        (uint64_t)p->outer * p->inner != outputs || (uint64_t)outputs * p->count != vox_elements(in) ||
        p->kind > VOX_REDUCE_SMALLEST || p->low > p->high || in->zero_point != 0 || out->zero_point != 0 ||
        p->multiplier < 0 || p->shift < VOX_MIN_SHIFT - 1 || p->shift > VOX_MAX_SHIFT) {
        return VOX_ERR_OP;
    }
    return vox_work(outputs, 2u * (uint64_t)p->count + VOX_WORK_OF_RESULT);
}

/* VOX_MAX_REDUCED values fit 32 bits. */
static int32_t reduced(const vox_reduce_16 *p, const int16_t *input)
{
    int32_t value = p->kind == VOX_REDUCE_SUM ? 0 : *input;
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
    const vox_reduce_16 *p = (const void *)op;
    const int16_t *input = (const void *)vox_place(context, op->input);
    int16_t *output = (void *)vox_place(context, op->output);
    for (uint32_t i = 0; i < p->outer; ++i, input += p->count * p->inner) {
        for (uint32_t k = 0; k < p->inner; ++k) {
            int32_t value = reduced(p, input + k);
            if (p->kind == VOX_REDUCE_SUM) {
                value = vox_rescale(value, p->multiplier, p->shift);
            }
            *output++ = (int16_t)vox_clamp(value, p->low, p->high);
        }
    }
}

const vox_kernel vox_kernel_reduce_16 = {check, run};
