/* Bilinear interpolation, as TensorFlow Lite's reference kernel computes it in integers. */
#include "format/bounds.h"
#include "nn/check.h"

#define ONE 1024 /* shares of a row or column */
#define LEAST -512

/* For each of `out` rows or columns two of `in` and a share. */
static bool axis_sound(const vox_model *model, uint32_t at, unsigned in, unsigned out)
{
    if (!vox_in_bounds(model->weights_size, at, 3u * out, 2, 4)) {
        return false;
    }
    const int16_t *axis = (const void *)(model->weights + at);
    for (const int16_t *const end = axis + 3u * out; axis < end; axis += 3) {
        if (axis[0] < 0 || axis[1] < 0 || (unsigned)axis[0] >= in || (unsigned)axis[1] >= in || axis[2] < LEAST ||
            axis[2] > ONE || (axis[2] < 0 && axis[0] != axis[1])) {
            return false;
        }
    }
    return true;
}

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_sound(model, op, sizeof(vox_resize))) {
        return VOX_ERR_OP;
    }
    const vox_resize *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    if (in->dims[3] != out->dims[3] || !vox_apart(in, out) ||
        !axis_sound(model, p->row_table, in->dims[1], out->dims[1]) ||
        !axis_sound(model, p->column_table, in->dims[2], out->dims[2])) {
        return VOX_ERR_OP;
    }
    return vox_work(vox_elements(out), VOX_WORK_OF_RESULT);
}

/* To nearest, ties away from zero, of a value in 1/2^20: at most 128 * (2 * 2^10)^2 before that. */
static int8_t rounded(int32_t x)
{
    const int32_t half = 1 << 19;
    return (int8_t)(x > 0 ? (x + half) >> 20 : -((half - x) >> 20));
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_resize *p = (const void *)op;
    const vox_tensor *in = &context->model->tensors[op->input];
    const vox_tensor *out = &context->model->tensors[op->output];
    const uint32_t channels = out->dims[3], row = in->dims[2] * channels;
    const int16_t *const rows = (const void *)(context->model->weights + p->row_table);
    const int16_t *const columns = (const void *)(context->model->weights + p->column_table);
    const int8_t *input = vox_place(context, op->input);
    int8_t *output = vox_place(context, op->output);
    for (const int16_t *y = rows; y < rows + 3u * out->dims[1]; y += 3) {
        const int8_t *above = input + (uint32_t)y[0] * row, *below = input + (uint32_t)y[1] * row;
        for (const int16_t *x = columns; x < columns + 3u * out->dims[2]; x += 3) {
            const int8_t *upper_left = above + (uint32_t)x[0] * channels,
                         *upper_right = above + (uint32_t)x[1] * channels;
            const int8_t *lower_left = below + (uint32_t)x[0] * channels,
                         *lower_right = below + (uint32_t)x[1] * channels;
            for (uint32_t c = channels; c > 0u; --c) {
                const int32_t upper = *upper_left++ * (ONE - x[2]) + *upper_right++ * x[2];
                const int32_t lower = *lower_left++ * (ONE - x[2]) + *lower_right++ * x[2];
                *output++ = rounded(upper * (ONE - y[2]) + lower * y[2]);
            }
        }
    }
}

const vox_kernel vox_kernel_resize = {check, run};
