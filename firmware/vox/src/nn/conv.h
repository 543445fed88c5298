/* What CONV_2D knows of its op, and the outputs of a tile of input windows. */
#ifndef VOX_NN_CONV_H
#define VOX_NN_CONV_H

#include <stdbool.h>
#include <stdint.h>

#include "nn/ops.h"
#include "nn/target.h"
#include "vox/model_format.h"

typedef struct {
    const vox_conv_2d *op;
    const vox_tensor *in;
    const vox_tensor *out;
    const int8_t *input;
    const int8_t *weights; /* [channels][row] */
    const int32_t *bias;
    const int32_t *multiplier;
    const int8_t *shift;
    uint32_t row; /* bytes of a patch, padded to a multiple of 4 */
    bool quick;   /* vox_conv_is_quick */
} vox_conv;

/* Whether every channel is one for the quick way of the kind of core. */
bool vox_conv_is_quick(const vox_conv *c);

/* All channels of the first `count` patches of a tile, pixel by pixel to `to`. */
void vox_conv_outputs(const vox_conv *c, const uint8_t *tile, int8_t *to, unsigned count);

#endif
