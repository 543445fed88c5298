#ifndef VOX_NN_PLAIN_CONV_ANY_H
#define VOX_NN_PLAIN_CONV_ANY_H

#include "nn/conv.h"

/* vox_conv_outputs for any shifts and limits. */
void vox_conv_outputs_any(const vox_conv *c, const uint8_t *tile, int8_t *to, unsigned count);

#endif
