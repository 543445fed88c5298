/* Regression: a value as the posteriors of the two grid points that it lies between. */
#include "classic/ops.h"
#include "nn/check.h"

#define ONE 32767
#define BITS 15

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_between(model, op, sizeof(vox_bins), VOX_TYPE_S32, VOX_TYPE_S16)) {
        return VOX_ERR_OP;
    }
    const vox_bins *p = (const void *)op;
    const uint32_t count = vox_elements(&model->tensors[op->output]);
    if (vox_elements(&model->tensors[op->input]) != 1u || count < 2u || count > VOX_MAX_LABELS || p->shift > 31u ||
        !vox_table_sound(model, p->centres, count, 4)) {
        return VOX_ERR_OP;
    }
    const int32_t *centres = (const void *)(model->weights + p->centres);
    for (uint32_t i = 1; i < count; ++i) {
        if (centres[i] <= centres[i - 1u]) {
            return VOX_ERR_OP;
        }
    }
    return vox_work(count + BITS, 1);
}

/* floor(part * 2^15 / whole) for part < whole, bit by bit: exact, and no call of a division on cores that have none. */
static int32_t share_of(uint32_t part, uint32_t whole)
{
    int32_t share = 0;
    for (unsigned i = 0; i < BITS; ++i) {
        const uint32_t over = part >> 31;
        part <<= 1;
        share <<= 1;
        if (over != 0u || part >= whole) {
            part -= whole; /* wraps where the doubled part did */
            ++share;
        }
    }
    return share;
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_bins *p = (const void *)op;
    const int32_t value = *(const int32_t *)(const void *)vox_place(context, op->input) >> p->shift;
    const int32_t *centres = (const void *)(context->model->weights + p->centres);
    int16_t *posteriors = (void *)vox_place(context, op->output);
    const uint32_t count = vox_elements(&context->model->tensors[op->output]);
    uint32_t upper = 1;
    while (upper + 1u < count && value >= centres[upper]) {
        ++upper;
    }
    const int32_t low = centres[upper - 1u], high = centres[upper];
    int32_t share = value < low ? 0 : ONE;
    if (value >= low && value < high) {
        share = share_of((uint32_t)value - (uint32_t)low, (uint32_t)high - (uint32_t)low);
    }
    for (uint32_t c = 0; c < count; ++c) {
        posteriors[c] = 0;
    }
    posteriors[upper - 1u] = (int16_t)(ONE - share);
    posteriors[upper] = (int16_t)share;
}

const vox_kernel vox_kernel_bins = {check, run};
