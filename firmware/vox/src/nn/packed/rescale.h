/* Rescaling without a 64-bit product, in products of halves. */
#ifndef VOX_NN_PACKED_RESCALE_H
#define VOX_NN_PACKED_RESCALE_H

#include <stdint.h>

#include "nn/target.h"

/* x * m = high * 2^32 + (mid + cross) * 2^16 + low; what low leaves below 2^16 cannot change the floor. */
static inline int32_t vox_multiply_q31(int32_t x, int32_t m)
{
    /* cppcheck-suppress shiftNegativeLHS; arithmetic, as docs/numerics.md says */
    const int32_t xh = x >> 16, mh = m >> 16;
    const uint32_t xl = (uint32_t)x & 0xFFFFu, ml = (uint32_t)m & 0xFFFFu;
    const uint32_t high = (uint32_t)(xh * mh);
    const int32_t mid = (int32_t)((uint32_t)xh * ml);
    const int32_t cross = (int32_t)(xl * (uint32_t)mh);
    const uint32_t rest = ((uint32_t)mid & 0x7FFFu) + ((uint32_t)cross & 0x7FFFu) + ((xl * ml) >> 16) + 0x4000u;
    return (int32_t)(2u * high + (uint32_t)(mid >> 15) + (uint32_t)(cross >> 15) + (rest >> 15));
}

/* vox_multiply_q31 for |x| < 2^30 and m >= 0. x = xh * 2^16 + xl with xl in -2^15..2^15-1: the sum of the middle products, of what
 * the lowest one carries, and of the rounding, is within 32 bits. */
VOX_INLINE int32_t vox_multiply_q31_common(int32_t x, int32_t m)
{
    const int32_t xl = (int16_t)x, xh = (x - xl) >> 16;
    const int32_t ml = m & 0xFFFF, mh = m >> 16;
    return 2 * (xh * mh) + ((xh * ml + xl * mh + ((xl * ml) >> 16) + 0x4000) >> 15);
}

static inline int32_t vox_common_power(int shift)
{
    return -shift;
}

VOX_INLINE int32_t vox_rescale_common(int32_t x, int32_t multiplier, int32_t power, int32_t zero)
{
    const int32_t q = vox_multiply_q31_common(x, multiplier);
    return ((q - (q < 0) + (1 << (power - 1))) >> power) + zero;
}

static inline int32_t vox_clamp_full(int32_t x)
{
    return x < -128 ? -128 : x > 127 ? 127 : x;
}

#endif
