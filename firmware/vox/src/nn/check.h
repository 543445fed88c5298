/* What the kernels' checks have in common. */
#ifndef VOX_NN_CHECK_H
#define VOX_NN_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "format/cold.h"
#include "nn/ops.h"
#include "vox/nn.h"

static inline uint32_t vox_elements(const vox_tensor *tensor)
{
    return (uint32_t)tensor->dims[1] * tensor->dims[2] * tensor->dims[3]; /* vox_program_check bounds it */
}

/* Bytes of a VOX_TYPE_*; 0: no such type. */
static inline uint32_t vox_element_size(uint8_t type)
{
    return type == VOX_TYPE_S8 ? 1u : type == VOX_TYPE_S16 ? 2u : type == VOX_TYPE_S32 ? 4u : 0u;
}

static inline uint32_t vox_bytes(const vox_tensor *tensor)
{
    return vox_elements(tensor) * vox_element_size(tensor->type);
}

static inline uint32_t vox_padded_4(uint32_t count)
{
    return (count + 3u) & ~3u;
}

static inline int8_t *vox_place(const vox_context *context, uint16_t tensor)
{
    return (int8_t *)context->arena + context->model->tensors[tensor].offset;
}

/* The op's tensors exist, are int8, and the record is `size` bytes long. */
VOX_COLD bool vox_op_sound(const vox_model *model, const vox_op *op, uint32_t size);

/* The op's tensors exist, are int8 or int16, both the same, and the record is `size` bytes long. */
bool vox_op_moves(const vox_model *model, const vox_op *op, uint32_t size);

/* The op's tensors exist, are of these types (VOX_TYPE_*), share no byte, and the record is `size` bytes long. */
VOX_COLD bool vox_op_between(const vox_model *model, const vox_op *op, uint32_t size, unsigned input_type,
                             unsigned output_type);

/* The tensors share no byte. */
VOX_COLD bool vox_apart(const vox_tensor *a, const vox_tensor *b);

/* A table in WGHT: `count` items of `size` bytes (1, 2 or 4), at a multiple of that. */
VOX_COLD bool vox_table_sound(const vox_model *model, uint32_t offset, uint32_t count, uint32_t size);

/* The same place, and of the same dimensions. */
VOX_COLD bool vox_in_place(const vox_tensor *a, const vox_tensor *b);

/* For elementwise ops: the same place, or apart. */
VOX_COLD bool vox_apart_or_same(const vox_tensor *a, const vox_tensor *b);

/* `size` bytes of scratch at a multiple of 8 inside the arena, apart from both tensors. */
VOX_COLD bool vox_scratch_sound(const vox_model *model, uint32_t scratch, uint64_t size, const vox_tensor *a,
                                const vox_tensor *b);

/* Tables within WGHT, weights of weight_bytes, every rescaling in range, no accumulator over `terms` products beyond
 * 32 bits. once: for vox_rescale_once, which knows no wide shifts. */
VOX_COLD bool vox_affine_sound(const vox_model *model, const vox_affine *affine, uint32_t channels,
                               uint64_t weight_bytes, uint32_t terms, bool once);

/* multiplier and shift may be handed to vox_rescale with |x| <= limit. */
VOX_COLD bool vox_rescale_sound(int32_t multiplier, int shift, uint64_t limit);

/* One axis of a sliding window: stride, kernel and dilation at least 1; every window touches the input. */
VOX_COLD bool vox_window_sound(uint32_t input, uint32_t output, uint32_t kernel, uint32_t stride, uint32_t dilation,
                               uint32_t pad);

/* outputs * terms as a check's result: the number, or VOX_ERR_WORK beyond VOX_MAX_OP_WORK. */
VOX_COLD int vox_work(uint64_t outputs, uint64_t terms);

#endif
