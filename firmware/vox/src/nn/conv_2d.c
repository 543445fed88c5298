/* 2-D convolution, channels last. Four output pixels share every load of weights. */
#include <string.h>

#include "nn/check.h"
#include "nn/conv.h"
#include "nn/conv_pixel.h"
#include "nn/rescale.h"
#include "nn/tile.h"

/* Each output pixel of the input pixel at its place alone. Its inputs are in the tile before the first output is written. */
static bool is_pointwise(const vox_conv_2d *p)
{
    return p->kernel_h == 1u && p->kernel_w == 1u && p->stride_h == 1u && p->stride_w == 1u;
}

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_sound(model, op, sizeof(vox_conv_2d))) {
        return VOX_ERR_OP;
    }
    const vox_conv_2d *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    const uint32_t terms = (uint32_t)p->kernel_h * p->kernel_w * in->dims[3]; /* at most 255 * 255 * 65535 < 2^32 */
    if (terms > VOX_MAX_ARENA) {
        return VOX_ERR_OP;
    }
    const uint32_t row = vox_padded_4(terms);
    if (!vox_window_sound(in->dims[1], out->dims[1], p->kernel_h, p->stride_h, p->dilation_h, p->pad_top) ||
        !vox_window_sound(in->dims[2], out->dims[2], p->kernel_w, p->stride_w, p->dilation_w, p->pad_left) ||
        !vox_affine_sound(model, &p->affine, out->dims[3], (uint64_t)row * out->dims[3], terms, false) ||
        !(vox_apart(in, out) || (vox_in_place(in, out) && is_pointwise(p))) || p->plane != 0u ||
        !vox_scratch_sound(model, p->scratch, VOX_TILE_BYTES(row), in, out) || p->low > p->high) {
        return VOX_ERR_OP;
    }
    return vox_work(vox_elements(out), row + VOX_WORK_OF_RESULT);
}

/* Consecutive rows of an input window. */
typedef struct {
    const int8_t *from; /* what lies inside the input of the first of them */
    uint32_t step;      /* bytes from one to the next */
    uint32_t count;
    uint32_t before, inside, behind; /* bytes of each row: left of the input, in it, right of it */
    int8_t zero;
} window_rows;

static VOX_NOINLINE vox_tile_cursor put_rows(vox_tile_cursor to, const window_rows *rows)
{
    const int8_t *from = rows->from;
    for (uint32_t left = rows->count; left > 0u; --left, from += rows->step) {
        vox_tile_repeat(&to, rows->zero, rows->before);
        vox_tile_put(&to, from, rows->inside);
        vox_tile_repeat(&to, rows->zero, rows->behind);
    }
    return to;
}

static inline vox_tile_cursor put_zeros(vox_tile_cursor to, const vox_conv *c, uint32_t count)
{
    const window_rows rows = {c->input, 0, 1, count, 0, 0, (int8_t)c->in->zero_point};
    return count > 0u ? put_rows(to, &rows) : to;
}

/* One row of a window whose taps are not neighbours. */
static vox_tile_cursor put_dilated(vox_tile_cursor to, const vox_conv *c, const int8_t *row, int32_t left)
{
    const uint32_t channels = c->in->dims[3];
    int32_t x = left;
    for (unsigned kx = 0; kx < c->op->kernel_w; ++kx, x += c->op->dilation_w) {
        const bool inside = x >= 0 && x < c->in->dims[2];
        const window_rows tap = {inside ? row + (uint32_t)x * channels : row,
                                 0,
                                 1,
                                 inside ? 0 : channels,
                                 inside ? channels : 0,
                                 0,
                                 (int8_t)c->in->zero_point};
        to = put_rows(to, &tap);
    }
    return to;
}

