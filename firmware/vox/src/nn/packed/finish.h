/* The usual rescaling for cores without a 64-bit product: a product of 16-bit parts decides nearly always; where the exact value may
 * be the next one, it is computed.
 *
 * For a sum x, multiplier m in 2^30..2^31 - 1 and p = -shift, let a = x >> drop, f = (m + 2^15) >> 16 and A = a * f + add. What is wanted
 * is floor(E) of E = z + 1/2 + x * m / 2^(31 + p), off by at most 3/2 and 1/2 units of 2^-p for the two roundings. In units of 2^-total,
 * total = 15 + p - drop, such a unit is u = 2^(15 - drop), and A lacks of E
 *   at most 2^15 - u for the bits that were dropped, and
 *   at most 2^14 either way for the rounding of f, since |a| <= 2^15.
 * With add = (z + 1/2) * 2^total - 2^14 - 3/2 u - 2, floor((A + e) / 2^total) is it for some e in 0..slack, slack = 2^16 + u + 8:
 * floor(A / 2^total) is, unless A's fraction is that close to 1.
 * Where a does not fit 16 bits, |x * m / 2^(31 + p)| is at least 256, and the result is -128 or 127 whatever z is. */
#ifndef VOX_NN_PACKED_FINISH_H
#define VOX_NN_PACKED_FINISH_H

#include <stdbool.h>
#include <stdint.h>

#include "nn/target.h"

#if defined(VOX_NN_PACKED_ASSEMBLY)
#define VOX_FINISH_PAIRS 1
#else
#define VOX_FINISH_PAIRS 0 /* other cores rescale about as fast exactly */
#endif

typedef struct {
    int32_t factor, total, drop;
    int32_t add;
    uint32_t limit; /* 2^32 - slack * 2^(32 - total) */
    uint32_t apart; /* bytes from the first to the second output of a pair */
    uint32_t step;  /* bytes from pair to pair */
    int32_t multiplier, power, zero;
} vox_finish;

/* shift: a common one (vox_shift_is_common). False: not for this multiplier. */
static inline bool vox_finish_set(vox_finish *f, int32_t multiplier, int32_t shift, int32_t zero)
{
    const int32_t power = -shift, drop = power > 6 ? power - 6 : 0;
    const int32_t total = 15 + power - drop;
    const uint32_t unit = drop < 15 ? 1u << (15 - drop) : 1u;
    f->factor = (int32_t)(((uint32_t)multiplier + 0x8000u) >> 16);
    f->total = total;
    f->drop = drop;
    f->add = ((2 * zero + 1) << (total - 1)) - (int32_t)(0x4000u + unit + unit / 2u + 2u);
    f->limit = 0u - ((0x10008u + unit) << (32 - total));
    f->multiplier = multiplier;
    f->power = power;
    f->zero = zero;
    return multiplier >= 1 << 30 && power >= 3;
}

/* Rescales `pairs` pairs of sums, at least 1, and limits them to int8. */
void vox_finish_pairs(const int32_t *sums, const vox_finish *f, int8_t *to, uint32_t pairs);

#endif
