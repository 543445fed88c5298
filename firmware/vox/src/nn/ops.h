/* Op records of networks, read in place. docs/model-format.md, "Op records", is the prose.
 *
 * Offsets named weights, bias, multiplier, shift and table count from the start of WGHT, scratch from the start of the
 * arena. All tensors are int8, [1, height, width, channels], but for those of operators from 47 on, which compute with
 * 16 bits and are in builds that ask for them. Activation limits low <= high are in the output's integers.
 *
 * Generated from firmware/vox/spec by tools/generate_spec.py: change those files, not this one.
 */
#ifndef VOX_NN_OPS_H
#define VOX_NN_OPS_H

#include <stdint.h>

#include "vox/model_format.h"

#define VOX_TILE 4u /* output pixels that CONV_2D computes together */
/* rescaling is by multiplier * 2^(shift - 31), rounded twice as TensorFlow Lite does (docs/numerics.md) */
#define VOX_MIN_SHIFT (-30)
#define VOX_MAX_SHIFT 15
/* taken off the shift of a channel whose accumulator may reach 2^30; then the shift is at most 0 */
#define VOX_SHIFT_WIDE 64
#define VOX_MAX_SOFTMAX_TABLE 256u
#define VOX_MAX_SOFTMAX_CHANNELS 4095u
/* operators from this code on are in builds that ask for them: few models have them, and a board's program takes any */
#define VOX_ON_DEMAND 47u

/* What CONV_2D, DEPTHWISE_2D and DENSE do to each output channel. */
typedef struct {
    uint32_t weights;    /* int8_t, a multiple of 4; the layout is the op's */
    uint32_t bias;       /* int32_t[channels]: includes -zero_point(input) times the sum of the channel's weights */
    uint32_t multiplier; /* int32_t[channels], 0..2^31 - 1 */
    uint32_t shift;      /* int8_t[channels], VOX_MIN_SHIFT..VOX_MAX_SHIFT */
} vox_affine;            /* 16 bytes */

/* CONV_2D, DEPTHWISE_2D: Taps outside the input count as its zero point. CONV_2D: weights are [channels out][K], K
 * running over height, width and channels in of the kernel, each row padded with zeros to a multiple of 4; scratch
 * holds 2 * VOX_TILE + 1 bytes for each element of a padded row. DEPTHWISE_2D: weights are
 * [kernel_h][kernel_w][channels out], channels out being a multiple of channels in; scratch holds 4 bytes a tap, then 1
 * byte a channel. With plane set it holds a padded plane of a channel instead (nn/depthwise_2d.c has the bytes): there
 * are as many channels in as out, no dilation, strides of at most 2, and the output may take the place of an input of
 * its dimensions, as it may where CONV_2D has a kernel and strides of 1 and as many channels out as in. */
typedef struct {
    vox_op op;
    vox_affine affine;
    uint32_t scratch; /* a multiple of 8 */
    uint8_t kernel_h, kernel_w;
    uint8_t stride_h, stride_w;
    uint8_t dilation_h, dilation_w;
    uint8_t pad_top, pad_left; /* at most (kernel - 1) * dilation */
    int8_t low, high;
    uint8_t plane; /* DEPTHWISE_2D: 1 where scratch has room for planes */
    uint8_t reserved;
} vox_conv_2d; /* 40 bytes */

/* DENSE: The input's elements are taken inputs at a time; each run gives the channels of one output position. Weights
 * are [channels out][inputs], each row padded with zeros to a multiple of 4. DENSE alone rescales with a single
 * rounding, in 64 bits. */
typedef struct {
    vox_op op;
    vox_affine affine; /* shifts -31..VOX_MAX_SHIFT, nothing taken off */
    uint32_t inputs;   /* elements of one vector */
    int8_t low, high;
    uint8_t reserved[2];
} vox_dense; /* 32 bytes */

/* MAX_POOL, AVERAGE_POOL: Taps outside the input do not count. */
typedef struct {
    vox_op op;
    uint8_t kernel_h, kernel_w;
    uint8_t stride_h, stride_w;
    uint8_t pad_top, pad_left; /* less than the kernel */
    int8_t low, high;
} vox_pool; /* 16 bytes */

/* MEAN: Over height and width: the sum plus bias, rescaled, plus the output's zero point. The output is [1, 1, 1,
 * channels]. */
typedef struct {
    vox_op op;
    int32_t bias;       /* -(height * width) times the zero point of the input */
    int32_t multiplier; /* holds 1 / (height * width) */
    int8_t shift;
    int8_t low, high;
    uint8_t reserved;
} vox_mean; /* 20 bytes */

