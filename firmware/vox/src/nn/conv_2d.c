/* 2-D convolution, channels last. Four output pixels share every load of weights. */
#include "nn/check.h"
#include "nn/kernels.h"
#include "nn/rescale.h"
#include "nn/tile.h"

#ifdef VOX_NN_MVE
#include "nn/rescale_mve.h"
#endif

typedef struct {
    const vox_conv_2d *op;
    const vox_tensor *in;
    const vox_tensor *out;
    const int8_t *input;
    const int8_t *weights;
    const int32_t *bias;
    const int32_t *multiplier;
    const int8_t *shift;
    uint32_t row; /* bytes of a patch, padded to a multiple of 4 */
    bool common;  /* every channel's rescaling is the usual one, see is_common */
} conv;

static int check(const vox_model *model, const vox_op *op)
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
        !vox_apart(in, out) || !vox_scratch_sound(model, p->scratch, VOX_TILE_BYTES(row), in, out) ||
        p->low > p->high) {
        return VOX_ERR_OP;
    }
    return vox_work(vox_elements(out), row);
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

static inline vox_tile_cursor put_zeros(vox_tile_cursor to, const conv *c, uint32_t count)
{
    const window_rows rows = {c->input, 0, 1, count, 0, 0, (int8_t)c->in->zero_point};
    return count > 0u ? put_rows(to, &rows) : to;
}

/* One row of a window whose taps are not neighbours. */
static vox_tile_cursor put_dilated(vox_tile_cursor to, const conv *c, const int8_t *row, int32_t left)
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
static VOX_NOINLINE void gather(const conv *c, uint32_t y, uint32_t x, uint8_t *tile, unsigned index)
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

#ifdef VOX_NN_MVE
/* `some` channels (1..4) from sums[channel][pixel]. */
static inline void finish_vectors(const conv *c, const int32_t *sums, uint32_t channel, uint32_t some, int8_t *to,
                                  unsigned count)
{
    const uint32_t channels = c->out->dims[3];
    const int32_t zero = c->out->zero_point;
    const int32x4_t low = vdupq_n_s32(c->op->low), high = vdupq_n_s32(c->op->high);
    const uint32x4_t places = vmulq_n_u32(vidupq_n_u32(0, 4), VOX_TILE);
    const mve_pred16_t lanes = vctp32q(some);
    const int32x4_t multiplier = vldrwq_z_s32(c->multiplier + channel, lanes);
    const int32x4_t shift = vldrbq_z_s32(c->shift + channel, lanes);
    for (; count > 0u; --count, ++sums, to += channels) {
        const int32x4_t y = vox_rescale_4(vldrwq_gather_offset_s32(sums, places), multiplier, shift, zero);
        const int32x4_t limited = vminq_s32(vmaxq_s32(y, low), high);
        if (some == 4u) {
            vstrbq_s32(to, limited);
        } else {
            vstrbq_p_s32(to, limited, lanes);
        }
    }
}

/* All channels of the first `count` pixels of a tile, `channels` bytes apart, where every channel has a common shift. */
static VOX_NOINLINE void multiply_vectors(const conv *c, const uint8_t *tile, int8_t *to, unsigned count)
{
    const uint32_t channels = c->out->dims[3], row = c->row;
    const int8_t *weights = c->weights;
    const int32_t *bias = c->bias;
    int32_t sums[4][VOX_TILE] = {{0}}; /* the last channels may be fewer */
    uint32_t channel = 0;
    for (; channel + 4u <= channels; channel += 4u, to += 4) {
        for (unsigned i = 0; i < 4u; ++i, weights += row) {
            vox_tile_multiply(tile, weights, row, *bias++, sums[i]);
        }
        finish_vectors(c, sums[0], channel, 4, to, count);
    }
    if (channel < channels) {
        for (unsigned i = 0; i < channels - channel; ++i, weights += row) {
            vox_tile_multiply(tile, weights, row, *bias++, sums[i]);
        }
        finish_vectors(c, sums[0], channel, channels - channel, to, count);
    }
}
#else
/* All channels of a full tile, `channels` bytes apart, where every channel has a common shift and the limits are those
 * of int8: the case that matters. */
