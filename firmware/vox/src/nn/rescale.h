/* Fixed-point rescaling with the two roundings of TensorFlow Lite's reference kernels (docs/numerics.md):
 *
 *   q = floor((x * 2^left * multiplier + 2^30) / 2^31)      left  = shift > 0 ? shift : 0
 *   y = q / 2^right, to nearest, ties away from zero         right = shift < 0 ? -shift : 0
 *
 * 0 <= multiplier < 2^31, |x| * 2^left < 2^31, 0 <= right <= 30.
 */
#ifndef VOX_NN_RESCALE_H
#define VOX_NN_RESCALE_H

#include <stdbool.h>
#include <stdint.h>

#include "nn/ops.h"
#include "nn/target.h"

/* floor((x * m + 2^30) / 2^31) for any x and m but both -2^31. */
static inline int32_t vox_multiply_q31(int32_t x, int32_t m)
{
#ifdef VOX_NN_SPLIT_MULTIPLY
    /* x * m = high * 2^32 + (mid + cross) * 2^16 + low; what low leaves below 2^16 cannot change the floor. */
    /* cppcheck-suppress shiftNegativeLHS; arithmetic, as docs/numerics.md says */
    const int32_t xh = x >> 16, mh = m >> 16;
    const uint32_t xl = (uint32_t)x & 0xFFFFu, ml = (uint32_t)m & 0xFFFFu;
    const uint32_t high = (uint32_t)(xh * mh);
    const int32_t mid = (int32_t)((uint32_t)xh * ml);
    const int32_t cross = (int32_t)(xl * (uint32_t)mh);
    const uint32_t rest = ((uint32_t)mid & 0x7FFFu) + ((uint32_t)cross & 0x7FFFu) + ((xl * ml) >> 16) + 0x4000u;
    return (int32_t)(2u * high + (uint32_t)(mid >> 15) + (uint32_t)(cross >> 15) + (rest >> 15));
#else
    return (int32_t)(((int64_t)x * m + (1 << 30)) >> 31);
#endif
}

#ifdef VOX_NN_SPLIT_MULTIPLY
/* vox_multiply_q31 for |x| < 2^30 and m >= 0. x = xh * 2^16 + xl with xl in -2^15..2^15-1: the sum of the middle products, of what
 * the lowest one carries, and of the rounding, is within 32 bits. */
VOX_INLINE int32_t vox_multiply_q31_common(int32_t x, int32_t m)
{
    const int32_t xl = (int16_t)x, xh = (x - xl) >> 16;
    const int32_t ml = m & 0xFFFF, mh = m >> 16;
    return 2 * (xh * mh) + ((xh * ml + xl * mh + ((xl * ml) >> 16) + 0x4000) >> 15);
}
#else
VOX_INLINE int32_t vox_multiply_q31_common(int32_t x, int32_t m)
{
    return vox_multiply_q31(x, m);
}
#endif

/* x / 2^shift to nearest, ties away from zero; 0 <= shift <= 30, any x. */
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
static inline bool vox_shifts_are_common(const int8_t *shifts, uint32_t count)
{
    for (uint32_t i = 0; i < count; ++i) {
        if (shifts[i] < VOX_MIN_SHIFT || shifts[i] > -2) {
            return false;
        }
    }
    return true;
}

/* A common shift as vox_rescale_common wants it. */
static inline int32_t vox_common_power(int shift)
{
#ifdef VOX_NN_DSP
    return (int32_t)(1u << (32 + shift));
#else
    return -shift;
#endif
}

/* Same value as vox_rescale, plus `zero`. power: of vox_common_power. |x| < 2^30. */
VOX_INLINE int32_t vox_rescale_common(int32_t x, int32_t multiplier, int32_t power, int32_t zero)
{
#ifdef VOX_NN_DSP
    /* Both multiplies keep the upper 32 bits of the product, rounded; the second one is the rounding shift. */
    int32_t q;
    __asm("smmulr %0, %1, %2" : "=r"(q) : "r"(x * 2), "r"(multiplier));
    q -= q < 0;
    __asm("smmlar %0, %1, %2, %3" : "=r"(q) : "r"(q), "r"(power), "r"(zero));
    return q;
#else
    const int32_t q = vox_multiply_q31_common(x, multiplier);
    return ((q - (q < 0) + (1 << (power - 1))) >> power) + zero;
#endif
}

/* Any channel, as the shift table has it. */
static inline int32_t vox_rescale_channel(int32_t x, int32_t multiplier, int shift, int32_t zero)
{
    return vox_rescale(x, multiplier, shift < VOX_MIN_SHIFT ? shift + VOX_SHIFT_WIDE : shift) + zero;
}

static inline int32_t vox_clamp(int32_t x, int32_t low, int32_t high)
{
    return x < low ? low : x > high ? high : x;
}

/* vox_clamp to -128..127. */
static inline int32_t vox_clamp_full(int32_t x)
{
#ifdef VOX_NN_DSP
    int32_t y;
    __asm("ssat %0, #8, %1" : "=r"(y) : "r"(x));
    return y;
#else
    return vox_clamp(x, -128, 127);
#endif
}

#endif
