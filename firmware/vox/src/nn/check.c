#include "nn/check.h"

#include "format/bounds.h"

bool vox_op_sound(const vox_model *model, const vox_op *op, uint32_t size)
{
    const uint32_t count = model->program->tensor_count;
    return op->size == size && op->input < count && op->output < count &&
           model->tensors[op->input].type == VOX_TYPE_S8 && model->tensors[op->output].type == VOX_TYPE_S8;
}

bool vox_op_moves(const vox_model *model, const vox_op *op, uint32_t size)
{
    const uint32_t count = model->program->tensor_count;
    if (op->size != size || op->input >= count || op->output >= count) {
        return false;
    }
    const unsigned type = model->tensors[op->input].type;
    return (type == VOX_TYPE_S8 || type == VOX_TYPE_S16) && model->tensors[op->output].type == type;
}

bool vox_op_between(const vox_model *model, const vox_op *op, uint32_t size, unsigned input_type, unsigned output_type)
{
    const uint32_t count = model->program->tensor_count;
    return op->size == size && op->input < count && op->output < count &&
           model->tensors[op->input].type == input_type && model->tensors[op->output].type == output_type &&
           vox_apart(&model->tensors[op->input], &model->tensors[op->output]);
}

static bool ranges_apart(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return a + a_size <= b || b + b_size <= a;
}

bool vox_apart(const vox_tensor *a, const vox_tensor *b)
{
    return ranges_apart(a->offset, vox_bytes(a), b->offset, vox_bytes(b));
}

bool vox_table_sound(const vox_model *model, uint32_t offset, uint32_t count, uint32_t size)
{
    return vox_in_bounds(model->weights_size, offset, count, size, size);
}

bool vox_in_place(const vox_tensor *a, const vox_tensor *b)
{
    return a->offset == b->offset && a->dims[1] == b->dims[1] && a->dims[2] == b->dims[2] && a->dims[3] == b->dims[3];
}

bool vox_apart_or_same(const vox_tensor *a, const vox_tensor *b)
{
    return a->offset == b->offset || vox_apart(a, b);
}

bool vox_scratch_sound(const vox_model *model, uint32_t scratch, uint64_t size, const vox_tensor *a,
                       const vox_tensor *b)
{
    return (scratch & 7u) == 0u && scratch >= vox_program_state_size(model) &&
           scratch + size <= model->program->arena_size && ranges_apart(scratch, size, a->offset, vox_bytes(a)) &&
           ranges_apart(scratch, size, b->offset, vox_bytes(b));
}

bool vox_rescale_sound(int32_t multiplier, int shift, uint64_t limit)
{
    return multiplier >= 0 && shift >= VOX_MIN_SHIFT && shift <= VOX_MAX_SHIFT &&
           limit << (shift > 0 ? shift : 0) <= INT32_MAX;
}

/* limit: of the accumulator's magnitude. 128 more is left for the zero point, which is added afterwards. */
static bool channel_sound(int32_t multiplier, int shift, uint64_t limit, bool once)
{
    if (once) {
        return multiplier >= 0 && shift >= VOX_MIN_SHIFT - 1 && shift <= VOX_MAX_SHIFT &&
               (limit + 128u) << (shift > 0 ? shift : 0) <= INT32_MAX;
    }
    if (shift < VOX_MIN_SHIFT) {
        const int wide = shift + VOX_SHIFT_WIDE;
        return wide <= 0 && vox_rescale_sound(multiplier, wide, limit + 128u);
    }
    /* Twice the limit: vox_rescale_common wants one bit to spare. */
    return vox_rescale_sound(multiplier, shift, 2u * limit);
}

bool vox_affine_sound(const vox_model *model, const vox_affine *affine, uint32_t channels, uint64_t weight_bytes,
                      uint32_t terms, bool once)
{
    const uint32_t size = model->weights_size;
    if (weight_bytes > size || !vox_in_bounds(size, affine->weights, (uint32_t)weight_bytes, 1, 4) ||
        !vox_table_sound(model, affine->bias, channels, 4) ||
        !vox_table_sound(model, affine->multiplier, channels, 4) ||
        !vox_table_sound(model, affine->shift, channels, 1)) {
        return false;
    }
    const int32_t *bias = (const void *)(model->weights + affine->bias);
    const int32_t *multiplier = (const void *)(model->weights + affine->multiplier);
    const int8_t *shift = (const void *)(model->weights + affine->shift);
    for (uint32_t c = 0; c < channels; ++c) {
        const uint64_t limit = (uint64_t)(bias[c] < 0 ? -(int64_t)bias[c] : bias[c]) + (uint64_t)terms * (128u * 128u);
        if (!channel_sound(multiplier[c], shift[c], limit, once)) {
            return false;
        }
    }
    return true;
}

bool vox_window_sound(uint32_t input, uint32_t output, uint32_t kernel, uint32_t stride, uint32_t dilation,
                      uint32_t pad)
{
    return kernel > 0u && stride > 0u && dilation > 0u && pad <= (kernel - 1u) * dilation &&
           (output - 1u) * stride < input + pad;
}

int vox_work(uint64_t outputs, uint64_t terms)
{
    const bool sound = outputs <= VOX_MAX_OP_WORK && terms <= VOX_MAX_OP_WORK && outputs * terms <= VOX_MAX_OP_WORK;
    return sound ? (int)(outputs * terms) : VOX_ERR_WORK;
}
