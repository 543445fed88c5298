/* DEPTHWISE_2D one channel after the other: a channel's input is laid out as a padded plane in scratch, so that its output may take
 * the place of its input, and its weights stay where the core has them at hand. */
#ifndef VOX_NN_PLANE_H
#define VOX_NN_PLANE_H

#include <stdint.h>

#include "nn/target.h"

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
    void *scratch;
    uint32_t room; /* bytes of scratch */
} vox_planes;

/* Values that windows reach over. */
static inline uint32_t vox_reach(uint32_t windows, uint32_t kernel, uint32_t stride)
{
    return (windows - 1u) * stride + kernel;
}

static inline uint32_t vox_axis_reach(const vox_axis *axis)
{
    return vox_reach(axis->out, axis->kernel, axis->stride);
}

/* All channels, limited to int8. Of the kind of core. */
void vox_plane_channels(const vox_planes *p);

#endif
