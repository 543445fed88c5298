#include "nn/depthwise.h"

#if VOX_DEPTHWISE_ROOM == VOX_ROOM_PLAIN

#if defined(VOX_NN_SMALL)
#define TOGETHER 1u
#else
#define TOGETHER 2u
#endif

/* Channels `channel` and `channel` + 1, one input channel each: both share the way from tap to tap. */
static inline void two_channels(const vox_depthwise *d, uint32_t channel, int8_t *to)
{
    int32_t first = d->bias[channel], second = d->bias[channel + 1u];
    const int8_t *from = (const int8_t *)d->arena + channel;
    const int8_t *w = d->weights + channel;
    const uint32_t *const end = d->taps + d->tap_count, channels = d->channels;
    for (const uint32_t *tap = d->taps; tap < end; ++tap, w += channels) {
        const int8_t *x = from + *tap;
        first += x[0] * w[0];
        second += x[1] * w[1];
    }
    to[channel] = vox_depthwise_finish(d, channel, first);
    to[channel + 1u] = vox_depthwise_finish(d, channel + 1u, second);
}

void vox_depthwise_pixel(const vox_depthwise *d, int8_t *to)
{
    uint32_t channel = 0;
    for (; TOGETHER == 2u && d->multiplies == 1u && channel + 2u <= d->channels; channel += 2u) {
        two_channels(d, channel, to);
    }
    vox_depthwise_rest(d, channel, to);
}

#endif
