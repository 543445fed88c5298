/* A tile for the DSP extension: [row / 4][2][VOX_TILE], of every four values of each patch 0 and 2, then 1 and 3, as 16-bit pairs;
 * then one row of bytes, where a patch is written before it is taken over. */
#ifndef VOX_NN_DSP_TILE_H
#define VOX_NN_DSP_TILE_H

#include <string.h>

#include "nn/dsp/pairs.h"
#include "nn/ops.h"
#include "nn/tile_bytes.h"
#include "nn/tile_patch.h"

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

/* Widens `count` bytes, a multiple of 4, to where words of the patch begin. Returns where the next ones go. */
static inline uint32_t *vox_tile_widen(uint32_t *to, const int8_t *bytes, uint32_t count)
{
    const int8_t *const end = bytes + count;
    for (; bytes < end; bytes += 4, to += 2u * VOX_TILE) {
        const uint32_t four = vox_load_4(bytes);
        to[0] = vox_even(four);
        to[VOX_TILE] = vox_odd(four);
    }
    return to;
}

static inline void vox_tile_take(uint8_t *tile, uint32_t row, unsigned index, const int8_t *bytes)
{
    vox_tile_widen((uint32_t *)(void *)tile + index, bytes, row);
}

static inline bool vox_tile_take_rows(uint8_t *tile, uint32_t row, unsigned index, const vox_tile_rows *rows)
{
    if (rows->bytes % 4u != 0u || rows->count * rows->bytes != row) {
        return false;
    }
    uint32_t *to = (uint32_t *)(void *)tile + index;
    const int8_t *from = rows->from;
    for (uint32_t left = rows->count; left > 0u; --left, from += rows->step) {
        to = vox_tile_widen(to, from, rows->bytes);
    }
    return true;
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

/* What all channels of a full tile are computed from; the pointers move on. */
typedef struct {
    const uint8_t *tile;
    uint32_t row;
    const int32_t *bias;
    const int32_t *multiplier;
    const int8_t *shift; /* common ones */
    int8_t *to;
    uint32_t step; /* bytes from pixel to pixel */
    int32_t zero;
    uint32_t left; /* channels, at least 1 */
    const int8_t *weights;
} vox_tile_channels;

/* Sums, rescaled and limited to int8. */
void vox_tile_all(vox_tile_channels *channels);

#endif
