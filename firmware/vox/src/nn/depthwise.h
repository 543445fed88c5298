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
    uint32_t channels; /* of the output */
    int32_t zero, low, high;
    bool shifts_common;
    bool common; /* the shifts are, and the limits are those of int8 */
} vox_depthwise;

static inline int8_t vox_depthwise_finish(const vox_depthwise *d, uint32_t channel, int32_t sum)
{
    const int32_t y = vox_rescale_channel(sum, d->multiplier[channel], d->shift[channel], d->zero);
    return (int8_t)vox_clamp(y, d->low, d->high);
}

static inline int8_t vox_depthwise_finish_common(const vox_depthwise *d, uint32_t channel, int32_t sum)
{
    const int32_t power = vox_common_power(d->shift[channel]);
    return (int8_t)vox_clamp_full(vox_rescale_common(sum, d->multiplier[channel], power, d->zero));
}

#endif
