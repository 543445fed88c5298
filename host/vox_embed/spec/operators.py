"""Op records of the PROG section.

Generated from firmware/vox/spec by tools/generate_spec.py: change those files, not this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from vox_embed.spec.model_format import OpCode
from vox_embed.spec.record import Part, Record

TILE = 4
"""output pixels that CONV_2D computes together"""
MIN_SHIFT = -30
"""rescaling is by multiplier * 2^(shift - 31), rounded twice as TensorFlow Lite does (docs/numerics.md)"""
MAX_SHIFT = 15
SHIFT_WIDE = 64
"""taken off the shift of a channel whose accumulator may reach 2^30; then the shift is at most 0"""
MAX_SOFTMAX_TABLE = 256
MAX_SOFTMAX_CHANNELS = 4095
ON_DEMAND = 47
"""operators from this code on are in builds that ask for them: few models have them, and a board's program
takes any
"""


@dataclass(frozen=True, slots=True)
class Affine(Record):
    """What CONV_2D, DEPTHWISE_2D and DENSE do to each output channel."""

    weights: int
    """i8, a multiple of 4; the layout is the op's"""
    bias: int
    """i32[channels]: includes -zero_point(input) times the sum of the channel's weights"""
    multiplier: int
    """i32[channels], 0..2^31 - 1"""
    shift: int
    """i8[channels], VOX_MIN_SHIFT..VOX_MAX_SHIFT"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "I",
        "I",
        "I",
    )


@dataclass(frozen=True, slots=True)
class Conv2D(Record):
    """Record of CONV_2D and DEPTHWISE_2D, behind Op."""

    affine: Affine
    scratch: int
    """a multiple of 8"""
    kernel_h: int
    kernel_w: int
    stride_h: int
    stride_w: int
    dilation_h: int
    dilation_w: int
    pad_top: int
    """at most (kernel - 1) * dilation"""
    pad_left: int
    """at most (kernel - 1) * dilation"""
    low: int
    high: int
    plane: int
    """DEPTHWISE_2D: 1 where scratch has room for planes"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        Affine,
        "I",
        "B",
        "B",
        "B",
        "B",
        "B",
        "B",
        "B",
        "B",
        "b",
        "b",
        "B",
        "1x",
    )


@dataclass(frozen=True, slots=True)
class Dense(Record):
    """Record of DENSE, behind Op."""

    affine: Affine
    """shifts -31..VOX_MAX_SHIFT, nothing taken off"""
    inputs: int
    """elements of one vector"""
    low: int
    high: int
    PARTS: ClassVar[tuple[Part, ...]] = (
        Affine,
        "I",
        "b",
        "b",
        "2x",
    )


@dataclass(frozen=True, slots=True)
class Pool(Record):
    """Record of MAX_POOL and AVERAGE_POOL, behind Op."""

    kernel_h: int
    kernel_w: int
    stride_h: int
    stride_w: int
    pad_top: int
    """less than the kernel"""
    pad_left: int
    """less than the kernel"""
    low: int
    high: int
    PARTS: ClassVar[tuple[Part, ...]] = (
        "B",
        "B",
        "B",
        "B",
        "B",
        "B",
        "b",
        "b",
    )


@dataclass(frozen=True, slots=True)
class Mean(Record):
    """Record of MEAN, behind Op."""

    bias: int
    """-(height * width) times the zero point of the input"""
    multiplier: int
    """holds 1 / (height * width)"""
    shift: int
    low: int
    high: int
    PARTS: ClassVar[tuple[Part, ...]] = (
        "i",
        "i",
        "b",
        "b",
        "b",
        "1x",
    )


@dataclass(frozen=True, slots=True)
class Softmax(Record):
    """Record of SOFTMAX, behind Op."""

    table: int
    """i32[count]: exp(-d * scale * beta) in Q31 for d = 0..count - 1; the first is 2^31 - 1; further down
    it is 0
    """
    count: int
    """1..VOX_MAX_SOFTMAX_TABLE"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "I",
    )


@dataclass(frozen=True, slots=True)
class Add(Record):
    """Record of ADD, behind Op."""

    input_b: int
    """tensor index; the first summand is input"""
    low: int
    high: int
    multiplier_a: int
    multiplier_b: int
    multiplier_out: int
    shift_a: int
    """VOX_MIN_SHIFT..0"""
    shift_b: int
    """VOX_MIN_SHIFT..0"""
    shift_out: int
    """VOX_MIN_SHIFT..0"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "H",
        "b",
        "b",
        "i",
        "i",
        "i",
        "b",
        "b",
        "b",
        "1x",
    )


