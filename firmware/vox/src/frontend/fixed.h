/* The three integer primitives of the front end, for cores with and without a wide multiplier. All variants give the
 * same bits; docs/numerics.md, "Primitives", specifies them.
 *
 *   VOX_PLAIN_C         no instruction-set extensions, the specification
 *   VOX_SPLIT_MULTIPLY  32x32->32 multiplies only (set by itself on Armv6-M and Armv8-M Baseline)
 *   VOX_FIXED_DSP       the DSP extension of Armv7E-M and Armv8-M
 *
 * The stages of the transform stand in a room for each (plain/, split/, dsp/), of which only the one in use is not empty.
 * Elsewhere the DSP extension takes a few samples at a time in front of a loop that stays the specification.
 */
#ifndef VOX_FRONTEND_FIXED_H
#define VOX_FRONTEND_FIXED_H

#include <stdint.h>
#include <string.h>

#if !defined(VOX_SPLIT_MULTIPLY) && (defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__))
#define VOX_SPLIT_MULTIPLY 1
#endif

/* Without optimisation gcc keeps a frame pointer, and the butterfly of radix4_dsp.h runs out of registers. */
#if defined(__ARM_FEATURE_DSP) && defined(__OPTIMIZE__) && !defined(VOX_PLAIN_C) && !defined(VOX_SPLIT_MULTIPLY)
#define VOX_FIXED_DSP 1
#endif

/* Everything here relies on >> of negative values copying the sign, as every compiler for these targets does. */
typedef char vox_assert_arithmetic_shift[((-3) >> 1) == -2 ? 1 : -1];

/* Keeps gcc from turning every address that is derived from `pointer` into one more loop variable than there are
 * registers. */
#if defined(__GNUC__) && defined(__arm__)
#define VOX_IN_REGISTER(pointer) __asm("" : "+r"(pointer))
#else
#define VOX_IN_REGISTER(pointer) ((void)(pointer))
#endif

#if defined(__GNUC__)
#define VOX_FORCE_INLINE static inline __attribute__((always_inline))
#else
#define VOX_FORCE_INLINE static inline
#endif

/* A cosine and a sine, Q15. */
#ifdef VOX_FIXED_DSP
typedef int32_t vox_twiddle; /* cosine in the lower half, sine in the upper, as in the table */
#else
typedef struct {
    int16_t cosine;
    int16_t sine;
} vox_twiddle;
#endif

typedef struct {
    int32_t re;
    int32_t im;
} vox_complex;

/* table: pairs (cosine, sine). */
static inline vox_twiddle vox_twiddle_load(const int16_t *table, unsigned index)
{
#ifdef VOX_FIXED_DSP
    vox_twiddle twiddle;
    memcpy(&twiddle, table + 2u * index, sizeof twiddle); /* one word, without aliasing the halves */
#else
    const vox_twiddle twiddle = {table[2u * index], table[2u * index + 1u]};
#endif
    return twiddle;
}

static inline vox_twiddle vox_twiddle_make(int32_t cosine, int32_t sine)
{
#ifdef VOX_FIXED_DSP
    return (int32_t)(((uint32_t)sine << 16) | ((uint32_t)cosine & 0xFFFFu));
#else
    const vox_twiddle twiddle = {(int16_t)cosine, (int16_t)sine};
    return twiddle;
#endif
}

/* floor(x * w / 2^16) */
static inline int32_t vox_multiply_high(int32_t x, int16_t w)
{
#if defined(VOX_SPLIT_MULTIPLY)
    return (x >> 16) * w + (((x & 0xFFFF) * w) >> 16);
#elif defined(VOX_FIXED_DSP)
    int32_t product;
    __asm("smulwb %0, %1, %2" : "=r"(product) : "r"(x), "r"(w));
    return product;
#else
    return (int32_t)(((int64_t)x * w) >> 16);
#endif
}

/* Half of x times (cosine - i sine): every product is floored by itself, then added or subtracted. */
static inline vox_complex vox_rotate(vox_complex x, vox_twiddle w)
{
    vox_complex y;
#ifdef VOX_FIXED_DSP
    int32_t product;
    __asm("smulwb %0, %1, %2" : "=r"(y.re) : "r"(x.re), "r"(w));
    __asm("smlawt %0, %1, %2, %0" : "+r"(y.re) : "r"(x.im), "r"(w));
    __asm("smulwb %0, %1, %2" : "=r"(y.im) : "r"(x.im), "r"(w));
    __asm("smulwt %0, %1, %2" : "=r"(product) : "r"(x.re), "r"(w));
    y.im -= product;
#else
    y.re = vox_multiply_high(x.re, w.cosine) + vox_multiply_high(x.im, w.sine);
    y.im = vox_multiply_high(x.im, w.cosine) - vox_multiply_high(x.re, w.sine);
#endif
    return y;
}

/* x * 2^shift for values whose result fits; well defined for negative x. */
static inline int32_t vox_shift_left(int32_t x, unsigned shift)
{
    return (int32_t)((uint32_t)x << shift);
}

/* Number of bits of x: 0 for 0, 32 where the top bit is set. */
static inline unsigned vox_bit_length(uint32_t x)
{
#if defined(__GNUC__) && !defined(VOX_PLAIN_C) && !defined(VOX_SPLIT_MULTIPLY)
    return x == 0u ? 0u : 32u - (unsigned)__builtin_clz(x);
#else
    unsigned bits = 0u;
    if (x >> 16) {
        bits = 16u;
        x >>= 16;
    }
    if (x >> 8) {
        bits += 8u;
        x >>= 8;
    }
    if (x >> 4) {
        bits += 4u;
        x >>= 4;
    }
    if (x >> 2) {
        bits += 2u;
        x >>= 2;
    }
    return bits + (x >> 1) + ((x | (x >> 1)) & 1u);
#endif
}

#endif
