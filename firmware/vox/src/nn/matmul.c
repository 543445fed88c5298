/* Products of two matrices that are both computed. */
#include "nn/check.h"
#include "nn/rescale.h"

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_sound(model, op, sizeof(vox_matmul))) {
        return VOX_ERR_OP;
    }
    const vox_matmul *p = (const void *)op;
    if (p->input_b >= model->program->tensor_count || p->batches == 0u || p->batches > VOX_MAX_ARENA ||
        p->terms == 0u || p->terms > VOX_MAX_MATMUL_TERMS || p->low > p->high || p->once > 1u) {
        return VOX_ERR_OP;
    }
    const vox_tensor *a = &model->tensors[op->input], *b = &model->tensors[p->input_b];
    const vox_tensor *out = &model->tensors[op->output];
    const uint64_t each = (uint64_t)p->batches * p->terms;
    const uint64_t rows = vox_elements(a) / each, columns = vox_elements(b) / each;
    if (b->type != VOX_TYPE_S8 || rows * each != vox_elements(a) || columns * each != vox_elements(b) ||
        p->batches * rows * columns != vox_elements(out) || !vox_apart(a, out) || !vox_apart(b, out) ||
        !vox_rescale_sound(p->multiplier, p->shift, (uint64_t)p->terms * 255u * 255u)) {
        return VOX_ERR_OP;
    }
    return vox_work(vox_elements(out), 2u * p->terms + VOX_WORK_OF_RESULT);
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_matmul *p = (const void *)op;
    const vox_tensor *in = &context->model->tensors[op->input], *second = &context->model->tensors[p->input_b];
    const vox_tensor *out = &context->model->tensors[op->output];
    const uint32_t terms = p->terms, matrix = vox_elements(second) / p->batches;
    const int32_t zero_a = in->zero_point, zero_b = second->zero_point;
    const int8_t *a = vox_place(context, op->input), *a_end = a + vox_elements(in) / p->batches;
    const int8_t *b = vox_place(context, p->input_b);
    int8_t *output = vox_place(context, op->output);
    for (uint32_t batch = p->batches; batch > 0u; --batch, b += matrix, a_end += vox_elements(in) / p->batches) {
        for (; a < a_end; a += terms) {
            for (const int8_t *column = b; column < b + matrix;) {
                int32_t sum = 0;
                for (uint32_t i = 0; i < terms; ++i) {
                    sum += (a[i] - zero_a) * (*column++ - zero_b);
                }
                const int32_t y = (p->once != 0u ? vox_rescale_once(sum, p->multiplier, p->shift)
                                                 : vox_rescale(sum, p->multiplier, p->shift)) +
                                  out->zero_point;
                *output++ = (int8_t)vox_clamp(y, p->low, p->high);
            }
        }
    }
}

const vox_kernel vox_kernel_matmul = {check, run};