@dataclass(frozen=True, slots=True)
class Relu(Record):
    """Record of RELU, behind Op."""

    multiplier: int
    shift: int
    low: int
    high: int
    PARTS: ClassVar[tuple[Part, ...]] = (
        "i",
        "b",
        "b",
        "b",
        "1x",
    )


@dataclass(frozen=True, slots=True)
class Table(Record):
    """Record of TABLE, behind Op."""

    table: int
    """i8[256]: the result of every input, -128 first"""
    PARTS: ClassVar[tuple[Part, ...]] = ("I",)


@dataclass(frozen=True, slots=True)
class Concat(Record):
    """Record of CONCAT, behind Op."""

    outer: int
    """at least 1; the elements of every input are a multiple of it"""
    count: int
    """inputs, 1..VOX_MAX_CONCAT"""
    more: tuple[int, ...]
    """tensor indices of those after the first, which is input; the others are 0"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "H",
        "7H",
    )


MAX_CONCAT = 8
"""inputs of one CONCAT"""


@dataclass(frozen=True, slots=True)
class View(Record):
    """Record of VIEW, behind Op."""

    offset: int
    """element of the input that comes first"""
    counts: tuple[int, ...]
    """of five nested loops, the outermost first, each at least 1; their product is the output's elements"""
    strides: tuple[int, ...]
    """elements of the input from one turn of each loop to the next; 0 repeats, negative ones go back"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "i",
        "5H",
        "2x",
        "5i",
    )


@dataclass(frozen=True, slots=True)
class Pad(Record):
    """Record of PAD, behind Op."""

    above: int
    """rows, columns and channels before the input"""
    left: int
    """rows, columns and channels before the input"""
    front: int
    """rows, columns and channels before the input"""
    value: int
    """of every byte of what lies around it"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "H",
        "H",
        "H",
        "b",
        "1x",
    )


class BinaryKind(IntEnum):
    """VOX_BINARY_*."""

    ADD = 0
    """as ADD"""
    SUBTRACT = 1
    """as ADD, the second taken off"""
    SUBTRACT_FROM = 2
    """as ADD, the first taken off the second"""
    MULTIPLY = 3
    """the product of both less their zero points, rescaled by multiplier_out and shift_out"""
    LARGER = 4
    """as it is, of one scale"""
    SMALLER = 5
    """as it is, of one scale"""
    SQUARED_DIFFERENCE = 6
    """both less their zero points, times 2^7, rescaled by at most a half; the square of their difference,
    rescaled
    """
    TABLE = 7
    """any function of two values: 256 results for each of the first operand, from -128 on"""


@dataclass(frozen=True, slots=True)
class Binary(Record):
    """Record of BINARY, behind Op."""

    kind: int
    """VOX_BINARY_*"""
    low: int
    high: int
    zero_b: int
    """zero point of the second operand"""
    input_b: int
    """tensor index of the second operand; VOX_CONSTANT: it is in WGHT"""
    constants: int
    """i8[]: the second operand; 0 where it is a tensor; of TABLE, whose second operand is one, i8[65536]:
    its results
    """
    strides_b: tuple[int, ...]
    """elements from one row, column and channel of the output to the next; 0 repeats"""
    multiplier_a: int
    """0 where `kind` does not need them"""
    multiplier_b: int
    """0 where `kind` does not need them"""
    multiplier_out: int
    """0 where `kind` does not need them"""
    shift_a: int
    """0 where `kind` does not need them; of sums and differences VOX_MIN_SHIFT..0"""
    shift_b: int
    """0 where `kind` does not need them; of sums and differences VOX_MIN_SHIFT..0"""
    shift_out: int
    """0 where `kind` does not need them; of sums and differences VOX_MIN_SHIFT..0"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "B",
        "b",
        "b",
        "b",
        "H",
        "2x",
        "I",
        "3I",
        "i",
        "i",
        "i",
        "b",
        "b",
        "b",
        "1x",
    )


CONSTANT = 65535
"""in the place of a tensor index"""


class ReduceKind(IntEnum):
    """VOX_REDUCE_*."""

    SUM = 0
    """the sum plus bias, rescaled, plus the output's zero point"""
    LARGEST = 1
    """of one scale; bias, multiplier and shift are 0"""
    SMALLEST = 2
    """of one scale; bias, multiplier and shift are 0"""


