#include "nn/pool.h"

int vox_pool_check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_sound(model, op, sizeof(vox_pool))) {
        return VOX_ERR_OP;
    }
    const vox_pool *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    if (!vox_window_sound(in->dims[1], out->dims[1], p->kernel_h, p->stride_h, 1, p->pad_top) ||
        !vox_window_sound(in->dims[2], out->dims[2], p->kernel_w, p->stride_w, 1, p->pad_left) ||
        in->dims[3] != out->dims[3] || !vox_apart(in, out) || p->low > p->high) {
        return VOX_ERR_OP;
    }
    return vox_work(vox_elements(out), (uint32_t)p->kernel_h * p->kernel_w + VOX_WORK_OF_RESULT);
}
