/* A quick logarithm to base 2. */
#ifndef VOX_FRONTEND_OCTAVES_H
#define VOX_FRONTEND_OCTAVES_H

#include "frontend/fixed.h"

/* log2(x) in Q16 within a hundredth, x >= 1: with f what follows the leading bit, f + 0.344 f (1 - f) for log2(1 + f). */
static inline int32_t vox_octaves(uint32_t x)
{
    const unsigned bits = vox_bit_length(x);
    const uint32_t fraction = (bits > 16u ? x >> (bits - 16u) : x << (16u - bits)) & 0x7FFFu; /* Q15 */
    return (int32_t)(((bits - 1u) << 16) + 2u * fraction + ((fraction * (0x8000u - fraction) >> 15) * 11u >> 4));
}

#endif
