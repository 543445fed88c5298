#include "nn/depthwise.h"

#if VOX_DEPTHWISE_ROOM == VOX_ROOM_DSP
#include "nn/dsp/depthwise_four.h"

void vox_depthwise_pixel(const vox_depthwise *tables, int8_t *to)
{
    const vox_depthwise d = *tables; /* in registers, whatever is written to `to` */
    uint32_t channel = 0;
    for (; d.multiplies == 1u && channel + 4u <= d.channels; channel += 4u) {
        vox_depthwise_four(&d, channel, to + channel);
    }
    vox_depthwise_rest(&d, channel, to);
}

#endif
