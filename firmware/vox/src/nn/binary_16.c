/* Elementwise operators of two operands of 16 bits, of which the second may be repeated along some axes, or constant. */
#include "format/bounds.h"
#include "nn/check.h"
#include "nn/reach.h"
#include "nn/rescale.h"

#define HEADROOM 15 /* bits of fraction that both operands of a sum are given */

static bool operand_sound(const vox_model *model, const vox_binary_16 *p, const vox_tensor *out)
{
    const uint64_t reach = vox_reach_b(p->strides_b, out);
    if (reach >= VOX_MAX_ARENA) {
        return false;
    }
    if (p->input_b == VOX_CONSTANT) {
        return vox_table_sound(model, p->constants, (uint32_t)reach + 1u, 2);
    }
    if (p->input_b >= model->program->tensor_count || p->constants != 0u) {
        return false;
    }
    const vox_tensor *b = &model->tensors[p->input_b];
    return b->type == VOX_TYPE_S16 && b->zero_point == 0 && reach < vox_elements(b) &&
           (vox_apart(b, out) || (b->offset == out->offset && vox_in_order(p->strides_b, out)));
}

static bool factors_sound(const vox_binary_16 *p)
{
    const uint64_t limit = (uint64_t)1 << (15 + HEADROOM);
    switch (p->kind) {
    case VOX_BINARY_ADD:
    case VOX_BINARY_SUBTRACT:
    case VOX_BINARY_SUBTRACT_FROM:
        return p->shift_a <= 0 && p->shift_b <= 0 && p->shift_out <= 0 &&
               vox_rescale_sound(p->multiplier_a, p->shift_a, limit) &&
               vox_rescale_sound(p->multiplier_b, p->shift_b, limit) &&
               vox_rescale_sound(p->multiplier_out, p->shift_out, limit); /* a sum is below 2^31 */
    case VOX_BINARY_MULTIPLY:
        return vox_rescale_sound(p->multiplier_out, p->shift_out, limit);
    default:
        return p->kind == VOX_BINARY_LARGER || p->kind == VOX_BINARY_SMALLER;
    }
}

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (op->size != sizeof(vox_binary_16) || !vox_op_moves(model, op, sizeof(vox_binary_16)) ||
        model->tensors[op->input].type != VOX_TYPE_S16) {
        return VOX_ERR_OP;
    }
    const vox_binary_16 *p = (const void *)op;
    const vox_tensor *a = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    if (vox_elements(a) != vox_elements(out) || !vox_apart_or_same(a, out) || a->zero_point != 0 ||
        out->zero_point != 0 || p->low > p->high || !factors_sound(p) || !operand_sound(model, p, out)) {
        return VOX_ERR_OP;
    }
    return vox_work(vox_elements(out), 2u * VOX_WORK_OF_RESULT);
}

static int32_t of_both(const vox_binary_16 *p, int32_t a, int32_t b)
{
    if (p->kind == VOX_BINARY_LARGER) {
        return a > b ? a : b;
    }
    if (p->kind == VOX_BINARY_SMALLER) {
        return a < b ? a : b;
    }
    if (p->kind == VOX_BINARY_MULTIPLY) {
        return vox_rescale(a * b, p->multiplier_out, p->shift_out);
    }
    const int32_t x = vox_rescale(a * (1 << HEADROOM), p->multiplier_a, p->shift_a);
    const int32_t y = vox_rescale(b * (1 << HEADROOM), p->multiplier_b, p->shift_b);
    const int32_t sum = p->kind == VOX_BINARY_ADD ? x + y : p->kind == VOX_BINARY_SUBTRACT ? x - y : y - x;
    return vox_rescale(sum, p->multiplier_out, p->shift_out);
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_binary_16 *p = (const void *)op;
    const vox_model *model = context->model;
    const vox_tensor *out = &model->tensors[op->output];
    const int16_t *a = (const void *)vox_place(context, op->input);
    const int16_t *b = p->input_b == VOX_CONSTANT ? (const void *)(model->weights + p->constants)
                                                  : (const void *)vox_place(context, p->input_b);
    int16_t *output = (void *)vox_place(context, op->output);
    for (uint32_t y = 0; y < out->dims[1]; ++y) {
        for (uint32_t x = 0; x < out->dims[2]; ++x) {
            const int16_t *second = b + y * p->strides_b[0] + x * p->strides_b[1];
            for (uint32_t c = out->dims[3]; c > 0u; --c, second += p->strides_b[2]) {
                *output++ = (int16_t)vox_clamp(of_both(p, *a++, *second), p->low, p->high);
            }
        }
    }
}

const vox_kernel vox_kernel_binary_16 = {check, run};
