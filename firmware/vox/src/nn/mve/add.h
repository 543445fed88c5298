#ifndef VOX_NN_MVE_ADD_H
#define VOX_NN_MVE_ADD_H

#include "nn/adding.h"
#include "nn/mve/rescale.h"

/* A factor of at most 1 for all four. away: all bits where something is shifted out, see vox_round_shift_4. */
typedef struct {
    int32x4_t multiplier, shift, away;
} vox_add_factor;

static inline vox_add_factor vox_add_factor_of(int32_t multiplier, int32_t shift)
{
    const vox_add_factor f = {vdupq_n_s32(multiplier), vdupq_n_s32(shift), vdupq_n_s32(shift < 0 ? -1 : 0)};
    return f;
}

static inline int32x4_t vox_add_rescale(int32x4_t x, vox_add_factor f)
{
    const int32x4_t q = vqrdmulhq_s32(x, f.multiplier);
    return vrshlq_s32(vaddq_s32(q, vandq_s32(vshrq_n_s32(q, 31), f.away)), f.shift);
}

static inline void vox_add_values(const vox_adding *p, int8_t *output, uint32_t count)
{
    const vox_adding d = *p; /* in registers, whatever is written to `output` */
    const vox_add_factor of_a = vox_add_factor_of(d.a.multiplier, d.a.shift);
    const vox_add_factor of_b = vox_add_factor_of(d.b.multiplier, d.b.shift);
    const vox_add_factor of_sum = vox_add_factor_of(d.multiplier, d.shift);
    const int32x4_t unit = vdupq_n_s32(1 << VOX_ADD_HEADROOM);
    for (uint32_t i = 0; i < count; i += 4u) {
        const mve_pred16_t lanes = vctp32q(count - i);
        const int32x4_t a =
            vmlasq_n_s32(vldrbq_z_s32(d.a.values + i, lanes), unit, -d.a.zero * (1 << VOX_ADD_HEADROOM));
        const int32x4_t b =
            vmlasq_n_s32(vldrbq_z_s32(d.b.values + i, lanes), unit, -d.b.zero * (1 << VOX_ADD_HEADROOM));
        const int32x4_t x = vox_add_rescale(a, of_a), y = vox_add_rescale(b, of_b);
        const int32x4_t sum = vaddq_n_s32(vox_add_rescale(vaddq_s32(x, y), of_sum), d.zero);
        vstrbq_p_s32(output + i, vminq_s32(vmaxq_s32(sum, vdupq_n_s32(d.low)), vdupq_n_s32(d.high)), lanes);
    }
}

#endif
