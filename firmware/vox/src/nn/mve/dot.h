#ifndef VOX_NN_MVE_DOT_H
#define VOX_NN_MVE_DOT_H

#include <arm_mve.h>

static inline int32_t vox_dot(const int8_t *x, const int8_t *w, uint32_t count, int32_t sum)
{
    for (uint32_t k = 0; k < count; k += 16u) {
        const mve_pred16_t some = vctp8q(count - k);
        sum = vmladavaq_s8(sum, vldrbq_z_s8(x + k, some), vldrbq_z_s8(w + k, some));
    }
    return sum;
}

static inline void vox_dot_4(const int8_t *x, const int8_t *w, uint32_t row, uint32_t count, int32_t sums[4])
{
    const int8_t *w1 = w + row, *w2 = w1 + row, *w3 = w2 + row;
    int32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
    register uint32_t left __asm("lr") = count;
    /* Lanes behind `count` are neither loaded nor added. */
    __asm volatile("dlstp.8 lr, lr\n"
                   "1:\tvldrb.8 q0, [%[x]], #16\n\t"
                   "vldrb.8 q1, [%[w0]], #16\n\t"
                   "vmladava.s8 %[s0], q0, q1\n\t"
                   "vldrb.8 q1, [%[w1]], #16\n\t"
                   "vmladava.s8 %[s1], q0, q1\n\t"
                   "vldrb.8 q1, [%[w2]], #16\n\t"
                   "vmladava.s8 %[s2], q0, q1\n\t"
                   "vldrb.8 q1, [%[w3]], #16\n\t"
                   "vmladava.s8 %[s3], q0, q1\n\t"
                   "letp lr, 1b\n\t"
                   "strd %[s0], %[s1], [%[sums]]\n\t"
                   "strd %[s2], %[s3], [%[sums], #8]"
                   : [x] "+r"(x), [w0] "+r"(w), [w1] "+r"(w1), [w2] "+r"(w2), [w3] "+r"(w3), [s0] "+Te"(s0),
                     [s1] "+Te"(s1), [s2] "+Te"(s2), [s3] "+Te"(s3), "+r"(left)
                   : [sums] "r"(sums)
                   : "q0", "q1", "cc", "memory");
}

#endif