@dataclass(frozen=True, slots=True)
class Reduce(Record):
    """Record of REDUCE, behind Op."""

    outer: int
    """the input is [outer][count][inner], the output [outer][inner]; each at least 1"""
    count: int
    """at most VOX_MAX_REDUCED"""
    bias: int
    """-count times the zero point of the input"""
    multiplier: int
    """of a mean it holds 1 / count"""
    shift: int
    kind: int
    """VOX_REDUCE_*"""
    low: int
    high: int
    inner: int
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "I",
        "i",
        "i",
        "b",
        "B",
        "b",
        "b",
        "I",
    )


MAX_REDUCED = 65535
"""elements of one sum of REDUCE"""
MAX_L2_CHANNELS = 32768
"""of L2_NORM: sums of squares stay below 2^31"""


@dataclass(frozen=True, slots=True)
class Matmul(Record):
    """Record of MATMUL, behind Op."""

    input_b: int
    """tensor index of the second operand"""
    low: int
    high: int
    batches: int
    """pairs of matrices, at least 1"""
    terms: int
    """1..VOX_MAX_MATMUL_TERMS"""
    multiplier: int
    shift: int
    once: int
    """1: rounded once, as DENSE does; 0: as the others"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "H",
        "b",
        "b",
        "I",
        "I",
        "i",
        "b",
        "B",
        "2x",
    )


MAX_MATMUL_TERMS = 33025
"""sums of products of nine bits each stay below 2^31"""


@dataclass(frozen=True, slots=True)
class Resize(Record):
    """Record of RESIZE, behind Op."""

    row_table: int
    """i16[3 * height of the output]: of each row the two of the input that it lies between, and the
    second's share in 1/1024
    """
    column_table: int
    """i16[3 * width of the output]: likewise"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "I",
    )


@dataclass(frozen=True, slots=True)
class LogSoftmax(Record):
    """Record of LOG_SOFTMAX, behind Op."""

    exponentials: int
    """i32[count]: exp(-d * scale) in Q19 for d = 0..count - 1; the first is 2^19; further down it is 0"""
    steps: int
    """i32[count]: -d * scale in Q26, VOX_MIN_LOG_STEP..0"""
    count: int
    """1..VOX_MAX_SOFTMAX_TABLE"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "I",
        "I",
    )


MIN_LOG_STEP = -1400000000
"""in the table of LOG_SOFTMAX; what is below gives -128 anyway"""


class WindowMeanKind(IntEnum):
    """VOX_WINDOW_*."""

    RESCALED = 0
    """as MEAN: the sum plus bias, rescaled, plus the output's zero point"""
    DIVIDED = 1
    """as AVERAGE_POOL: the quotient, ties away from zero; bias, multiplier and shift are 0"""


