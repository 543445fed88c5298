/* Softmax over channels of 16-bit activations: exponentials and the reciprocal of their sum lie between the entries of two
 * tables, as TensorFlow Lite has them. */
#include "nn/check.h"
#include "nn/newton.h"
#include "nn/rescale.h"

#define STEPS 512u
#define LEAST 16384 /* of the exponential of 0, so that sums of any number of channels have a reciprocal */

static VOX_COLD bool table_sound(const vox_model *model, uint32_t offset, bool exponentials)
{
    if (!vox_table_sound(model, offset, STEPS + 1u, 2)) {
        return false;
    }
    const int16_t *table = (const void *)(model->weights + offset);
    for (uint32_t i = 0; i <= STEPS; ++i) {
        if (table[i] < (exponentials && i + 1u >= STEPS ? LEAST : 0)) {
            return false;
        }
    }
    return true;
}

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_moves(model, op, sizeof(vox_softmax_16)) || model->tensors[op->input].type != VOX_TYPE_S16) {
        return VOX_ERR_OP;
    }
    const vox_softmax_16 *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    if (in->dims[1] != out->dims[1] || in->dims[2] != out->dims[2] || in->dims[3] != out->dims[3] ||
        !vox_apart_or_same(in, out) || !table_sound(model, p->exponentials, true) ||
        !table_sound(model, p->reciprocals, false) || !vox_rescale_sound(p->multiplier, p->shift, 65535)) {
        return VOX_ERR_OP;
    }
    const uint32_t rows = vox_elements(out) / out->dims[3];
    return vox_work((uint64_t)vox_elements(out) + (uint64_t)rows, 2u * VOX_WORK_OF_RESULT);
}

/* Of x, -32768..32767, which are the table's ends. */
static int32_t look_up(const int16_t *table, int32_t x)
{
    const int16_t *entry = table + ((x + 32768) >> 7);
    return entry[0] + (((entry[1] - entry[0]) * ((x + 32768) & 127) + 64) >> 7);
}

static int32_t narrow(int32_t x)
{
    return vox_clamp(x, INT16_MIN, INT16_MAX);
}

static void softmax_row(const vox_softmax_16 *p, const uint8_t *weights, const int16_t *input, int16_t *output,
                        uint32_t channels)
{
    const int16_t *exponentials = (const void *)(weights + p->exponentials);
    int32_t highest = INT16_MIN;
    for (uint32_t c = 0; c < channels; ++c) {
        highest = input[c] > highest ? input[c] : highest;
    }
    uint32_t sum = 0; /* at most 65535 channels: below 2^31 */
    for (uint32_t c = 0; c < channels; ++c) {
        const int32_t down = vox_rescale(input[c] - highest, p->multiplier, p->shift);
        const int32_t y = look_up(exponentials, narrow(down + 32767));
        output[c] = (int16_t)y;
        sum += (uint32_t)y;
    }
    const unsigned headroom = vox_leading_zeros(sum);                                /* 1..17 */
    const int32_t scaled = (int32_t)(((sum << (headroom - 1u)) + (1u << 13)) >> 14); /* 2^16..2^17: one to two */
    const int32_t scale = look_up((const void *)(weights + p->reciprocals), narrow(scaled - (3 << 15)));
    for (uint32_t c = 0; c < channels; ++c) {
        output[c] = (int16_t)vox_clamp((output[c] * scale + (1 << (30u - headroom))) >> (31u - headroom), 0, INT16_MAX);
    }
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_tensor *in = &context->model->tensors[op->input];
    const int16_t *input = (const void *)vox_place(context, op->input);
    int16_t *output = (void *)vox_place(context, op->output);
    const uint32_t rows = (uint32_t)in->dims[1] * in->dims[2];
    for (uint32_t row = 0; row < rows; ++row, input += in->dims[3], output += in->dims[3]) {
        softmax_row((const void *)op, context->model->weights, input, output, in->dims[3]);
    }
}

const vox_kernel vox_kernel_softmax_16 = {check, run};
