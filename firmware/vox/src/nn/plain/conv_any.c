#include "nn/plain/conv_any.h"

#include "nn/rescale.h"
#include "nn/tile.h"

void vox_conv_channel_any(const vox_conv *c, const uint8_t *tile, uint32_t channel, int8_t *to, unsigned count)
{
    const uint32_t channels = c->out->dims[3];
    int32_t sums[VOX_TILE];
    vox_tile_multiply(tile, c->weights + channel * c->row, c->row, c->bias[channel], sums);
    to += channel;
    for (unsigned i = 0; i < count; ++i, to += channels) {
        const int32_t y = vox_rescale_either(sums[i], c->multiplier[channel], c->shift[channel], c->out->zero_point);
        *to = (int8_t)vox_clamp(y, c->op->low, c->op->high);
    }
}

void vox_conv_outputs_any(const vox_conv *c, const uint8_t *tile, int8_t *to, unsigned count)
{
    for (uint32_t channel = 0; channel < c->out->dims[3]; ++channel) {
        vox_conv_channel_any(c, tile, channel, to, count);
    }
}
