/* Largest value or mean of each window, of 16-bit activations. */
#include "nn/pool.h"
#include "nn/rescale.h"

/* The window as the pools of 8 bits have it. */
static vox_pool window_of(const vox_pool_16 *p)
{
    const vox_pool pool = {p->op, p->kernel_h, p->kernel_w, p->stride_h, p->stride_w, p->pad_top, p->pad_left, 0, 0};
    return pool;
}

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_between(model, op, sizeof(vox_pool_16), VOX_TYPE_S16, VOX_TYPE_S16)) {
        return VOX_ERR_OP;
    }
    const vox_pool_16 *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    if (!vox_window_sound(in->dims[1], out->dims[1], p->kernel_h, p->stride_h, 1, p->pad_top) ||
        !vox_window_sound(in->dims[2], out->dims[2], p->kernel_w, p->stride_w, 1, p->pad_left) ||
        in->dims[3] != out->dims[3] || p->kind > VOX_POOL_16_MEAN || p->low > p->high) {
        return VOX_ERR_OP;
    }
    return vox_work(vox_elements(out), (uint32_t)p->kernel_h * p->kernel_w + VOX_WORK_OF_RESULT);
}

/* from: the first value inside the input of this channel. At most 255 * 255 values: their sum fits 32 bits. */
static int32_t pooled(const vox_pool_16 *p, const vox_window *window, const int16_t *from, uint32_t column,
                      uint32_t row)
{
    int32_t found = p->kind == VOX_POOL_16_MEAN ? 0 : INT16_MIN;
    for (uint32_t y = window->top; y < window->bottom; ++y, from += row) {
        const int16_t *value = from;
        for (uint32_t x = window->left; x < window->right; ++x, value += column) {
            if (p->kind == VOX_POOL_16_MEAN) {
                found += *value;
            } else if (*value > found) {
                found = *value;
            }
        }
    }
    if (p->kind == VOX_POOL_16_MEAN) {
        const int32_t count = (int32_t)((window->bottom - window->top) * (window->right - window->left));
        found = (found > 0 ? found + count / 2 : found - count / 2) / count;
    }
    return vox_clamp(found, p->low, p->high);
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_pool_16 *p = (const void *)op;
    const vox_pool pool = window_of(p);
    const vox_tensor *in = &context->model->tensors[op->input];
    const vox_tensor *out = &context->model->tensors[op->output];
    const uint32_t channels = in->dims[3], row = in->dims[2] * channels;
    const int16_t *input = (const void *)vox_place(context, op->input);
    int16_t *output = (void *)vox_place(context, op->output);
    for (uint32_t y = 0; y < out->dims[1]; ++y) {
        for (uint32_t x = 0; x < out->dims[2]; ++x) {
            const vox_window window = vox_pool_window(&pool, in, y, x);
            const int16_t *corner = input + window.top * row + window.left * channels;
            for (uint32_t c = 0; c < channels; ++c) {
                *output++ = (int16_t)pooled(p, &window, corner + c, channels, row);
            }
        }
    }
}

const vox_kernel vox_kernel_pool_16 = {check, run};
