/* Patches written as bytes: [VOX_TILE][row] of them, or one row where patches are taken over one by one. */
#ifndef VOX_NN_TILE_BYTES_H
#define VOX_NN_TILE_BYTES_H

#include "nn/ops.h"
#include "nn/target.h"

typedef int8_t *vox_tile_cursor;

/* Rows are short: a call of memcpy would cost more than it saves, and without unaligned loads four bytes would be one. */
static inline void vox_tile_put(vox_tile_cursor *cursor, const int8_t *from, uint32_t count)
{
    int8_t *to = *cursor;
    *cursor = to + count;
#ifdef VOX_NN_MVE
    for (int32_t left = (int32_t)count; left > 0; left -= 16, to += 16, from += 16) {
        const mve_pred16_t some = vctp8q((uint32_t)left);
        vstrbq_p_s8(to, vldrbq_z_s8(from, some), some);
    }
#else
    for (; count >= 4u; count -= 4u, to += 4, from += 4) {
#ifdef VOX_NN_SPLIT_MULTIPLY
        const int8_t a = from[0], b = from[1], c = from[2], d = from[3];
        to[0] = a;
        to[1] = b;
        to[2] = c;
        to[3] = d;
#else
        memcpy(to, from, 4);
#endif
    }
    while (count-- > 0u) {
        *to++ = *from++;
    }
#endif
}

static inline void vox_tile_repeat(vox_tile_cursor *cursor, int8_t value, uint32_t count)
{
    int8_t *to = *cursor;
    *cursor = to + count;
    while (count-- > 0u) {
        *to++ = value;
    }
}

#endif
