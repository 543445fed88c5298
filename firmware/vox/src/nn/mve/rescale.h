/* vox_rescale_common, four values at a time. */
#ifndef VOX_NN_MVE_RESCALE_H
#define VOX_NN_MVE_RESCALE_H

#include <arm_mve.h>

#include "nn/ops.h"

/* q / 2^right to nearest, ties away from zero; minus_right is -right. The vector shift rounds ties up: one is taken off what
 * is negative first, as plain C does it. Any q but -2^31, right at least 1. */
static inline int32x4_t vox_round_shift_4(int32x4_t q, int32x4_t minus_right)
{
    return vrshlq_s32(vaddq_s32(q, vshrq_n_s32(q, 31)), minus_right);
}

/* A factor for each value. vqrdmulh is vox_multiply_q31. */
static inline int32x4_t vox_rescale_4(int32x4_t x, int32x4_t multiplier, int32x4_t shift, int32_t zero)
{
    return vaddq_n_s32(vox_round_shift_4(vqrdmulhq_s32(x, multiplier), shift), zero);
}

/* The same for any shifts as their table has them. */
static inline int32x4_t vox_rescale_any_4(int32x4_t x, int32x4_t multiplier, int32x4_t shift, int32_t zero)
{
    const int32x4_t real = vaddq_m_n_s32(shift, shift, VOX_SHIFT_WIDE, vcmpltq_n_s32(shift, VOX_MIN_SHIFT));
    const int32x4_t none = vdupq_n_s32(0), right = vminq_s32(real, none);
    const int32x4_t q = vqrdmulhq_s32(vshlq_s32(x, vmaxq_s32(real, none)), multiplier);
    const int32x4_t off = vandq_s32(vshrq_n_s32(q, 31), vshrq_n_s32(right, 31));
    return vaddq_n_s32(vrshlq_s32(vaddq_s32(q, off), right), zero);
}

#endif
