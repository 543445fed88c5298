#include "nn/average.h"

#if VOX_AVERAGE_ROOM == VOX_ROOM_PLAIN

void vox_average_pixel(const vox_average *a, int8_t *to)
{
    for (uint32_t c = 0; c < a->channels; ++c) {
        int32_t sum = 0;
        const int8_t *row = a->corner + c;
        for (uint32_t i = 0; i < a->rows; ++i, row += a->stride) {
            const int8_t *from = row;
            for (uint32_t j = 0; j < a->columns; ++j, from += a->channels) {
                sum += *from;
            }
        }
        *to++ = vox_average_of(a, sum);
    }
}

#endif
