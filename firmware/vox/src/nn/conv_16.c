/* 2-D convolution of 16-bit activations, channels last, in groups of channels: as many groups as channels are a depthwise one,
 * and a kernel of 1 is a dense layer at every position. */
#include <string.h>

#include "format/bounds.h"
#include "nn/check.h"
#include "nn/double_product.h"
#include "nn/rescale.h"
#include "nn/wide.h"

#define MOST_TERMS 511u /* products of 16 and 8 bits whose sum fits 32 */
#define LARGEST_BIAS ((int64_t)1 << 46)
#define MOST_SHIFT 7 /* of what is rounded once: the reference has this limit */

/* Of a table at a multiple of 4 alone. */
static int64_t entry_of(const uint8_t *table, uint32_t channel, bool wide)
{
    if (wide) {
        int64_t entry;
        memcpy(&entry, table + 8u * channel, sizeof entry);
        return entry;
    }
    int32_t entry;
    memcpy(&entry, table + 4u * channel, sizeof entry);
    return entry;
}

static int64_t bias_of(const vox_conv_16 *p, const uint8_t *base, uint32_t channel)
{
    return entry_of(base + p->affine.bias, channel, p->rounding != VOX_ROUND_16_TWICE);
}

static int64_t multiplier_of(const vox_conv_16 *p, const uint8_t *base, uint32_t channel)
{
    return entry_of(base + p->affine.multiplier, channel, p->rounding == VOX_ROUND_16_PRODUCT);
}

static bool channel_sound(const vox_conv_16 *p, int64_t bias, int64_t multiplier, int shift)
{
    if (multiplier < 0 || shift < VOX_MIN_SHIFT - 1) {
        return false;
    }
    if (p->rounding == VOX_ROUND_16_TWICE) {
        return shift <= VOX_MAX_SHIFT;
    }
    const bool once = p->rounding == VOX_ROUND_16_ONCE;
    return (once ? multiplier <= INT16_MAX : vox_double_sound(multiplier)) &&
           shift <= (once ? MOST_SHIFT : VOX_MAX_SHIFT) && bias >= -LARGEST_BIAS && bias <= LARGEST_BIAS;
}

static VOX_COLD bool tables_sound(const vox_model *model, const vox_conv_16 *p, uint32_t channels,
                                  uint64_t weight_bytes)
{
    const uint32_t size = model->weights_size;
    const uint32_t of_bias = p->rounding == VOX_ROUND_16_TWICE ? 4 : 8;
    const uint32_t of_multiplier = p->rounding == VOX_ROUND_16_PRODUCT ? 8 : 4;
    if (p->rounding > VOX_ROUND_16_PRODUCT || weight_bytes > size ||
        !vox_in_bounds(size, p->affine.weights, (uint32_t)weight_bytes, 1, 1) ||
        !vox_in_bounds(size, p->affine.bias, channels, of_bias, 4) ||
        !vox_in_bounds(size, p->affine.multiplier, channels, of_multiplier, 4) ||
        !vox_table_sound(model, p->affine.shift, channels, 1)) {
        return false;
    }
    const int8_t *shift = (const void *)(model->weights + p->affine.shift);
    for (uint32_t c = 0; c < channels; ++c) {
        if (!channel_sound(p, bias_of(p, model->weights, c), multiplier_of(p, model->weights, c), shift[c])) {
            return false;
        }
    }
    return true;
}

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_between(model, op, sizeof(vox_conv_16), VOX_TYPE_S16, VOX_TYPE_S16)) {
        return VOX_ERR_OP;
    }
    const vox_conv_16 *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    if (p->groups == 0u || in->dims[3] % p->groups != 0u || out->dims[3] % p->groups != 0u || in->zero_point != 0 ||
        out->zero_point != 0 || p->low > p->high) {
        return VOX_ERR_OP;
    }
    const uint32_t terms = (uint32_t)p->kernel_h * p->kernel_w * (in->dims[3] / p->groups); /* below 2^32 */
    if (terms > VOX_MAX_ARENA ||
        !vox_window_sound(in->dims[1], out->dims[1], p->kernel_h, p->stride_h, p->dilation_h, p->pad_top) ||
        !vox_window_sound(in->dims[2], out->dims[2], p->kernel_w, p->stride_w, p->dilation_w, p->pad_left) ||
        !tables_sound(model, p, out->dims[3], (uint64_t)terms * out->dims[3])) {
        return VOX_ERR_OP;
    }
    const uint32_t of_result = p->rounding == VOX_ROUND_16_PRODUCT ? 4u * VOX_WORK_OF_RESULT : 2u * VOX_WORK_OF_RESULT;
    return vox_work(vox_elements(out), 2u * (uint64_t)terms + of_result);
}

