/* Patches written as bytes. */
#ifndef VOX_NN_TILE_BYTES_H
#define VOX_NN_TILE_BYTES_H

#include <stdint.h>

typedef int8_t *vox_tile_cursor;

static inline void vox_tile_repeat(vox_tile_cursor *cursor, int8_t value, uint32_t count)
{
    int8_t *to = *cursor;
    *cursor = to + count;
    while (count-- > 0u) {
        *to++ = value;
    }
}

#endif
