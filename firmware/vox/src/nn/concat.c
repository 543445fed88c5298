/* Rows of several tensors, one behind the other. */
#include <string.h>

#include "nn/check.h"

static uint16_t input_at(const vox_op *op, unsigned index)
{
    const vox_concat *p = (const void *)op;
    return index == 0u ? op->input : p->more[index - 1u];
}

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_moves(model, op, sizeof(vox_concat))) {
        return VOX_ERR_OP;
    }
    const vox_concat *p = (const void *)op;
    const vox_tensor *out = &model->tensors[op->output];
    if (p->outer == 0u || p->count == 0u || p->count > VOX_MAX_CONCAT) {
        return VOX_ERR_OP;
    }
    uint64_t elements = 0;
    for (unsigned i = 0; i < p->count; ++i) {
        if (input_at(op, i) >= model->program->tensor_count) {
            return VOX_ERR_OP;
        }
        const vox_tensor *in = &model->tensors[input_at(op, i)];
        if (in->type != out->type || vox_elements(in) % p->outer != 0u || !vox_apart(in, out)) {
            return VOX_ERR_OP;
        }
        elements += vox_elements(in);
    }
    return elements == vox_elements(out) ? vox_work(elements, 4) : VOX_ERR_OP;
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_concat *p = (const void *)op;
    int8_t *output = vox_place(context, op->output);
    const uint32_t stride = vox_bytes(&context->model->tensors[op->output]) / p->outer;
    for (unsigned i = 0; i < p->count; ++i) {
        const int8_t *input = vox_place(context, input_at(op, i));
        const uint32_t length = vox_bytes(&context->model->tensors[input_at(op, i)]) / p->outer;
        int8_t *row = output;
        for (uint32_t left = p->outer; left > 0u; --left, row += stride, input += length) {
            memcpy(row, input, length);
        }
        output += length;
    }
}

const vox_kernel vox_kernel_concat = {check, run};
