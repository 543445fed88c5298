#ifndef VOX_NN_MVE_DOT_H
#define VOX_NN_MVE_DOT_H

#include <arm_mve.h>

static inline int32_t vox_dot(const int8_t *x, const int8_t *w, uint32_t count, int32_t sum)
{
    for (uint32_t k = 0; k < count; k += 16u) {
        const mve_pred16_t some = vctp8q(count - k);
        sum = vmladavaq_s8(sum, vldrbq_z_s8(x + k, some), vldrbq_z_s8(w + k, some));
    }
    return sum;
}

#endif
