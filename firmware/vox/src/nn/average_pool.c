/* Mean of each window's values inside the input, ties away from zero. */
#include "nn/kernels.h"
#include "nn/pool.h"
#include "nn/rescale.h"

static void run(const vox_context *context, const vox_op *op)
{
    const vox_pool *p = (const void *)op;
    const vox_tensor *in = &context->model->tensors[op->input];
    const vox_tensor *out = &context->model->tensors[op->output];
    const uint32_t channels = in->dims[3];
    const uint32_t stride = in->dims[2] * channels;
    const int8_t *input = vox_place(context, op->input);
    int8_t *output = vox_place(context, op->output);
    for (uint32_t y = 0; y < out->dims[1]; ++y) {
        for (uint32_t x = 0; x < out->dims[2]; ++x) {
            const vox_window window = vox_pool_window(p, in, y, x);
            const uint32_t rows = window.bottom - window.top, columns = window.right - window.left;
            const int32_t count = (int32_t)(rows * columns);
            const int8_t *corner = input + window.top * stride + window.left * channels;
            for (uint32_t c = 0; c < channels; ++c, ++corner) {
                int32_t sum = 0;
                const int8_t *row = corner;
                for (uint32_t i = 0; i < rows; ++i, row += stride) {
                    const int8_t *from = row;
                    for (uint32_t j = 0; j < columns; ++j, from += channels) {
                        sum += *from;
                    }
                }
                const int32_t mean = (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
                *output++ = (int8_t)vox_clamp(mean, p->low, p->high);
            }
        }
    }
}

const vox_kernel vox_kernel_average_pool = {VOX_OP_AVERAGE_POOL, vox_pool_check, run};
