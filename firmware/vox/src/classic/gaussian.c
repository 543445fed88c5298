/* Logarithms of normal densities: naive Bayes (diagonal), mixtures, Mahalanobis distances (full covariance). */
#include "classic/distance.h"
#include "classic/exp2.h"
#include "classic/ops.h"
#include "nn/check.h"

#define U_LIMIT (1 << 24) /* of u in Q10: 16384 deviations; 2048 squares stay below 2^59 */
#define U_SQUARED_FRACTION 20u
#define CENTRE_LIMIT (1 << 30)
#define CENTRE_SHIFT 12 /* of the full form */

static uint32_t scales_of(uint32_t values, bool full)
{
    return full ? values * (values + 1u) / 2u : values;
}

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_between(model, op, sizeof(vox_gaussian), VOX_TYPE_S16, VOX_TYPE_S32)) {
        return VOX_ERR_OP;
    }
    const vox_gaussian *p = (const void *)op;
    const uint32_t values = vox_elements(&model->tensors[op->input]), size = model->weights_size;
    const uint32_t components = vox_elements(&model->tensors[op->output]);
    if (values > VOX_MAX_VECTOR || components > VOX_MAX_ARENA / 4u / VOX_MAX_VECTOR || p->full > 1u ||
        p->fraction > VOX_MAX_DENSITY_FRACTION) {
        return VOX_ERR_OP;
    }
    const uint64_t scales = (uint64_t)components * scales_of(values, p->full == 1u);
    if (scales > size || !vox_table_sound(model, p->scale, (uint32_t)scales, 2) ||
        !vox_table_sound(model, p->centre, components * values, 4) ||
        !vox_table_sound(model, p->shift, components * values, 1) ||
        !vox_table_sound(model, p->constant, components, 4)) {
        return VOX_ERR_OP;
    }
    const int32_t *centre = (const void *)(model->weights + p->centre);
    const int8_t *shift = (const int8_t *)model->weights + p->shift;
    for (uint32_t i = 0; i < components * values; ++i) {
        const bool sound =
            p->full == 1u ? shift[i] >= 0 && shift[i] <= (int)VOX_MAX_SUM_SHIFT
                          : shift[i] >= -15 && shift[i] <= 30 && centre[i] < CENTRE_LIMIT && centre[i] > -CENTRE_LIMIT;
        if (!sound) {
            return VOX_ERR_OP;
        }
    }
    return vox_work(components, 4u * (uint64_t)(scales_of(values, p->full == 1u) + values) + VOX_WORK_OF_RESULT);
}

/* Square of u after limiting it. */
static inline uint64_t squared(int64_t u)
{
    const int64_t limited = u > U_LIMIT ? U_LIMIT : u < -U_LIMIT ? -U_LIMIT : u;
    return (uint64_t)(limited * limited);
}

static uint64_t diagonal(const int16_t *x, const int16_t *scale, const int32_t *centre, const int8_t *shift,
                         uint32_t values)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < values; ++i) {
        const int32_t u = x[i] * scale[i] - centre[i]; /* both below 2^30 or equal: no overflow */
        sum += squared(shift[i] < 0 ? u * ((int64_t)1 << -shift[i]) : u >> shift[i]);
    }
    return sum;
}

static uint64_t full(const int16_t *x, const int16_t *scale, const int32_t *centre, const int8_t *shift,
                     uint32_t values)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < values; ++i) {
        int64_t u = -(centre[i] * ((int64_t)1 << CENTRE_SHIFT));
        for (uint32_t j = 0; j <= i; ++j) {
            u += x[j] * *scale++;
        }
        sum += squared(u >> shift[i]);
    }
    return sum;
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_gaussian *p = (const void *)op;
    const vox_model *model = context->model;
    const uint32_t values = vox_elements(&model->tensors[op->input]);
    const uint32_t components = vox_elements(&model->tensors[op->output]);
    const int16_t *scale = (const void *)(model->weights + p->scale);
    const int32_t *centre = (const void *)(model->weights + p->centre);
    const int8_t *shift = (const int8_t *)model->weights + p->shift;
    const int32_t *constant = (const void *)(model->weights + p->constant);
    const int16_t *x = (const void *)vox_place(context, op->input);
    int32_t *scores = (void *)vox_place(context, op->output);
    for (uint32_t c = 0; c < components; ++c) {
        const uint64_t sum =
            p->full == 1u ? full(x, scale, centre, shift, values) : diagonal(x, scale, centre, shift, values);
        scores[c] = vox_saturate(constant[c] - (int64_t)(sum >> (U_SQUARED_FRACTION - p->fraction)));
        scale += scales_of(values, p->full == 1u);
        centre += values;
        shift += values;
    }
}

const vox_kernel vox_kernel_gaussian = {check, run};
