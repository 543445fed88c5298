/* A tile for the vector extension: rows of bytes, so that consecutive input pixels are a tile already where every pixel is a
 * patch. No load reaches past a row: the last one of each is predicated. */
#ifndef VOX_NN_TILE_MVE_H
#define VOX_NN_TILE_MVE_H

#include "nn/tile_rows.h"

static inline void vox_tile_multiply(const uint8_t *tile, const int8_t *weights, uint32_t row, int32_t bias,
                                     int32_t sums[VOX_TILE])
{
    const int8_t *x0 = (const int8_t *)tile, *x1 = x0 + row, *x2 = x1 + row, *x3 = x2 + row;
    int32_t s0 = bias, s1 = bias, s2 = bias, s3 = bias;
    for (uint32_t blocks = row / 16u; blocks > 0u; --blocks) {
        const int8x16_t w = vldrbq_s8(weights);
        s0 = vmladavaq_s8(s0, vldrbq_s8(x0), w);
        s1 = vmladavaq_s8(s1, vldrbq_s8(x1), w);
        s2 = vmladavaq_s8(s2, vldrbq_s8(x2), w);
        s3 = vmladavaq_s8(s3, vldrbq_s8(x3), w);
        weights += 16;
        x0 += 16;
        x1 += 16;
        x2 += 16;
        x3 += 16;
    }
    if (row % 16u != 0u) {
        const mve_pred16_t rest = vctp8q(row % 16u);
        const int8x16_t w = vldrbq_z_s8(weights, rest);
        s0 = vmladavaq_s8(s0, vldrbq_z_s8(x0, rest), w);
        s1 = vmladavaq_s8(s1, vldrbq_z_s8(x1, rest), w);
        s2 = vmladavaq_s8(s2, vldrbq_z_s8(x2, rest), w);
        s3 = vmladavaq_s8(s3, vldrbq_z_s8(x3, rest), w);
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}

#endif
