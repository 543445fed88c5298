/* Support vectors with a Gaussian kernel: one decision a pair of classes, or one in all. */
#include "classic/distance.h"
#include "classic/exp2.h"
#include "classic/ops.h"
#include "nn/check.h"

static uint32_t pairs_of(uint32_t classes)
{
    return classes == 1u ? 1u : classes * (classes - 1u) / 2u;
}

static uint32_t coefficients_of(uint32_t classes)
{
    return classes == 1u ? 1u : classes - 1u;
}

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_between(model, op, sizeof(vox_rbf), VOX_TYPE_S16, VOX_TYPE_S32)) {
        return VOX_ERR_OP;
    }
    const vox_rbf *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input], *out = &model->tensors[op->output];
    const uint32_t values = vox_elements(in);
    if (values > VOX_MAX_VECTOR || p->count == 0u || p->classes == 0u || p->classes > VOX_MAX_LABELS) {
        return VOX_ERR_OP;
    }
    const uint32_t outputs = pairs_of(p->classes), each = coefficients_of(p->classes);
    if (outputs != vox_elements(out) || !vox_table_sound(model, p->vectors, p->count * vox_padded_2(values) / 2u, 4) ||
        !vox_table_sound(model, p->coefficients, p->count * each, 2) ||
        !vox_table_sound(model, p->class_counts, p->classes, 2) || !vox_table_sound(model, p->bias, outputs, 4) ||
        !vox_scratch_sound(model, p->scratch, (uint64_t)outputs * 8u, in, out) || p->reduce > 31u ||
        p->gamma_shift > 63u || p->bias_shift > VOX_MAX_BIAS_SHIFT || p->shift > VOX_MAX_SUM_SHIFT) {
        return VOX_ERR_OP;
    }
    const uint16_t *counts = (const void *)(model->weights + p->class_counts);
    uint32_t total = 0;
    for (unsigned c = 0; c < p->classes; ++c) {
        total += counts[c];
    }
    return total != p->count ? VOX_ERR_OP : vox_work(p->count, (uint64_t)values + each + 32u);
}

/* The kernel in Q16, at most 1. */
static int32_t kernel_of(const vox_rbf *p, uint64_t distance)
{
    const uint64_t reduced = distance >> p->reduce;
    const uint64_t product = (reduced > UINT32_MAX ? UINT32_MAX : reduced) * p->gamma;
    const uint64_t exponent = product >> p->gamma_shift;
    const uint32_t power = vox_exp2_of_negative(exponent > UINT32_MAX ? UINT32_MAX : (uint32_t)exponent);
    return (int32_t)((power + (1u << 14)) >> 15);
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_rbf *p = (const void *)op;
    const vox_model *model = context->model;
    const uint32_t values = vox_elements(&model->tensors[op->input]), classes = p->classes;
    const uint32_t outputs = pairs_of(classes), each = coefficients_of(classes);
    const int16_t *vector = (const void *)(model->weights + p->vectors);
    const int16_t *coefficient = (const void *)(model->weights + p->coefficients);
    const uint16_t *counts = (const void *)(model->weights + p->class_counts);
    const int32_t *bias = (const void *)(model->weights + p->bias);
    const int16_t *x = (const void *)vox_place(context, op->input);
    int32_t *scores = (void *)vox_place(context, op->output);
    int64_t *sums = (void *)(context->arena + p->scratch);
    for (uint32_t i = 0; i < outputs; ++i) {
        sums[i] = bias[i] * ((int64_t)1 << p->bias_shift);
    }
    for (uint32_t own = 0; own < classes; ++own) {
        for (unsigned left = counts[own]; left > 0u; --left, vector += vox_padded_2(values), coefficient += each) {
            const int32_t k = kernel_of(p, vox_squared_distance(x, vector, values));
            if (classes == 1u) {
                sums[0] += coefficient[0] * k; /* below 2^31 */
                continue;
            }
            /* pairs (other, own) lie apart, pairs (own, other) side by side */
            uint32_t pair = own - 1u; /* of (0, own) */
            for (uint32_t other = 0; other < own; ++other) {
                sums[pair] += coefficient[other] * k;
                pair += classes - 2u - other;
            }
            pair = own * classes - own * (own + 1u) / 2u; /* of (own, own + 1) */
            for (uint32_t other = own + 1u; other < classes; ++other, ++pair) {
                sums[pair] += coefficient[other - 1u] * k;
            }
        }
    }
    for (uint32_t i = 0; i < outputs; ++i) {
        scores[i] = vox_saturate(sums[i] >> p->shift);
    }
}

const vox_kernel vox_kernel_rbf = {check, run};