@dataclass(frozen=True, slots=True)
class WindowMean(Record):
    """Record of WINDOW_MEAN, behind Op."""

    ring: int
    """tensor index: state [1, rows, 1, elements of the output], S8 where a row of the input has as many,
    else S16
    """
    sums: int
    """tensor index: S32 state [1, 1, 1, elements of the output + 1]; the last is the place in the ring"""
    bias: int
    multiplier: int
    shift: int
    low: int
    high: int
    kind: int
    """VOX_WINDOW_*"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "H",
        "H",
        "i",
        "i",
        "b",
        "b",
        "b",
        "B",
    )


MAX_WINDOW_COLUMNS = 255
"""sums of a row fit 16 bits"""
MAX_WINDOW_ROWS = 4096
"""in the ring of WINDOW_MEAN"""


@dataclass(frozen=True, slots=True)
class Recurrent(Record):
    """Record of GRU and LSTM and LSTM_8, behind Op."""

    input: Affine
    """of the input's row: weights [units][gates][inputs], rows padded with zeros to a multiple of 4"""
    recurrent: Affine
    """of h: weights [units][gates][units], rows padded with zeros to a multiple of 4"""
    table: int
    """i16[VOX_TANH_TABLE]: tanh(k / 32) in Q15; 0 of LSTM_8"""
    scratch: int
    """a multiple of 8: i16[units], without state as many again for h, and for the cells of LSTMs"""
    multiplier: int
    """from h in Q15 to the output; of LSTM_8 from Q30 to h, which the output is"""
    rows: int
    """in time; the input is [rows][inputs]"""
    units: int
    """at most VOX_MAX_UNITS"""
    state: int
    """tensor index: S16 state, h of every unit, then the rows that were left out; VOX_NO_TENSOR: h begins
    as 0 in every run
    """
    cell: int
    """of LSTMs, tensor index: S16 state, every unit's cell; VOX_NO_TENSOR where `state` is, and of GRU"""
    skip: int
    """rows after a reset that are left out, at most 32767; 0 where h begins as 0 in every run"""
    shift: int
    low: int
    high: int
    fraction: int
    """cells have so many bits behind the point, VOX_MIN_CELL_FRACTION..VOX_MAX_CELL_FRACTION, of LSTM_8
    9..15; of GRU 0
    """
    clip: int
    """of LSTM_8: cells are limited to -clip..clip, at most 32767; 0: not; of others 0"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        Affine,
        Affine,
        "I",
        "I",
        "i",
        "H",
        "H",
        "H",
        "H",
        "H",
        "b",
        "b",
        "b",
        "B",
        "H",
    )


MAX_UNITS = 511
"""of GRU and LSTM: sums fit 31 bits"""
NO_TENSOR = 65535
"""in the place of a tensor index"""
TANH_TABLE = 257
"""entries"""
MIN_CELL_FRACTION = 8
MAX_CELL_FRACTION = 12


class Round16Kind(IntEnum):
    """VOX_ROUND_16_*."""

    TWICE = 0
    """biases i32, multipliers i32: the lower 32 bits of the sum, rescaled as the others do"""
    ONCE = 1
    """biases i64, multipliers i32 of 0..32767: the sum times multiplier * 2^(shift - 15), ties upwards, of
    which the lower 32 bits count
    """
    PRODUCT = 2
    """biases i64, multipliers i64 of 2^52..2^53, or 0: as double precision has the sum times multiplier *
    2^(shift - 53), ties away from zero
    """


@dataclass(frozen=True, slots=True)
class Conv16(Record):
    """Record of CONV_16, behind Op."""

    affine: Affine
    """types of biases and multipliers by `rounding`, at multiples of 4; biases -2^46..2^46; shift:
    -31..VOX_MAX_SHIFT, of ONCE up to 7
    """
    kernel_h: int
    kernel_w: int
    stride_h: int
    stride_w: int
    dilation_h: int
    dilation_w: int
    pad_top: int
    """at most (kernel - 1) * dilation"""
    pad_left: int
    """at most (kernel - 1) * dilation"""
    low: int
    high: int
    groups: int
    """of channels in and out, at least 1, which divides both; as many as channels in: depthwise"""
    rounding: int
    """VOX_ROUND_16_*: 0 TWICE, 1 ONCE, 2 PRODUCT (docs/numerics.md, "16-bit activations")"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        Affine,
        "B",
        "B",
        "B",
        "B",
        "B",
        "B",
        "B",
        "B",
        "h",
        "h",
        "H",
        "B",
        "1x",
    )


class Pool16Kind(IntEnum):
    """VOX_POOL_16_*."""

    LARGEST = 0
    """the largest value"""
    MEAN = 1
    """the mean, ties away from zero"""


@dataclass(frozen=True, slots=True)
class Pool16(Record):
    """Record of POOL_16, behind Op."""

    kernel_h: int
    kernel_w: int
    stride_h: int
    stride_w: int
    pad_top: int
    """less than the kernel"""
    pad_left: int
    """less than the kernel"""
    kind: int
    """VOX_POOL_16_*: 0 LARGEST, 1 MEAN"""
    low: int
    high: int
    PARTS: ClassVar[tuple[Part, ...]] = (
        "B",
        "B",
        "B",
        "B",
        "B",
        "B",
        "B",
        "1x",
        "h",
        "h",
    )


