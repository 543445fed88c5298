#ifndef VOX_NN_DSP_DOT_H
#define VOX_NN_DSP_DOT_H

#include "nn/dsp/pairs.h"
#include "nn/target.h"

static inline int32_t vox_dot(const int8_t *x, const int8_t *w, uint32_t count, int32_t sum)
{
    uint32_t k = 0;
    for (; k + 4u <= count; k += 4u) {
        const uint32_t xs = vox_load_4(x + k), ws = vox_load_4(w + k);
        sum = vox_mac_both(vox_even(xs), vox_even(ws), sum);
        sum = vox_mac_both(vox_odd(xs), vox_odd(ws), sum);
    }
    for (; k < count; ++k) {
        sum += x[k] * w[k];
    }
    return sum;
}

void vox_dot_4(const int8_t *x, const int8_t *w, uint32_t row, uint32_t count, int32_t sums[4]);

#endif
