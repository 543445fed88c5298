#ifndef VOX_NN_PLAIN_CONV_ANY_H
#define VOX_NN_PLAIN_CONV_ANY_H

#include "nn/conv.h"

/* Channel `channel` of the first `count` patches, any shift and limits. */
void vox_conv_channel_any(const vox_conv *c, const uint8_t *tile, uint32_t channel, int8_t *to, unsigned count);

/* vox_conv_outputs for any shifts and limits. */
void vox_conv_outputs_any(const vox_conv *c, const uint8_t *tile, int8_t *to, unsigned count);

#endif
