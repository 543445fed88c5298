/* Powers of two and logarithms to base 2 in integers, without tables. */
#ifndef VOX_CLASSIC_EXP2_H
#define VOX_CLASSIC_EXP2_H

#include <stdint.h>

/* 2^-x in Q31 for x in Q16; error below 2^-27. 1 is 2^31 - 1. */
uint32_t vox_exp2_of_negative(uint32_t x);

/* log2(x) in Q16 for x >= 1; error below 2^-16. */
int32_t vox_log2_of(uint32_t x);

/* A distance between two log2 scores with `fraction` bits, as Q16; what does not fit is the highest value. */
static inline uint32_t vox_to_q16(uint32_t distance, unsigned fraction)
{
    if (fraction >= 16u) {
        return distance >> (fraction - 16u);
    }
    const unsigned up = 16u - fraction;
    return distance > UINT32_MAX >> up ? UINT32_MAX : distance << up;
}

/* a - b for a >= b */
static inline uint32_t vox_distance_down(int32_t a, int32_t b)
{
    return (uint32_t)a - (uint32_t)b;
}

static inline int32_t vox_saturate(int64_t x)
{
    return x > INT32_MAX ? INT32_MAX : x < INT32_MIN ? INT32_MIN : (int32_t)x;
}

#endif
