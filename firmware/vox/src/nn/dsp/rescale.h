/* Rescaling by multiplies that keep the upper 32 bits of a product, rounded. */
#ifndef VOX_NN_DSP_RESCALE_H
#define VOX_NN_DSP_RESCALE_H

#include <stdint.h>

static inline int32_t vox_multiply_q31(int32_t x, int32_t m)
{
    return (int32_t)(((int64_t)x * m + (1 << 30)) >> 31);
}

static inline int32_t vox_common_power(int shift)
{
    return (int32_t)(1u << (32 + shift));
}

/* The second multiply is the rounding shift. */
static inline int32_t vox_rescale_common(int32_t x, int32_t multiplier, int32_t power, int32_t zero)
{
    int32_t q;
    __asm("smmulr %0, %1, %2" : "=r"(q) : "r"(x * 2), "r"(multiplier));
    q -= q < 0;
    __asm("smmlar %0, %1, %2, %3" : "=r"(q) : "r"(q), "r"(power), "r"(zero));
    return q;
}

static inline int32_t vox_clamp_full(int32_t x)
{
    int32_t y;
    __asm("ssat %0, #8, %1" : "=r"(y) : "r"(x));
    return y;
}

#endif
