/* All channels of a full tile: sums, rescaled as packed/finish.h has it, for shifts of -21..-6. */
#ifndef VOX_NN_PACKED_CHANNELS_H
#define VOX_NN_PACKED_CHANNELS_H

#include <stdbool.h>
#include <stdint.h>

/* The pointers move on. */
typedef struct {
    const uint8_t *tile;
    const int8_t *weights;
    uint32_t row;
    const int32_t *bias;
    const int32_t *multiplier;
    const int8_t *shift;
    uint32_t left; /* channels, at least 1 */
    int8_t *to;
    uint32_t step; /* bytes from pixel to pixel */
    int32_t add;   /* of vox_finish without the unit */
    uint32_t low;  /* the start of the sums, see packed/tile.h, less what the bias adds */
    uint32_t high;
    uint32_t limit; /* of vox_finish without the unit */
    uint32_t half;  /* 2^15 */
    int32_t zero;
} vox_packed_channels;

void vox_packed_run(vox_packed_channels *channels);

/* Whether a channel is one for vox_packed_run. */
static inline bool vox_packed_is_quick(int32_t multiplier, int32_t shift)
{
    return multiplier >= 1 << 30 && shift >= -21 && shift <= -6;
}

#endif