/* SOFTMAX: Over channels, at most VOX_MAX_SOFTMAX_CHANNELS of them. No entry of the table is negative. */
typedef struct {
    vox_op op;
    uint32_t table; /* int32_t[count]: exp(-d * scale * beta) in Q31 for d = 0..count - 1; the first is 2^31 - 1;
                       further down it is 0 */
    uint32_t count; /* 1..VOX_MAX_SOFTMAX_TABLE */
} vox_softmax;      /* 16 bytes */

/* RESHAPE (nothing but vox_op): Input and output lie in the same place, or apart. Both are S8, or both S16. */

/* ADD: Elementwise: each summand less its zero point, times 2^20, rescaled; their sum, rescaled, plus the output's zero
 * point. */
typedef struct {
    vox_op op;
    uint16_t input_b; /* tensor index; the first summand is input */
    int8_t low, high;
    int32_t multiplier_a, multiplier_b, multiplier_out;
    int8_t shift_a, shift_b, shift_out; /* VOX_MIN_SHIFT..0 */
    uint8_t reserved;
} vox_add; /* 28 bytes */

/* RELU: Elementwise: the input less its zero point, rescaled, plus the output's zero point, limited. RELU6 and plain
 * requantisation are this op with other limits. */
typedef struct {
    vox_op op;
    int32_t multiplier;
    int8_t shift;
    int8_t low, high;
    uint8_t reserved;
} vox_relu; /* 16 bytes */

/* TABLE: Elementwise, each value by the table. Input and output lie in the same place, or apart. */
typedef struct {
    vox_op op;
    uint32_t table; /* int8_t[256]: the result of every input, -128 first */
} vox_table;        /* 12 bytes */

/* CONCAT: Output row i of outer is row i of every input, one behind the other. All tensors are S8, or all S16. */
typedef struct {
    vox_op op;
    uint32_t outer;   /* at least 1; the elements of every input are a multiple of it */
    uint16_t count;   /* inputs, 1..VOX_MAX_CONCAT */
    uint16_t more[7]; /* tensor indices of those after the first, which is input; the others are 0 */
} vox_concat;         /* 28 bytes */

#define VOX_MAX_CONCAT 8u /* inputs of one CONCAT */

/* VIEW: The output takes elements of the input in the order of the loops, all of which lie inside it. Both are S8, or
 * both S16. */
typedef struct {
    vox_op op;
    int32_t offset;     /* element of the input that comes first */
    uint16_t counts[5]; /* of five nested loops, the outermost first, each at least 1; their product is the output's
                           elements */
    uint16_t reserved;
    int32_t strides[5]; /* elements of the input from one turn of each loop to the next; 0 repeats, negative ones go
                           back */
} vox_view;             /* 44 bytes */

/* PAD: The input lies whole in the output, which is [1, height, width, channels] as well. Both are S8, or both S16. */
typedef struct {
    vox_op op;
    uint16_t above, left, front; /* rows, columns and channels before the input */
    int8_t value;                /* of every byte of what lies around it */
    uint8_t reserved;
} vox_pad; /* 16 bytes */

#define VOX_BINARY_ADD 0u           /* as ADD */
#define VOX_BINARY_SUBTRACT 1u      /* as ADD, the second taken off */
#define VOX_BINARY_SUBTRACT_FROM 2u /* as ADD, the first taken off the second */
/* the product of both less their zero points, rescaled by multiplier_out and shift_out */
#define VOX_BINARY_MULTIPLY 3u
#define VOX_BINARY_LARGER 4u  /* as it is, of one scale */
#define VOX_BINARY_SMALLER 5u /* as it is, of one scale */
/* both less their zero points, times 2^7, rescaled by at most a half; the square of their difference, rescaled */
#define VOX_BINARY_SQUARED_DIFFERENCE 6u
#define VOX_BINARY_TABLE 7u /* any function of two values: 256 results for each of the first operand, from -128 on */

