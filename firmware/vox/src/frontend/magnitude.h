/* Magnitude of a run of bins, and the power of each bin. */
#ifndef VOX_FRONTEND_MAGNITUDE_H
#define VOX_FRONTEND_MAGNITUDE_H

#include "frontend/fixed.h"

/* Number of magnitude bits b of the pairs re, im from `bin` to before `end`: -2^b <= x < 2^b for all of them. In x ^ 2x the
 * highest set bit is bit b. */
static inline unsigned vox_magnitude_bits(const int32_t *bin, const int32_t *end)
{
    uint32_t bits = 1;
#ifdef VOX_FIXED_DSP
    int32_t re, im;
#define VOX_MAGNITUDE_OF_BIN                                                                                           \
    "ldrd %[re], %[im], [%[bin]], #8\n\t"                                                                              \
    "eor %[re], %[re], %[re], lsl #1\n\t"                                                                              \
    "eor %[im], %[im], %[im], lsl #1\n\t"                                                                              \
    "orr %[bits], %[bits], %[re]\n\t"                                                                                  \
    "orr %[bits], %[bits], %[im]\n\t"
#define VOX_MAGNITUDE_REGISTERS [bin] "+r"(bin), [bits] "+r"(bits), [re] "=&r"(re), [im] "=&r"(im)
    if (((uint32_t)(end - bin) & 2u) != 0u) {
        __asm volatile(VOX_MAGNITUDE_OF_BIN : VOX_MAGNITUDE_REGISTERS : : "memory");
    }
    while (bin < end) {
        __asm volatile(VOX_MAGNITUDE_OF_BIN VOX_MAGNITUDE_OF_BIN : VOX_MAGNITUDE_REGISTERS : : "memory");
    }
#undef VOX_MAGNITUDE_OF_BIN
#undef VOX_MAGNITUDE_REGISTERS
#else
    for (; bin < end; bin += 2) {
        const uint32_t re = (uint32_t)bin[0], im = (uint32_t)bin[1];
        bits |= (re ^ (re << 1)) | (im ^ (im << 1));
    }
#endif
    return vox_bit_length(bits) - 1u;
}

#endif
