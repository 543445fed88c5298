#include "nn/recurrent.h"

#include <string.h>

#include "nn/dot.h"
#include "nn/state.h"
#include "nn/wide.h"

/* State of `elements` values, apart from what the operator reads and writes besides. */
static bool state_sound(const vox_model *model, const vox_op *op, unsigned tensor, uint32_t elements)
{
    if (tensor >= model->program->tensor_count) {
        return false;
    }
    const vox_tensor *state = &model->tensors[tensor];
    return vox_is_state(state) && state->type == VOX_TYPE_S16 && vox_elements(state) == elements &&
           vox_apart(state, &model->tensors[op->input]) && vox_apart(state, &model->tensors[op->output]);
}

static bool kept_sound(const vox_model *model, const vox_op *op, bool with_cell)
{
    const vox_recurrent *p = (const void *)op;
    if (p->state == VOX_NO_TENSOR) {
        return p->cell == VOX_NO_TENSOR && p->skip == 0u;
    }
    if (p->skip > INT16_MAX || !state_sound(model, op, p->state, p->units + 1u)) {
        return false;
    }
    return with_cell ? p->cell != p->state && state_sound(model, op, p->cell, p->units) : p->cell == VOX_NO_TENSOR;
}

/* The shapes belong together. */
static bool shapes_sound(const vox_model *model, const vox_op *op)
{
    const vox_recurrent *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input], *out = &model->tensors[op->output];
    const uint32_t outputs = vox_elements(out);
    return p->rows >= 1u && p->units >= 1u && p->units <= VOX_MAX_UNITS && vox_elements(in) % p->rows == 0u &&
           (outputs == p->units || outputs == (uint32_t)p->rows * p->units) && vox_apart(in, out);
}

/* What LSTM_8 has in its own way. */
static bool kind_sound(const vox_model *model, const vox_op *op)
{
    const vox_recurrent *p = (const void *)op;
    if (op->code == VOX_OP_LSTM_8) {
        return p->table == 0u && p->clip <= INT16_MAX && p->fraction >= 9u && p->fraction <= 15u &&
               vox_rescale_sound(p->multiplier, p->shift, 1u << 30);
    }
    const bool fraction_sound = op->code == VOX_OP_LSTM
                                    ? p->fraction >= VOX_MIN_CELL_FRACTION && p->fraction <= VOX_MAX_CELL_FRACTION
                                    : p->fraction == 0u;
    return fraction_sound && p->clip == 0u && vox_table_sound(model, p->table, VOX_TANH_TABLE, 2) &&
           vox_rescale_sound(p->multiplier, p->shift, 2u * 32768u);
}

int vox_recurrent_check(const vox_model *model, const vox_op *op, uint32_t gates, uint32_t factor)
{
    if (!vox_op_sound(model, op, sizeof(vox_recurrent)) || !shapes_sound(model, op)) {
        return VOX_ERR_OP;
    }
    const vox_recurrent *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input], *out = &model->tensors[op->output];
    const bool with_cell = gates == VOX_MOST_GATES;
    const uint32_t inputs = vox_elements(in) / p->rows, channels = gates * p->units;
    if (!kind_sound(model, op) || p->low > p->high || !kept_sound(model, op, with_cell) ||
        !vox_affine_sound(model, &p->input, channels, (uint64_t)vox_padded_4(inputs) * channels, inputs, false) ||
        !vox_affine_sound(model, &p->recurrent, channels, (uint64_t)vox_padded_4(p->units) * channels,
                          factor * p->units, false) ||
        !vox_scratch_sound(model, p->scratch, vox_recurrent_scratch(p, with_cell ? 2u : 1u), in, out)) {
        return VOX_ERR_OP;
    }
    const uint64_t gate = (uint64_t)inputs + p->units + 4u * VOX_WORK_OF_RESULT;
    return vox_work((uint64_t)p->rows * p->units, gates * gate + 2u * VOX_WORK_OF_RESULT);
}