/* What lies inside the input of a window, along one axis. */
typedef struct {
    uint32_t first; /* tap of the kernel */
    uint32_t count; /* of taps */
    uint32_t at;    /* row or column of the input of the first */
} taps;

static taps inside(uint32_t place, uint32_t stride, uint32_t pad, uint32_t kernel, uint32_t dilation, uint32_t size)
{
    taps found = {0, 0, 0};
    int32_t at = (int32_t)(place * stride) - (int32_t)pad;
    for (; at < 0 && found.first < kernel; at += (int32_t)dilation) {
        ++found.first;
    }
    found.at = (uint32_t)at;
    for (; at < (int32_t)size && found.first + found.count < kernel; at += (int32_t)dilation) {
        ++found.count;
    }
    return found;
}

/* A stretch of `count` products; in parts whose sums fit 32 bits. */
static int64_t stretch(const int16_t *x, const int8_t *w, uint32_t count)
{
    int64_t sum = 0;
    while (count > 0u) {
        const uint32_t some = count < MOST_TERMS ? count : MOST_TERMS;
        sum += vox_dot_wide(x, w, some, 0);
        x += some;
        w += some;
        count -= some;
    }
    return sum;
}

typedef struct {
    const vox_conv_16 *op;
    const int16_t *input; /* the first tap's channels of the group */
    uint32_t each;        /* channels in of a group */
    uint32_t column, row; /* elements of the input from a tap to the next */
    taps y, x;
} window;

static int64_t sum_of(const window *v, const int8_t *weights)
{
    const uint32_t kernel_w = v->op->kernel_w;
    const int8_t *w = weights + (v->y.first * kernel_w + v->x.first) * v->each;
    const int16_t *from = v->input;
    int64_t sum = 0;
    for (uint32_t y = v->y.count; y > 0u; --y, from += v->row, w += kernel_w * v->each) {
        if (v->column == v->each) {
            sum += stretch(from, w, v->x.count * v->each);
        } else if (v->each == 1u) {
            for (uint32_t x = 0; x < v->x.count; ++x) {
                sum += from[x * v->column] * w[x];
            }
        } else {
            for (uint32_t x = 0; x < v->x.count; ++x) {
                sum += stretch(from + x * v->column, w + x * v->each, v->each);
            }
        }
    }
    return sum;
}

static int32_t rescaled(const vox_conv_16 *p, int64_t sum, int64_t multiplier, int shift)
{
    if (p->rounding == VOX_ROUND_16_PRODUCT) {
        return vox_double_product(sum, multiplier, shift);
    }
    if (p->rounding == VOX_ROUND_16_TWICE) {
        return vox_rescale((int32_t)sum, (int32_t)multiplier, shift);
    }
    const unsigned total = (unsigned)(15 - shift);
    return (int32_t)((sum * multiplier + ((int64_t)1 << (total - 1u))) >> total);
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_conv_16 *p = (const void *)op;
    const vox_tensor *in = &context->model->tensors[op->input];
    const vox_tensor *out = &context->model->tensors[op->output];
    const uint8_t *base = context->model->weights;
    const int16_t *input = (const void *)vox_place(context, op->input);
    int16_t *output = (void *)vox_place(context, op->output);
    const int8_t *shift = (const int8_t *)base + p->affine.shift;
    const uint32_t channels = in->dims[3], of_group = out->dims[3] / p->groups;
    window v;
    v.op = p;
    v.each = channels / p->groups;
    v.column = p->dilation_w * channels;
    v.row = (uint32_t)p->dilation_h * in->dims[2] * channels;
    const uint32_t terms = (uint32_t)p->kernel_h * p->kernel_w * v.each;
    for (uint32_t y = 0; y < out->dims[1]; ++y) {
        v.y = inside(y, p->stride_h, p->pad_top, p->kernel_h, p->dilation_h, in->dims[1]);
        for (uint32_t x = 0; x < out->dims[2]; ++x) {
            v.x = inside(x, p->stride_w, p->pad_left, p->kernel_w, p->dilation_w, in->dims[2]);
            const bool seen = v.y.count > 0u && v.x.count > 0u;
            const int16_t *corner = seen ? input + (v.y.at * in->dims[2] + v.x.at) * channels : input;
            const int8_t *weights = (const int8_t *)base + p->affine.weights;
            for (uint32_t c = 0; c < out->dims[3]; ++c, weights += terms) {
                v.input = corner + c / of_group * v.each;
                const int64_t sum = bias_of(p, base, c) + (seen ? sum_of(&v, weights) : 0);
                const int32_t value = rescaled(p, sum, multiplier_of(p, base, c), shift[c]);
                *output++ = (int16_t)vox_clamp(value, p->low, p->high);
            }
        }
    }
}

const vox_kernel vox_kernel_conv_16 = {check, run};
