/* Op records of the PROG section, read in place. docs/model-format.md, "Op records", is the prose.
 *
 * Offsets named `weights`, `bias`, `multiplier`, `shift`, `table` count from the start of WGHT, `scratch` from the start
 * of the arena. All tensors are int8, [1, height, width, channels]; taps outside the input count as its zero point.
 */
#ifndef VOX_NN_OPS_H
#define VOX_NN_OPS_H

#include <stdint.h>

#include "vox/model_format.h"

#define VOX_TILE 4u /* output pixels that CONV_2D computes together */

/* Rescaling by multiplier * 2^(shift - 31), rounded twice as TensorFlow Lite does (docs/numerics.md). */
#define VOX_MIN_SHIFT (-30)
#define VOX_MAX_SHIFT 15
/* A channel whose accumulator may reach 2^30 has VOX_SHIFT_WIDE taken off its shift, and a shift of at most 0. */
#define VOX_SHIFT_WIDE 64

/* What CONV_2D, DEPTHWISE_2D and DENSE do to each output channel. */
typedef struct {
    uint32_t weights;    /* int8_t, a multiple of 4; layout given with each op */
    uint32_t bias;       /* int32_t[channels]: includes -zero_point(input) * sum of the channel's weights */
    uint32_t multiplier; /* int32_t[channels], 0..2^31-1 */
    uint32_t shift;      /* int8_t[channels], VOX_MIN_SHIFT..VOX_MAX_SHIFT */
} vox_affine;            /* 16 bytes */

/* CONV_2D: weights [channels out][K, padded with zeros to a multiple of 4], K = height, width, channels in of a tap.
 * Scratch: VOX_TILE * 2 + 1 bytes for each element of a padded row.
 * DEPTHWISE_2D: weights [kernel_h][kernel_w][channels out]; channels out are a multiple of channels in.
 * Scratch: 4 bytes a tap, then 1 byte a channel. */
typedef struct {
    vox_op op;
    vox_affine affine;
    uint32_t scratch; /* a multiple of 8 */
    uint8_t kernel_h, kernel_w;
    uint8_t stride_h, stride_w;
    uint8_t dilation_h, dilation_w;
    uint8_t pad_top, pad_left; /* at most (kernel - 1) * dilation */
    int8_t low, high;          /* activation limits of the output, low <= high */
    uint8_t reserved[2];
} vox_conv_2d; /* 40 bytes */

/* DENSE: weights [channels out][inputs, padded with zeros to a multiple of 4], applied to every run of `inputs` elements
 * of the input. Rescaled with one rounding. */
typedef struct {
    vox_op op;
    vox_affine affine;
    uint32_t inputs;
    int8_t low, high;
    uint8_t reserved[2];
} vox_dense; /* 32 bytes */

/* MAX_POOL, AVERAGE_POOL: taps outside the input do not count. */
typedef struct {
    vox_op op;
    uint8_t kernel_h, kernel_w;
    uint8_t stride_h, stride_w;
    uint8_t pad_top, pad_left; /* less than the kernel */
    int8_t low, high;
} vox_pool; /* 16 bytes */

/* MEAN over height and width: rescale(sum + bias) plus the zero point; the factor holds 1 / (height * width). */
typedef struct {
    vox_op op;
    int32_t bias;
    int32_t multiplier;
    int8_t shift;
    int8_t low, high;
    uint8_t reserved;
} vox_mean; /* 20 bytes */

/* SOFTMAX over channels. table[d] = exp(-d * scale * beta) in Q31 for d = 0..count-1; further down it is 0. */
typedef struct {
    vox_op op;
    uint32_t table; /* int32_t[count], table[0] = 2^31 - 1 */
    uint32_t count; /* 1..256 */
} vox_softmax;      /* 16 bytes */

/* RESHAPE: nothing but vox_op. Input and output lie in the same place, or apart. */

/* ADD, elementwise: (rescale((a - za) << 20) + rescale((b - zb) << 20)), rescaled again. a is op.input. */
typedef struct {
    vox_op op;
    uint16_t input_b; /* tensor index */
    int8_t low, high;
    int32_t multiplier_a, multiplier_b, multiplier_out;
    int8_t shift_a, shift_b, shift_out; /* VOX_MIN_SHIFT..0 */
    uint8_t reserved;
} vox_add; /* 28 bytes */

/* RELU, elementwise: rescale(x - zero point) plus the output's zero point, limited. */
typedef struct {
    vox_op op;
    int32_t multiplier;
    int8_t shift;
    int8_t low, high;
    uint8_t reserved;
} vox_relu; /* 16 bytes */

#endif
