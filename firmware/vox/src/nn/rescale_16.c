/* Elementwise rescaling between limits, to, from and within 16 bits: requantisation, relu, relu6, leaky relu. */
#include "nn/check.h"
#include "nn/rescale.h"

static bool is_value(const vox_tensor *tensor)
{
    return tensor->type == VOX_TYPE_S8 || tensor->type == VOX_TYPE_S16;
}

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    const uint32_t count = model->program->tensor_count;
    if (op->size != sizeof(vox_rescale_16) || op->input >= count || op->output >= count) {
        return VOX_ERR_OP;
    }
    const vox_rescale_16 *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    const uint64_t limit = (uint64_t)1 << 16; /* with the zero point */
    const bool fits = out->type == VOX_TYPE_S16 || (p->low >= -128 && p->high <= 127);
    if (!is_value(in) || !is_value(out) || vox_elements(in) != vox_elements(out) || p->low > p->high || !fits ||
        !(in->type == out->type ? vox_apart_or_same(in, out) : vox_apart(in, out)) ||
        !vox_rescale_sound(p->multiplier, p->shift, 2u * limit) ||
        !vox_rescale_sound(p->multiplier_below, p->shift_below, 2u * limit)) {
        return VOX_ERR_OP;
    }
    return vox_work(vox_elements(out), VOX_WORK_OF_RESULT);
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_rescale_16 *p = (const void *)op;
    const vox_tensor *in = &context->model->tensors[op->input];
    const vox_tensor *out = &context->model->tensors[op->output];
    const int8_t *input = vox_place(context, op->input);
    int8_t *output = vox_place(context, op->output);
    const int16_t *wide_input = (const void *)input;
    int16_t *wide_output = (void *)output;
    const uint32_t count = vox_elements(out);
    for (uint32_t i = 0; i < count; ++i) {
        const int32_t x = (in->type == VOX_TYPE_S16 ? wide_input[i] : input[i]) - in->zero_point;
        const int32_t y =
            x < 0 ? vox_rescale(x, p->multiplier_below, p->shift_below) : vox_rescale(x, p->multiplier, p->shift);
        const int32_t value = vox_clamp(y + out->zero_point, p->low, p->high);
        if (out->type == VOX_TYPE_S16) {
            wide_output[i] = (int16_t)value;
        } else {
            output[i] = (int8_t)value;
        }
    }
}

const vox_kernel vox_kernel_rescale_16 = {check, run};
