/* All kernels. An export puts its own file here, with those that its model uses. The list is searched from its beginning for
 * every op that runs: those that themselves take little time come first. */
#include "nn/kernels.h"

const vox_kernel *const vox_kernels[] = {
    &vox_kernel_trees,        &vox_kernel_share,    &vox_kernel_linear,       &vox_kernel_scale,
    &vox_kernel_conv_2d,      &vox_kernel_dense,    &vox_kernel_depthwise_2d, &vox_kernel_max_pool,
    &vox_kernel_average_pool, &vox_kernel_mean,     &vox_kernel_softmax,      &vox_kernel_reshape,
    &vox_kernel_add,          &vox_kernel_relu,     &vox_kernel_rbf,          &vox_kernel_vote,
    &vox_kernel_knn,          &vox_kernel_gaussian, &vox_kernel_log_sum,      &vox_kernel_softmax_32,
    &vox_kernel_threshold,    &vox_kernel_bins,     &vox_kernel_table,        &vox_kernel_concat,
    &vox_kernel_view,         &vox_kernel_pad,      &vox_kernel_binary,       &vox_kernel_reduce,
};
const size_t vox_kernel_count = sizeof vox_kernels / sizeof vox_kernels[0];
