/* Vectors of length 1: every position's channels over the root of the sum of their squares, as TensorFlow Lite's
 * reference computes it. Embeddings end in it. */
#include "nn/check.h"
#include "nn/rescale.h"

#define ONE ((int32_t)1 << 28) /* Q28: three bits for the whole part */

/* 1 / sqrt(sum) is multiplier * 2^(shift - 31). */
typedef struct {
    int32_t multiplier;
    int shift;
} inverse_root;

/* x^3 of a number in Q28. */
static int32_t cube(int32_t x)
{
    return (int32_t)((uint32_t)vox_multiply_q31_seldom(vox_multiply_q31_seldom(x, x), x) << 6);
}

static inverse_root inverse_root_of(uint32_t sum)
{
    if (sum <= 1u) {
        const inverse_root one = {INT32_MAX, 0};
        return one;
    }
    int right = 11;
    while (sum >= (uint32_t)1 << 29) {
        sum /= 4u;
        ++right;
    }
    while (sum < (uint32_t)1 << 27) {
        sum *= 4u;
        --right;
    }
    const int32_t half = (int32_t)((sum >> 1) + 1u) >> 1; /* of the sum in Q28, 1/4..1 */
    int32_t x = ONE;
    for (unsigned i = 0; i < 5u; ++i) { /* Newton's steps */
        x = (int32_t)((uint32_t)(vox_multiply_q31_seldom(ONE + ONE / 2, x) - vox_multiply_q31_seldom(half, cube(x)))
                      << 3);
    }
    x = vox_multiply_q31_seldom(x, 1518500250); /* sqrt(1/2) in Q31 */
    const inverse_root found = {right < 0 ? (int32_t)((uint32_t)x << -right) : x, right < 0 ? 0 : -right};
    return found;
}

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_sound(model, op, sizeof(vox_op))) {
        return VOX_ERR_OP;
    }
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    if (vox_elements(in) != vox_elements(out) || in->dims[3] != out->dims[3] || in->dims[3] > VOX_MAX_L2_CHANNELS ||
        !vox_apart_or_same(in, out)) {
        return VOX_ERR_OP;
    }
    const uint32_t rows = vox_elements(out) / out->dims[3]; /* each has a root to find */
    return vox_work((uint64_t)vox_elements(out) + 8u * (uint64_t)rows, 8);
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_tensor *in = &context->model->tensors[op->input];
    const uint32_t channels = in->dims[3];
    const int8_t *input = vox_place(context, op->input);
    int8_t *output = vox_place(context, op->output);
    for (uint32_t left = vox_elements(in); left > 0u; left -= channels) {
        uint32_t sum = 0; /* at most 2^15 squares of 255 */
        for (uint32_t c = 0; c < channels; ++c) {
            const int32_t x = input[c] - in->zero_point;
            sum += (uint32_t)(x * x);
        }
        const inverse_root inverse = inverse_root_of(sum);
        for (uint32_t c = 0; c < channels; ++c) {
            /* times 2^7: the output's scale is 1/128 */
            const int32_t y = vox_rescale(input[c] - in->zero_point, inverse.multiplier, inverse.shift + 7);
            output[c] = (int8_t)vox_clamp(y, -128, 127);
        }
        input += channels;
        output += channels;
    }
}

const vox_kernel vox_kernel_l2_norm = {check, run};
