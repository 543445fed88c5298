/* Gated recurrent unit, whose reset gate follows the product with h. */
#include "nn/recurrent.h"

#define GATES 3u

enum { UPDATE, RESET, NEW };

static int32_t new_h(const vox_layer *layer, uint32_t unit, const vox_gates *gates)
{
    const int32_t *x = gates->from_input, *h = gates->from_h;
    const int32_t keep = vox_sigmoid_q12(layer->table, vox_narrow(x[UPDATE] + h[UPDATE]));
    const int32_t reset = vox_sigmoid_q12(layer->table, vox_narrow(x[RESET] + h[RESET]));
    const int32_t back = vox_round_shift(reset * vox_narrow(h[NEW]), 15);
    const int32_t fresh = vox_tanh_q12(layer->table, vox_narrow(x[NEW] + back));
    return vox_narrow(vox_round_shift(keep * layer->h[unit] + (32768 - keep) * fresh, 15));
}

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    return vox_recurrent_check(model, op, GATES, VOX_FACTOR_OF_Q15);
}

static void run(const vox_context *context, const vox_op *op)
{
    vox_layer layer;
    vox_recurrent_begin(&layer, context, op, GATES);
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

const vox_kernel vox_kernel_gru = {check, run};