@dataclass(frozen=True, slots=True)
class Reduce16(Record):
    """Record of REDUCE_16, behind Op."""

    outer: int
    """the input is [outer][count][inner], the output [outer][inner]; each at least 1"""
    count: int
    """at most VOX_MAX_REDUCED"""
    inner: int
    multiplier: int
    """of a mean it holds 1 / count; 0 where nothing is summed"""
    shift: int
    """-31..VOX_MAX_SHIFT; 0 where nothing is summed"""
    kind: int
    """VOX_REDUCE_*"""
    low: int
    high: int
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "I",
        "I",
        "i",
        "b",
        "B",
        "h",
        "h",
        "2x",
    )


@dataclass(frozen=True, slots=True)
class Binary16(Record):
    """Record of BINARY_16, behind Op."""

    kind: int
    """VOX_BINARY_*, up to SMALLER"""
    input_b: int
    """tensor index of the second operand; VOX_CONSTANT: it is in WGHT"""
    constants: int
    """i16[]: the second operand; 0 where it is a tensor"""
    strides_b: tuple[int, ...]
    """elements from one row, column and channel of the output to the next; 0 repeats"""
    multiplier_a: int
    """0 where `kind` does not need them"""
    multiplier_b: int
    """0 where `kind` does not need them"""
    multiplier_out: int
    """0 where `kind` does not need them"""
    shift_a: int
    """0 where `kind` does not need them; of sums and differences VOX_MIN_SHIFT..0"""
    shift_b: int
    """0 where `kind` does not need them; of sums and differences VOX_MIN_SHIFT..0"""
    shift_out: int
    """0 where `kind` does not need them; of sums and differences VOX_MIN_SHIFT..0"""
    low: int
    high: int
    PARTS: ClassVar[tuple[Part, ...]] = (
        "B",
        "3x",
        "H",
        "2x",
        "I",
        "3I",
        "i",
        "i",
        "i",
        "b",
        "b",
        "b",
        "1x",
        "h",
        "h",
    )


@dataclass(frozen=True, slots=True)
class Rescale16(Record):
    """Record of RESCALE_16, behind Op."""

    multiplier: int
    """of values from 0 on, and of those below 0"""
    multiplier_below: int
    """of values from 0 on, and of those below 0"""
    shift: int
    shift_below: int
    low: int
    """of an S8 output within -128..127"""
    high: int
    """of an S8 output within -128..127"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "i",
        "i",
        "b",
        "b",
        "h",
        "h",
        "2x",
    )


class Curve16Kind(IntEnum):
    """VOX_CURVE_16_*."""

    LOGISTIC = 0
    """1 / (1 + exp(-x))"""
    TANH = 1


@dataclass(frozen=True, slots=True)
class Curve16(Record):
    """Record of CURVE_16, behind Op."""

    table: int
    """u16[256]: the logistic function of k / 24 in Q16, and half of what the middle to the next one is
    off; the last 65535; never falling
    """
    multiplier: int
    """0..32767, with a shift of 0 up to 65535"""
    shift: int
    """0..31: the input times multiplier, over 2^shift, ties upwards, is in 3 * 2^12ths"""
    kind: int
    """VOX_CURVE_16_*: 0 LOGISTIC, 1 TANH"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "i",
        "B",
        "B",
        "2x",
    )


@dataclass(frozen=True, slots=True)
class Softmax16(Record):
    """Record of SOFTMAX_16, behind Op."""

    exponentials: int
    """i16[513]: exp(-10 + 10 k / 512) in Q15; none is negative, the last two at least 2^14"""
    reciprocals: int
    """i16[513]: 1 / (1 + k / 512) in Q15"""
    multiplier: int
    """of differences, to 65535ths of 10"""
    shift: int
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "I",
        "i",
        "b",
        "3x",
    )


@dataclass(frozen=True, slots=True)
class Svdf16(Record):
    """Record of SVDF_16, behind Op."""

    affine: Affine
    """of the input to each filter: weights [filters][elements of the input], rows padded with zeros to a
    multiple of 4
    """
    times: int
    """i16[filters][runs]: weights over time, the newest last"""
    bias: int
    """i32[elements of the output]"""
    multiplier: int
    """from sums over time to the output"""
    state: int
    """tensor index: S16 state [filters][runs], the newest last"""
    runs: int
    """at least 1"""
    rank: int
    """filters that are summed to an output, at least 1; there are rank * elements of the output of them"""
    shift: int
    low: int
    high: int
    PARTS: ClassVar[tuple[Part, ...]] = (
        Affine,
        "I",
        "I",
        "i",
        "H",
        "H",
        "H",
        "b",
        "b",
        "b",
        "3x",
    )


