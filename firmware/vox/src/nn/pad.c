/* A tensor with a border of one value. */
#include <string.h>

#include "nn/check.h"

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_moves(model, op, sizeof(vox_pad))) {
        return VOX_ERR_OP;
    }
    const vox_pad *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    if ((uint32_t)p->above + in->dims[1] > out->dims[1] || (uint32_t)p->left + in->dims[2] > out->dims[2] ||
        (uint32_t)p->front + in->dims[3] > out->dims[3] || !vox_apart(in, out)) {
        return VOX_ERR_OP;
    }
    return vox_work(vox_bytes(out), 1);
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_pad *p = (const void *)op;
    const uint16_t *in = context->model->tensors[op->input].dims;
    const uint16_t *out = context->model->tensors[op->output].dims;
    const int8_t *input = vox_place(context, op->input);
    int8_t *output = vox_place(context, op->output);
    const uint32_t size = vox_element_size(context->model->tensors[op->input].type), row = in[3] * size;
    memset(output, p->value, vox_bytes(&context->model->tensors[op->output]));
    for (uint32_t y = 0; y < in[1]; ++y) {
        int8_t *to = output + (((p->above + y) * out[2] + p->left) * out[3] + p->front) * size;
        for (uint32_t x = 0; x < in[2]; ++x, to += out[3] * size, input += row) {
            memcpy(to, input, row);
        }
    }
}

const vox_kernel vox_kernel_pad = {check, run};
