/* Logarithm, power of two, square root and ratio in integers: what the descriptors are made of. All variants of the
 * library give the same bits. */
#ifndef VOX_FRONTEND_CURVES_H
#define VOX_FRONTEND_CURVES_H

#include <stdint.h>

#include "frontend/fixed.h"

#define VOX_OCTAVE 65536 /* logarithms are base 2, in Q16 */

/* log2(1 + i / 32), 2^(i / 32) - 1 in Q16, i = 0..32, and sqrt(i / 64) in Q16, i = 16..64; the last entries clipped. */
extern const uint16_t vox_log2_table[33];
extern const uint16_t vox_exp2_table[33];
#ifdef VOX_FIXED_DSP
extern const uint32_t
    vox_root_steps[64]; /* sqrt(i / 64) and in the upper half what the next one is above it; 0 to 15: 0 */
#else
extern const uint16_t vox_root_table[49];
#endif

/* Q16 log2 of value > 0, linear between 32 points of an octave: error below 2^-12 octaves. */
int32_t vox_log2(uint64_t value);

/* The same from the number of bits of the value, and the value with its highest bit at 31. */
static inline int32_t vox_log2_normal(unsigned bits, uint32_t normal)
{
    const uint32_t i = (normal >> 26) & 31u;
    const uint32_t low = vox_log2_table[i], rise = vox_log2_table[i + 1u] - low;
    return (int32_t)(((bits - 1u) << 16) + low + ((rise * ((normal >> 10) & 0xFFFFu) + 0x8000u) >> 16));
}

/* vox_log2 of a word > 0: in place where that is short. */
static inline int32_t vox_log2_word(uint32_t value)
{
#ifdef VOX_SPLIT_MULTIPLY
    return vox_log2(value);
#else
    const unsigned bits = vox_bit_length(value);
    return vox_log2_normal(bits, value << (32u - bits));
#endif
}

/* 2^(fraction / 2^16) in Q16, fraction 0..65535: 65536..131071; relative error below 2^-14. */
static inline uint32_t vox_exp2(uint32_t fraction)
{
    const uint32_t i = fraction >> 11, low = vox_exp2_table[i];
    const uint32_t rise = vox_exp2_table[i + 1u] - low;
    return 65536u + low + ((rise * (fraction & 2047u)) >> 11);
}

/* 2^(exponent / 2^16) in Q16 for exponents up to 15 octaves, 0 where that is below 2^-16. */
static inline uint32_t vox_exp2_signed(int32_t exponent)
{
    const int32_t octave = exponent >> 16;
    const uint32_t value = vox_exp2((uint32_t)exponent & 0xFFFFu);
    return octave >= 0 ? value << octave : octave > -32 ? value >> -octave : 0u;
}

/* Square root of value, floored about: 0..65535, relative error below 2^-13 and at most 1 more. */
static inline uint32_t vox_root(uint32_t value)
{
#ifdef VOX_FIXED_DSP
    uint32_t zeros, twice, normal, step, part; /* of 0 there are 32 zeros: the step is 0 */
    __asm("clz %0, %1" : "=r"(zeros) : "r"(value));
    __asm("bic %0, %1, #1" : "=r"(twice) : "r"(zeros));
    __asm("lsl %0, %1, %2" : "=r"(normal) : "r"(value), "r"(twice)); /* may be by 32 */
    step = vox_root_steps[normal >> 26];
    __asm("smulwt %0, %1, %2" : "=r"(part) : "r"((normal >> 10) & 0xFFFFu), "r"(step));
    return (part + (step & 0xFFFFu)) >> (zeros >> 1);
#else
    if (value == 0u) {
        return 0u;
    }
    const uint32_t octaves = (32u - vox_bit_length(value)) >> 1;
    const uint32_t normal = value << (2u * octaves); /* the highest bit at 30 or 31 */
    const uint32_t i = (normal >> 26) - 16u;
    const uint32_t low = vox_root_table[i], rise = vox_root_table[i + 1u] - low;
    return (low + ((rise * ((normal >> 10) & 0xFFFFu)) >> 16)) >> octaves;
#endif
}

/* floor(2^bits * numerator / denominator), bits 0..30, for numerator <= denominator below 2^62; both are cut to the
 * denominator's 31 highest bits first. At most 2^bits; 0 / 0 is 0. */
uint32_t vox_ratio(uint64_t numerator, uint64_t denominator, unsigned bits);

/* value limited to int16. */
static inline int16_t vox_limit(int32_t value)
{
#ifdef VOX_FIXED_DSP
    int32_t limited;
    __asm("ssat %0, #16, %1" : "=r"(limited) : "r"(value));
    return (int16_t)limited;
#else
    return (int16_t)(value > INT16_MAX ? INT16_MAX : value < INT16_MIN ? INT16_MIN : value);
#endif
}

#endif
