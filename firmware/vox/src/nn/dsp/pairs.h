/* Pairs of 16-bit values in a word: the DSP extension's multiplies. */
#ifndef VOX_NN_DSP_PAIRS_H
#define VOX_NN_DSP_PAIRS_H

#include <stdint.h>
#include <string.h>

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
