#include "nn/conv_pixel.h"

#include "nn/dot.h"
#include "nn/rescale.h"

void vox_conv_pixel(const vox_conv *c, const int8_t *patch, int8_t *to)
{
    const uint32_t channels = c->out->dims[3], row = c->row;
    const int32_t zero = c->out->zero_point, low = c->op->low, high = c->op->high;
    const int8_t *weights = c->weights;
    uint32_t i = 0;
#if VOX_DOT_FOUR
    for (; i + 4u <= channels; i += 4u, weights += 4u * row) {
        int32_t sums[4] = {c->bias[i], c->bias[i + 1u], c->bias[i + 2u], c->bias[i + 3u]};
        vox_dot_4(patch, weights, row, row, sums);
        for (uint32_t j = i; j < i + 4u; ++j) {
            *to++ = (int8_t)vox_clamp(vox_rescale_either(sums[j - i], c->multiplier[j], c->shift[j], zero), low, high);
        }
    }
#endif
    for (; i < channels; ++i, weights += row) {
        const int32_t sum = vox_dot(patch, weights, row, c->bias[i]);
        *to++ = (int8_t)vox_clamp(vox_rescale_either(sum, c->multiplier[i], c->shift[i], zero), low, high);
    }
}
