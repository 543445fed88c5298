/* A tile for Armv6-M: [row][2] words, value k of patches 0 and 1, then of 2 and 3, as x0 + x1 * 2^16. A word times a weight is
 * two products at once, and the sum of two such words still holds both sums apart: each is in -32512..32768. */
#ifndef VOX_NN_TILE_PACKED_H
#define VOX_NN_TILE_PACKED_H

#include "nn/ops.h"
#include "nn/target.h"

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
    uint32_t *to = cursor->to;
    const int8_t *const end = from + count, *const fours = from + (count & ~3u);
    if (cursor->second) {
        for (; from < fours; from += 4, to += 8) {
            to[0] += (uint32_t)(int32_t)from[0] << 16;
            to[2] += (uint32_t)(int32_t)from[1] << 16;
            to[4] += (uint32_t)(int32_t)from[2] << 16;
            to[6] += (uint32_t)(int32_t)from[3] << 16;
        }
        for (; from < end; ++from, to += 2) {
            *to += (uint32_t)(int32_t)*from << 16;
        }
    } else {
        for (; from < fours; from += 4, to += 8) {
            to[0] = (uint32_t)(int32_t)from[0];
            to[2] = (uint32_t)(int32_t)from[1];
            to[4] = (uint32_t)(int32_t)from[2];
            to[6] = (uint32_t)(int32_t)from[3];
        }
        for (; from < end; ++from, to += 2) {
            *to = (uint32_t)(int32_t)*from;
        }
    }
    cursor->to = to;
}

static inline void vox_tile_repeat(vox_tile_cursor *cursor, int8_t value, uint32_t count)
{
    uint32_t *to = cursor->to;
    uint32_t *const end = to + 2u * count;
    if (cursor->second) {
        for (; to < end; to += 2) {
            *to += (uint32_t)(int32_t)value << 16;
        }
    } else {
        for (; to < end; to += 2) {
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

static inline void vox_tile_take(uint8_t *tile, uint32_t row, unsigned index, const int8_t *bytes)
{
    vox_tile_cursor cursor = vox_tile_open(tile, row, index);
    vox_tile_put(&cursor, bytes, row);
}

static inline void vox_tile_pad(uint8_t *tile, uint32_t row, uint32_t terms)
{
    memset(tile + 2u * VOX_TILE * terms, 0, 2u * VOX_TILE * (row - terms));
}

/* One is taken off each half of a pair's sum, so that it fits 16 bits; row / 2 gives them
 * back. */
static inline void vox_tile_multiply(const uint8_t *tile, const int8_t *weights, uint32_t row, int32_t bias,
                                     int32_t sums[VOX_TILE])
{
    const uint32_t *x = (const void *)tile;
    const int8_t *const end = weights + row;
    const uint32_t minus_ones = 0u - 0x00010001u;
    const int32_t start = bias + (int32_t)(row / 2u);
    int32_t s0 = start, s1 = start, s2 = start, s3 = start;
#define VOX_PACKED_PAIR(first, second)                                                                                 \
    "ldrb r3, [%[w], #" first "]\n\tsxtb r3, r3\n\tldmia %[x]!, {r4, r5}\n\tmuls r4, r3, r4\n\tmuls r5, r3, r5\n\t"    \
    "ldrb r3, [%[w], #" second "]\n\tsxtb r3, r3\n\tldmia %[x]!, {r2, r6}\n\tmuls r2, r3, r2\n\tmuls r6, r3, r6\n\t"   \
    "adds r4, r4, r2\n\tadds r5, r5, r6\n\t"                                                                           \
    "add r4, %[minus]\n\tsxth r2, r4\n\tadd %[s0], r2\n\tsubs r4, r4, r2\n\tasrs r4, r4, #16\n\tadd %[s1], r4\n\t"     \
    "add r5, %[minus]\n\tsxth r2, r5\n\tadd %[s2], r2\n\tsubs r5, r5, r2\n\tasrs r5, r5, #16\n\tadd %[s3], r5\n\t"
    /* The loop is in here because gcc would carry the sums through the lower registers on each round. row is at least 4. */
    __asm(".syntax unified\n"
          "1:\t" VOX_PACKED_PAIR("0", "1") VOX_PACKED_PAIR("2", "3") "adds %[w], %[w], #4\n\t"
                                                                     "ldr r3, %[end]\n\tcmp %[w], r3\n\t"
                                                                     "bcc 1b"
          : [x] "+l"(x), [w] "+l"(weights), [s0] "+h"(s0), [s1] "+h"(s1), [s2] "+h"(s2), [s3] "+h"(s3)
          : [minus] "h"(minus_ones), [end] "m"(end)
          : "r2", "r3", "r4", "r5", "r6", "cc", "memory");
#undef VOX_PACKED_PAIR
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}

#endif
