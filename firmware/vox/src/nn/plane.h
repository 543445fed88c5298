/* DEPTHWISE_2D one channel after the other: a channel's input is laid out as a padded plane in scratch, so that its output may take
 * the place of its input, and its weights stay where the core has them at hand. */
#ifndef VOX_NN_PLANE_H
#define VOX_NN_PLANE_H

#include <stdbool.h>
#include <stdint.h>

#include "nn/ops.h"
#include "vox/model_format.h"

/* One axis: `out` windows of `kernel` values, `stride` apart, over `in` values with `pad` in front of them. */
typedef struct {
    uint32_t in, out;
    uint32_t kernel, stride, pad;
} vox_axis;

typedef struct {
    const int8_t *input;
    int8_t *output;
    uint32_t channels;
    vox_axis y, x;
    const int8_t *weights; /* [y.kernel][x.kernel][channels] */
    const int32_t *bias;
    const int32_t *multiplier;
    const int8_t *shift;
    int32_t in_zero; /* what lies outside the input */
    int32_t zero;
    void *scratch; /* vox_plane_bytes */
} vox_planes;

/* Values that the windows reach over. */
static inline uint32_t vox_axis_reach(const vox_axis *axis)
{
    return (axis->out - 1u) * axis->stride + axis->kernel;
}

/* The axes of an op. */
static inline void vox_plane_axes(const vox_conv_2d *p, const vox_tensor *in, const vox_tensor *out, vox_axis *y,
                                  vox_axis *x)
{
    const vox_axis height = {in->dims[1], out->dims[1], p->kernel_h, p->stride_h, p->pad_top};
    const vox_axis width = {in->dims[2], out->dims[2], p->kernel_w, p->stride_w, p->pad_left};
    *y = height;
    *x = width;
}

/* Where all is one column wide, what follows each other in time is taken as a row; but not where channels lie side by side. */
static inline void vox_plane_turn(vox_axis *y, vox_axis *x)
{
    if (x->in == 1u && x->out == 1u && x->kernel == 1u) {
        const vox_axis row = *y;
        *y = *x;
        *x = row;
    }
}

/* An op that can be computed so: one output channel each, no dilation, windows in a row at most 2 apart. */
bool vox_plane_fits(const vox_conv_2d *p, const vox_tensor *in, const vox_tensor *out);

/* Bytes of scratch, enough for every core. */
uint64_t vox_plane_bytes(const vox_conv_2d *p, const vox_tensor *in, const vox_tensor *out);

/* All channels, limited to int8. Of the kind of core. */
void vox_plane_channels(const vox_planes *p);

#endif
