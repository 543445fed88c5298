/* What the lite build knows: the kernels of networks, and log-mel. */
#include "frontend/kind.h"
#include "nn/kernels.h"

const vox_kernel *const vox_kernels[] = {
    &vox_kernel_conv_2d, &vox_kernel_depthwise_2d, &vox_kernel_dense,   &vox_kernel_max_pool, &vox_kernel_average_pool,
    &vox_kernel_mean,    &vox_kernel_softmax,      &vox_kernel_reshape, &vox_kernel_add,      &vox_kernel_relu,
};
const size_t vox_kernel_count = sizeof vox_kernels / sizeof vox_kernels[0];

extern const vox_frontend_kind vox_frontend_logmel;

const vox_frontend_kind *const vox_frontend_kinds[] = {&vox_frontend_logmel};
const size_t vox_frontend_kind_count = sizeof vox_frontend_kinds / sizeof vox_frontend_kinds[0];
