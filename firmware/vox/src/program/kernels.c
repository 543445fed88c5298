/* Generated from firmware/vox/spec by tools/generate_spec.py: change those files, not this one.
 * An export has its own table, of what its model uses. Operators of 16 bits are in builds that define VOX_WITH_<operator>
 * for each, or VOX_ALL_OPERATORS (nn.h). */
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
extern const vox_kernel vox_kernel_table;
extern const vox_kernel vox_kernel_concat;
extern const vox_kernel vox_kernel_view;
extern const vox_kernel vox_kernel_pad;
extern const vox_kernel vox_kernel_binary;
extern const vox_kernel vox_kernel_reduce;
extern const vox_kernel vox_kernel_l2_norm;
extern const vox_kernel vox_kernel_roll;
extern const vox_kernel vox_kernel_window_mean;
extern const vox_kernel vox_kernel_gru;
extern const vox_kernel vox_kernel_lstm;
extern const vox_kernel vox_kernel_lstm_8;
extern const vox_kernel vox_kernel_matmul;
extern const vox_kernel vox_kernel_resize;
extern const vox_kernel vox_kernel_log_softmax;
#if defined(VOX_ALL_OPERATORS) || defined(VOX_WITH_CONV_16)
extern const vox_kernel vox_kernel_conv_16;
#endif
#if defined(VOX_ALL_OPERATORS) || defined(VOX_WITH_POOL_16)
extern const vox_kernel vox_kernel_pool_16;
#endif
#if defined(VOX_ALL_OPERATORS) || defined(VOX_WITH_REDUCE_16)
extern const vox_kernel vox_kernel_reduce_16;
#endif
#if defined(VOX_ALL_OPERATORS) || defined(VOX_WITH_BINARY_16)
extern const vox_kernel vox_kernel_binary_16;
#endif
#if defined(VOX_ALL_OPERATORS) || defined(VOX_WITH_RESCALE_16)
extern const vox_kernel vox_kernel_rescale_16;
#endif
#if defined(VOX_ALL_OPERATORS) || defined(VOX_WITH_CURVE_16)
extern const vox_kernel vox_kernel_curve_16;
#endif
#if defined(VOX_ALL_OPERATORS) || defined(VOX_WITH_SOFTMAX_16)
extern const vox_kernel vox_kernel_softmax_16;
#endif
#if defined(VOX_ALL_OPERATORS) || defined(VOX_WITH_SVDF_16)
extern const vox_kernel vox_kernel_svdf_16;
#endif

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
    [VOX_OP_SCALE] = &vox_kernel_scale,
    [VOX_OP_TREES] = &vox_kernel_trees,
    [VOX_OP_LINEAR] = &vox_kernel_linear,
    [VOX_OP_RBF] = &vox_kernel_rbf,
    [VOX_OP_VOTE] = &vox_kernel_vote,
    [VOX_OP_KNN] = &vox_kernel_knn,
    [VOX_OP_GAUSSIAN] = &vox_kernel_gaussian,
    [VOX_OP_LOG_SUM] = &vox_kernel_log_sum,
    [VOX_OP_SOFTMAX_32] = &vox_kernel_softmax_32,
    [VOX_OP_SHARE] = &vox_kernel_share,
    [VOX_OP_THRESHOLD] = &vox_kernel_threshold,
    [VOX_OP_BINS] = &vox_kernel_bins,
    [VOX_OP_TABLE] = &vox_kernel_table,
    [VOX_OP_CONCAT] = &vox_kernel_concat,
    [VOX_OP_VIEW] = &vox_kernel_view,
    [VOX_OP_PAD] = &vox_kernel_pad,
    [VOX_OP_BINARY] = &vox_kernel_binary,
    [VOX_OP_REDUCE] = &vox_kernel_reduce,
    [VOX_OP_L2_NORM] = &vox_kernel_l2_norm,
    [VOX_OP_ROLL] = &vox_kernel_roll,
    [VOX_OP_WINDOW_MEAN] = &vox_kernel_window_mean,
    [VOX_OP_GRU] = &vox_kernel_gru,
    [VOX_OP_LSTM] = &vox_kernel_lstm,
    [VOX_OP_LSTM_8] = &vox_kernel_lstm_8,
    [VOX_OP_MATMUL] = &vox_kernel_matmul,
    [VOX_OP_RESIZE] = &vox_kernel_resize,
    [VOX_OP_LOG_SOFTMAX] = &vox_kernel_log_softmax,
#if defined(VOX_ALL_OPERATORS) || defined(VOX_WITH_CONV_16)
    [VOX_OP_CONV_16] = &vox_kernel_conv_16,
#endif
#if defined(VOX_ALL_OPERATORS) || defined(VOX_WITH_POOL_16)
    [VOX_OP_POOL_16] = &vox_kernel_pool_16,
#endif
#if defined(VOX_ALL_OPERATORS) || defined(VOX_WITH_REDUCE_16)
    [VOX_OP_REDUCE_16] = &vox_kernel_reduce_16,
#endif
#if defined(VOX_ALL_OPERATORS) || defined(VOX_WITH_BINARY_16)
    [VOX_OP_BINARY_16] = &vox_kernel_binary_16,
#endif
#if defined(VOX_ALL_OPERATORS) || defined(VOX_WITH_RESCALE_16)
    [VOX_OP_RESCALE_16] = &vox_kernel_rescale_16,
#endif
#if defined(VOX_ALL_OPERATORS) || defined(VOX_WITH_CURVE_16)
    [VOX_OP_CURVE_16] = &vox_kernel_curve_16,
#endif
#if defined(VOX_ALL_OPERATORS) || defined(VOX_WITH_SOFTMAX_16)
    [VOX_OP_SOFTMAX_16] = &vox_kernel_softmax_16,
#endif
#if defined(VOX_ALL_OPERATORS) || defined(VOX_WITH_SVDF_16)
    [VOX_OP_SVDF_16] = &vox_kernel_svdf_16,
#endif
};
const size_t vox_kernel_count = sizeof vox_kernels / sizeof vox_kernels[0];