MAX_VECTOR = 2048
"""values of a vector; posteriors at most VOX_MAX_LABELS"""
MAX_FRACTION = 24
MAX_DENSITY_FRACTION = 20
"""of GAUSSIAN"""
MAX_NEIGHBOURS = 16
MAX_BIAS_SHIFT = 31
MAX_SUM_SHIFT = 47
MAX_MIXTURE = 127
"""components of a class that LOG_SUM adds, so that the sum of Q24 powers stays below 2^31"""


@dataclass(frozen=True, slots=True)
class Scale(Record):
    """Record of SCALE, behind Op."""

    offset: int
    """i16[n]"""
    multiplier: int
    """i16[n], 1..32767"""
    shift: int
    """u8[n], 0..VOX_MAX_NORM_SHIFT"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "I",
        "I",
    )


@dataclass(frozen=True, slots=True)
class Linear(Record):
    """Record of LINEAR, behind Op."""

    weights: int
    """i16[rows][n], padded"""
    bias: int
    """i32[rows]"""
    shift: int
    """u8[rows][2]: bias_shift 0..VOX_MAX_BIAS_SHIFT, shift 0..VOX_MAX_SUM_SHIFT"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "I",
        "I",
    )


@dataclass(frozen=True, slots=True)
class Rbf(Record):
    """Record of RBF, behind Op."""

    vectors: int
    """i16[count][n], padded; those of class 0 first, and so on"""
    coefficients: int
    """i16[count][c - 1]; [count][1] for one machine"""
    class_counts: int
    """u16[c], together count"""
    bias: int
    """i32[outputs]"""
    gamma: int
    """multiplier, to log2 in Q16"""
    scratch: int
    """in the arena: i64[outputs]"""
    count: int
    """of vectors, at least 1"""
    classes: int
    """c, 1..VOX_MAX_LABELS; 1: one machine"""
    reduce: int
    """0..31"""
    gamma_shift: int
    """0..63"""
    bias_shift: int
    """0..VOX_MAX_BIAS_SHIFT"""
    shift: int
    """0..VOX_MAX_SUM_SHIFT"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "I",
        "I",
        "I",
        "I",
        "I",
        "H",
        "H",
        "B",
        "B",
        "B",
        "B",
    )


@dataclass(frozen=True, slots=True)
class Knn(Record):
    """Record of KNN, behind Op."""

    vectors: int
    """i16[count][n], padded"""
    labels: int
    """u8[count], below c"""
    count: int
    """at least neighbours"""
    neighbours: int
    """1..VOX_MAX_NEIGHBOURS"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "I",
        "H",
        "H",
    )


@dataclass(frozen=True, slots=True)
class Gaussian(Record):
    """Record of GAUSSIAN, behind Op."""

    scale: int
    """i16[components][n]; full: [components][n (n + 1) / 2], rows of 1, 2, .. n values"""
    centre: int
    """i32[components][n]; below 2^30 in magnitude unless full"""
    shift: int
    """i8[components][n]: -15..30; full: 0..VOX_MAX_SUM_SHIFT"""
    constant: int
    """i32[components]"""
    full: int
    """0 or 1"""
    fraction: int
    """0..VOX_MAX_DENSITY_FRACTION"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "I",
        "I",
        "I",
        "B",
        "B",
        "2x",
    )


@dataclass(frozen=True, slots=True)
class LogSum(Record):
    """Record of LOG_SUM, behind Op."""

    fraction: int
    """0..VOX_MAX_FRACTION"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "B",
        "3x",
    )


@dataclass(frozen=True, slots=True)
class Softmax32(Record):
    """Record of SOFTMAX_32, behind Op."""

    fraction: int
    """0..VOX_MAX_FRACTION"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "B",
        "3x",
    )


@dataclass(frozen=True, slots=True)
class Threshold(Record):
    """Record of THRESHOLD, behind Op."""

    threshold: int
    above: int
    """0 or 1: the output that wins where the score is at least the threshold"""
    fraction: int
    """0..VOX_MAX_FRACTION"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "i",
        "B",
        "B",
        "2x",
    )


