#include "nn/conv.h"

#if VOX_CONV_ROOM == VOX_ROOM_MVE
#include <arm_mve.h>

#include "nn/mve/rescale.h"
#include "nn/plain/conv_any.h"
#include "nn/rescale.h"
#include "nn/tile.h"

/* `some` channels (1..4) from sums[channel][pixel]. */
static inline void finish_vectors(const vox_conv *c, const int32_t *sums, uint32_t channel, uint32_t some, int8_t *to,
                                  unsigned count)
{
    const uint32_t channels = c->out->dims[3];
    const int32_t zero = c->out->zero_point;
    const int32x4_t low = vdupq_n_s32(c->op->low), high = vdupq_n_s32(c->op->high);
    const uint32x4_t places = vmulq_n_u32(vidupq_n_u32(0, 4), VOX_TILE);
    const mve_pred16_t lanes = vctp32q(some);
    const int32x4_t multiplier = vldrwq_z_s32(c->multiplier + channel, lanes);
    const int32x4_t shift = vldrbq_z_s32(c->shift + channel, lanes);
    for (; count > 0u; --count, ++sums, to += channels) {
        const int32x4_t y = vox_rescale_4(vldrwq_gather_offset_s32(sums, places), multiplier, shift, zero);
        const int32x4_t limited = vminq_s32(vmaxq_s32(y, low), high);
        if (some == 4u) {
            vstrbq_s32(to, limited);
        } else {
            vstrbq_p_s32(to, limited, lanes);
        }
    }
}

/* All channels of the first `count` pixels of a tile, `channels` bytes apart, where every channel has a common shift. */
static VOX_NOINLINE void multiply_vectors(const vox_conv *c, const uint8_t *tile, int8_t *to, unsigned count)
{
    const uint32_t channels = c->out->dims[3], row = c->row;
    const int8_t *weights = c->weights;
    const int32_t *bias = c->bias;
    int32_t sums[4][VOX_TILE] = {{0}}; /* the last channels may be fewer */
    uint32_t channel = 0;
    for (; channel + 4u <= channels; channel += 4u, to += 4) {
        for (unsigned i = 0; i < 4u; ++i, weights += row) {
            vox_tile_multiply(tile, weights, row, *bias++, sums[i]);
        }
        finish_vectors(c, sums[0], channel, 4, to, count);
    }
    if (channel < channels) {
        for (unsigned i = 0; i < channels - channel; ++i, weights += row) {
            vox_tile_multiply(tile, weights, row, *bias++, sums[i]);
        }
        finish_vectors(c, sums[0], channel, channels - channel, to, count);
    }
}

bool vox_conv_is_quick(const vox_conv *c)
{
    return vox_shifts_are_common(c->shift, c->out->dims[3]);
}

void vox_conv_outputs(const vox_conv *c, const uint8_t *tile, int8_t *to, unsigned count)
{
    if (c->quick) {
        multiply_vectors(c, tile, to, count);
    } else {
        vox_conv_outputs_any(c, tile, to, count);
    }
}

#endif