/* Patch `index`: the input window of output pixel (y, x), taps outside as the zero point. */
static VOX_NOINLINE void gather(const vox_conv *c, uint32_t y, uint32_t x, uint8_t *tile, unsigned index)
{
    const vox_conv_2d *p = c->op;
    const int32_t height = c->in->dims[1], width = c->in->dims[2];
    const uint32_t channels = c->in->dims[3], row_bytes = p->kernel_w * channels;
    const int32_t left = (int32_t)(x * p->stride_w) - p->pad_left, right = left + p->kernel_w;
    int32_t top = (int32_t)(y * p->stride_h) - p->pad_top;
    uint32_t above = 0, inside = 0;
    for (; top < 0; top += p->dilation_h) { /* check() saw that some row and some column are inside */
        ++above;
    }
    for (int32_t in_y = top; in_y < height && above + inside < p->kernel_h; in_y += p->dilation_h) {
        ++inside;
    }
    const int8_t *input = c->input + (uint32_t)(top * width) * channels;
    const uint32_t step = p->dilation_h * (uint32_t)width * channels;
    if (p->dilation_w == 1u && left >= 0 && right <= width && inside == p->kernel_h) {
        const vox_tile_rows rows = {input + (uint32_t)left * channels, step, inside, row_bytes};
        if (vox_tile_take_rows(tile, c->row, index, &rows)) {
            return;
        }
    }
    vox_tile_cursor to = put_zeros(vox_tile_open(tile, c->row, index), c, above * row_bytes);
    if (p->dilation_w == 1u) {
        const uint32_t first = left < 0 ? 0u : (uint32_t)left;
        window_rows rows = {input + first * channels, step, inside, 0, 0, 0, (int8_t)c->in->zero_point};
        rows.before = (first - (uint32_t)left) * channels;
        rows.inside = ((uint32_t)(right < width ? right : width) - first) * channels;
        rows.behind = row_bytes - rows.before - rows.inside;
        to = put_rows(to, &rows);
    } else {
        for (uint32_t i = 0; i < inside; ++i, input += step) {
            to = put_dilated(to, c, input, left);
        }
    }
    put_zeros(to, c, (p->kernel_h - above - inside) * row_bytes);
    vox_tile_close(tile, c->row, index);
}

static void run(const vox_context *context, const vox_op *op)
{
    vox_conv c;
    c.op = (const void *)op;
    c.in = &context->model->tensors[op->input];
    c.out = &context->model->tensors[op->output];
    c.input = vox_place(context, op->input);
    const uint8_t *base = context->model->weights;
    c.weights = (const int8_t *)base + c.op->affine.weights;
    c.bias = (const void *)(base + c.op->affine.bias);
    c.multiplier = (const void *)(base + c.op->affine.multiplier);
    c.shift = (const int8_t *)base + c.op->affine.shift;
    c.quick = vox_conv_is_quick(&c);
    const uint32_t terms = (uint32_t)c.op->kernel_h * c.op->kernel_w * c.in->dims[3];
    c.row = vox_padded_4(terms);
    /* 1x1: a patch is a pixel, taken from where it lies. */
    const bool pointwise = terms == c.in->dims[3] && c.row == terms;
    const uint32_t width = c.out->dims[2], channels = c.out->dims[3];
    const uint32_t pixels = c.out->dims[1] * width;
    uint8_t *tile = context->arena + c.op->scratch;
    int8_t *output = vox_place(context, op->output);
    uint32_t pixel = 0;
    if (VOX_TILE_IS_INPUT && pointwise && is_pointwise(c.op) && width == c.in->dims[2] &&
        c.in->offset != c.out->offset) {
        for (; pixel + VOX_TILE <= pixels; pixel += VOX_TILE, output += VOX_TILE * channels) {
            vox_conv_outputs(&c, (const uint8_t *)c.input + pixel * c.row, output, VOX_TILE);
        }
    }
    vox_tile_pad(tile, c.row, terms);
    uint32_t y = pixel / width, x = pixel % width;
    unsigned filled = 0;
    for (; pixel < pixels; ++pixel) {
        const uint32_t from = y * c.op->stride_h * c.in->dims[2] + x * c.op->stride_w;
        if (pointwise && filled == 0u && pixel + 1u == pixels) { /* alone: a tile takes as long with one as with all */
            memcpy(tile, c.input + from * c.row, c.row);
            vox_conv_pixel(&c, (const int8_t *)tile, output);
            return;
        }
        if (pointwise) {
            vox_tile_take(tile, c.row, filled, c.input + from * c.row);
        } else {
            gather(&c, y, x, tile, filled);
        }
        if (++x == width) {
            x = 0;
            ++y;
        }
        if (++filled == VOX_TILE || pixel + 1u == pixels) {
            vox_conv_outputs(&c, tile, output, filled);
            output += filled * channels;
            filled = 0;
        }
    }
}

const vox_kernel vox_kernel_conv_2d = {check, run};
