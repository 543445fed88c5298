#include "nn/plain/conv_any.h"

#include "nn/rescale.h"
#include "nn/tile.h"

void vox_conv_outputs_any(const vox_conv *c, const uint8_t *tile, int8_t *to, unsigned count)
{
    const uint32_t channels = c->out->dims[3];
    const int32_t zero = c->out->zero_point, low = c->op->low, high = c->op->high;
    const int8_t *weights = c->weights;
    for (uint32_t channel = 0; channel < channels; ++channel, weights += c->row, ++to) {
        int32_t sums[VOX_TILE];
        vox_tile_multiply(tile, weights, c->row, c->bias[channel], sums);
        for (unsigned i = 0; i < count; ++i) {
            const int32_t y = vox_rescale_channel(sums[i], c->multiplier[channel], c->shift[channel], zero);
            to[i * channels] = (int8_t)vox_clamp(y, low, high);
        }
    }
}
