#ifndef VOX_NN_PLAIN_WIDE_H
#define VOX_NN_PLAIN_WIDE_H

#include <stdint.h>

static inline int32_t vox_dot_wide(const int16_t *x, const int8_t *w, uint32_t count, int32_t sum)
{
    for (uint32_t k = 0; k < count; ++k) {
        sum += x[k] * w[k];
    }
    return sum;
}

#endif
