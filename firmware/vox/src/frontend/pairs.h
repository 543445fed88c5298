/* Pairs of int16 in a word, for cores with DSP instructions. */
#ifndef VOX_FRONTEND_PAIRS_H
#define VOX_FRONTEND_PAIRS_H

#include "frontend/fixed.h"

#ifdef VOX_FIXED_DSP

/* x[0] in the lower half, x[1] in the upper; x need not be aligned to a word. */
static inline int32_t vox_load_pair(const int16_t *x)
{
    int32_t pair;
    memcpy(&pair, x, sizeof pair);
    return pair;
}

/* sum + the products of the lower and of the upper halves */
static inline int32_t vox_add_products(int32_t a, int32_t b, int32_t sum)
{
    int32_t result;
    __asm("smlad %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
}

static inline int32_t vox_multiply_pairs(int32_t a, int32_t b)
{
    int32_t result;
    __asm("smuad %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));
    return result;
}

#endif

#endif
