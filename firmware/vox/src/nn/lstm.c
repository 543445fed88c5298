/* Long short-term memory. */
#include "nn/recurrent.h"

enum { INPUT, FORGET, NEW, OUTPUT };

static int32_t new_h(const vox_layer *layer, uint32_t unit, const vox_gates *gates)
{
    const vox_recurrent *p = layer->op;
    int32_t sum[VOX_MOST_GATES];
    for (unsigned g = 0; g < VOX_MOST_GATES; ++g) {
        sum[g] = vox_narrow(gates->from_input[g] + gates->from_h[g]);
    }
    const int32_t take = vox_sigmoid_q12(layer->table, sum[INPUT]), keep = vox_sigmoid_q12(layer->table, sum[FORGET]);
    const int32_t fresh = vox_tanh_q12(layer->table, sum[NEW]), give = vox_sigmoid_q12(layer->table, sum[OUTPUT]);
    const int32_t cell =
        vox_narrow(vox_round_shift(keep * layer->cell[unit], 15) + vox_round_shift(take * fresh, 30u - p->fraction));
    layer->cell[unit] = (int16_t)cell;
    const int32_t wide = vox_narrow(cell * (1 << (VOX_MAX_CELL_FRACTION - p->fraction))); /* Q12 */
    return vox_narrow(vox_round_shift(give * vox_tanh_q12(layer->table, wide), 15));
}

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    return vox_recurrent_check(model, op, VOX_MOST_GATES, VOX_FACTOR_OF_Q15);
}

static void run(const vox_context *context, const vox_op *op)
{
    vox_layer layer;
    vox_recurrent_begin(&layer, context, op, VOX_MOST_GATES);
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

const vox_kernel vox_kernel_lstm = {check, run};
