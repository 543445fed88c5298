/* Reciprocals as TensorFlow Lite's reference finds them, by Newton's iteration. */
#ifndef VOX_NN_NEWTON_H
#define VOX_NN_NEWTON_H

#include "nn/rescale.h"

/* 1 / (1 + x) in Q31 for x in [0, 1), Q31. */
static inline int32_t vox_reciprocal_of_one_plus(int32_t x)
{
    /* (x + 1) / 2, rounded as a half sum is. */
    const int32_t half = (int32_t)(((uint32_t)x + (uint32_t)INT32_MAX + 1u) >> 1);
    /* Q29 from here: 48/17 - 32/17 * half, then three steps of y += y * (1 - half * y). */
    int32_t y = 1515870810 + vox_multiply_q31_seldom(half, -1010580540);
    for (int i = 0; i < 3; ++i) {
        const int32_t error = (1 << 29) - vox_multiply_q31_seldom(half, y);
        const int32_t step = vox_multiply_q31_seldom(y, error); /* Q27 */
        y += step * 4;
    }
    /* Half of y, from Q29 to Q31 with saturation: y is at most 2, up to rounding. */
    return y >= (1 << 30) ? INT32_MAX : y * 2;
}

/* Of x > 0. */
static inline unsigned vox_leading_zeros(uint32_t x)
{
    unsigned count = 0;
    for (; x < 0x80000000u; x <<= 1) {
        ++count;
    }
    return count;
}

#endif
