/* Four channels at a time: products of 16-bit halves. */
#ifndef VOX_NN_DSP_DEPTHWISE_FOUR_H
#define VOX_NN_DSP_DEPTHWISE_FOUR_H

#include "nn/depthwise.h"
#include "nn/dsp/pairs.h"

/* Channels `channel` .. `channel` + 3, one input channel each. */
static inline void vox_depthwise_four(const vox_depthwise *d, uint32_t channel, int8_t *to)
{
    int32_t s0 = d->bias[channel], s1 = d->bias[channel + 1u], s2 = d->bias[channel + 2u], s3 = d->bias[channel + 3u];
    const int8_t *from = (const int8_t *)d->arena + channel;
    const int8_t *w = d->weights + channel;
    const uint32_t *tap = d->taps;
    const uint32_t *const end = tap + d->tap_count;
    const uint32_t channels = d->channels;
    for (; tap < end; ++tap, w += channels) {
        const uint32_t xs = vox_load_4(from + *tap), ws = vox_load_4(w);
        const uint32_t x_even = vox_even(xs), w_even = vox_even(ws);
        s0 = vox_mac_low(x_even, w_even, s0);
        s2 = vox_mac_high(x_even, w_even, s2);
        const uint32_t x_odd = vox_odd(xs), w_odd = vox_odd(ws);
        s1 = vox_mac_low(x_odd, w_odd, s1);
        s3 = vox_mac_high(x_odd, w_odd, s3);
    }
    const int32_t sums[4] = {s0, s1, s2, s3};
    for (unsigned i = 0; i < 4u; ++i) {
        to[i] = vox_depthwise_finish(d, channel + i, sums[i]);
    }
}

#endif
