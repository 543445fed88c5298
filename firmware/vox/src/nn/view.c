/* A tensor's elements in another order: slices, transposes, repeats. */
#include <string.h>

#include "nn/check.h"

#define LOOPS 5u

/* Whether every element that the loops name lies in the input. */
static bool stays_inside(const vox_view *p, uint32_t elements)
{
    int64_t back = 0, forth = 0;
    for (unsigned i = 0; i < LOOPS; ++i) {
        const int64_t reach = (int64_t)(p->counts[i] - 1) * p->strides[i]; /* below 2^48 */
        *(reach < 0 ? &back : &forth) += reach;
    }
    return p->offset + back >= 0 && p->offset + forth < (int64_t)elements;
}

static VOX_COLD int check(const vox_model *model, const vox_op *op)
{
    if (!vox_op_moves(model, op, sizeof(vox_view))) {
        return VOX_ERR_OP;
    }
    const vox_view *p = (const void *)op;
    const vox_tensor *in = &model->tensors[op->input];
    const vox_tensor *out = &model->tensors[op->output];
    uint64_t elements = 1;
    for (unsigned i = 0; i < LOOPS; ++i) {
        elements *= p->counts[i];
        if (elements == 0u || elements > vox_elements(out)) {
            return VOX_ERR_OP;
        }
    }
    if (elements != vox_elements(out) || !vox_apart(in, out) || !stays_inside(p, vox_elements(in))) {
        return VOX_ERR_OP;
    }
    return vox_work(elements, 4);
}

/* size: bytes of an element. */
static int8_t *put_row(const vox_view *p, uint32_t size, const int8_t *from, int8_t *to)
{
    const uint32_t count = p->counts[LOOPS - 1u];
    const int32_t stride = p->strides[LOOPS - 1u];
    if (stride == 1) {
        memcpy(to, from, count * size);
        return to + count * size;
    }
    if (size == 2u) {
        const int16_t *source = (const void *)from;
        int16_t *result = (void *)to;
        for (uint32_t i = 0; i < count; ++i) {
            result[i] = source[(int32_t)i * stride];
        }
        return to + count * size;
    }
    for (uint32_t i = 0; i < count; ++i) {
        to[i] = from[(int32_t)i * stride];
    }
    return to + count;
}

static void run(const vox_context *context, const vox_op *op)
{
    const vox_view *p = (const void *)op;
    const int8_t *input = vox_place(context, op->input);
    int8_t *output = vox_place(context, op->output);
    const uint32_t size = vox_element_size(context->model->tensors[op->input].type);
    int32_t at = p->offset;
    uint32_t turn[LOOPS - 1u] = {0};
    for (;;) {
        output = put_row(p, size, input + at * (int32_t)size, output);
        unsigned loop = LOOPS - 1u; /* the next turn of the innermost loop that has one left */
        while (loop > 0u && turn[loop - 1u] + 1u == p->counts[loop - 1u]) {
            --loop;
            at -= (int32_t)turn[loop] * p->strides[loop];
            turn[loop] = 0;
        }
        if (loop == 0u) {
            return;
        }
        ++turn[loop - 1u];
        at += p->strides[loop - 1u];
    }
}

const vox_kernel vox_kernel_view = {check, run};
