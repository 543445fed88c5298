/* A tile for 32-bit cores without vectors: [row][2] words, value k of patches 0 and 1, then of 2 and 3, as x0 + x1 * 2^16. A word times a weight is
 * two products at once, and the sum of two such words still holds both sums apart: each is in -32512..32768. */
#ifndef VOX_NN_PACKED_TILE_H
#define VOX_NN_PACKED_TILE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "nn/ops.h"
#include "nn/tile_patch.h"

#define VOX_TILE_IS_INPUT 0

/* From `to` on, every second word: */
uint32_t *vox_packed_put_first(uint32_t *to, const int8_t *from, uint32_t count);  /* word = value */
uint32_t *vox_packed_put_second(uint32_t *to, const int8_t *from, uint32_t count); /* word += value * 2^16 */
/* sums: in, two starts (see vox_tile_multiply); out, a sum for each patch. row is at least 4. */
void vox_packed_sums(const uint8_t *tile, const int8_t *weights, uint32_t row, int32_t sums[VOX_TILE]);

typedef struct {
    uint32_t *to; /* every second word */
    bool second;  /* of its pair: added to what the first one wrote */
} vox_tile_cursor;

static inline vox_tile_cursor vox_tile_open(uint8_t *tile, uint32_t row, unsigned index)
{
    (void)row;
    const vox_tile_cursor cursor = {(uint32_t *)(void *)tile + index / 2u, index % 2u != 0u};
    return cursor;
}

static inline void vox_tile_put(vox_tile_cursor *cursor, const int8_t *from, uint32_t count)
{
    if (cursor->second) {
        cursor->to = vox_packed_put_second(cursor->to, from, count);
    } else {
        cursor->to = vox_packed_put_first(cursor->to, from, count);
    }
}

static inline void vox_tile_repeat(vox_tile_cursor *cursor, int8_t value, uint32_t count)
{
    uint32_t *to = cursor->to;
    for (; count > 0u; --count, to += 2) {
        if (cursor->second) {
            *to += (uint32_t)(int32_t)value << 16;
        } else {
            *to = (uint32_t)(int32_t)value;
        }
    }
    cursor->to = to;
}

static inline void vox_tile_close(uint8_t *tile, uint32_t row, unsigned index)
{
    (void)tile;
    (void)row;
    (void)index;
}

static inline bool vox_tile_take_rows(uint8_t *tile, uint32_t row, unsigned index, const vox_tile_rows *rows)
{
    (void)tile;
    (void)row;
    (void)index;
    (void)rows;
    return false;
}

static inline void vox_tile_take(uint8_t *tile, uint32_t row, unsigned index, const int8_t *bytes)
{
    vox_tile_cursor cursor = vox_tile_open(tile, row, index);
    vox_tile_put(&cursor, bytes, row);
}

static inline void vox_tile_pad(uint8_t *tile, uint32_t row, uint32_t terms)
{
    memset(tile + 2u * VOX_TILE * terms, 0, 2u * VOX_TILE * (row - terms));
}

/* Two products at a time give a word l + h * 2^16. vox_packed_sums adds 2^15 - 1 to l and takes one off h, so that l is in
 * 0..65535 and h fits 16 bits: an arithmetic shift yields h - 1 exactly. It adds these up from start_high on, and the whole words,
 * modulo 2^32, from start_low on; their difference, less what the words' upper halves put there, is the sum of all l. */
static inline void vox_tile_multiply(const uint8_t *tile, const int8_t *weights, uint32_t row, int32_t bias,
                                     int32_t sums[VOX_TILE])
{
    const uint32_t pairs = row / 2u;
    const uint32_t start_high = (uint32_t)bias + pairs;
    const uint32_t start_low = (uint32_t)bias - pairs * 0x7FFFu + (start_high << 16);
    sums[0] = (int32_t)start_low;
    sums[1] = (int32_t)start_high;
    vox_packed_sums(tile, weights, row, sums);
}

#endif
