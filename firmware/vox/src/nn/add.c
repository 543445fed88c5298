/* Elementwise sum of two tensors of one shape. */
#include "nn/check.h"
#include "nn/target.h"

#if VOX_ADD_ROOM == VOX_ROOM_MVE
#include "nn/mve/add.h"
#else
#include "nn/plain/add.h"
#endif

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_sound(model, op, sizeof(vox_add))) {
        return VOX_ERR_OP;
    }
    const vox_add *p = (const void *)op;
    if (p->input_b >= model->program->tensor_count || model->tensors[p->input_b].type != VOX_TYPE_S8) {
        return VOX_ERR_OP;
    }
    const vox_tensor *a = &model->tensors[op->input];
    const vox_tensor *b = &model->tensors[p->input_b];
    const vox_tensor *out = &model->tensors[op->output];
    const uint64_t limit = (uint64_t)255 << VOX_ADD_HEADROOM;
    if (vox_elements(a) != vox_elements(out) || vox_elements(b) != vox_elements(out) || !vox_apart_or_same(a, out) ||
        !vox_apart_or_same(b, out) || p->low > p->high || p->shift_a > 0 || p->shift_b > 0 || p->shift_out > 0 ||
        !vox_rescale_sound(p->multiplier_a, p->shift_a, limit) ||
        !vox_rescale_sound(p->multiplier_b, p->shift_b, limit) ||
        !vox_rescale_sound(p->multiplier_out, p->shift_out, 2u * limit)) {
        return VOX_ERR_OP;
    }
    return vox_work(vox_elements(out), 2u * VOX_WORK_OF_RESULT);
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_add *p = (const void *)op;
    const vox_tensor *a = &context->model->tensors[op->input], *b = &context->model->tensors[p->input_b];
    const vox_tensor *out = &context->model->tensors[op->output];
    const vox_adding adding = {{vox_place(context, op->input), a->zero_point, p->multiplier_a, p->shift_a},
                               {vox_place(context, p->input_b), b->zero_point, p->multiplier_b, p->shift_b},
                               p->multiplier_out,
                               p->shift_out,
                               out->zero_point,
                               p->low,
                               p->high};
    vox_add_values(&adding, vox_place(context, op->output), vox_elements(out));
}

const vox_kernel vox_kernel_add = {check, run};
