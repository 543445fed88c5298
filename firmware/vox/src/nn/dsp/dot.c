#include "nn/target.h"

#if VOX_DOT_ROOM == VOX_ROOM_DSP
#include "nn/dsp/dot.h"

/* Four values of a row of weights. */
#define VOX_DOT_ROW(sum, weights)                                                                                      \
    "ldr %[ws], " weights "\n\t"                                                                                       \
    "sxtb16 %[other], %[ws]\n\t"                                                                                       \
    "sxtb16 %[ws], %[ws], ror #8\n\t"                                                                                  \
    "smlad %[" sum "], %[even], %[other], %[" sum "]\n\t"                                                              \
    "smlad %[" sum "], %[odd], %[ws], %[" sum "]\n\t"

void vox_dot_4(const int8_t *x, const int8_t *w, uint32_t row, uint32_t count, int32_t sums[4])
{
    int32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
    const int8_t *w2 = w + 2u * row;
    const int8_t *const end = x + (count & ~3u);
    while (x < end) { /* written out: the compiler would keep some of it on the stack */
        uint32_t even, odd, other, ws;
        __asm volatile("ldr %[odd], [%[x]], #4\n\t"
                       "sxtb16 %[even], %[odd]\n\t"
                       "sxtb16 %[odd], %[odd], ror #8\n\t" VOX_DOT_ROW("s1", "[%[w], %[row]]")
                           VOX_DOT_ROW("s0", "[%[w]], #4") VOX_DOT_ROW("s3", "[%[w2], %[row]]")
                               VOX_DOT_ROW("s2", "[%[w2]], #4")
                       : [s0] "+r"(s0), [s1] "+r"(s1), [s2] "+r"(s2), [s3] "+r"(s3), [x] "+r"(x), [w] "+r"(w),
                         [w2] "+r"(w2), [even] "=&r"(even), [odd] "=&r"(odd), [other] "=&r"(other), [ws] "=&r"(ws)
                       : [row] "r"(row)
                       : "memory");
    }
    for (uint32_t k = 0; k < (count & 3u); ++k) {
        s0 += x[k] * w[k];
        s1 += x[k] * w[row + k];
        s2 += x[k] * w2[k];
        s3 += x[k] * w2[row + k];
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}

#endif
