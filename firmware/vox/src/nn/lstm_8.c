/* Long short-term memory whose h has 8 bits, as TensorFlow Lite computes it. */
#include "nn/recurrent.h"
#include "nn/tflite_curves.h"

enum { INPUT, FORGET, NEW, OUTPUT };

static int32_t new_cell(const vox_layer *layer, uint32_t unit, const int32_t *sum)
{
    const int32_t clip = layer->op->clip;
    const int32_t kept = vox_round_shift(vox_logistic_of(sum[FORGET]) * layer->cell[unit], 15);
    const int32_t added =
        vox_round_shift(vox_logistic_of(sum[INPUT]) * vox_tanh_of(sum[NEW], 3u), 30u - layer->op->fraction);
    const int32_t cell = vox_narrow(kept + added);
    return clip > 0 ? vox_clamp(cell, -clip, clip) : cell;
}

static int32_t new_h(const vox_layer *layer, uint32_t unit, const vox_gates *gates)
{
    const vox_recurrent *p = layer->op;
    int32_t sum[VOX_MOST_GATES];
    for (unsigned g = 0; g < VOX_MOST_GATES; ++g) {
        sum[g] = vox_narrow(gates->from_input[g] + gates->from_h[g]);
    }
    const int32_t cell = new_cell(layer, unit, sum);
    layer->cell[unit] = (int16_t)cell;
    const int32_t product = vox_logistic_of(sum[OUTPUT]) * vox_tanh_of(cell, 15u - p->fraction);
    const int32_t h = vox_rescale(product, p->multiplier, p->shift), zero = layer->zero_point;
    return vox_clamp(h, -128 - zero, 127 - zero);
}

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    return vox_recurrent_check(model, op, VOX_MOST_GATES, VOX_FACTOR_OF_S9);
}

static void run(const vox_context *context, const vox_op *op)
{
    vox_layer layer;
    vox_recurrent_begin(&layer, context, op, VOX_MOST_GATES);
    for (uint32_t u = 0; u < layer.op->units; ++u) {
        layer.h[u] = (int16_t)vox_clamp(layer.h[u], -255, 255); /* whatever else has written to the state */
    }
    for (uint32_t row = 0; row < layer.op->rows; ++row) {
        if (vox_recurrent_takes_row(&layer)) {
            for (uint32_t u = 0; u < layer.op->units; ++u) {
                vox_gates gates;
                vox_recurrent_gates(&layer, u, &gates);
                layer.fresh[u] = (int16_t)new_h(&layer, u, &gates);
            }
            vox_recurrent_renew(&layer);
        }
        vox_recurrent_end_row(&layer, row);
    }
}

const vox_kernel vox_kernel_lstm_8 = {check, run};
