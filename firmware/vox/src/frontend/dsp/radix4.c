#include "frontend/radix4.h"

#ifdef VOX_FIXED_DSP
#include <stdbool.h>

#include "frontend/butterfly.h"

/* The same bits as the C of plain/, with the eight values and three twiddles of a butterfly in registers, which gcc does not
 * manage. */

/* One butterfly on the legs at the addresses LEG0..LEG3, in the order 0, 2, 1, 3 of bit reversal, in place. Registers: p
 * the address, w1..w3 the twiddles, d0..d7. DOWN and UP: what takes the address from a leg to the one below or above it.
 *
 * A pair (a, b) becomes (a + b, a - b) as a += b; b = a - 2b, modulo 2^32. Leg 1 is turned on top of leg 3, which gives
 * their sum: every product is floored before it is added. */
#define RADIX4(LEG0, LEG1, LEG2, LEG3, DOWN, UP)                                                                       \
    "ldrd %[d0], %[d1], " LEG3 "\n\t"                                                                                  \
    "smulwb %[d2], %[d0], %[w3]\n\t"                                                                                   \
    "smulwb %[d3], %[d1], %[w3]\n\t"                                                                                   \
    "smlawt %[d2], %[d1], %[w3], %[d2]\n\t" /* d2, d3 = leg 3 turned */                                                \
    "smulwt %[d0], %[d0], %[w3]\n\t" DOWN "sub %[d3], %[d3], %[d0]\n\t"                                                \
    "ldrd %[d0], %[d1], " LEG2 "\n\t"                                                                                  \
    "smlawb %[d4], %[d0], %[w1], %[d2]\n\t"                                                                            \
    "smlawb %[d5], %[d1], %[w1], %[d3]\n\t"                                                                            \
    "smlawt %[d4], %[d1], %[w1], %[d4]\n\t" /* d4, d5 = leg 1 turned + leg 3 turned */                                 \
    "smulwt %[d0], %[d0], %[w1]\n\t" DOWN "sub %[d5], %[d5], %[d0]\n\t"                                                \
    "sub %[d2], %[d4], %[d2], lsl #1\n\t" /* d2, d3 = their difference */                                              \
    "sub %[d3], %[d5], %[d3], lsl #1\n\t"                                                                              \
    "ldrd %[d0], %[d1], " LEG1 "\n\t"                                                                                  \
    "smulwb %[d6], %[d0], %[w2]\n\t"                                                                                   \
    "smulwb %[d7], %[d1], %[w2]\n\t"                                                                                   \
    "smlawt %[d6], %[d1], %[w2], %[d6]\n\t" /* d6, d7 = leg 2 turned */                                                \
    "smulwt %[d0], %[d0], %[w2]\n\t" DOWN "sub %[d7], %[d7], %[d0]\n\t"                                                \
    "ldrd %[d0], %[d1], " LEG0 "\n\t"                                                                                  \
    "add %[d0], %[d6], %[d0], asr #1\n\t" /* d0, d1 = sum; d6, d7 = difference */                                      \
    "add %[d1], %[d7], %[d1], asr #1\n\t"                                                                              \
    "sub %[d6], %[d0], %[d6], lsl #1\n\t"                                                                              \
    "sub %[d7], %[d1], %[d7], lsl #1\n\t"                                                                              \
    "add %[d0], %[d0], %[d4]\n\t"                                                                                      \
    "add %[d1], %[d1], %[d5]\n\t"                                                                                      \
    "strd %[d0], %[d1], " LEG0 "\n\t" UP "sub %[d4], %[d0], %[d4], lsl #1\n\t"                                         \
    "sub %[d5], %[d1], %[d5], lsl #1\n\t"                                                                              \
    "add %[d6], %[d6], %[d3]\n\t"                                                                                      \
    "sub %[d7], %[d7], %[d2]\n\t"                                                                                      \
    "strd %[d6], %[d7], " LEG1 "\n\t" UP "sub %[d6], %[d6], %[d3], lsl #1\n\t"                                         \
    "add %[d7], %[d7], %[d2], lsl #1\n\t"                                                                              \
    "strd %[d4], %[d5], " LEG2 "\n\t" UP "strd %[d6], %[d7], " LEG3 "\n\t"

#define RADIX4_SCRATCH                                                                                                 \
    [d0] "=&r"(d0), [d1] "=&r"(d1), [d2] "=&r"(d2), [d3] "=&r"(d3), [d4] "=&r"(d4), [d5] "=&r"(d5), [d6] "=&r"(d6),    \
        [d7] "=&r"(d7)
#define RADIX4_TWIDDLES [w1] "r"(w1), [w2] "r"(w2), [w3] "r"(w3)

