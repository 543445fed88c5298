/* A tile for the DSP extension: [row / 4][VOX_TILE][2], values 0 and 2, 1 and 3 of every four, as 16-bit pairs; then one row of
 * bytes, where a patch is written before it is taken over. */
#ifndef VOX_NN_TILE_DSP_H
#define VOX_NN_TILE_DSP_H

#include "nn/tile_bytes.h"

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

#endif
