#ifndef VOX_NN_PLAIN_ADD_H
#define VOX_NN_PLAIN_ADD_H

#include "nn/adding.h"
#include "nn/rescale.h"

static inline void vox_add_values(const vox_adding *p, int8_t *output, uint32_t count)
{
    const vox_addend *a = &p->a, *b = &p->b;
    for (uint32_t i = 0; i < count; ++i) {
        const int32_t x = vox_rescale((a->values[i] - a->zero) * (1 << VOX_ADD_HEADROOM), a->multiplier, a->shift);
        const int32_t y = vox_rescale((b->values[i] - b->zero) * (1 << VOX_ADD_HEADROOM), b->multiplier, b->shift);
        const int32_t sum = vox_rescale(x + y, p->multiplier, p->shift) + p->zero;
        output[i] = (int8_t)vox_clamp(sum, p->low, p->high);
    }
}

#endif
