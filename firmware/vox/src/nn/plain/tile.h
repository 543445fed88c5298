/* A tile in plain C: rows of bytes. */
#ifndef VOX_NN_PLAIN_TILE_H
#define VOX_NN_PLAIN_TILE_H

#include "nn/tile_rows.h"

/* Rows are short: a call of memcpy would cost more than it saves. */
static inline void vox_tile_put(vox_tile_cursor *cursor, const int8_t *from, uint32_t count)
{
    int8_t *to = *cursor;
    *cursor = to + count;
    for (; count >= 4u; count -= 4u, to += 4, from += 4) {
        const int8_t a = from[0], b = from[1], c = from[2], d = from[3];
        to[0] = a;
        to[1] = b;
        to[2] = c;
        to[3] = d;
    }
    while (count-- > 0u) {
        *to++ = *from++;
    }
}

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
