/* Mean over height and width. */
#include "nn/check.h"
#include "nn/rescale.h"

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_sound(model, op, sizeof(vox_mean))) {
        return VOX_ERR_OP;
    }
    const vox_mean *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    const uint32_t count = (uint32_t)in->dims[1] * in->dims[2];
    const uint64_t limit = (uint64_t)(p->bias < 0 ? -(int64_t)p->bias : p->bias) + 128u * (uint64_t)count;
    /* Half the range is left for the zero point. */
    if (out->dims[1] != 1u || out->dims[2] != 1u || out->dims[3] != in->dims[3] || !vox_apart(in, out) ||
        p->low > p->high || !vox_rescale_sound(p->multiplier, p->shift, 2u * limit)) {
        return VOX_ERR_OP;
    }
    return vox_work(out->dims[3], (uint64_t)count + VOX_WORK_OF_RESULT);
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_mean *p = (const void *)op;
    const vox_tensor *in = &context->model->tensors[op->input];
    const vox_tensor *out = &context->model->tensors[op->output];
    const uint32_t channels = in->dims[3], pixels = (uint32_t)in->dims[1] * in->dims[2];
    const int8_t *input = vox_place(context, op->input);
    int8_t *output = vox_place(context, op->output);
    for (uint32_t c = 0; c < channels; ++c) {
        int32_t sum = p->bias;
        const int8_t *from = input + c;
        for (uint32_t i = 0; i < pixels; ++i, from += channels) {
            sum += *from;
        }
        const int32_t y = vox_rescale(sum, p->multiplier, p->shift) + out->zero_point;
        output[c] = (int8_t)vox_clamp(y, p->low, p->high);
    }
}

const vox_kernel vox_kernel_mean = {check, run};
