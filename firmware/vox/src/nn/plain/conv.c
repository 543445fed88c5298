#include "nn/conv.h"

#if VOX_CONV_ROOM == VOX_ROOM_PLAIN
#include "nn/plain/conv_any.h"
#include "nn/rescale.h"
#include "nn/tile.h"

/* All channels of a full tile, `channels` bytes apart, where every channel has a common shift and the limits are those
 * of int8: the case that matters. */
static VOX_NOINLINE void multiply_common(const vox_conv *c, const uint8_t *tile, int8_t *to)
{
    const uint32_t channels = c->out->dims[3];
    const uint32_t row = c->row;
    const int32_t zero = c->out->zero_point;
    const int8_t *weights = c->weights;
    for (uint32_t channel = 0; channel < channels; ++channel, weights += row) {
        int32_t sums[VOX_TILE];
        vox_tile_multiply(tile, weights, row, c->bias[channel], sums);
        const int32_t multiplier = c->multiplier[channel];
        const int32_t power = vox_common_power(c->shift[channel]);
        int8_t *at = to++;
        *at = (int8_t)vox_clamp_full(vox_rescale_common(sums[0], multiplier, power, zero));
        at += channels;
        *at = (int8_t)vox_clamp_full(vox_rescale_common(sums[1], multiplier, power, zero));
        at += channels;
        *at = (int8_t)vox_clamp_full(vox_rescale_common(sums[2], multiplier, power, zero));
        at += channels;
        *at = (int8_t)vox_clamp_full(vox_rescale_common(sums[3], multiplier, power, zero));
    }
}

void vox_conv_outputs(const vox_conv *c, const uint8_t *tile, int8_t *to, unsigned count)
{
    if (c->shifts_common && c->op->low == -128 && c->op->high == 127 && count == VOX_TILE) {
        multiply_common(c, tile, to);
    } else {
        vox_conv_outputs_any(c, tile, to, count);
    }
}

#endif
