/* Generated from firmware/vox/spec by tools/generate_spec.py: change those files, not this one.
 * The lite build: the kernels of networks, and log-mel. */
#include "vox/nn.h"

extern const vox_kernel vox_kernel_conv_2d;
extern const vox_kernel vox_kernel_depthwise_2d;
extern const vox_kernel vox_kernel_dense;
extern const vox_kernel vox_kernel_max_pool;
extern const vox_kernel vox_kernel_average_pool;
extern const vox_kernel vox_kernel_mean;
extern const vox_kernel vox_kernel_softmax;
extern const vox_kernel vox_kernel_reshape;
extern const vox_kernel vox_kernel_add;
extern const vox_kernel vox_kernel_relu;

const vox_kernel *const vox_kernels[] = {
    [VOX_OP_CONV_2D] = &vox_kernel_conv_2d,
    [VOX_OP_DEPTHWISE_2D] = &vox_kernel_depthwise_2d,
    [VOX_OP_DENSE] = &vox_kernel_dense,
    [VOX_OP_MAX_POOL] = &vox_kernel_max_pool,
    [VOX_OP_AVERAGE_POOL] = &vox_kernel_average_pool,
    [VOX_OP_MEAN] = &vox_kernel_mean,
    [VOX_OP_SOFTMAX] = &vox_kernel_softmax,
    [VOX_OP_RESHAPE] = &vox_kernel_reshape,
    [VOX_OP_ADD] = &vox_kernel_add,
    [VOX_OP_RELU] = &vox_kernel_relu,
};
const size_t vox_kernel_count = sizeof vox_kernels / sizeof vox_kernels[0];

#include "frontend/kind.h"

extern const vox_frontend_kind vox_frontend_logmel;

const vox_frontend_kind *const vox_frontend_kinds[] = {
    [VOX_FRONTEND_LOGMEL] = &vox_frontend_logmel,
};
const size_t vox_frontend_kind_count = sizeof vox_frontend_kinds / sizeof vox_frontend_kinds[0];
