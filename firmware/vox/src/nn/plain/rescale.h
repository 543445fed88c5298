/* Rescaling as docs/numerics.md writes it. */
#ifndef VOX_NN_PLAIN_RESCALE_H
#define VOX_NN_PLAIN_RESCALE_H

#include <stdint.h>

static inline int32_t vox_multiply_q31(int32_t x, int32_t m)
{
    return (int32_t)(((int64_t)x * m + (1 << 30)) >> 31);
}

static inline int32_t vox_common_power(int shift)
{
    return -shift;
}

static inline int32_t vox_rescale_common(int32_t x, int32_t multiplier, int32_t power, int32_t zero)
{
    const int32_t q = vox_multiply_q31(x, multiplier);
    return ((q - (q < 0) + (1 << (power - 1))) >> power) + zero;
}

static inline int32_t vox_clamp_full(int32_t x)
{
    return x < -128 ? -128 : x > 127 ? 127 : x;
}

#endif
