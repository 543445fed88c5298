/* [VOX_TILE][row] bytes. */
#ifndef VOX_NN_TILE_ROWS_H
#define VOX_NN_TILE_ROWS_H

#include <string.h>

#include "nn/ops.h"
#include "nn/tile_bytes.h"
#include "nn/tile_patch.h"

#define VOX_TILE_IS_INPUT 1

static inline vox_tile_cursor vox_tile_open(uint8_t *tile, uint32_t row, unsigned index)
{
    return (int8_t *)tile + row * index;
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
    memcpy(vox_tile_open(tile, row, index), bytes, row);
}

static inline void vox_tile_pad(uint8_t *tile, uint32_t row, uint32_t terms)
{
    for (unsigned i = 0; i < VOX_TILE; ++i) {
        memset(vox_tile_open(tile, row, i) + terms, 0, row - terms);
    }
}

#endif
