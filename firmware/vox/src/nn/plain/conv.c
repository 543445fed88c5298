#include "nn/conv.h"

#if VOX_CONV_ROOM == VOX_ROOM_PLAIN
#include "nn/plain/conv_any.h"
#include "nn/rescale.h"
#include "nn/tile.h"

bool vox_conv_is_quick(const vox_conv *c)
{
    (void)c;
    return true; /* each is asked */
}

/* Channels of a full tile from `channel` to the first one with an unusual shift, which is returned. */
static VOX_NOINLINE uint32_t common_channels(const vox_conv *c, const uint8_t *tile, uint32_t channel, int8_t *to)
{
    const uint32_t channels = c->out->dims[3], row = c->row;
    const int32_t zero = c->out->zero_point;
    const int8_t *weights = c->weights + channel * row;
    for (; channel < channels && vox_shift_is_common(c->shift[channel]); ++channel, weights += row) {
        int32_t sums[VOX_TILE];
        vox_tile_multiply(tile, weights, row, c->bias[channel], sums);
        const int32_t multiplier = c->multiplier[channel];
        const int32_t power = vox_common_power(c->shift[channel]);
        int8_t *at = to + channel;
        *at = (int8_t)vox_clamp_full(vox_rescale_common(sums[0], multiplier, power, zero));
        at += channels;
        *at = (int8_t)vox_clamp_full(vox_rescale_common(sums[1], multiplier, power, zero));
        at += channels;
        *at = (int8_t)vox_clamp_full(vox_rescale_common(sums[2], multiplier, power, zero));
        at += channels;
        *at = (int8_t)vox_clamp_full(vox_rescale_common(sums[3], multiplier, power, zero));
    }
    return channel;
}

void vox_conv_outputs(const vox_conv *c, const uint8_t *tile, int8_t *to, unsigned count)
{
    const uint32_t channels = c->out->dims[3];
    if (count < VOX_TILE) {
        vox_conv_outputs_any(c, tile, to, count);
        return;
    }
    for (uint32_t channel = 0; (channel = common_channels(c, tile, channel, to)) < channels; ++channel) {
        vox_conv_channel_any(c, tile, channel, to, VOX_TILE);
    }
    vox_limit(to, channels * VOX_TILE, c->op->low, c->op->high);
}

#endif
