#include "nn/target.h"

#if VOX_TILE_ROOM == VOX_ROOM_DSP
#include "nn/dsp/tile.h"

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

void vox_tile_multiply(const uint8_t *tile, const int8_t *weights, uint32_t row, int32_t bias, int32_t sums[VOX_TILE])
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
