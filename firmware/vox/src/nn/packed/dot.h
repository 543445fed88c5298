#ifndef VOX_NN_PACKED_DOT_H
#define VOX_NN_PACKED_DOT_H

#include "nn/plain/dot.h"

void vox_dot_4(const int8_t *x, const int8_t *w, uint32_t row, uint32_t count, int32_t sums[4]);

#endif
