/* Products as double precision has them, rounded to whole numbers: what the reference does to sums of dense layers of 16 bits. */
#ifndef VOX_NN_DOUBLE_PRODUCT_H
#define VOX_NN_DOUBLE_PRODUCT_H

#include <stdbool.h>
#include <stdint.h>

/* A multiplier of 53 bits, or 0. */
static inline bool vox_double_sound(int64_t multiplier)
{
    return multiplier == 0 || (multiplier >= (int64_t)1 << 52 && multiplier < (int64_t)1 << 53);
}

/* sum * multiplier * 2^(shift - 53), rounded to 53 bits, ties to even, and then to a whole number, ties away from zero; limited to
 * 32 bits. |sum| <= 2^48, a sound multiplier, -31 <= shift <= 15. */
int32_t vox_double_product(int64_t sum, int64_t multiplier, int shift);

#endif
