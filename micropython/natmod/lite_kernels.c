/* The kernels of the lite build: networks. The Makefile's LITE_KERNELS names their files. */
#include "nn/kernels.h"

const vox_kernel *const vox_kernels[] = {
    &vox_kernel_conv_2d, &vox_kernel_depthwise_2d, &vox_kernel_dense,   &vox_kernel_max_pool, &vox_kernel_average_pool,
    &vox_kernel_mean,    &vox_kernel_softmax,      &vox_kernel_reshape, &vox_kernel_add,      &vox_kernel_relu,
};
const size_t vox_kernel_count = sizeof vox_kernels / sizeof vox_kernels[0];
