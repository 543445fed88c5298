/* VOX_TILE input windows ("patches") side by side, and their products with one row of weights.
 *
 * A patch is K int8 values, padded to `row`, a multiple of 4, with values whose weights are zero. How a tile is stored is
 * this file's own business; VOX_TILE_BYTES(row) are set aside for it.
 */
#ifndef VOX_NN_TILE_H
#define VOX_NN_TILE_H

#include "nn/ops.h"
#include "nn/target.h"

#define VOX_TILE_BYTES(row) ((uint64_t)(row) * (2u * VOX_TILE + 1u))

#ifdef VOX_NN_DSP

/* [row / 4][VOX_TILE][2]: values 0 and 2, 1 and 3 of every four, as 16-bit pairs; then one row of bytes. */

/* Where patch `index` is to be written, as bytes. */
static inline int8_t *vox_tile_row(uint8_t *tile, uint32_t row, unsigned index)
{
    (void)index;
    return (int8_t *)tile + row * 2u * VOX_TILE;
}

/* Takes over patch `index` from `bytes`: vox_tile_row, or an input pixel of exactly `row` channels. */
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

/* Four values of each patch times four weights. */
#define VOX_TILE_STEP(x, w, s0, s1, s2, s3)                                                                            \
    do {                                                                                                               \
        uint32_t even_, odd_, a_, b_;                                                                                  \
        __asm("ldr %[odd], [%[w_]], #4\n\t"                                                                            \
              "sxtb16 %[even], %[odd]\n\t"                                                                             \
              "sxtb16 %[odd], %[odd], ror #8\n\t"                                                                      \
              "ldrd %[a], %[b], [%[x_]], #8\n\t"                                                                       \
              "smlad %[s0_], %[even], %[a], %[s0_]\n\t"                                                                \
              "smlad %[s0_], %[odd], %[b], %[s0_]\n\t"                                                                 \
              "ldrd %[a], %[b], [%[x_]], #8\n\t"                                                                       \
              "smlad %[s1_], %[even], %[a], %[s1_]\n\t"                                                                \
              "smlad %[s1_], %[odd], %[b], %[s1_]\n\t"                                                                 \
              "ldrd %[a], %[b], [%[x_]], #8\n\t"                                                                       \
              "smlad %[s2_], %[even], %[a], %[s2_]\n\t"                                                                \
              "smlad %[s2_], %[odd], %[b], %[s2_]\n\t"                                                                 \
              "ldrd %[a], %[b], [%[x_]], #8\n\t"                                                                       \
              "smlad %[s3_], %[even], %[a], %[s3_]\n\t"                                                                \
              "smlad %[s3_], %[odd], %[b], %[s3_]"                                                                     \
              : [w_] "+r"(w), [x_] "+r"(x), [s0_] "+r"(s0), [s1_] "+r"(s1), [s2_] "+r"(s2), [s3_] "+r"(s3),            \
                [even] "=&r"(even_), [odd] "=&r"(odd_), [a] "=&r"(a_), [b] "=&r"(b_)                                   \
              :                                                                                                        \
              : "memory");                                                                                             \
    } while (0)

/* sums[i] = bias + patch i . weights */
static inline void vox_tile_multiply(const uint8_t *tile, const int8_t *weights, uint32_t row, int32_t bias,
                                     int32_t sums[VOX_TILE])
{
    const uint32_t *x = (const void *)tile;
    const uint32_t *w = (const void *)weights;
    const uint32_t *const end = w + row / 4u;
    const uint32_t *const first = w + row / 4u % 4u;
    int32_t s0 = bias, s1 = bias, s2 = bias, s3 = bias;
    while (w < first) {
        VOX_TILE_STEP(x, w, s0, s1, s2, s3);
    }
    while (w < end) {
        VOX_TILE_STEP(x, w, s0, s1, s2, s3);
        VOX_TILE_STEP(x, w, s0, s1, s2, s3);
        VOX_TILE_STEP(x, w, s0, s1, s2, s3);
        VOX_TILE_STEP(x, w, s0, s1, s2, s3);
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}

#elif defined(VOX_NN_PACKED)

/* [row][2] words: value k of patches 0 and 1, then of 2 and 3, as x0 + x1 * 2^16; then one row of bytes. A word times a weight
 * is two products at once, and the sum of two such words still holds both sums apart: each is in -32512..32768. */

static inline int8_t *vox_tile_row(uint8_t *tile, uint32_t row, unsigned index)
{
    (void)index;
    return (int8_t *)tile + row * 2u * VOX_TILE;
}

static inline void vox_tile_take(uint8_t *tile, uint32_t row, unsigned index, const int8_t *bytes)
{
    uint32_t *to = (uint32_t *)(void *)tile + index / 2u;
    const int8_t *const end = bytes + row;
    if (index % 2u == 0u) {
        for (; bytes < end; bytes += 4, to += 8) {
            to[0] = (uint32_t)(int32_t)bytes[0];
            to[2] = (uint32_t)(int32_t)bytes[1];
            to[4] = (uint32_t)(int32_t)bytes[2];
            to[6] = (uint32_t)(int32_t)bytes[3];
        }
    } else {
        for (; bytes < end; bytes += 4, to += 8) {
            to[0] += (uint32_t)(int32_t)bytes[0] << 16;
            to[2] += (uint32_t)(int32_t)bytes[1] << 16;
            to[4] += (uint32_t)(int32_t)bytes[2] << 16;
            to[6] += (uint32_t)(int32_t)bytes[3] << 16;
        }
    }
}

/* sums[i] = bias + patch i . weights. One is taken off each half of a pair's sum, so that it fits 16 bits; row / 2 gives them
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

#else

/* [VOX_TILE][row] bytes. */

static inline int8_t *vox_tile_row(uint8_t *tile, uint32_t row, unsigned index)
{
    return (int8_t *)tile + row * index;
}

static inline void vox_tile_take(uint8_t *tile, uint32_t row, unsigned index, const int8_t *bytes)
{
    int8_t *to = vox_tile_row(tile, row, index);
    if (bytes != to) {
        memcpy(to, bytes, row);
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
#endif
