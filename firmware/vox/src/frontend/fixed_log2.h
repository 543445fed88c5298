/* Logarithm to base 2 without a table. */
#ifndef VOX_FRONTEND_FIXED_LOG2_H
#define VOX_FRONTEND_FIXED_LOG2_H

#include <stdint.h>

#include "frontend/fixed.h"

/* log2(x) in Q16 for x >= 1; 0 for 0. Below the true value by less than 2^-12. One bit of the result for each squaring of
 * the mantissa, which stays in 1..2. */
static inline int32_t vox_log2_q16(uint32_t x)
{
    const unsigned bits = vox_bit_length(x);
    if (bits == 0u) {
        return 0;
    }
    uint32_t mantissa = bits > 16u ? x >> (bits - 16u) : x << (16u - bits); /* Q15 */
    uint32_t log = (bits - 1u) << 16;
    for (uint32_t bit = 0x8000u; bit != 0u; bit >>= 1) {
        mantissa = mantissa * mantissa >> 15;
        if (mantissa >> 16) {
            mantissa >>= 1;
            log += bit;
        }
    }
    return (int32_t)log;
}

#endif
