/* Squared Euclidean distance of int16 vectors: below 2^43 for the longest there are. */
#ifndef VOX_CLASSIC_DISTANCE_H
#define VOX_CLASSIC_DISTANCE_H

#include <stdint.h>

static inline uint64_t vox_squared_distance(const int16_t *a, const int16_t *b, uint32_t count)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t apart = a[i] > b[i] ? (uint32_t)(a[i] - b[i]) : (uint32_t)(b[i] - a[i]);
        sum += apart * apart; /* at most 65535^2: one 32-bit multiplication */
    }
    return sum;
}

static inline uint32_t vox_padded_2(uint32_t count)
{
    return (count + 1u) & ~1u;
}

#endif
