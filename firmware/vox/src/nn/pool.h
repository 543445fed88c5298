/* The part of an input window that lies inside the input. */
#ifndef VOX_NN_POOL_H
#define VOX_NN_POOL_H

#include "format/cold.h"
#include "nn/check.h"

typedef struct {
    uint32_t top, bottom; /* rows top .. bottom - 1 */
    uint32_t left, right; /* columns left .. right - 1 */
} vox_window;

static inline vox_window vox_pool_window(const vox_pool *pool, const vox_tensor *in, uint32_t y, uint32_t x)
{
    const int32_t top = (int32_t)(y * pool->stride_h) - pool->pad_top;
    const int32_t left = (int32_t)(x * pool->stride_w) - pool->pad_left;
    const int32_t bottom = top + pool->kernel_h, right = left + pool->kernel_w;
    vox_window window;
    window.top = top < 0 ? 0u : (uint32_t)top;
    window.left = left < 0 ? 0u : (uint32_t)left;
    window.bottom = bottom > in->dims[1] ? in->dims[1] : (uint32_t)bottom;
    window.right = right > in->dims[2] ? in->dims[2] : (uint32_t)right;
    return window;
}

/* Check of both pools. */
VOX_COLD int vox_pool_check(const vox_model *model, const vox_op *op);

#endif