@dataclass(frozen=True, slots=True)
class Bins(Record):
    """Record of BINS, behind Op."""

    centres: int
    """i32[c], each above the one before: the labels' numbers in the unit of the value"""
    shift: int
    """0..31"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "B",
        "3x",
    )


LEAF = 32768
"""set in a child that is a leaf; the other bits are its index behind the tree's first leaf"""
MAX_TREE_NODES = 32767
LEAF_LAST = 128
"""set in the last entry of a sparse leaf; the bits below it are the score, those above the value"""
MAX_LEAF_RUN = 128
"""entries of a sparse leaf"""


class LeafKind(IntEnum):
    """VOX_LEAVES_*."""

    ONE = 0
    """a leaf is one value, i32, for the score that the tree belongs to"""
    SPARSE = 1
    """a leaf is a run of u32: value << 8 | last << 7 | score, value of 24 bits, not negative"""


@dataclass(frozen=True, slots=True)
class TreeNode(Record):
    """vox_tree_node."""

    feature: int
    threshold: int
    child: tuple[int, ...]
    """[0] where x <= threshold, [1] where not. Index in the tree, greater than the node's own, or VOX_LEAF
    and a leaf
    """
    PARTS: ClassVar[tuple[Part, ...]] = (
        "H",
        "h",
        "2H",
    )


@dataclass(frozen=True, slots=True)
class Tree(Record):
    """The trees' nodes lie one tree after the other. A tree without nodes is its first leaf."""

    nodes: int
    """0..VOX_MAX_TREE_NODES"""
    output: int
    """score that its values are added to (VOX_LEAVES_ONE)"""
    leaf: int
    """index of its first leaf in the table; trees may share leaves"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "H",
        "H",
        "I",
    )


@dataclass(frozen=True, slots=True)
class Trees(Record):
    """Record of TREES, behind Op."""

    trees: int
    """vox_tree[tree_count]"""
    nodes: int
    """vox_tree_node[node_count]"""
    leaves: int
    """i32 or u32 [leaf_count]"""
    bias: int
    """i32[c]"""
    node_count: int
    leaf_count: int
    """at least 1"""
    tree_count: int
    """at least 1"""
    leaf_kind: int
    """VOX_LEAVES_*"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "I",
        "I",
        "I",
        "I",
        "I",
        "H",
        "B",
        "1x",
    )


OP_RECORDS: dict[int, type[Record]] = {
    OpCode.CONV_2D: Conv2D,
    OpCode.DEPTHWISE_2D: Conv2D,
    OpCode.DENSE: Dense,
    OpCode.MAX_POOL: Pool,
    OpCode.AVERAGE_POOL: Pool,
    OpCode.MEAN: Mean,
    OpCode.SOFTMAX: Softmax,
    OpCode.ADD: Add,
    OpCode.RELU: Relu,
    OpCode.SCALE: Scale,
    OpCode.TREES: Trees,
    OpCode.LINEAR: Linear,
    OpCode.RBF: Rbf,
    OpCode.KNN: Knn,
    OpCode.GAUSSIAN: Gaussian,
    OpCode.LOG_SUM: LogSum,
    OpCode.SOFTMAX_32: Softmax32,
    OpCode.THRESHOLD: Threshold,
    OpCode.BINS: Bins,
    OpCode.TABLE: Table,
    OpCode.CONCAT: Concat,
    OpCode.VIEW: View,
    OpCode.PAD: Pad,
    OpCode.BINARY: Binary,
    OpCode.REDUCE: Reduce,
    OpCode.WINDOW_MEAN: WindowMean,
    OpCode.GRU: Recurrent,
    OpCode.LSTM: Recurrent,
    OpCode.LSTM_8: Recurrent,
    OpCode.MATMUL: Matmul,
    OpCode.RESIZE: Resize,
    OpCode.LOG_SOFTMAX: LogSoftmax,
    OpCode.CONV_16: Conv16,
    OpCode.POOL_16: Pool16,
    OpCode.REDUCE_16: Reduce16,
    OpCode.BINARY_16: Binary16,
    OpCode.RESCALE_16: Rescale16,
    OpCode.CURVE_16: Curve16,
    OpCode.SOFTMAX_16: Softmax16,
    OpCode.SVDF_16: Svdf16,
}
"""What follows Op in the record of each op, where anything does."""
