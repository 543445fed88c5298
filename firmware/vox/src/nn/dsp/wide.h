#ifndef VOX_NN_DSP_WIDE_H
#define VOX_NN_DSP_WIDE_H

#include <string.h>

#include "nn/dsp/pairs.h"

/* Values 0 and 2 of four. */
static inline uint32_t vox_lower(uint32_t first, uint32_t second)
{
    uint32_t pair;
    __asm("pkhbt %0, %1, %2, lsl #16" : "=r"(pair) : "r"(first), "r"(second));
    return pair;
}

/* Values 1 and 3 of four. */
static inline uint32_t vox_upper(uint32_t first, uint32_t second)
{
    uint32_t pair;
    __asm("pkhtb %0, %1, %2, asr #16" : "=r"(pair) : "r"(second), "r"(first));
    return pair;
}

static inline int32_t vox_dot_wide(const int16_t *x, const int8_t *w, uint32_t count, int32_t sum)
{
    uint32_t k = 0;
    for (; k + 4u <= count; k += 4u) {
        uint32_t xs[2];
        memcpy(xs, x + k, sizeof xs);
        const uint32_t ws = vox_load_4(w + k);
        sum = vox_mac_both(vox_lower(xs[0], xs[1]), vox_even(ws), sum);
        sum = vox_mac_both(vox_upper(xs[0], xs[1]), vox_odd(ws), sum);
    }
    for (; k < count; ++k) {
        sum += x[k] * w[k];
    }
    return sum;
}

#endif
