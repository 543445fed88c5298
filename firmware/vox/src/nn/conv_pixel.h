/* Output pixels of CONV_2D that fill no tile. */
#ifndef VOX_NN_CONV_PIXEL_H
#define VOX_NN_CONV_PIXEL_H

#include "nn/conv.h"

/* All channels of one patch, bytes in a row, to `to`, apart from it. */
void vox_conv_pixel(const vox_conv *c, const int8_t *patch, int8_t *to);

#endif
