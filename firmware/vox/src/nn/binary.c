/* Elementwise operators of two operands, of which the second may be repeated along some axes, or constant. */
#include "format/bounds.h"
#include "nn/check.h"
#include "nn/reach.h"
#include "nn/rescale.h"

#define HEADROOM 20        /* as ADD */
#define PAIRS 65536u       /* of two values */
#define SQUARES_HEADROOM 7 /* differences of both halves have 16 bits, their squares 30 */

static bool operand_sound(const vox_model *model, const vox_binary *p, const vox_tensor *out)
{
    const uint64_t reach = vox_reach_b(p->strides_b, out);
    if (reach >= VOX_MAX_ARENA) {
        return false;
    }
    if (p->input_b == VOX_CONSTANT) {
        return p->kind != VOX_BINARY_TABLE &&
               vox_in_bounds(model->weights_size, p->constants, (uint32_t)reach + 1u, 1, 1);
    }
    if (p->input_b >= model->program->tensor_count ||
        (p->kind == VOX_BINARY_TABLE ? !vox_in_bounds(model->weights_size, p->constants, PAIRS, 1, 1)
                                     : p->constants != 0u)) {
        return false;
    }
    const vox_tensor *b = &model->tensors[p->input_b];
    return b->type == VOX_TYPE_S8 && reach < vox_elements(b) && p->zero_b == b->zero_point &&
           (vox_apart(b, out) || (b->offset == out->offset && vox_in_order(p->strides_b, out)));
}

/* The factor is at most a half. */
static bool halves(int32_t multiplier, int shift)
{
    return (shift < 0 || (shift == 0 && multiplier <= 1 << 30)) &&
           vox_rescale_sound(multiplier, shift, (uint64_t)255 << SQUARES_HEADROOM);
}

static bool factors_sound(const vox_binary *p)
{
    const uint64_t limit = (uint64_t)255 << HEADROOM;
    switch (p->kind) {
    case VOX_BINARY_ADD:
    case VOX_BINARY_SUBTRACT:
    case VOX_BINARY_SUBTRACT_FROM:
        return p->shift_a <= 0 && p->shift_b <= 0 && p->shift_out <= 0 &&
               vox_rescale_sound(p->multiplier_a, p->shift_a, limit) &&
               vox_rescale_sound(p->multiplier_b, p->shift_b, limit) &&
               vox_rescale_sound(p->multiplier_out, p->shift_out, 2u * limit);
    case VOX_BINARY_MULTIPLY:
        return vox_rescale_sound(p->multiplier_out, p->shift_out, 2u * 255u * 255u);
    case VOX_BINARY_LARGER:
    case VOX_BINARY_SMALLER:
    case VOX_BINARY_TABLE:
        return true;
    case VOX_BINARY_SQUARED_DIFFERENCE:
        return halves(p->multiplier_a, p->shift_a) && halves(p->multiplier_b, p->shift_b) && p->shift_out <= 0 &&
               vox_rescale_sound(p->multiplier_out, p->shift_out, 1u << 30);
    default:
        return false;
    }
}

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_sound(model, op, sizeof(vox_binary))) {
        return VOX_ERR_OP;
    }
    const vox_binary *p = (const void *)op;
    const vox_tensor *a = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    if (vox_elements(a) != vox_elements(out) || !vox_apart_or_same(a, out) || p->low > p->high || !factors_sound(p) ||
        !operand_sound(model, p, out)) {
        return VOX_ERR_OP;
    }
    return vox_work(vox_elements(out), 2u * VOX_WORK_OF_RESULT);
}

/* table: of the kind TABLE. */
static int32_t of_both(const vox_binary *p, const int8_t *table, int32_t a, int32_t zero_a, int32_t b, int32_t zero)
{
    if (p->kind == VOX_BINARY_LARGER) {
        return a > b ? a : b;
    }
    if (p->kind == VOX_BINARY_SMALLER) {
        return a < b ? a : b;
    }
    if (p->kind == VOX_BINARY_TABLE) {
        return table[(a + 128) * 256 + b + 128];
    }
    a -= zero_a;
    b -= p->zero_b;
    if (p->kind == VOX_BINARY_MULTIPLY) {
        return vox_rescale(a * b, p->multiplier_out, p->shift_out) + zero;
    }
    const int headroom = p->kind == VOX_BINARY_SQUARED_DIFFERENCE ? SQUARES_HEADROOM : HEADROOM;
    const int32_t x = vox_rescale(a * (1 << headroom), p->multiplier_a, p->shift_a);
    const int32_t y = vox_rescale(b * (1 << headroom), p->multiplier_b, p->shift_b);
    int32_t sum = p->kind == VOX_BINARY_ADD ? x + y : p->kind == VOX_BINARY_SUBTRACT ? x - y : y - x;
    if (p->kind == VOX_BINARY_SQUARED_DIFFERENCE) {
        sum *= sum;
    }
    return vox_rescale(sum, p->multiplier_out, p->shift_out) + zero;
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_binary *p = (const void *)op;
    const vox_model *model = context->model;
    const vox_tensor *out = &model->tensors[op->output];
    const int32_t zero_a = model->tensors[op->input].zero_point;
    const int8_t *a = vox_place(context, op->input);
    const int8_t *const constants = (const int8_t *)(model->weights + p->constants);
    const int8_t *b = p->input_b == VOX_CONSTANT ? constants : vox_place(context, p->input_b);
    int8_t *output = vox_place(context, op->output);
    for (uint32_t y = 0; y < out->dims[1]; ++y) {
        for (uint32_t x = 0; x < out->dims[2]; ++x) {
            const int8_t *second = b + y * p->strides_b[0] + x * p->strides_b[1];
            for (uint32_t c = out->dims[3]; c > 0u; --c, second += p->strides_b[2]) {
                const int32_t value = of_both(p, constants, *a++, zero_a, *second, out->zero_point);
                *output++ = (int8_t)vox_clamp(value, p->low, p->high);
            }
        }
    }
}

const vox_kernel vox_kernel_binary = {check, run};
