/* Mean of each window's values inside the input, ties away from zero. */
#include "nn/kernels.h"
#include "nn/pool.h"
#include "nn/rescale.h"

static inline int8_t mean_of(const vox_pool *p, int32_t sum, int32_t count)
{
    return (int8_t)vox_clamp((sum > 0 ? sum + count / 2 : sum - count / 2) / count, p->low, p->high);
}

#ifdef VOX_NN_MVE
/* Of four channels, over rows `stride` bytes apart and columns `channels` bytes apart. */
static inline int32x4_t sum_4(const int8_t *row, uint32_t stride, uint32_t channels, uint32_t rows, uint32_t columns)
{
    int32x4_t sum = vdupq_n_s32(0);
    for (; rows > 0u; --rows, row += stride) {
        const int8_t *from = row;
        for (uint32_t left = columns; left > 0u; --left, from += channels) {
            sum = vaddq_s32(sum, vldrbq_s32(from));
        }
    }
    return sum;
}
#endif

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
            uint32_t c = 0;
#ifdef VOX_NN_MVE
            for (; c + 4u <= channels; c += 4u) {
                int32_t sums[4];
                vstrwq_s32(sums, sum_4(corner + c, stride, channels, rows, columns));
                for (unsigned i = 0; i < 4u; ++i) {
                    *output++ = mean_of(p, sums[i], count);
                }
            }
#endif
            for (; c < channels; ++c) {
                int32_t sum = 0;
                const int8_t *row = corner + c;
                for (uint32_t i = 0; i < rows; ++i, row += stride) {
                    const int8_t *from = row;
                    for (uint32_t j = 0; j < columns; ++j, from += channels) {
                        sum += *from;
                    }
                }
                *output++ = mean_of(p, sum, count);
            }
        }
    }
}

const vox_kernel vox_kernel_average_pool = {VOX_OP_AVERAGE_POOL, vox_pool_check, run};
