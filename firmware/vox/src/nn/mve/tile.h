/* A tile for the vector extension: rows of bytes, so that consecutive input pixels are a tile already where every pixel is a
 * patch. */
#ifndef VOX_NN_MVE_TILE_H
#define VOX_NN_MVE_TILE_H

#include <arm_mve.h>

#include "nn/tile_rows.h"

static inline void vox_tile_put(vox_tile_cursor *cursor, const int8_t *from, uint32_t count)
{
    int8_t *to = *cursor;
    *cursor = to + count;
    for (int32_t left = (int32_t)count; left > 0; left -= 16, to += 16, from += 16) {
        const mve_pred16_t some = vctp8q((uint32_t)left);
        vstrbq_p_s8(to, vldrbq_z_s8(from, some), some);
    }
}

static inline void vox_tile_multiply(const uint8_t *tile, const int8_t *weights, uint32_t row, int32_t bias,
                                     int32_t sums[VOX_TILE])
{
    const int8_t *x0 = (const int8_t *)tile, *x1 = x0 + row, *x2 = x1 + row, *x3 = x2 + row;
    int32_t s0 = bias, s1 = bias, s2 = bias, s3 = bias;
    register uint32_t left __asm("lr") = row;
    /* The loop predicates its last round: lanes behind the row are neither loaded nor added. */
    __asm volatile("dlstp.8 lr, lr\n"
                   "1:\tvldrb.8 q0, [%[w]], #16\n\t"
                   "vldrb.8 q1, [%[x0]], #16\n\t"
                   "vmladava.s8 %[s0], q0, q1\n\t"
                   "vldrb.8 q1, [%[x1]], #16\n\t"
                   "vmladava.s8 %[s1], q0, q1\n\t"
                   "vldrb.8 q1, [%[x2]], #16\n\t"
                   "vmladava.s8 %[s2], q0, q1\n\t"
                   "vldrb.8 q1, [%[x3]], #16\n\t"
                   "vmladava.s8 %[s3], q0, q1\n\t"
                   "letp lr, 1b\n\t"
                   "strd %[s0], %[s1], [%[sums]]\n\t"
                   "strd %[s2], %[s3], [%[sums], #8]"
                   : [w] "+r"(weights), [x0] "+r"(x0), [x1] "+r"(x1), [x2] "+r"(x2), [x3] "+r"(x3), [s0] "+Te"(s0),
                     [s1] "+Te"(s1), [s2] "+Te"(s2), [s3] "+Te"(s3), "+r"(left)
                   : [sums] "r"(sums)
                   : "q0", "q1", "cc", "memory");
}

#endif
