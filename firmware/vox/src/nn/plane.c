#include "nn/plane.h"

bool vox_plane_fits(const vox_conv_2d *p, const vox_tensor *in, const vox_tensor *out)
{
    vox_axis y, x;
    vox_plane_axes(p, in, out, &y, &x);
    vox_plane_turn(&y, &x);
    return in->dims[3] == out->dims[3] && p->dilation_h == 1u && p->dilation_w == 1u && x.stride <= 2u;
}

/* A plane's words, its weights as words, sums of a row; or, channels side by side, as many rows as the kernel has. */
uint64_t vox_plane_bytes(const vox_conv_2d *p, const vox_tensor *in, const vox_tensor *out)
{
    vox_axis y, x;
    vox_plane_axes(p, in, out, &y, &x);
    vox_plane_turn(&y, &x);
    const uint64_t words = (uint64_t)vox_axis_reach(&y) * (vox_axis_reach(&x) + 1u) + 8u;
    const uint64_t plane = 4u * words + 8u * ((uint64_t)y.kernel * (x.kernel / 2u + 1u) + x.out);
    const uint64_t columns = (uint64_t)(out->dims[2] - 1u) * p->stride_w + p->kernel_w;
    const uint64_t lines = columns * p->kernel_h * in->dims[3];
    return plane > lines ? plane : lines;
}
