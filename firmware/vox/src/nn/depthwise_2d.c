/* Depthwise 2-D convolution, channels last: output channel c sees input channel c / multiplier. */
#include <string.h>

#include "nn/check.h"
#include "nn/depthwise.h"
#include "nn/plane.h"

/* Apart; or, by planes, where the input is. */
static bool places_sound(const vox_conv_2d *p, const vox_tensor *in, const vox_tensor *out)
{
    if (p->plane == 0u) {
        return vox_apart(in, out);
    }
    return p->plane == 1u && vox_plane_fits(p, in, out) && (vox_apart(in, out) || vox_in_place(in, out));
}

static uint64_t scratch_bytes(const vox_conv_2d *p, const vox_tensor *in, const vox_tensor *out)
{
    const uint64_t taps = 4u * (uint64_t)p->kernel_h * p->kernel_w + in->dims[3];
    const uint64_t plane = p->plane != 0u ? vox_plane_bytes(p, in, out) : 0u;
    return taps > plane ? taps : plane;
}

static int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_sound(model, op, sizeof(vox_conv_2d))) {
        return VOX_ERR_OP;
    }
    const vox_conv_2d *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    const uint32_t taps = (uint32_t)p->kernel_h * p->kernel_w;
    if (!vox_window_sound(in->dims[1], out->dims[1], p->kernel_h, p->stride_h, p->dilation_h, p->pad_top) ||
        !vox_window_sound(in->dims[2], out->dims[2], p->kernel_w, p->stride_w, p->dilation_w, p->pad_left) ||
        !vox_affine_sound(model, &p->affine, out->dims[3], (uint64_t)taps * out->dims[3], taps, false) ||
        out->dims[3] % in->dims[3] != 0u || !places_sound(p, in, out) ||
        !vox_scratch_sound(model, p->scratch, scratch_bytes(p, in, out), in, out) || p->low > p->high) {
        return VOX_ERR_OP;
    }
    return vox_work(vox_elements(out), taps);
}

/* Taps of the window at (top, left); those outside point at the row of zero points. */
static void find_taps(const vox_conv_2d *p, const vox_tensor *in, int32_t top, int32_t left, uint32_t *taps,
                      uint32_t outside)
{
    const int32_t height = in->dims[1], width = in->dims[2];
    int32_t y = top;
    for (unsigned ky = 0; ky < p->kernel_h; ++ky, y += p->dilation_h) {
        int32_t x = left;
        for (unsigned kx = 0; kx < p->kernel_w; ++kx, x += p->dilation_w) {
            const bool inside = y >= 0 && y < height && x >= 0 && x < width;
            *taps++ = inside ? in->offset + (uint32_t)(y * width + x) * in->dims[3] : outside;
        }
    }
}

static void run_planes(const vox_context *context, const vox_conv_2d *p)
{
    const vox_tensor *in = &context->model->tensors[p->op.input];
    const vox_tensor *out = &context->model->tensors[p->op.output];
    const uint8_t *base = context->model->weights;
    vox_planes planes;
    vox_plane_axes(p, in, out, &planes.y, &planes.x);
    if (VOX_PLANE_ROOM != VOX_ROOM_MVE) {
        vox_plane_turn(&planes.y, &planes.x);
    }
    planes.input = vox_place(context, p->op.input);
    planes.output = vox_place(context, p->op.output);
    planes.channels = in->dims[3];
    planes.weights = (const int8_t *)base + p->affine.weights;
    planes.bias = (const void *)(base + p->affine.bias);
    planes.multiplier = (const void *)(base + p->affine.multiplier);
    planes.shift = (const int8_t *)base + p->affine.shift;
    planes.in_zero = in->zero_point;
    planes.zero = out->zero_point;
    planes.scratch = context->arena + p->scratch;
    vox_plane_channels(&planes);
    vox_limit(planes.output, vox_elements(out), p->low, p->high);
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_conv_2d *p = (const void *)op;
    const vox_tensor *in = &context->model->tensors[op->input];
    const vox_tensor *out = &context->model->tensors[op->output];
    if (p->plane != 0u && (VOX_PLANE_ROOM != VOX_ROOM_PLAIN || in->offset == out->offset)) {
        run_planes(context, p);
        return;
    }
    const uint8_t *base = context->model->weights;
    const uint32_t in_channels = in->dims[3], channels = out->dims[3];
    uint32_t *taps = (void *)(context->arena + p->scratch);
    vox_depthwise d;
    d.arena = context->arena;
    d.taps = taps;
    d.tap_count = (uint32_t)p->kernel_h * p->kernel_w;
    d.weights = (const int8_t *)base + p->affine.weights;
    d.bias = (const void *)(base + p->affine.bias);
    d.multiplier = (const void *)(base + p->affine.multiplier);
    d.shift = (const int8_t *)base + p->affine.shift;
    d.channels = channels;
    d.multiplies = channels / in_channels;
    d.zero = out->zero_point;
    d.low = p->low;
    d.high = p->high;
    d.shifts_common = vox_shifts_are_common(d.shift, channels);
    const uint32_t outside = p->scratch + 4u * d.tap_count;
    memset(context->arena + outside, in->zero_point, in_channels);
    int8_t *output = vox_place(context, op->output);
    int32_t top = -(int32_t)p->pad_top;
    for (unsigned y = 0; y < out->dims[1]; ++y, top += p->stride_h) {
        int32_t left = -(int32_t)p->pad_left;
        for (unsigned x = 0; x < out->dims[2]; ++x, left += p->stride_w) {
            find_taps(p, in, top, left, taps, outside);
            vox_depthwise_pixel(&d, output);
            output += channels;
        }
    }
}

const vox_kernel vox_kernel_depthwise_2d = {check, run};
