/* Powers of the bins of a mel segment, weighed. */
#ifndef VOX_FRONTEND_WEIGH_H
#define VOX_FRONTEND_WEIGH_H

#include "frontend/split/assembly.h"

#ifdef VOX_SPLIT_MULTIPLY
/* Sums of pieces of 16 bits: over 2^11 + 1 bins none exceeds 2^29. */
typedef struct {
    uint32_t total_lower, total_upper; /* of the powers */
    uint32_t lower, middle, upper;     /* of powers times weights, in units of 1, 2^16 and 2^32 */
} vox_weighed;

/* Bins from `bin` to before `end`, amplitudes shifted to the right by `shift`. */
#ifdef VOX_SPLIT_ASSEMBLY
void vox_weigh(const int32_t *bin, const int32_t *end, const uint16_t *weights, unsigned shift, vox_weighed *sums);
#else
static inline void vox_weigh(const int32_t *bin, const int32_t *end, const uint16_t *weights, unsigned shift,
                             vox_weighed *sums)
{
    vox_weighed all = {0, 0, 0, 0, 0};
    for (; bin < end; bin += 2) {
        const int32_t re = bin[0] >> shift, im = bin[1] >> shift;
        const uint32_t power = (uint32_t)(re * re) + (uint32_t)(im * im), weight = *weights++;
        uint32_t lower = power & 0xFFFFu, upper = power >> 16;
        all.total_lower += lower;
        all.total_upper += upper;
        lower *= weight;
        upper *= weight;
        all.lower += lower & 0xFFFFu;
        all.middle += (lower >> 16) + (upper & 0xFFFFu);
        all.upper += upper >> 16;
    }
    *sums = all;
}
#endif
#endif

#endif
