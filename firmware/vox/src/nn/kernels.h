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
extern const vox_kernel vox_kernel_table;
extern const vox_kernel vox_kernel_concat;
extern const vox_kernel vox_kernel_view;
extern const vox_kernel vox_kernel_pad;
extern const vox_kernel vox_kernel_binary;
extern const vox_kernel vox_kernel_reduce;
extern const vox_kernel vox_kernel_scale;
extern const vox_kernel vox_kernel_trees;
extern const vox_kernel vox_kernel_linear;
extern const vox_kernel vox_kernel_rbf;
extern const vox_kernel vox_kernel_vote;
extern const vox_kernel vox_kernel_knn;
extern const vox_kernel vox_kernel_gaussian;
extern const vox_kernel vox_kernel_log_sum;
extern const vox_kernel vox_kernel_softmax_32;
extern const vox_kernel vox_kernel_share;
extern const vox_kernel vox_kernel_threshold;
extern const vox_kernel vox_kernel_bins;

#endif
