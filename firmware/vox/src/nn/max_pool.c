/* Largest value of each window. */
#include <string.h>

#include "nn/pool.h"
#include "nn/rescale.h"

static void run(const vox_context *context, const vox_op *op)
{
    const vox_pool *p = (const void *)op;
    const vox_tensor *in = &context->model->tensors[op->input];
    const vox_tensor *out = &context->model->tensors[op->output];
    const uint32_t channels = in->dims[3];
    const int8_t *input = vox_place(context, op->input);
    int8_t *output = vox_place(context, op->output);
    for (uint32_t y = 0; y < out->dims[1]; ++y) {
        for (uint32_t x = 0; x < out->dims[2]; ++x, output += channels) {
            const vox_window window = vox_pool_window(p, in, y, x);
            memset(output, -128, channels);
            for (uint32_t row = window.top; row < window.bottom; ++row) {
                const int8_t *from = input + (row * in->dims[2] + window.left) * channels;
                for (uint32_t column = window.left; column < window.right; ++column, from += channels) {
                    for (uint32_t c = 0; c < channels; ++c) {
                        output[c] = from[c] > output[c] ? from[c] : output[c];
                    }
                }
            }
            for (uint32_t c = 0; c < channels; ++c) {
                output[c] = (int8_t)vox_clamp(output[c], p->low, p->high);
            }
        }
    }
}

const vox_kernel vox_kernel_max_pool = {vox_pool_check, run};
