/* Depthwise 2-D convolution, channels last: output channel c sees input channel c / multiplier. */
#include "nn/check.h"
#include "nn/depthwise.h"
#include "nn/kernels.h"

#ifdef VOX_NN_MVE
#include "nn/depthwise_mve.h"
#endif

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
        out->dims[3] % in->dims[3] != 0u || !vox_apart(in, out) ||
        !vox_scratch_sound(model, p->scratch, 4u * taps + in->dims[3], in, out) || p->low > p->high) {
        return VOX_ERR_OP;
    }
    return vox_work(vox_elements(out), taps);
}

#ifdef VOX_NN_DSP
/* Channels `channel` .. `channel` + 3, one input channel each. */
static inline void four_channels(const vox_depthwise *d, uint32_t channel, int8_t *to)
{
    int32_t s0 = d->bias[channel], s1 = d->bias[channel + 1u], s2 = d->bias[channel + 2u], s3 = d->bias[channel + 3u];
    const int8_t *from = (const int8_t *)d->arena + channel;
    const int8_t *w = d->weights + channel;
    const uint32_t *tap = d->taps;
    const uint32_t *const end = tap + d->tap_count;
    const uint32_t channels = d->channels;
    for (; tap < end; ++tap, w += channels) {
        const uint32_t xs = vox_load_4(from + *tap), ws = vox_load_4(w);
        const uint32_t x_even = vox_even(xs), w_even = vox_even(ws);
        s0 = vox_mac_low(x_even, w_even, s0);
        s2 = vox_mac_high(x_even, w_even, s2);
        const uint32_t x_odd = vox_odd(xs), w_odd = vox_odd(ws);
        s1 = vox_mac_low(x_odd, w_odd, s1);
        s3 = vox_mac_high(x_odd, w_odd, s3);
    }
    if (d->common) {
        to[0] = vox_depthwise_finish_common(d, channel, s0);
        to[1] = vox_depthwise_finish_common(d, channel + 1u, s1);
        to[2] = vox_depthwise_finish_common(d, channel + 2u, s2);
        to[3] = vox_depthwise_finish_common(d, channel + 3u, s3);
    } else {
        to[0] = vox_depthwise_finish(d, channel, s0);
        to[1] = vox_depthwise_finish(d, channel + 1u, s1);
        to[2] = vox_depthwise_finish(d, channel + 2u, s2);
        to[3] = vox_depthwise_finish(d, channel + 3u, s3);
    }
}
#endif

static inline int8_t one_channel(const vox_depthwise *d, uint32_t channel, uint32_t in_channel)
{
    int32_t sum = d->bias[channel];
    const int8_t *from = (const int8_t *)d->arena + in_channel;
    const int8_t *w = d->weights + channel;
    for (uint32_t tap = 0; tap < d->tap_count; ++tap, w += d->channels) {
        sum += from[d->taps[tap]] * *w;
    }
    return d->common ? vox_depthwise_finish_common(d, channel, sum) : vox_depthwise_finish(d, channel, sum);
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

static void run(const vox_context *context, const vox_op *op)
{
    const vox_conv_2d *p = (const void *)op;
    const vox_tensor *in = &context->model->tensors[op->input];
    const vox_tensor *out = &context->model->tensors[op->output];
    const uint8_t *base = context->model->weights;
    const uint32_t in_channels = in->dims[3], channels = out->dims[3];
    const uint32_t multiplier = channels / in_channels;
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
    d.zero = out->zero_point;
    d.low = p->low;
    d.high = p->high;
    d.shifts_common = vox_shifts_are_common(d.shift, channels);
    d.common = d.shifts_common && d.low == -128 && d.high == 127;
    const uint32_t outside = p->scratch + 4u * d.tap_count;
    memset(context->arena + outside, in->zero_point, in_channels);
    int8_t *output = vox_place(context, op->output);
    int32_t top = -(int32_t)p->pad_top;
    for (unsigned y = 0; y < out->dims[1]; ++y, top += p->stride_h) {
        int32_t left = -(int32_t)p->pad_left;
        for (unsigned x = 0; x < out->dims[2]; ++x, left += p->stride_w) {
            find_taps(p, in, top, left, taps, outside);
            uint32_t channel = 0;
#ifdef VOX_NN_MVE
            if (multiplier == 1u && d.shifts_common) {
                channel = vox_depthwise_vectors(&d, output);
            }
#endif
#ifdef VOX_NN_DSP
            if (multiplier == 1u) {
                for (; channel + 4u <= channels; channel += 4u) {
                    four_channels(&d, channel, output + channel);
                }
            }
#endif
            uint32_t in_channel = channel, copies = 0;
            for (; channel < channels; ++channel) {
                output[channel] = one_channel(&d, channel, in_channel);
                if (++copies == multiplier) {
                    copies = 0;
                    ++in_channel;
                }
            }
            output += channels;
        }
    }
}

const vox_kernel vox_kernel_depthwise_2d = {VOX_OP_DEPTHWISE_2D, check, run};
