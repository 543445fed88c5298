#ifndef VOX_NN_MVE_WIDE_H
#define VOX_NN_MVE_WIDE_H

#include <arm_mve.h>
#include <stdint.h>

static inline int32_t vox_dot_wide(const int16_t *x, const int8_t *w, uint32_t count, int32_t sum)
{
    for (uint32_t k = 0; k < count; k += 8u) {
        const mve_pred16_t some = vctp16q(count - k);
        sum = vmladavaq_s16(sum, vldrhq_z_s16(x + k, some), vldrbq_z_s16(w + k, some));
    }
    return sum;
}

#endif
