/* Generated from firmware/vox/spec by tools/generate_spec.py: change those files, not this one. */
#include "program/reserved.h"

#include "vox/model_format.h"

const vox_reserved_bytes vox_reserved[] = {
    {VOX_OP_CONV_2D, 39, 1},   {VOX_OP_DEPTHWISE_2D, 39, 1}, {VOX_OP_DENSE, 30, 2},     {VOX_OP_MEAN, 19, 1},
    {VOX_OP_ADD, 27, 1},       {VOX_OP_RELU, 15, 1},         {VOX_OP_TREES, 35, 1},     {VOX_OP_GAUSSIAN, 26, 2},
    {VOX_OP_LOG_SUM, 9, 3},    {VOX_OP_SOFTMAX_32, 9, 3},    {VOX_OP_THRESHOLD, 14, 2}, {VOX_OP_BINS, 13, 3},
    {VOX_OP_VIEW, 22, 2},      {VOX_OP_PAD, 15, 1},          {VOX_OP_BINARY, 14, 2},    {VOX_OP_BINARY, 47, 1},
    {VOX_OP_MATMUL, 26, 2},    {VOX_OP_CONV_16, 39, 1},      {VOX_OP_POOL_16, 15, 1},   {VOX_OP_REDUCE_16, 30, 2},
    {VOX_OP_BINARY_16, 14, 2}, {VOX_OP_BINARY_16, 47, 1},    {VOX_OP_BINARY_16, 9, 3},  {VOX_OP_RESCALE_16, 22, 2},
    {VOX_OP_CURVE_16, 18, 2},  {VOX_OP_SOFTMAX_16, 21, 3},   {VOX_OP_SVDF_16, 45, 3},
};
const size_t vox_reserved_count = sizeof vox_reserved / sizeof vox_reserved[0];
