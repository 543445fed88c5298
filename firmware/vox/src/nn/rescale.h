/* Fixed-point rescaling with the two roundings of TensorFlow Lite's reference kernels (docs/numerics.md):
 *
 *   q = floor((x * 2^left * multiplier + 2^30) / 2^31)      left  = shift > 0 ? shift : 0
 *   y = q / 2^right, to nearest, ties away from zero         right = shift < 0 ? -shift : 0
 *
 * 0 <= multiplier < 2^31, |x| * 2^left < 2^31, 0 <= right <= 30. The rooms have
 *
 *   vox_multiply_q31     floor((x * m + 2^30) / 2^31) for any x and m but both -2^31
 *   vox_common_power     a common shift (vox_shifts_are_common) as vox_rescale_common wants it
 *   vox_rescale_common   vox_rescale with a common shift, plus `zero`; |x| < 2^30
 *   vox_clamp_full       vox_clamp to -128..127
 */
#ifndef VOX_NN_RESCALE_H
#define VOX_NN_RESCALE_H

#include <stdbool.h>
#include <stdint.h>

#include "nn/ops.h"
#include "nn/target.h"

static inline int32_t vox_clamp(int32_t x, int32_t low, int32_t high)
{
    return x < low ? low : x > high ? high : x;
}

#if VOX_RESCALE_ROOM == VOX_ROOM_DSP
#include "nn/dsp/rescale.h"
#elif VOX_RESCALE_ROOM == VOX_ROOM_PACKED
#include "nn/packed/rescale.h"
#else
#include "nn/plain/rescale.h"
#endif

/* x / 2^shift to nearest, ties away from zero; 0 <= shift <= 31, any x. */
static inline int32_t vox_round_shift(int32_t x, unsigned shift)
{
    const int32_t mask = (int32_t)((1u << shift) - 1u);
    return (x >> shift) + ((x & mask) > (mask >> 1) + (x < 0) ? 1 : 0);
}

/* The general case. */
static inline int32_t vox_rescale(int32_t x, int32_t multiplier, int shift)
{
    const unsigned left = shift > 0 ? (unsigned)shift : 0u;
    const unsigned right = shift < 0 ? (unsigned)-shift : 0u;
    return vox_round_shift(vox_multiply_q31((int32_t)((uint32_t)x << left), multiplier), right);
}

/* Rounded once: floor(x * multiplier * 2^(shift - 31) + 1/2), as DENSE wants it. -31 <= shift <= VOX_MAX_SHIFT. */
static inline int32_t vox_rescale_once(int32_t x, int32_t multiplier, int shift)
{
    const unsigned total = (unsigned)(31 - shift);
    return (int32_t)(((int64_t)x * multiplier + ((int64_t)1 << (total - 1u))) >> total);
}

/* A common shift is -30..-2, on an accumulator below 2^30: what nearly every channel has. */
static inline bool vox_shift_is_common(int32_t shift)
{
    return shift >= VOX_MIN_SHIFT && shift <= -2;
}

static inline bool vox_shifts_are_common(const int8_t *shifts, uint32_t count)
{
    for (uint32_t i = 0; i < count; ++i) {
        if (!vox_shift_is_common(shifts[i])) {
            return false;
        }
    }
    return true;
}

/* vox_multiply_q31 once in an image, for what is computed once a row. */
int32_t vox_multiply_q31_seldom(int32_t x, int32_t m);

/* Any channel, as the shift table has it. */
int32_t vox_rescale_channel(int32_t x, int32_t multiplier, int shift, int32_t zero);

/* The same, quickly where the shift is a common one. */
static inline int32_t vox_rescale_either(int32_t x, int32_t multiplier, int shift, int32_t zero)
{
    return vox_shift_is_common(shift) ? vox_rescale_common(x, multiplier, vox_common_power(shift), zero)
                                      : vox_rescale_channel(x, multiplier, shift, zero);
}

/* Limits of an activation, on what is limited to int8 already. */
static inline void vox_limit(int8_t *values, uint32_t count, int32_t low, int32_t high)
{
    if (low > -128 || high < 127) {
        for (uint32_t i = 0; i < count; ++i) {
            values[i] = (int8_t)vox_clamp(values[i], low, high);
        }
    }
}

#endif
