/* What DEPTHWISE_2D knows of one output pixel, and the end of each sum. */
#ifndef VOX_NN_DEPTHWISE_H
#define VOX_NN_DEPTHWISE_H

#include "nn/rescale.h"

/* Tables of one op, and what one output pixel needs. */
typedef struct {
    const uint8_t *arena;
    const uint32_t *taps; /* [tap_count]: where each tap's channel 0 lies in the arena */
    uint32_t tap_count;
    const int8_t *weights; /* [tap_count][channels] */
    const int32_t *bias;
    const int32_t *multiplier;
    const int8_t *shift;
    uint32_t channels;   /* of the output */
    uint32_t multiplies; /* output channels of an input channel */
    int32_t zero, low, high;
    bool shifts_common;
} vox_depthwise;

static inline int8_t vox_depthwise_finish(const vox_depthwise *d, uint32_t channel, int32_t sum)
{
    const int32_t y = vox_rescale_either(sum, d->multiplier[channel], d->shift[channel], d->zero);
    return (int8_t)vox_clamp(y, d->low, d->high);
}

/* One channel, as every core can compute it. */
static inline int8_t vox_depthwise_channel(const vox_depthwise *d, uint32_t channel, uint32_t in_channel)
{
    int32_t sum = d->bias[channel];
    const int8_t *from = (const int8_t *)d->arena + in_channel;
    const int8_t *w = d->weights + channel;
    for (uint32_t tap = 0; tap < d->tap_count; ++tap, w += d->channels) {
        sum += from[d->taps[tap]] * *w;
    }
    return vox_depthwise_finish(d, channel, sum);
}

/* Channels from `channel` on, one by one. */
static inline void vox_depthwise_rest(const vox_depthwise *d, uint32_t channel, int8_t *to)
{
    uint32_t in_channel = channel, copies = 0;
    for (; channel < d->channels; ++channel) {
        to[channel] = vox_depthwise_channel(d, channel, in_channel);
        if (++copies == d->multiplies) {
            copies = 0;
            ++in_channel;
        }
    }
}

/* All channels of one output pixel. */
void vox_depthwise_pixel(const vox_depthwise *d, int8_t *to);

#endif
