/* A tile in plain C: rows of bytes. */
#ifndef VOX_NN_TILE_PLAIN_H
#define VOX_NN_TILE_PLAIN_H

#include "nn/tile_rows.h"

static inline void vox_tile_multiply(const uint8_t *tile, const int8_t *weights, uint32_t row, int32_t bias,
                                     int32_t sums[VOX_TILE])
{
    for (unsigned i = 0; i < VOX_TILE; ++i) {
        const int8_t *x = (const int8_t *)tile + row * i;
        int32_t sum = bias;
        for (uint32_t k = 0; k < row; ++k) {
            sum += x[k] * weights[k];
        }
        sums[i] = sum;
    }
}

#endif
