/* The radix-4 butterfly with twiddles in Armv7E-M DSP instructions: the same bits as the C in fft.c, with the eight values
 * and three twiddles in registers, which gcc does not manage. */
#ifndef VOX_FRONTEND_RADIX4_DSP_H
#define VOX_FRONTEND_RADIX4_DSP_H

#include "frontend/fixed.h"

/* `leg3`: the last of four legs that lie quarter_bytes apart, in the order 0, 2, 1, 3. A pair (a, b) becomes (a + b, a - b)
 * in place as a += b; b = a - 2b, modulo 2^32. Returns leg3. */
static inline vox_complex *vox_radix4_dsp(vox_complex *leg3, uint32_t quarter_bytes, vox_twiddle w1, vox_twiddle w2,
                                          vox_twiddle w3)
{
    int32_t d0, d1, d2, d3, d4, d5, d6, d7;
    __asm volatile("ldrd %[d0], %[d1], [%[p]]\n\t"
                   "smulwb %[d2], %[d0], %[w3]\n\t"
                   "smulwb %[d3], %[d1], %[w3]\n\t"
                   "smlawt %[d2], %[d1], %[w3], %[d2]\n\t" /* d2, d3 = leg 3 turned */
                   "smulwt %[d0], %[d0], %[w3]\n\t"
                   "sub %[p], %[p], %[q]\n\t"
                   "sub %[d3], %[d3], %[d0]\n\t"
                   "ldrd %[d0], %[d1], [%[p]]\n\t"
                   "smulwb %[d4], %[d0], %[w1]\n\t"
                   "smulwb %[d5], %[d1], %[w1]\n\t"
                   "smlawt %[d4], %[d1], %[w1], %[d4]\n\t" /* d4, d5 = leg 1 turned */
                   "smulwt %[d0], %[d0], %[w1]\n\t"
                   "sub %[p], %[p], %[q]\n\t"
                   "sub %[d5], %[d5], %[d0]\n\t"
                   "add %[d4], %[d4], %[d2]\n\t" /* d4, d5 = sum; d2, d3 = difference */
                   "add %[d5], %[d5], %[d3]\n\t"
                   "sub %[d2], %[d4], %[d2], lsl #1\n\t"
                   "sub %[d3], %[d5], %[d3], lsl #1\n\t"
                   "ldrd %[d0], %[d1], [%[p]]\n\t"
                   "smulwb %[d6], %[d0], %[w2]\n\t"
                   "smulwb %[d7], %[d1], %[w2]\n\t"
                   "smlawt %[d6], %[d1], %[w2], %[d6]\n\t" /* d6, d7 = leg 2 turned */
                   "smulwt %[d0], %[d0], %[w2]\n\t"
                   "sub %[p], %[p], %[q]\n\t"
                   "sub %[d7], %[d7], %[d0]\n\t"
                   "ldrd %[d0], %[d1], [%[p]]\n\t"
                   "add %[d0], %[d6], %[d0], asr #1\n\t" /* d0, d1 = sum; d6, d7 = difference */
                   "add %[d1], %[d7], %[d1], asr #1\n\t"
                   "sub %[d6], %[d0], %[d6], lsl #1\n\t"
                   "sub %[d7], %[d1], %[d7], lsl #1\n\t"
                   "add %[d0], %[d0], %[d4]\n\t"
                   "add %[d1], %[d1], %[d5]\n\t"
                   "strd %[d0], %[d1], [%[p]]\n\t"
                   "add %[p], %[p], %[q]\n\t"
                   "sub %[d4], %[d0], %[d4], lsl #1\n\t"
                   "sub %[d5], %[d1], %[d5], lsl #1\n\t"
                   "add %[d6], %[d6], %[d3]\n\t"
                   "sub %[d7], %[d7], %[d2]\n\t"
                   "strd %[d6], %[d7], [%[p]]\n\t"
                   "add %[p], %[p], %[q]\n\t"
                   "sub %[d6], %[d6], %[d3], lsl #1\n\t"
                   "add %[d7], %[d7], %[d2], lsl #1\n\t"
                   "strd %[d4], %[d5], [%[p]]\n\t"
                   "add %[p], %[p], %[q]\n\t"
                   "strd %[d6], %[d7], [%[p]]\n\t"
                   : [p] "+&r"(leg3), [d0] "=&r"(d0), [d1] "=&r"(d1), [d2] "=&r"(d2), [d3] "=&r"(d3), [d4] "=&r"(d4),
                     [d5] "=&r"(d5), [d6] "=&r"(d6), [d7] "=&r"(d7)
                   : [q] "r"(quarter_bytes), [w1] "r"(w1), [w2] "r"(w2), [w3] "r"(w3)
                   : "memory");
    return leg3;
}

#endif
