/* The logistic function and tanh of 16-bit activations, between 256 entries of one table, as TensorFlow Lite has them. */
#include "nn/check.h"

#define ENTRIES 256u

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_moves(model, op, sizeof(vox_curve_16)) || model->tensors[op->input].type != VOX_TYPE_S16) {
        return VOX_ERR_OP;
    }
    const vox_curve_16 *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    if (vox_elements(in) != vox_elements(out) || !vox_apart_or_same(in, out) || p->kind > VOX_CURVE_16_TANH ||
        p->shift > 31u || p->multiplier < 0 || p->multiplier > (p->shift > 0u ? 32767 : 65535) ||
        !vox_table_sound(model, p->table, ENTRIES, 2)) {
        return VOX_ERR_OP;
    }
    const uint16_t *table = (const void *)(model->weights + p->table);
    for (uint32_t i = 1; i < ENTRIES; ++i) {
        if (table[i] < table[i - 1u]) {
            return VOX_ERR_OP;
        }
    }
    return vox_work(vox_elements(out), VOX_WORK_OF_RESULT);
}

/* The logistic function of |x| in Q(16 + bits), x having `bits` below a step of the table; `most` beyond its end. */
static int32_t between(const uint16_t *table, uint32_t size, unsigned bits, int32_t most)
{
    const uint32_t entry = size >> bits;
    if (entry + 1u >= ENTRIES) {
        return most;
    }
    const uint32_t part = size & ((1u << bits) - 1u);
    return (int32_t)(((uint32_t)table[entry] << bits) + part * (uint32_t)(table[entry + 1u] - table[entry]));
}

static int32_t logistic(const uint16_t *table, int32_t x)
{
    const int32_t y = between(table, (uint32_t)(x < 0 ? -x : x), 9, 32767 << 10);
    return ((x < 0 ? (1 << 25) - y - 1 : y) + 512) >> 10;
}

static int32_t tanh_of(const uint16_t *table, int32_t x)
{
    const int32_t y = between(table, (uint32_t)(x < 0 ? -x : x), 8, 65535 << 8) - (1 << 23);
    return ((x < 0 ? -y - 1 : y) + 128) >> 8;
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_curve_16 *p = (const void *)op;
    const uint16_t *table = (const void *)(context->model->weights + p->table);
    const uint32_t count = vox_elements(&context->model->tensors[op->output]);
    const int16_t *input = (const void *)vox_place(context, op->input);
    int16_t *output = (void *)vox_place(context, op->output);
    const int32_t half = p->shift > 0u ? 1 << (p->shift - 1u) : 0;
    for (uint32_t i = 0; i < count; ++i) {
        const int32_t x = (input[i] * p->multiplier + half) >> p->shift;
        output[i] = (int16_t)(p->kind == VOX_CURVE_16_TANH ? tanh_of(table, x) : logistic(table, x));
    }
}

const vox_kernel vox_kernel_curve_16 = {check, run};
