/* Depthwise 2-D convolution, channels last: output channel c sees input channel c / multiplier. */
#include <string.h>

#include "nn/check.h"
#include "nn/depthwise.h"
#include "nn/plane.h"

/* An op that planes can compute: one output channel each, no dilation, windows at most 2 apart. */
static bool fits_planes(const vox_conv_2d *p, const vox_tensor *in, const vox_tensor *out)
{
    return p->plane == 1u && in->dims[3] == out->dims[3] && p->dilation_h == 1u && p->dilation_w == 1u &&
           p->stride_h <= 2u && p->stride_w <= 2u;
}

/* By planes, what is enough for every core: a plane's words, its weights, sums of two rows or columns, and what is read beyond. */
static uint64_t plane_bytes(const vox_conv_2d *p, const vox_tensor *out)
{
    const uint32_t rows = vox_reach(out->dims[1], p->kernel_h, p->stride_h);
    const uint32_t columns = vox_reach(out->dims[2], p->kernel_w, p->stride_w);
    const uint32_t tables = p->kernel_h * (p->kernel_w / 2u + 2u) + out->dims[1] + out->dims[2] + 8u;
    return 4u * (uint64_t)(rows + 1u) * (columns + 1u) + 8u * tables;
}

/* The places of a window's taps, and a pixel of zero points; where planes may be chosen, also as many rows of the input as the kernel
 * has, for the plain room. */
static uint64_t scratch_bytes(const vox_conv_2d *p, const vox_tensor *in, const vox_tensor *out)
{
    const uint64_t taps = 4u * p->kernel_h * p->kernel_w + in->dims[3];
    if (p->plane == 0u) {
        return taps;
    }
    const uint64_t plane = plane_bytes(p, out), lines = taps + (uint64_t)(p->kernel_h * in->dims[3]) * in->dims[2];
    return plane > lines ? plane : lines;
}

static VOX_COLD int check(const vox_model *model, const vox_op *op)
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
        out->dims[3] % in->dims[3] != 0u || (p->plane != 0u && !fits_planes(p, in, out)) ||
        !(vox_apart(in, out) || (p->plane != 0u && vox_in_place(in, out))) ||
        !vox_scratch_sound(model, p->scratch, scratch_bytes(p, in, out), in, out) || p->low > p->high) {
        return VOX_ERR_OP;
    }
    return vox_work(vox_elements(out), 2u * taps + VOX_WORK_OF_RESULT);
}

/* Where the taps of windows lie. */
typedef struct {
    uint32_t input;   /* its first kept row */
    uint32_t kept;    /* rows: where the output takes the input's place, the last ones, in turns */
    uint32_t outside; /* a pixel of zero points */
} places;

/* Taps of the window at (top, left). */
static VOX_NOINLINE void find_taps(const vox_conv_2d *p, const vox_tensor *in, int32_t top, int32_t left,
                                   uint32_t *taps, const places *at)
{
    const int32_t height = in->dims[1], width = in->dims[2];
    int32_t y = top;
    for (unsigned ky = 0; ky < p->kernel_h; ++ky, y += p->dilation_h) {
        const bool row_inside = y >= 0 && y < height;
        const int32_t row = row_inside ? (int32_t)((uint32_t)y % at->kept) * width : 0;
        int32_t x = left;
        for (unsigned kx = 0; kx < p->kernel_w; ++kx, x += p->dilation_w) {
            const bool inside = row_inside && x >= 0 && x < width;
            *taps++ = inside ? at->input + (uint32_t)(row + x) * in->dims[3] : at->outside;
        }
    }
}

#if VOX_PLANE_ROOM != VOX_ROOM_PLAIN
#define FEW_OUTPUTS 8u /* of a channel: laying out its plane takes longer than they do */

static void run_planes(const vox_context *context, const vox_conv_2d *p)
{
    const vox_tensor *in = &context->model->tensors[p->op.input];
    const vox_tensor *out = &context->model->tensors[p->op.output];
    const uint8_t *base = context->model->weights;
    vox_planes planes;
    const vox_axis height = {in->dims[1], out->dims[1], p->kernel_h, p->stride_h, p->pad_top};
    const vox_axis width = {in->dims[2], out->dims[2], p->kernel_w, p->stride_w, p->pad_left};
    /* What is one column wide is taken as a row. */
    const bool turned = width.in == 1u && width.out == 1u && width.kernel == 1u;
    planes.y = turned ? width : height;
    planes.x = turned ? height : width;
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
    planes.room = (uint32_t)plane_bytes(p, out);
    vox_plane_channels(&planes);
    vox_limit(planes.output, vox_elements(out), p->low, p->high);
}
#endif

static void run(const vox_context *context, const vox_op *op)
{
    const vox_conv_2d *p = (const void *)op;
    const vox_tensor *in = &context->model->tensors[op->input];
    const vox_tensor *out = &context->model->tensors[op->output];
#if VOX_PLANE_ROOM != VOX_ROOM_PLAIN
    if (p->plane != 0u && (uint32_t)out->dims[1] * out->dims[2] > FEW_OUTPUTS) {
        run_planes(context, p);
        return;
    }
#endif
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
    places at = {in->offset, in->dims[1], p->scratch + 4u * d.tap_count};
    memset(context->arena + at.outside, in->zero_point, in_channels);
    int8_t *output = vox_place(context, op->output);
    const uint32_t row = in->dims[2] * in_channels;
    const bool over = in->offset == out->offset;
    const int8_t *input = output;
    uint32_t rows_kept = 0;
    if (over) {
        at.input = at.outside + in_channels;
        at.kept = p->kernel_h;
    }
    const int32_t height = (p->kernel_h - 1) * p->dilation_h, width = (p->kernel_w - 1) * p->dilation_w;
    int32_t top = -(int32_t)p->pad_top;
    for (unsigned y = 0; y < out->dims[1]; ++y, top += p->stride_h) {
        const bool rows_inside = top >= 0 && top + height < in->dims[1];
        bool moves = false; /* the taps of the window before are inside */
        for (; over && rows_kept < in->dims[1] && (int32_t)rows_kept < top + p->kernel_h; ++rows_kept, input += row) {
            memcpy(context->arena + at.input + rows_kept % at.kept * row, input, row);
        }
        int32_t left = -(int32_t)p->pad_left;
        for (unsigned x = 0; x < out->dims[2]; ++x, left += p->stride_w) {
            const bool inside = rows_inside && left >= 0 && left + width < in->dims[2];
            if (inside && moves) {
                d.arena += p->stride_w * in_channels;
            } else {
                d.arena = context->arena;
                find_taps(p, in, top, left, taps, &at);
            }
            moves = inside;
            vox_depthwise_pixel(&d, output);
            output += channels;
        }
    }
}

const vox_kernel vox_kernel_depthwise_2d = {check, run};
