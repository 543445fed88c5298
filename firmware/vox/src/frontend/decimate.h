/* Decimation by a triangular filter, at two additions a sample. */
#ifndef VOX_FRONTEND_DECIMATE_H
#define VOX_FRONTEND_DECIMATE_H

#include <stdint.h>

#include "frontend/pairs.h"

/* One block of `factor` samples, at most 12. *rising: the block before, weighted 1, ..., factor (0 in front of the first).
 * Returns the sum of that and of this block weighted factor - 1, ..., 1, 0: |sum| <= factor^2 * 2^15. */
static inline int32_t vox_triangle(const int16_t *samples, unsigned factor, int32_t *rising)
{
#ifdef VOX_FIXED_DSP
    if (factor == 4u) { /* 16 kHz */
        const int32_t first = vox_load_pair(samples), second = vox_load_pair(samples + 2);
        const int32_t value = vox_add_products(second, 0x00000001, vox_add_products(first, 0x00020003, *rising));
        *rising = vox_add_products(second, 0x00040003, vox_multiply_pairs(first, 0x00020001));
        return value;
    }
#endif
    const int32_t weight = (int32_t)factor + 1;
    int32_t sum = 0, sums = 0; /* sums: this block, weighted factor, ..., 2, 1 */
#ifndef __OPTIMIZE_SIZE__
    if (factor == 4u) { /* without a loop */
        sums = sum = samples[0];
        sums += sum += samples[1];
        sums += sum += samples[2];
        sums += sum += samples[3];
        factor = 0;
    }
#endif
    for (unsigned i = 0; i < factor; i++) {
        sum += samples[i];
        sums += sum;
    }
    const int32_t value = *rising + sums - sum;
    *rising = weight * sum - sums;
    return value;
}

#endif
