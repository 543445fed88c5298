#include "nn/conv.h"

#if VOX_CONV_ROOM == VOX_ROOM_PACKED
#include "nn/packed/channels.h"
#include "nn/plain/conv_any.h"
#include "nn/rescale.h"
#include "nn/tile.h"

void vox_conv_outputs(const vox_conv *c, const uint8_t *tile, int8_t *to, unsigned count)
{
    if (count < VOX_TILE) {
        vox_conv_outputs_any(c, tile, to, count);
        return;
    }
    const uint32_t channels = c->out->dims[3];
    const int32_t zero = c->out->zero_point;
    uint32_t channel = 0;
    while (channel < channels) {
        uint32_t end = c->quick ? channels : channel;
        while (end < channels && vox_packed_is_quick(c->multiplier[end], c->shift[end])) {
            ++end;
        }
        if (end > channel) {
            vox_packed_channels some = {tile,
                                        c->weights + channel * c->row,
                                        c->row,
                                        c->bias + channel,
                                        c->multiplier + channel,
                                        c->shift + channel,
                                        end - channel,
                                        to + channel,
                                        channels,
                                        (2 * zero + 1) * (1 << 20) - 0x4002,
                                        0u - c->row / 2u * 0x7FFFu,
                                        c->row / 2u,
                                        0u - (0x10008u << 11),
                                        0x8000u,
                                        zero};
            vox_packed_run(&some);
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
    uint32_t channel = 0;
    while (channel < c->out->dims[3] && vox_packed_is_quick(c->multiplier[channel], c->shift[channel])) {
        ++channel;
    }
    return channel == c->out->dims[3];
}

#endif