/* The butterfly where legs lie within reach of an instruction's own offset, then the address of the next group. */
#define RADIX4_NEAR(LEG0, LEG1, LEG2, LEG3, GROUP)                                                                     \
    do {                                                                                                               \
        __asm volatile(                                                                                                \
            RADIX4("[%[p], #" LEG0 "]", "[%[p], #" LEG1 "]", "[%[p], #" LEG2 "]", "[%[p], #" LEG3 "]", "", "")         \
            : RADIX4_SCRATCH                                                                                           \
            : [p] "r"(p), RADIX4_TWIDDLES                                                                              \
            : "memory");                                                                                               \
        p += (GROUP);                                                                                                  \
    } while (--groups != 0u)

/* The butterfly at z with the same twiddles in each of `groups` groups of 4 * quarter values, groups >= 1. quarter: known
 * to the compiler; 0 for what `bytes` a quarter has. With those of the usual sizes no addresses are computed: 37
 * instructions, not 43. */
VOX_FORCE_INLINE void butterflies(vox_complex *z, unsigned quarter, uint32_t bytes, unsigned groups, vox_twiddle w1,
                                  vox_twiddle w2, vox_twiddle w3)
{
    int32_t d0, d1, d2, d3, d4, d5, d6, d7;
    uint8_t *p = (uint8_t *)z;
    if (quarter == 4u) {
        RADIX4_NEAR("0", "32", "64", "96", 128);
    } else if (quarter == 16u) {
        RADIX4_NEAR("0", "128", "256", "384", 512);
    } else if (quarter == 64u) {
        p += 516; /* in the middle: offsets reach from -1020 to 1020 */
        RADIX4_NEAR("-516", "-4", "508", "1020", 2048);
    } else {
        do {
            p += 3u * bytes;
            __asm volatile(
                RADIX4("[%[p]]", "[%[p]]", "[%[p]]", "[%[p]]", "sub %[p], %[p], %[q]\n\t", "add %[p], %[p], %[q]\n\t")
                : [p] "+&r"(p), RADIX4_SCRATCH
                : [q] "r"(bytes), RADIX4_TWIDDLES
                : "memory");
            p += bytes;
        } while (--groups != 0u);
    }
}

/* The twiddle at `index` up to 3/4 of the circle of `size`: vox_twiddle_folded on words. */
static inline vox_twiddle twiddle_folded(const int16_t *table, unsigned index, unsigned size)
{
    if (index <= 3u * (size / 8u)) {
        return vox_twiddle_load(table, index);
    }
    vox_twiddle w, negative;
    const bool second = index <= size / 2u;
    w = vox_twiddle_load(table, second ? size / 2u - index : index - size / 2u);
    __asm("ssub16 %0, %1, %2" : "=r"(negative) : "r"(0), "r"(w));
    if (second) {
        __asm("pkhbt %0, %0, %1" : "+r"(negative) : "r"(w));
    }
    return negative;
}

/* The butterflies with twiddles of one stage on `points` values, `length` a quarter; stride: twiddle index of one step.
 * quarter: as above. */
VOX_FORCE_INLINE void turned_butterflies(vox_complex *z, unsigned quarter, unsigned points, unsigned length,
                                         const int16_t *twiddle, unsigned stride)
{
    const unsigned groups = points / (4u * length);
    const uint32_t bytes = (uint32_t)sizeof(vox_complex) * length;
    unsigned index = stride;
    for (unsigned j = 1; j < length; j++) {
        const vox_twiddle w1 = vox_twiddle_load(twiddle, index);
        vox_twiddle w2, w3;
        if (j <= length / 2u) {
            w2 = vox_twiddle_load(twiddle, 2u * index);
            w3 = vox_twiddle_load(twiddle, 3u * index);
        } else {
            w2 = twiddle_folded(twiddle, 2u * index, 2u * points);
            w3 = twiddle_folded(twiddle, 3u * index, 2u * points);
        }
        butterflies(z + j, quarter, bytes, groups, w1, w2, w3);
        index += stride;
    }
}

/* quarter: known to the compiler, or 0. */
VOX_FORCE_INLINE void radix4_stage_of(vox_complex *z, unsigned points, unsigned quarter, unsigned length,
                                      const int16_t *twiddle, unsigned stride)
{
    for (unsigned i = 0; i < points; i += 4u * length) {
        vox_complex *p = z + i;
        VOX_IN_REGISTER(p);
        vox_butterfly(p, length, vox_half(p[0]), vox_half(p[2u * length]), vox_half(p[length]),
                      vox_half(p[3u * length]));
    }
    turned_butterflies(z, quarter, points, length, twiddle, stride);
}

void vox_radix4_stage(vox_complex *z, unsigned points, unsigned quarter, const int16_t *twiddle, unsigned stride)
{
    if (quarter == 4u) {
        radix4_stage_of(z, points, 4u, 4u, twiddle, stride);
    } else if (quarter == 16u) {
        radix4_stage_of(z, points, 16u, 16u, twiddle, stride);
    } else if (quarter == 64u) {
        radix4_stage_of(z, points, 64u, 64u, twiddle, stride);
    } else {
        radix4_stage_of(z, points, 0u, quarter, twiddle, stride);
    }
}

#endif
