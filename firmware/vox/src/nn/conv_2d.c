/* 2-D convolution, channels last. Four output pixels share every load of weights. */
#include "nn/check.h"
#include "nn/kernels.h"
#include "nn/rescale.h"
#include "nn/tile.h"

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

static void fill(int8_t *to, uint32_t count, int8_t value)
{
    while (count-- > 0u) {
        *to++ = value;
    }
}

/* Rows are short: a call of memcpy would cost more than it saves, and without unaligned loads four bytes would be one. */
static inline void copy(int8_t *to, const int8_t *from, uint32_t count)
{
    for (; count >= 4u; count -= 4u, to += 4, from += 4) {
#ifdef VOX_NN_SPLIT_MULTIPLY
        const int8_t a = from[0], b = from[1], c = from[2], d = from[3];
        to[0] = a;
        to[1] = b;
        to[2] = c;
        to[3] = d;
#else
        memcpy(to, from, 4);
#endif
    }
    while (count-- > 0u) {
        *to++ = *from++;
    }
}

/* The input window of output pixel (y, x), taps outside as the zero point. */
static void gather(const conv *c, uint32_t y, uint32_t x, int8_t *to)
{
    const vox_conv_2d *p = c->op;
    const int32_t height = c->in->dims[1], width = c->in->dims[2];
    const uint32_t channels = c->in->dims[3];
    const int8_t zero = (int8_t)c->in->zero_point;
    const int32_t left = (int32_t)(x * p->stride_w) - p->pad_left;
    const bool whole_rows = p->dilation_w == 1u && left >= 0 && left + p->kernel_w <= width;
    const uint32_t row_bytes = p->kernel_w * channels;
    int32_t in_y = (int32_t)(y * p->stride_h) - p->pad_top;
    for (unsigned ky = 0; ky < p->kernel_h; ++ky, in_y += p->dilation_h) {
        if (in_y < 0 || in_y >= height) {
            fill(to, row_bytes, zero);
            to += row_bytes;
            continue;
        }
        const int8_t *from = c->input + (uint32_t)(in_y * width) * channels;
        if (whole_rows) {
            copy(to, from + (uint32_t)left * channels, row_bytes);
            to += row_bytes;
            continue;
        }
        int32_t in_x = left;
        for (unsigned kx = 0; kx < p->kernel_w; ++kx, in_x += p->dilation_w, to += channels) {
            if (in_x < 0 || in_x >= width) {
                fill(to, channels, zero);
            } else {
                copy(to, from + (uint32_t)in_x * channels, channels);
            }
        }
    }
}

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
    const bool common = c.op->low == -128 && c.op->high == 127 && vox_shifts_are_common(c.shift, c.out->dims[3]);
    const uint32_t terms = (uint32_t)c.op->kernel_h * c.op->kernel_w * c.in->dims[3];
    c.row = vox_padded_4(terms);
    /* 1x1: a patch is a pixel, taken from where it lies. */
    const bool pointwise = terms == c.in->dims[3] && c.row == terms;
    const uint32_t width = c.out->dims[2], channels = c.out->dims[3];
    const uint32_t pixels = c.out->dims[1] * width;
    uint8_t *tile = context->arena + c.op->scratch;
    int8_t *output = vox_place(context, op->output);
    for (unsigned i = 0; i < VOX_TILE; ++i) {
        int8_t *bytes = vox_tile_row(tile, c.row, i);
        for (uint32_t k = terms; k < c.row; ++k) {
            bytes[k] = 0;
        }
    }
    uint32_t y = 0, x = 0;
    unsigned filled = 0;
    for (uint32_t pixel = 0; pixel < pixels; ++pixel) {
        const int8_t *patch;
        if (pointwise) {
            patch = c.input + (y * c.op->stride_h * c.in->dims[2] + x * c.op->stride_w) * c.row;
        } else {
            int8_t *to = vox_tile_row(tile, c.row, filled);
            gather(&c, y, x, to);
            patch = to;
        }
        vox_tile_take(tile, c.row, filled, patch);
        if (++x == width) {
            x = 0;
            ++y;
        }
        if (++filled == VOX_TILE || pixel + 1u == pixels) {
            if (common && filled == VOX_TILE) {
                multiply_common(&c, tile, output);
            } else {
                multiply_any(&c, tile, output, filled);
            }
            output += filled * channels;
            filled = 0;
        }
    }
}

const vox_kernel vox_kernel_conv_2d = {VOX_OP_CONV_2D, check, run};
