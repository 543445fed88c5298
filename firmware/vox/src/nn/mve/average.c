#include "nn/average.h"

#if VOX_AVERAGE_ROOM == VOX_ROOM_MVE
#include <arm_mve.h>

/* Sums of up to four channels. */
static inline int32x4_t sum_4(const vox_average *a, const int8_t *row, mve_pred16_t lanes)
{
    int32x4_t sum = vdupq_n_s32(0);
    for (uint32_t rows = a->rows; rows > 0u; --rows, row += a->stride) {
        const int8_t *from = row;
        for (uint32_t left = a->columns; left > 0u; --left, from += a->channels) {
            sum = vaddq_s32(sum, vldrbq_z_s32(from, lanes));
        }
    }
    return sum;
}

void vox_average_pixel(const vox_average *a, int8_t *to)
{
    for (uint32_t c = 0; c < a->channels; c += 4u) {
        const uint32_t some = a->channels - c < 4u ? a->channels - c : 4u;
        int32_t sums[4];
        vstrwq_s32(sums, sum_4(a, a->corner + c, vctp32q(some)));
        for (uint32_t i = 0; i < some; ++i) {
            *to++ = vox_average_of(a, sums[i]);
        }
    }
}

#endif