/* BINARY: Elementwise over the output, which has the first operand's elements, and lies in its place or apart. */
typedef struct {
    vox_op op;
    uint8_t kind; /* VOX_BINARY_* */
    int8_t low, high;
    int8_t zero_b;    /* zero point of the second operand */
    uint16_t input_b; /* tensor index of the second operand; VOX_CONSTANT: it is in WGHT */
    uint16_t reserved;
    uint32_t constants;                                 /* int8_t[]: the second operand; 0 where it is a tensor; of
                                                           TABLE, whose second operand is one, int8_t[65536]: its
                                                           results */
    uint32_t strides_b[3];                              /* elements from one row, column and channel of the output to
                                                           the next; 0 repeats */
    int32_t multiplier_a, multiplier_b, multiplier_out; /* 0 where kind does not need them */
    int8_t shift_a, shift_b, shift_out;                 /* 0 where kind does not need them; of sums and differences
                                                           VOX_MIN_SHIFT..0 */
    uint8_t reserved2;
} vox_binary; /* 48 bytes */

#define VOX_CONSTANT 65535u /* in the place of a tensor index */

#define VOX_REDUCE_SUM 0u      /* the sum plus bias, rescaled, plus the output's zero point */
#define VOX_REDUCE_LARGEST 1u  /* of one scale; bias, multiplier and shift are 0 */
#define VOX_REDUCE_SMALLEST 2u /* of one scale; bias, multiplier and shift are 0 */

/* REDUCE: Over the axis in the middle. */
typedef struct {
    vox_op op;
    uint32_t outer;     /* the input is [outer][count][inner], the output [outer][inner]; each at least 1 */
    uint32_t count;     /* at most VOX_MAX_REDUCED */
    int32_t bias;       /* -count times the zero point of the input */
    int32_t multiplier; /* of a mean it holds 1 / count */
    int8_t shift;
    uint8_t kind; /* VOX_REDUCE_* */
    int8_t low, high;
    uint32_t inner;
} vox_reduce; /* 32 bytes */

#define VOX_MAX_REDUCED 65535u /* elements of one sum of REDUCE */

#define VOX_MAX_L2_CHANNELS 32768u /* of L2_NORM: sums of squares stay below 2^31 */

/* L2_NORM (nothing but vox_op): Every position's channels, at most VOX_MAX_L2_CHANNELS, over the root of the sum of
 * their squares; in units of 1/128, limited. Input and output lie in the same place, or apart. docs/numerics.md has the
 * root. */

/* MATMUL: The first operand is [batches][rows][terms], the second [batches][columns][terms], the output
 * [batches][rows][columns]: sums of terms products of both less their zero points, rescaled, plus the output's zero
 * point. */
typedef struct {
    vox_op op;
    uint16_t input_b; /* tensor index of the second operand */
    int8_t low, high;
    uint32_t batches; /* pairs of matrices, at least 1 */
    uint32_t terms;   /* 1..VOX_MAX_MATMUL_TERMS */
    int32_t multiplier;
    int8_t shift;
    uint8_t once; /* 1: rounded once, as DENSE does; 0: as the others */
    uint8_t reserved[2];
} vox_matmul; /* 28 bytes */

#define VOX_MAX_MATMUL_TERMS 33025u /* sums of products of nine bits each stay below 2^31 */

/* RESIZE: Bilinear: each value is the sum of four, weighed by the products of their shares, to nearest, ties away from
 * zero. Shares lie in 0..1024, where both are the same in -512..1024; the first's is what is left of 1024. Input and
 * output have the same channels, scale and zero point. */
typedef struct {
    vox_op op;
    uint32_t row_table;    /* int16_t[3 * height of the output]: of each row the two of the input that it lies
                              between, and the second's share in 1/1024 */
    uint32_t column_table; /* int16_t[3 * width of the output]: likewise */
} vox_resize;              /* 16 bytes */

/* LOG_SOFTMAX: Over channels, at most VOX_MAX_SOFTMAX_CHANNELS of them; 127 is 0, further down the output is -128. */
typedef struct {
    vox_op op;
    uint32_t exponentials; /* int32_t[count]: exp(-d * scale) in Q19 for d = 0..count - 1; the first is 2^19; further
                              down it is 0 */
    uint32_t steps;        /* int32_t[count]: -d * scale in Q26, VOX_MIN_LOG_STEP..0 */
    uint32_t count;        /* 1..VOX_MAX_SOFTMAX_TABLE */
} vox_log_softmax;         /* 20 bytes */

#define VOX_MIN_LOG_STEP (-1400000000) /* in the table of LOG_SOFTMAX; what is below gives -128 anyway */

/* ROLL (nothing but vox_op): The output is state. Its values move towards its beginning by the input's elements; the
 * input comes behind. The input has as many elements or fewer. */

