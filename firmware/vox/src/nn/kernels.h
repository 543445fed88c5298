/* The kernels, one file each. */
#ifndef VOX_NN_KERNELS_H
#define VOX_NN_KERNELS_H

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

#endif
