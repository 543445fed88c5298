#include "nn/conv.h"

#if VOX_CONV_ROOM == VOX_ROOM_DSP
#include "nn/plain/conv_any.h"
#include "nn/rescale.h"
#include "nn/tile.h"

/* Channels first..end - 1 of a full tile: those with common shifts together, the others one by one. */
static void outputs(const vox_conv *c, const uint8_t *tile, int8_t *to)
{
    const uint32_t channels = c->out->dims[3];
    uint32_t channel = 0;
    while (channel < channels) {
        uint32_t end = c->quick ? channels : channel;
        while (end < channels && vox_shift_is_common(c->shift[end])) {
            ++end;
        }
        if (end > channel) {
            vox_tile_channels some = {
                tile,         c->row,   c->bias + channel,  c->multiplier + channel, c->shift + channel,
                to + channel, channels, c->out->zero_point, end - channel,           c->weights + channel * c->row};
            vox_tile_all(&some);
        } else {
            vox_conv_channel_any(c, tile, channel, to, VOX_TILE);
            ++end;
        }
        channel = end;
    }
    vox_limit(to, channels * VOX_TILE, c->op->low, c->op->high);
}

bool vox_conv_is_quick(const vox_conv *c)
{
    return vox_shifts_are_common(c->shift, c->out->dims[3]);
}

void vox_conv_outputs(const vox_conv *c, const uint8_t *tile, int8_t *to, unsigned count)
{
    if (count == VOX_TILE) {
        outputs(c, tile, to);
    } else {
        vox_conv_outputs_any(c, tile, to, count);
    }
}

#endif