#define VOX_WINDOW_RESCALED 0u /* as MEAN: the sum plus bias, rescaled, plus the output's zero point */
/* as AVERAGE_POOL: the quotient, ties away from zero; bias, multiplier and shift are 0 */
#define VOX_WINDOW_DIVIDED 1u

/* WINDOW_MEAN: The input is [1, rows, columns, elements of the output], its columns at most VOX_MAX_WINDOW_COLUMNS.
 * Every row, summed over its columns, takes the place of the ring's oldest; the output is the mean of all that the ring
 * holds. */
typedef struct {
    vox_op op;
    uint16_t ring; /* tensor index: state [1, rows, 1, elements of the output], S8 where a row of the input has as
                      many, else S16 */
    uint16_t sums; /* tensor index: S32 state [1, 1, 1, elements of the output + 1]; the last is the place in the
                      ring */
    int32_t bias;
    int32_t multiplier;
    int8_t shift;
    int8_t low, high;
    uint8_t kind;  /* VOX_WINDOW_* */
} vox_window_mean; /* 24 bytes */

#define VOX_MAX_WINDOW_COLUMNS 255u /* sums of a row fit 16 bits */
#define VOX_MAX_WINDOW_ROWS 4096u   /* in the ring of WINDOW_MEAN */

/* GRU, LSTM, LSTM_8: Row after row, h of all units is computed anew. Gates are those of Keras: z, r, h of GRU, reset
 * after the product; i, f, c, o of LSTMs. Both products are rescaled to Q12. The output has the h of every row, or of
 * the last alone, rescaled. LSTM_8's h is kept without its zero point. */
typedef struct {
    vox_op op;
    vox_affine input;     /* of the input's row: weights [units][gates][inputs], rows padded with zeros to a multiple
                             of 4 */
    vox_affine recurrent; /* of h: weights [units][gates][units], rows padded with zeros to a multiple of 4 */
    uint32_t table;       /* int16_t[VOX_TANH_TABLE]: tanh(k / 32) in Q15; 0 of LSTM_8 */
    uint32_t scratch;     /* a multiple of 8: int16_t[units], without state as many again for h, and for the cells of
                             LSTMs */
    int32_t multiplier;   /* from h in Q15 to the output; of LSTM_8 from Q30 to h, which the output is */
    uint16_t rows;        /* in time; the input is [rows][inputs] */
    uint16_t units;       /* at most VOX_MAX_UNITS */
    uint16_t state;       /* tensor index: S16 state, h of every unit, then the rows that were left out;
                             VOX_NO_TENSOR: h begins as 0 in every run */
    uint16_t cell;        /* of LSTMs, tensor index: S16 state, every unit's cell; VOX_NO_TENSOR where state is, and
                             of GRU */
    uint16_t skip;        /* rows after a reset that are left out, at most 32767; 0 where h begins as 0 in every run */
    int8_t shift;
    int8_t low, high;
    uint8_t fraction; /* cells have so many bits behind the point, VOX_MIN_CELL_FRACTION..VOX_MAX_CELL_FRACTION, of
                         LSTM_8 9..15; of GRU 0 */
    uint16_t clip;    /* of LSTM_8: cells are limited to -clip..clip, at most 32767; 0: not; of others 0 */
} vox_recurrent;      /* 68 bytes */

#define VOX_MAX_UNITS 511u   /* of GRU and LSTM: sums fit 31 bits */
#define VOX_NO_TENSOR 65535u /* in the place of a tensor index */
#define VOX_TANH_TABLE 257u  /* entries */
#define VOX_MIN_CELL_FRACTION 8u
#define VOX_MAX_CELL_FRACTION 12u

/* biases int32_t, multipliers int32_t: the lower 32 bits of the sum, rescaled as the others do */
#define VOX_ROUND_16_TWICE 0u
/* biases int64_t, multipliers int32_t of 0..32767: the sum times multiplier * 2^(shift - 15), ties upwards, of which
 * the lower 32 bits count */
#define VOX_ROUND_16_ONCE 1u
/* biases int64_t, multipliers int64_t of 2^52..2^53, or 0: as double precision has the sum times multiplier * 2^(shift
 * - 53), ties away from zero */
#define VOX_ROUND_16_PRODUCT 2u

/* CONV_16: Input and output are S16 with a zero point of 0, and apart. Weights are [channels
 * out][kernel_h][kernel_w][channels in of a group]. Taps outside the input count as 0. */
