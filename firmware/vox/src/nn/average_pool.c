/* Mean of each window's values inside the input, ties away from zero. */
#include "nn/average.h"
#include "nn/pool.h"

static void run(const vox_context *context, const vox_op *op)
{
    const vox_pool *p = (const void *)op;
    const vox_tensor *in = &context->model->tensors[op->input];
    const vox_tensor *out = &context->model->tensors[op->output];
    const int8_t *input = vox_place(context, op->input);
    int8_t *output = vox_place(context, op->output);
    vox_average average = {p, NULL, in->dims[3], (uint32_t)in->dims[2] * in->dims[3], 0, 0};
    for (uint32_t y = 0; y < out->dims[1]; ++y) {
        for (uint32_t x = 0; x < out->dims[2]; ++x, output += average.channels) {
            const vox_window window = vox_pool_window(p, in, y, x);
            average.rows = window.bottom - window.top;
            average.columns = window.right - window.left;
            average.corner = input + window.top * average.stride + window.left * average.channels;
            vox_average_pixel(&average, output);
        }
    }
}

const vox_kernel vox_kernel_average_pool = {vox_pool_check, run};