static VOX_NOINLINE void multiply_common(const conv *c, const uint8_t *tile, int8_t *to)
{
    const uint32_t channels = c->out->dims[3];
    const uint32_t row = c->row;
    const int32_t zero = c->out->zero_point;
    const int8_t *weights = c->weights;
    for (uint32_t channel = 0; channel < channels; ++channel, weights += row) {
        int32_t sums[VOX_TILE];
        vox_tile_multiply(tile, weights, row, c->bias[channel], sums);
        const int32_t multiplier = c->multiplier[channel];
        const int32_t power = vox_common_power(c->shift[channel]);
        int8_t *at = to++;
        *at = (int8_t)vox_clamp_full(vox_rescale_common(sums[0], multiplier, power, zero));
        at += channels;
        *at = (int8_t)vox_clamp_full(vox_rescale_common(sums[1], multiplier, power, zero));
        at += channels;
        *at = (int8_t)vox_clamp_full(vox_rescale_common(sums[2], multiplier, power, zero));
        at += channels;
        *at = (int8_t)vox_clamp_full(vox_rescale_common(sums[3], multiplier, power, zero));
    }
}
#endif

/* All channels of the first `count` pixels of a tile, any shifts and limits. */
static VOX_NOINLINE void multiply_any(const conv *c, const uint8_t *tile, int8_t *to, unsigned count)
{
    const uint32_t channels = c->out->dims[3];
    const int32_t zero = c->out->zero_point, low = c->op->low, high = c->op->high;
    const int8_t *weights = c->weights;
    for (uint32_t channel = 0; channel < channels; ++channel, weights += c->row, ++to) {
        int32_t sums[VOX_TILE];
        vox_tile_multiply(tile, weights, c->row, c->bias[channel], sums);
        for (unsigned i = 0; i < count; ++i) {
            const int32_t y = vox_rescale_channel(sums[i], c->multiplier[channel], c->shift[channel], zero);
            to[i * channels] = (int8_t)vox_clamp(y, low, high);
        }
    }
}

/* Outputs of the `count` patches in a tile. */
static void multiply(const conv *c, const uint8_t *tile, int8_t *to, unsigned count)
{
#ifdef VOX_NN_MVE
    if (c->common) {
        multiply_vectors(c, tile, to, count);
        return;
    }
#else
    if (c->common && count == VOX_TILE) {
        multiply_common(c, tile, to);
        return;
    }
#endif
    multiply_any(c, tile, to, count);
}

/* Every channel's rescaling is the usual one. */
static bool is_common(const vox_conv_2d *op, const int8_t *shifts, uint32_t channels)
{
#ifndef VOX_NN_MVE
    if (op->low != -128 || op->high != 127) {
        return false;
    }
#endif
    (void)op;
    return vox_shifts_are_common(shifts, channels);
}

static void run(const vox_context *context, const vox_op *op)
{
    conv c;
    c.op = (const void *)op;
    c.in = &context->model->tensors[op->input];
    c.out = &context->model->tensors[op->output];
    c.input = vox_place(context, op->input);
    const uint8_t *base = context->model->weights;
    c.weights = (const int8_t *)base + c.op->affine.weights;
    c.bias = (const void *)(base + c.op->affine.bias);
    c.multiplier = (const void *)(base + c.op->affine.multiplier);
    c.shift = (const int8_t *)base + c.op->affine.shift;
    c.common = is_common(c.op, c.shift, c.out->dims[3]);
    const uint32_t terms = (uint32_t)c.op->kernel_h * c.op->kernel_w * c.in->dims[3];
    c.row = vox_padded_4(terms);
    /* 1x1: a patch is a pixel, taken from where it lies. */
    const bool pointwise = terms == c.in->dims[3] && c.row == terms;
    const uint32_t width = c.out->dims[2], channels = c.out->dims[3];
    const uint32_t pixels = c.out->dims[1] * width;
    uint8_t *tile = context->arena + c.op->scratch;
    int8_t *output = vox_place(context, op->output);
    uint32_t pixel = 0;
#ifdef VOX_NN_MVE
    if (pointwise && c.op->stride_h == 1u && c.op->stride_w == 1u && width == c.in->dims[2]) {
        for (; pixel + VOX_TILE <= pixels; pixel += VOX_TILE, output += VOX_TILE * channels) {
            multiply(&c, (const uint8_t *)c.input + pixel * c.row, output, VOX_TILE);
        }
    }
#endif
    vox_tile_pad(tile, c.row, terms);
    uint32_t y = pixel / width, x = pixel % width;
    unsigned filled = 0;
    for (; pixel < pixels; ++pixel) {
        if (pointwise) {
            const uint32_t from = y * c.op->stride_h * c.in->dims[2] + x * c.op->stride_w;
            vox_tile_take(tile, c.row, filled, c.input + from * c.row);
        } else {
            gather(&c, y, x, tile, filled);
        }
        if (++x == width) {
            x = 0;
            ++y;
        }
        if (++filled == VOX_TILE || pixel + 1u == pixels) {
            multiply(&c, tile, output, filled);
            output += filled * channels;
            filled = 0;
        }
    }
}

const vox_kernel vox_kernel_conv_2d = {VOX_OP_CONV_2D, check, run};
