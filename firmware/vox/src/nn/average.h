/* Means of a pool's window. */
#ifndef VOX_NN_AVERAGE_H
#define VOX_NN_AVERAGE_H

#include "nn/ops.h"
#include "nn/rescale.h"

/* The part of a window that lies inside the input. */
typedef struct {
    const vox_pool *pool;
    const int8_t *corner; /* its first value */
    uint32_t channels;    /* bytes from column to column */
    uint32_t stride;      /* bytes from row to row */
    uint32_t rows, columns;
} vox_average;

/* The mean that belongs to a sum, ties away from zero, limited. */
static inline int8_t vox_average_of(const vox_average *a, int32_t sum)
{
    const int32_t count = (int32_t)(a->rows * a->columns);
    return (int8_t)vox_clamp((sum > 0 ? sum + count / 2 : sum - count / 2) / count, a->pool->low, a->pool->high);
}

/* All channels of one output pixel. */
void vox_average_pixel(const vox_average *a, int8_t *to);

#endif
