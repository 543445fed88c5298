#include "classic/exp2.h"

#include "nn/rescale.h"

/* 2^-f = 1 - f (c0 - f (c1 - f (c2 - ...))) for 0 <= f < 1: coefficients in Q31, fitted at Chebyshev's points. */
uint32_t vox_exp2_of_negative(uint32_t x)
{
    static const int32_t c[] = {1488522224, 515881616, 119183792, 20609765, 2774098, 246920};
    const unsigned whole = x >> 16;
    if (whole > 31u) {
        return 0;
    }
    const int32_t f = (int32_t)((x & 0xFFFFu) << 15);
    int32_t y = c[5];
    for (int i = 4; i >= 0; --i) {
        y = c[i] - vox_multiply_q31(f, y);
    }
    return (uint32_t)(INT32_MAX - vox_multiply_q31(f, y)) >> whole;
}

/* log2(1 + f) = f (c0 + f (c1 + ...)), coefficients in Q30 with alternating signs. */
int32_t vox_log2_of(uint32_t x)
{
    static const int32_t c[] = {1549081711, -774501509, 515475433, -379519780,
                                275072332,  -167075787, 68492252,  -13283043};
    int32_t whole = 31;
    for (; (x & 0x80000000u) == 0u; x <<= 1) {
        --whole;
    }
    const int32_t f = (int32_t)(x & 0x7FFFFFFFu);
    int32_t y = c[7];
    for (int i = 6; i >= 0; --i) {
        y = c[i] + vox_multiply_q31(f, y);
    }
    return whole * 65536 + ((vox_multiply_q31(f, y) + (1 << 13)) >> 14);
}
