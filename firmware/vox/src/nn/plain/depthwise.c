#include "nn/depthwise.h"

#if VOX_DEPTHWISE_ROOM == VOX_ROOM_PLAIN

void vox_depthwise_pixel(const vox_depthwise *d, int8_t *to)
{
    vox_depthwise_rest(d, 0, to);
}

#endif
