/* A tile for the DSP extension: [row / 4][VOX_TILE][2], values 0 and 2, 1 and 3 of every four, as 16-bit pairs; then one row of
 * bytes, where a patch is written before it is taken over. */
#ifndef VOX_NN_DSP_TILE_H
#define VOX_NN_DSP_TILE_H

#include <string.h>

#include "nn/dsp/pairs.h"
#include "nn/ops.h"
#include "nn/tile_bytes.h"

#define VOX_TILE_IS_INPUT 0

/* Rows are short: a call of memcpy would cost more than it saves. */
static inline void vox_tile_put(vox_tile_cursor *cursor, const int8_t *from, uint32_t count)
{
    int8_t *to = *cursor;
    *cursor = to + count;
    for (; count >= 4u; count -= 4u, to += 4, from += 4) {
        memcpy(to, from, 4);
    }
    while (count-- > 0u) {
        *to++ = *from++;
    }
}

static inline vox_tile_cursor vox_tile_open(uint8_t *tile, uint32_t row, unsigned index)
{
    (void)index;
    return (int8_t *)tile + row * 2u * VOX_TILE;
}

static inline void vox_tile_take(uint8_t *tile, uint32_t row, unsigned index, const int8_t *bytes)
{
    uint32_t *to = (uint32_t *)(void *)tile + 2u * index;
    const int8_t *const end = bytes + row;
    for (; bytes < end; bytes += 4, to += 2u * VOX_TILE) {
        const uint32_t four = vox_load_4(bytes);
        to[0] = vox_even(four);
        to[1] = vox_odd(four);
    }
}

static inline void vox_tile_close(uint8_t *tile, uint32_t row, unsigned index)
{
    vox_tile_take(tile, row, index, vox_tile_open(tile, row, index));
}

static inline void vox_tile_pad(uint8_t *tile, uint32_t row, uint32_t terms)
{
    memset(vox_tile_open(tile, row, 0) + terms, 0, row - terms);
}

void vox_tile_multiply(const uint8_t *tile, const int8_t *weights, uint32_t row, int32_t bias, int32_t sums[VOX_TILE]);

#endif