void vox_recurrent_begin(vox_layer *layer, const vox_context *context, const vox_op *op, uint32_t gates)
{
    const vox_recurrent *p = (const void *)op;
    const vox_model *model = context->model;
    const vox_tensor *out = &model->tensors[op->output];
    const bool kept = p->state != VOX_NO_TENSOR;
    layer->op = p;
    layer->weights = model->weights;
    layer->table = (const void *)(model->weights + p->table);
    layer->fresh = (void *)(context->arena + p->scratch);
    layer->h = kept ? (void *)vox_place(context, p->state) : layer->fresh + p->units;
    layer->cell = p->cell != VOX_NO_TENSOR ? (void *)vox_place(context, p->cell) : layer->fresh + 2u * p->units;
    layer->input = vox_place(context, op->input);
    layer->output = vox_place(context, op->output);
    layer->gates = gates;
    layer->inputs = vox_elements(&model->tensors[op->input]) / p->rows;
    layer->zero_point = out->zero_point;
    layer->every = vox_elements(out) > p->units;
    if (!kept) {
        memset(layer->h, 0, vox_recurrent_scratch(p, gates == VOX_MOST_GATES ? 2u : 1u) - 2u * p->units);
    }
}

bool vox_recurrent_takes_row(const vox_layer *layer)
{
    int16_t *gone = layer->h + layer->op->units; /* rows that were left out */
    const bool out = layer->op->state != VOX_NO_TENSOR && *gone < layer->op->skip;
    if (out) {
        ++*gone;
    }
    return !out;
}

/* Sums over a row of weights for each gate of a unit, rescaled. */
static VOX_NOINLINE void finish(const vox_layer *layer, const vox_affine *tables, uint32_t first, int32_t most,
                                const int32_t *sums, int32_t *results)
{
    const int32_t *multiplier = (const void *)(layer->weights + tables->multiplier);
    const int8_t *shift = (const int8_t *)layer->weights + tables->shift;
    for (uint32_t g = 0; g < layer->gates; ++g) {
        const int32_t value = vox_rescale_channel(sums[g], multiplier[first + g], shift[first + g], 0);
        results[g] = vox_clamp(value, -most - 1, most);
    }
}

static void see_input(const vox_layer *layer, uint32_t first, int32_t *sums)
{
    const uint32_t padded = vox_padded_4(layer->inputs);
    const int8_t *weights = (const int8_t *)layer->weights + layer->op->input.weights + first * padded;
#if VOX_DOT_FOUR
    if (layer->gates == 4u) {
        vox_dot_4(layer->input, weights, padded, layer->inputs, sums);
        return;
    }
#endif
    for (uint32_t g = 0; g < layer->gates; ++g, weights += padded) {
        sums[g] = vox_dot(layer->input, weights, layer->inputs, sums[g]);
    }
}

static void look_back(const vox_layer *layer, uint32_t first, int32_t *sums)
{
    const uint32_t padded = vox_padded_4(layer->op->units);
    const int8_t *weights = (const int8_t *)layer->weights + layer->op->recurrent.weights + first * padded;
    for (uint32_t g = 0; g < layer->gates; ++g, weights += padded) {
        sums[g] = vox_dot_wide(layer->h, weights, layer->op->units, sums[g]);
    }
}

void vox_recurrent_gates(const vox_layer *layer, uint32_t unit, vox_gates *gates)
{
    const vox_recurrent *p = layer->op;
    const uint32_t first = unit * layer->gates, bytes = 4u * layer->gates;
    int32_t sums[VOX_MOST_GATES];
    memcpy(sums, layer->weights + p->input.bias + 4u * first, bytes);
    see_input(layer, first, sums);
    finish(layer, &p->input, first, 32767, sums, gates->from_input);
    memcpy(sums, layer->weights + p->recurrent.bias + 4u * first, bytes);
    look_back(layer, first, sums);
    finish(layer, &p->recurrent, first, 131071, sums, gates->from_h); /* no sum of both is limited by it */
}

void vox_recurrent_renew(const vox_layer *layer)
{
    memcpy(layer->h, layer->fresh, 2u * layer->op->units);
}

void vox_recurrent_end_row(vox_layer *layer, uint32_t row)
{
    const vox_recurrent *p = layer->op;
    layer->input += layer->inputs;
    if (!layer->every && row + 1u < p->rows) {
        return;
    }
    const bool as_it_is = p->op.code == VOX_OP_LSTM_8;
    for (uint32_t u = 0; u < p->units; ++u) {
        const int32_t h = layer->h[u];
        const int32_t y = (as_it_is ? h : vox_rescale_channel(h, p->multiplier, p->shift, 0)) + layer->zero_point;
        *layer->output++ = (int8_t)vox_clamp(y, p->low, p->high);
    }
}
