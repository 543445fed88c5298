/* Logarithm of softmax over channels. The exponentials come from a table in the model; the logarithm of their sum is found as
 * TensorFlow Lite's reference finds it, rounded step by step. */
#include "nn/check.h"
#include "nn/newton.h"
#include "nn/rescale.h"

#define SUM_BITS 12   /* the sum is Q12.19 */
#define POWER_BITS 25 /* powers of two are Q6.25, one bit before the point more than the logarithm has */
#define STEP_BITS 22  /* from Q26 to 16ths */

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_sound(model, op, sizeof(vox_log_softmax))) {
        return VOX_ERR_OP;
    }
    const vox_log_softmax *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    if (p->count == 0u || p->count > VOX_MAX_SOFTMAX_TABLE || !vox_table_sound(model, p->exponentials, p->count, 4) ||
        !vox_table_sound(model, p->steps, p->count, 4) || in->dims[1] != out->dims[1] || in->dims[2] != out->dims[2] ||
        in->dims[3] != out->dims[3] || in->dims[3] > VOX_MAX_SOFTMAX_CHANNELS || !vox_apart_or_same(in, out)) {
        return VOX_ERR_OP;
    }
    const int32_t *exponentials = (const void *)(model->weights + p->exponentials);
    const int32_t *steps = (const void *)(model->weights + p->steps);
    if (exponentials[0] != 1 << 19) {
        return VOX_ERR_OP;
    }
    for (uint32_t i = 0; i < p->count; ++i) {
        if (exponentials[i] < 0 || exponentials[i] > 1 << 19 || steps[i] > 0 || steps[i] < VOX_MIN_LOG_STEP) {
            return VOX_ERR_OP;
        }
    }
    const uint32_t rows = vox_elements(out) / out->dims[3]; /* each has a logarithm to find */
    return vox_work((uint64_t)vox_elements(out) + 4u * (uint64_t)rows, VOX_WORK_OF_RESULT);
}

/* x * 2^shift, saturated; x >= 0. */
static int32_t shifted(int32_t x, unsigned shift)
{
    return x > INT32_MAX >> shift ? INT32_MAX : (int32_t)((uint32_t)x << shift);
}

/* log(x) in Q26 for x >= 1 in Q19: x as a power of two times a factor about 1, whose logarithm is a quotient. */
static int32_t logarithm(int32_t x)
{
    const int32_t half = 1518500250, quarter = 1805811301; /* roots of 1/2, the second and the fourth, Q31 */
    const unsigned zeros = vox_leading_zeros((uint32_t)x);
    const int32_t a = shifted(vox_multiply_q31_seldom(shifted(x, zeros - 1u), half), 1);
    const unsigned room = vox_leading_zeros((uint32_t)vox_multiply_q31_seldom(x, half)) - 1u;
    const int32_t b = shifted(x, room);
    const int32_t r = a < b ? a : b;
    const int32_t power_a = (SUM_BITS - (int32_t)zeros) * (1 << POWER_BITS) + (1 << 23);
    const int32_t power_b = (SUM_BITS - (int32_t)room) * (1 << POWER_BITS) - (1 << 23);
    const int32_t power = power_a > power_b ? power_a : power_b;
    const int32_t p = (int32_t)(((uint32_t)r + (uint32_t)quarter + 1u) >> 1);
    const int32_t q = 2 * (r - quarter);
    const int32_t square = vox_multiply_q31_seldom(q, q);
    const int32_t above =
        vox_multiply_q31_seldom(q, r) + vox_multiply_q31_seldom(vox_multiply_q31_seldom(q, square), 117049297);
    const int32_t below = vox_multiply_q31_seldom(p, 1057819769 + q + vox_multiply_q31_seldom(127690142, square)) +
                          vox_multiply_q31_seldom(638450708, q);
    const int32_t factor = vox_multiply_q31_seldom(vox_round_shift(above, 6), vox_reciprocal_of_one_plus(below));
    return 2 * (vox_multiply_q31_seldom(power, 1488522236) + factor);
}

static void row_of(const int8_t *input, int8_t *output, uint32_t channels, const int32_t *exponentials,
                   const int32_t *steps, uint32_t count)
{
    int32_t highest = -128;
    for (uint32_t c = 0; c < channels; ++c) {
        highest = input[c] > highest ? input[c] : highest;
    }
    int32_t sum = 0;
    for (uint32_t c = 0; c < channels; ++c) {
        const uint32_t down = (uint32_t)(highest - input[c]);
        sum += down < count ? exponentials[down] : 0;
    }
    const int32_t log = logarithm(sum);
    for (uint32_t c = 0; c < channels; ++c) {
        const uint32_t down = (uint32_t)(highest - input[c]);
        const int32_t y = down < count ? vox_round_shift(steps[down] - log, STEP_BITS) + 127 : -128;
        output[c] = (int8_t)vox_clamp(y, -128, 127);
    }
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_log_softmax *p = (const void *)op;
    const vox_tensor *in = &context->model->tensors[op->input];
    const int32_t *exponentials = (const void *)(context->model->weights + p->exponentials);
    const int32_t *steps = (const void *)(context->model->weights + p->steps);
    const int8_t *input = vox_place(context, op->input);
    int8_t *output = vox_place(context, op->output);
    const uint32_t rows = (uint32_t)in->dims[1] * in->dims[2];
    for (uint32_t row = 0; row < rows; ++row, input += in->dims[3], output += in->dims[3]) {
        row_of(input, output, in->dims[3], exponentials, steps, p->count);
    }
}

const vox_kernel vox_kernel_log_softmax = {check, run};
