/* Which instructions the neural kernels may use. Every variant gives the same bits; plain C is the specification.
 *
 *   VOX_PLAIN_C              no instruction-set extensions
 *   VOX_NN_DSP               Armv7E-M and Armv8-M DSP extension: pairs of 16-bit multiplies
 *   VOX_NN_MVE               Armv8.1-M vector extension (Helium), on top of VOX_NN_DSP: sixteen multiplies at once
 *   VOX_NN_PACKED            other 32-bit cores: one 32-bit multiply for two products
 *   VOX_NN_PACKED_ASSEMBLY   the same written out for Armv6-M and Armv8-M Baseline
 *   VOX_NN_SPLIT_MULTIPLY    32x32->32 multiplies only (Armv6-M, Armv8-M Baseline)
 */
#ifndef VOX_NN_TARGET_H
#define VOX_NN_TARGET_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Keeps the registers of an inner loop apart from its surroundings'. */
#if defined(__GNUC__)
#define VOX_NOINLINE __attribute__((noinline))
#else
#define VOX_NOINLINE
#endif

#if !defined(VOX_NN_SPLIT_MULTIPLY) && (defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__))
#define VOX_NN_SPLIT_MULTIPLY 1
#endif

/* Inlined even where the compiler is asked for size: without a 64-bit product the call costs as much as the work. */
#if defined(__GNUC__) && defined(VOX_NN_SPLIT_MULTIPLY) && !defined(VOX_PLAIN_C)
#define VOX_INLINE static inline __attribute__((always_inline))
#else
#define VOX_INLINE static inline
#endif

#if defined(__ARM_FEATURE_DSP) && !defined(VOX_PLAIN_C) && !defined(VOX_NN_SPLIT_MULTIPLY)
#define VOX_NN_DSP 1

/* Four bytes from any address. */
static inline uint32_t vox_load_4(const int8_t *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Bytes 0 and 2, sign-extended to 16 bits each. */
static inline uint32_t vox_even(uint32_t bytes)
{
    uint32_t pair;
    __asm("sxtb16 %0, %1" : "=r"(pair) : "r"(bytes));
    return pair;
}

/* Bytes 1 and 3, sign-extended to 16 bits each. */
static inline uint32_t vox_odd(uint32_t bytes)
{
    uint32_t pair;
    __asm("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(bytes));
    return pair;
}

/* sum + low * low + high * high */
static inline int32_t vox_mac_both(uint32_t a, uint32_t b, int32_t sum)
{
    __asm("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
    return sum;
}

/* sum + low * low */
static inline int32_t vox_mac_low(uint32_t a, uint32_t b, int32_t sum)
{
    __asm("smlabb %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
    return sum;
}

/* sum + high * high */
static inline int32_t vox_mac_high(uint32_t a, uint32_t b, int32_t sum)
{
    __asm("smlatt %0, %1, %2, %0" : "+r"(sum) : "r"(a), "r"(b));
    return sum;
}
#endif

#if defined(VOX_NN_DSP) && defined(__ARM_FEATURE_MVE)
#define VOX_NN_MVE 1
#include <arm_mve.h>
#endif

#if !defined(VOX_PLAIN_C) && !defined(VOX_NN_DSP) && SIZE_MAX == UINT32_MAX
#define VOX_NN_PACKED 1
#if defined(VOX_NN_SPLIT_MULTIPLY) && defined(__arm__) && defined(__GNUC__)
#define VOX_NN_PACKED_ASSEMBLY 1
#endif
#endif

#endif
