/* Softmax over channels. The exponentials come from a table in the model; the reciprocal of their sum is found by
 * Newton's iteration, rounded step by step as TensorFlow Lite's reference does. */
#include "nn/check.h"
#include "nn/newton.h"
#include "nn/rescale.h"

#define SUM_BITS 12u /* the sum is Q12.19: of VOX_MAX_SOFTMAX_CHANNELS it stays below 2^31 */

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_sound(model, op, sizeof(vox_softmax))) {
        return VOX_ERR_OP;
    }
    const vox_softmax *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    if (p->count == 0u || p->count > VOX_MAX_SOFTMAX_TABLE || !vox_table_sound(model, p->table, p->count, 4) ||
        in->dims[1] != out->dims[1] || in->dims[2] != out->dims[2] || in->dims[3] != out->dims[3] ||
        in->dims[3] > VOX_MAX_SOFTMAX_CHANNELS || !vox_apart_or_same(in, out)) {
        return VOX_ERR_OP;
    }
    const int32_t *table = (const void *)(model->weights + p->table);
    if (table[0] != INT32_MAX) {
        return VOX_ERR_OP;
    }
    for (uint32_t i = 1; i < p->count; ++i) {
        if (table[i] < 0) {
            return VOX_ERR_OP;
        }
    }
    const uint32_t rows = vox_elements(out) / out->dims[3]; /* each has a reciprocal to find */
    return vox_work((uint64_t)vox_elements(out) + 2u * (uint64_t)rows, VOX_WORK_OF_RESULT);
}

static void softmax_row(const int8_t *input, int8_t *output, uint32_t channels, const int32_t *table, uint32_t count)
{
    int32_t highest = -128;
    for (uint32_t c = 0; c < channels; ++c) {
        highest = input[c] > highest ? input[c] : highest;
    }
    uint32_t sum = 0;
    for (uint32_t c = 0; c < channels; ++c) {
        const uint32_t down = (uint32_t)(highest - input[c]);
        sum += down < count ? (uint32_t)vox_round_shift(table[down], SUM_BITS) : 0u;
    }
    /* At least 2^19, for the highest is there. */
    const unsigned headroom = vox_leading_zeros(sum);
    const int32_t scale = vox_reciprocal_of_one_plus((int32_t)((sum << headroom) - 0x80000000u));
    const unsigned exponent = SUM_BITS - headroom + 31u - 8u;
    for (uint32_t c = 0; c < channels; ++c) {
        const uint32_t down = (uint32_t)(highest - input[c]);
        int32_t y = 0;
        if (down < count && exponent < 32u) { /* beyond, all are below 1 / 512 */
            y = vox_round_shift(vox_multiply_q31(scale, table[down]), exponent);
        }
        output[c] = (int8_t)vox_clamp(y - 128, -128, 127);
    }
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_softmax *p = (const void *)op;
    const vox_tensor *in = &context->model->tensors[op->input];
    const int32_t *table = (const void *)(context->model->weights + p->table);
    const int8_t *input = vox_place(context, op->input);
    int8_t *output = vox_place(context, op->output);
    const uint32_t rows = (uint32_t)in->dims[1] * in->dims[2];
    for (uint32_t row = 0; row < rows; ++row, input += in->dims[3], output += in->dims[3]) {
        softmax_row(input, output, in->dims[3], table, p->count);
    }
}

const vox_kernel vox_kernel_softmax = {check, run};
