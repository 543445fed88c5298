/* A layer over the last runs: each filter's number of this run, of 16 bits, comes behind those of the runs before, and a
 * filter over time sums them, as TensorFlow Lite's SVDF of 8 bits does. */
#include <string.h>

#include "nn/check.h"
#include "nn/dot.h"
#include "nn/rescale.h"
#include "nn/state.h"

static bool state_sound(const vox_model *model, const vox_svdf_16 *p, uint32_t filters)
{
    if (p->state >= model->program->tensor_count) {
        return false;
    }
    const vox_tensor *state = &model->tensors[p->state];
    return vox_is_state(state) && state->type == VOX_TYPE_S16 && vox_elements(state) == (uint64_t)filters * p->runs &&
           vox_apart(state, &model->tensors[p->op.input]) && vox_apart(state, &model->tensors[p->op.output]);
}

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_between(model, op, sizeof(vox_svdf_16), VOX_TYPE_S8, VOX_TYPE_S8)) {
        return VOX_ERR_OP;
    }
    const vox_svdf_16 *p = (const void *)op;
    const uint32_t inputs = vox_elements(&model->tensors[op->input]), units = vox_elements(&model->tensors[op->output]);
    if (p->rank == 0u || p->runs == 0u || units > VOX_MAX_ARENA / p->rank) {
        return VOX_ERR_OP;
    }
    const uint32_t filters = units * p->rank;
    if (filters > VOX_MAX_ARENA / p->runs || !state_sound(model, p, filters) ||
        !vox_affine_sound(model, &p->affine, filters, (uint64_t)vox_padded_4(inputs) * filters, inputs, false) ||
        !vox_table_sound(model, p->times, filters * p->runs, 2) || !vox_table_sound(model, p->bias, units, 4) ||
        p->multiplier < 0 || p->shift < VOX_MIN_SHIFT || p->shift > -1 || p->low > p->high) {
        return VOX_ERR_OP;
    }
    return vox_work(filters, (uint64_t)inputs + 2u * p->runs + VOX_WORK_OF_RESULT);
}

/* This run's number of a filter behind those before; the sum over time, of its lower 32 bits. */
static uint32_t filtered(const vox_svdf_16 *p, const vox_context *context, uint32_t filter, uint32_t inputs)
{
    const uint8_t *base = context->model->weights;
    const int8_t *weights = (const int8_t *)base + p->affine.weights + filter * vox_padded_4(inputs);
    const int32_t *bias = (const void *)(base + p->affine.bias),
                  *multiplier = (const void *)(base + p->affine.multiplier);
    const int8_t *shift = (const int8_t *)base + p->affine.shift;
    const int32_t sum = vox_dot(vox_place(context, p->op.input), weights, inputs, bias[filter]);
    const int32_t fresh = vox_rescale_channel(sum, multiplier[filter], shift[filter], 0);
    int16_t *state = (int16_t *)(void *)vox_place(context, p->state) + filter * p->runs;
    memmove(state, state + 1, 2u * (p->runs - 1u));
    state[p->runs - 1u] = (int16_t)vox_clamp(fresh, INT16_MIN, INT16_MAX);
    const int16_t *times = (const int16_t *)(const void *)(base + p->times) + filter * p->runs;
    uint32_t over_time = 0;
    for (uint32_t i = 0; i < p->runs; ++i) {
        over_time += (uint32_t)(state[i] * times[i]);
    }
    return over_time;
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_svdf_16 *p = (const void *)op;
    const uint32_t inputs = vox_elements(&context->model->tensors[op->input]);
    const vox_tensor *out = &context->model->tensors[op->output];
    const int32_t *bias = (const void *)(context->model->weights + p->bias);
    const uint32_t units = vox_elements(out);
    int8_t *output = vox_place(context, op->output);
    for (uint32_t u = 0; u < units; ++u) {
        uint32_t sum = (uint32_t)bias[u];
        for (uint32_t r = 0; r < p->rank; ++r) {
            sum += filtered(p, context, u * p->rank + r, inputs);
        }
        const int32_t y = vox_rescale((int32_t)sum, p->multiplier, p->shift) + out->zero_point;
        output[u] = (int8_t)vox_clamp(y, p->low, p->high);
    }
}

const vox_kernel vox_kernel_svdf_16 = {check, run};
