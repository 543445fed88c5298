#include "nn/depthwise.h"

#if VOX_DEPTHWISE_ROOM == VOX_ROOM_MVE
#include <arm_mve.h>

#include "nn/dsp/depthwise_four.h"
#include "nn/mve/rescale.h"

/* Eight channels at a time: products of 16-bit lanes, even and odd channels in sums of their own. */
/* The first channels of a pixel, as many as eights are whole, one input channel each; the rest is left. Common shifts only.
 * Returns how many are done. */
static inline uint32_t vectors(const vox_depthwise *d, int8_t *to)
{
    const uint32_t channels = d->channels;
    const uint32_t *const end = d->taps + d->tap_count;
    const uint32x4_t even_bytes = vidupq_n_u32(0, 2), odd_bytes = vaddq_n_u32(even_bytes, 1);
    uint32_t channel = 0;
    for (; channel + 8u <= channels; channel += 8u) {
        const int32x4x2_t bias = vld2q_s32(d->bias + channel);
        const int8_t *from = (const int8_t *)d->arena + channel, *w = d->weights + channel;
        int32x4_t even = bias.val[0], odd = bias.val[1];
        for (const uint32_t *tap = d->taps; tap < end; ++tap, w += channels) {
            const int16x8_t xs = vldrbq_s16(from + *tap), ws = vldrbq_s16(w);
            even = vaddq_s32(even, vmullbq_int_s16(xs, ws));
            odd = vaddq_s32(odd, vmulltq_int_s16(xs, ws));
        }
        const int32x4x2_t multiplier = vld2q_s32(d->multiplier + channel);
        const int8_t *shift = d->shift + channel;
        even = vox_rescale_4(even, multiplier.val[0], vldrbq_gather_offset_s32(shift, even_bytes), d->zero);
        odd = vox_rescale_4(odd, multiplier.val[1], vldrbq_gather_offset_s32(shift, odd_bytes), d->zero);
        const int16x8_t both = vqmovntq_s32(vqmovnbq_s32(vuninitializedq_s16(), even), odd);
        vstrbq_s16(to + channel,
                   vminq_s16(vmaxq_s16(both, vdupq_n_s16((int16_t)d->low)), vdupq_n_s16((int16_t)d->high)));
    }
    return channel;
}

void vox_depthwise_pixel(const vox_depthwise *tables, int8_t *to)
{
    const vox_depthwise d = *tables; /* in registers, whatever is written to `to` */
    uint32_t channel = d.multiplies == 1u && d.shifts_common ? vectors(&d, to) : 0u;
    for (; d.multiplies == 1u && channel + 4u <= d.channels; channel += 4u) {
        vox_depthwise_four(&d, channel, to + channel);
    }
    vox_depthwise_rest(&d, channel, to);
}

#endif