typedef struct {
    vox_op op;
    vox_affine affine; /* types of biases and multipliers by rounding, at multiples of 4; biases -2^46..2^46; shift:
                          -31..VOX_MAX_SHIFT, of ONCE up to 7 */
    uint8_t kernel_h, kernel_w;
    uint8_t stride_h, stride_w;
    uint8_t dilation_h, dilation_w;
    uint8_t pad_top, pad_left; /* at most (kernel - 1) * dilation */
    int16_t low, high;
    uint16_t groups;  /* of channels in and out, at least 1, which divides both; as many as channels in: depthwise */
    uint8_t rounding; /* VOX_ROUND_16_*: 0 TWICE, 1 ONCE, 2 PRODUCT (docs/numerics.md, "16-bit activations") */
    uint8_t reserved;
} vox_conv_16; /* 40 bytes */

#define VOX_POOL_16_LARGEST 0u /* the largest value */
#define VOX_POOL_16_MEAN 1u    /* the mean, ties away from zero */

/* POOL_16: Input and output are S16, and apart. Taps outside the input do not count. */
typedef struct {
    vox_op op;
    uint8_t kernel_h, kernel_w;
    uint8_t stride_h, stride_w;
    uint8_t pad_top, pad_left; /* less than the kernel */
    uint8_t kind;              /* VOX_POOL_16_*: 0 LARGEST, 1 MEAN */
    uint8_t reserved;
    int16_t low, high;
} vox_pool_16; /* 20 bytes */

/* REDUCE_16: As REDUCE. Input and output are S16 with a zero point of 0, and apart. */
typedef struct {
    vox_op op;
    uint32_t outer; /* the input is [outer][count][inner], the output [outer][inner]; each at least 1 */
    uint32_t count; /* at most VOX_MAX_REDUCED */
    uint32_t inner;
    int32_t multiplier; /* of a mean it holds 1 / count; 0 where nothing is summed */
    int8_t shift;       /* -31..VOX_MAX_SHIFT; 0 where nothing is summed */
    uint8_t kind;       /* VOX_REDUCE_* */
    int16_t low, high;
    uint8_t reserved[2];
} vox_reduce_16; /* 32 bytes */

/* BINARY_16: As BINARY, with 2^15 in the place of 2^20. All tensors are S16 with a zero point of 0. */
typedef struct {
    vox_op op;
    uint8_t kind; /* VOX_BINARY_*, up to SMALLER */
    uint8_t reserved[3];
    uint16_t input_b; /* tensor index of the second operand; VOX_CONSTANT: it is in WGHT */
    uint16_t reserved2;
    uint32_t constants;                                 /* int16_t[]: the second operand; 0 where it is a tensor */
    uint32_t strides_b[3];                              /* elements from one row, column and channel of the output to
                                                           the next; 0 repeats */
    int32_t multiplier_a, multiplier_b, multiplier_out; /* 0 where kind does not need them */
    int8_t shift_a, shift_b, shift_out;                 /* 0 where kind does not need them; of sums and differences
                                                           VOX_MIN_SHIFT..0 */
    uint8_t reserved3;
    int16_t low, high;
} vox_binary_16; /* 52 bytes */

/* RESCALE_16: As RELU, with another factor for what lies below the input's zero point. Input and output are each S8 or
 * S16; they lie in the same place where both have the same type, or apart. */
typedef struct {
    vox_op op;
    int32_t multiplier, multiplier_below; /* of values from 0 on, and of those below 0 */
    int8_t shift, shift_below;
    int16_t low, high; /* of an S8 output within -128..127 */
    uint8_t reserved[2];
} vox_rescale_16; /* 24 bytes */

#define VOX_CURVE_16_LOGISTIC 0u /* 1 / (1 + exp(-x)) */
#define VOX_CURVE_16_TANH 1u

/* CURVE_16: Elementwise, between the entries of the table. Input and output are S16, the output in Q15; they lie in the
 * same place, or apart. docs/numerics.md, "16-bit activations", has the steps. */
typedef struct {
    vox_op op;
    uint32_t table;     /* uint16_t[256]: the logistic function of k / 24 in Q16, and half of what the middle to the
                           next one is off; the last 65535; never falling */
    int32_t multiplier; /* 0..32767, with a shift of 0 up to 65535 */
    uint8_t shift;      /* 0..31: the input times multiplier, over 2^shift, ties upwards, is in 3 * 2^12ths */
    uint8_t kind;       /* VOX_CURVE_16_*: 0 LOGISTIC, 1 TANH */
    uint8_t reserved[2];
} vox_curve_16; /* 20 bytes */

