/* Fully connected layer, applied to every run of `inputs` values. */
#include "nn/check.h"
#include "nn/dot.h"
#include "nn/rescale.h"

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_sound(model, op, sizeof(vox_dense))) {
        return VOX_ERR_OP;
    }
    const vox_dense *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    const uint32_t outputs = out->dims[3];
    if (p->inputs == 0u || p->inputs > VOX_MAX_ARENA || vox_elements(in) % p->inputs != 0u ||
        vox_elements(in) / p->inputs != vox_elements(out) / outputs ||
        !vox_affine_sound(model, &p->affine, outputs, (uint64_t)vox_padded_4(p->inputs) * outputs, p->inputs, true) ||
        !vox_apart(in, out) || p->low > p->high) {
        return VOX_ERR_OP;
    }
    return vox_work(vox_elements(out), (uint64_t)p->inputs + VOX_WORK_OF_RESULT);
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_dense *p = (const void *)op;
    const vox_tensor *out = &context->model->tensors[op->output];
    const uint8_t *base = context->model->weights;
    const uint32_t outputs = out->dims[3], rows = vox_elements(out) / outputs;
    const uint32_t padded = vox_padded_4(p->inputs);
    const int8_t *input = vox_place(context, op->input);
    int8_t *output = vox_place(context, op->output);
    const int32_t *bias = (const void *)(base + p->affine.bias);
    const int32_t *multiplier = (const void *)(base + p->affine.multiplier);
    const int8_t *shift = (const int8_t *)base + p->affine.shift;
    for (uint32_t row = 0; row < rows; ++row, input += p->inputs) {
        const int8_t *weights = (const int8_t *)base + p->affine.weights;
        uint32_t i = 0;
#if VOX_DOT_FOUR
        for (; i + 4u <= outputs; i += 4u, weights += 4u * padded) {
            int32_t sums[4] = {bias[i], bias[i + 1u], bias[i + 2u], bias[i + 3u]};
            vox_dot_4(input, weights, padded, p->inputs, sums);
            for (uint32_t j = 0; j < 4u; ++j) {
                const int32_t y = vox_rescale_once(sums[j], multiplier[i + j], shift[i + j]) + out->zero_point;
                *output++ = (int8_t)vox_clamp(y, p->low, p->high);
            }
        }
#endif
        for (; i < outputs; ++i, weights += padded) {
            const int32_t sum = vox_dot(input, weights, p->inputs, bias[i]);
            const int32_t y = vox_rescale_once(sum, multiplier[i], shift[i]) + out->zero_point;
            *output++ = (int8_t)vox_clamp(y, p->low, p->high);
        }
    }
}

const vox_kernel vox_kernel_dense = {check, run};