/* SOFTMAX_16: Over channels. Input and output are S16, the output in Q15; they lie in the same place, or apart.
 * docs/numerics.md, "16-bit activations", has the steps. */
typedef struct {
    vox_op op;
    uint32_t exponentials; /* int16_t[513]: exp(-10 + 10 k / 512) in Q15; none is negative, the last two at least
                              2^14 */
    uint32_t reciprocals;  /* int16_t[513]: 1 / (1 + k / 512) in Q15 */
    int32_t multiplier;    /* of differences, to 65535ths of 10 */
    int8_t shift;
    uint8_t reserved[3];
} vox_softmax_16; /* 24 bytes */

/* SVDF_16: Each filter's numbers move one run back, and the input's rescaled product, limited to 16 bits, comes behind
 * them; sums over time, of their lower 32 bits, are rescaled, plus the output's zero point. Input and output are S8,
 * and apart. */
typedef struct {
    vox_op op;
    vox_affine affine;  /* of the input to each filter: weights [filters][elements of the input], rows padded with
                           zeros to a multiple of 4 */
    uint32_t times;     /* int16_t[filters][runs]: weights over time, the newest last */
    uint32_t bias;      /* int32_t[elements of the output] */
    int32_t multiplier; /* from sums over time to the output */
    uint16_t state;     /* tensor index: S16 state [filters][runs], the newest last */
    uint16_t runs;      /* at least 1 */
    uint16_t rank;      /* filters that are summed to an output, at least 1; there are rank * elements of the output
                           of them */
    int8_t shift;
    int8_t low, high;
    uint8_t reserved[3];
} vox_svdf_16; /* 48 bytes */

/* Read in place: a compiler that lays one of them out otherwise stops here. */
typedef char vox_size_of_affine[sizeof(vox_affine) == 16 ? 1 : -1];
typedef char vox_size_of_conv_2d[sizeof(vox_conv_2d) == 40 ? 1 : -1];
typedef char vox_size_of_dense[sizeof(vox_dense) == 32 ? 1 : -1];
typedef char vox_size_of_pool[sizeof(vox_pool) == 16 ? 1 : -1];
typedef char vox_size_of_mean[sizeof(vox_mean) == 20 ? 1 : -1];
typedef char vox_size_of_softmax[sizeof(vox_softmax) == 16 ? 1 : -1];
typedef char vox_size_of_add[sizeof(vox_add) == 28 ? 1 : -1];
typedef char vox_size_of_relu[sizeof(vox_relu) == 16 ? 1 : -1];
typedef char vox_size_of_table[sizeof(vox_table) == 12 ? 1 : -1];
typedef char vox_size_of_concat[sizeof(vox_concat) == 28 ? 1 : -1];
typedef char vox_size_of_view[sizeof(vox_view) == 44 ? 1 : -1];
typedef char vox_size_of_pad[sizeof(vox_pad) == 16 ? 1 : -1];
typedef char vox_size_of_binary[sizeof(vox_binary) == 48 ? 1 : -1];
typedef char vox_size_of_reduce[sizeof(vox_reduce) == 32 ? 1 : -1];
typedef char vox_size_of_matmul[sizeof(vox_matmul) == 28 ? 1 : -1];
typedef char vox_size_of_resize[sizeof(vox_resize) == 16 ? 1 : -1];
typedef char vox_size_of_log_softmax[sizeof(vox_log_softmax) == 20 ? 1 : -1];
typedef char vox_size_of_window_mean[sizeof(vox_window_mean) == 24 ? 1 : -1];
typedef char vox_size_of_recurrent[sizeof(vox_recurrent) == 68 ? 1 : -1];
typedef char vox_size_of_conv_16[sizeof(vox_conv_16) == 40 ? 1 : -1];
typedef char vox_size_of_pool_16[sizeof(vox_pool_16) == 20 ? 1 : -1];
typedef char vox_size_of_reduce_16[sizeof(vox_reduce_16) == 32 ? 1 : -1];
typedef char vox_size_of_binary_16[sizeof(vox_binary_16) == 52 ? 1 : -1];
typedef char vox_size_of_rescale_16[sizeof(vox_rescale_16) == 24 ? 1 : -1];
typedef char vox_size_of_curve_16[sizeof(vox_curve_16) == 20 ? 1 : -1];
typedef char vox_size_of_softmax_16[sizeof(vox_softmax_16) == 24 ? 1 : -1];
typedef char vox_size_of_svdf_16[sizeof(vox_svdf_16) == 48 ? 1 : -1];

#endif
