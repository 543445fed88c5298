"""The operators of classic models, on S16 and S32 tensors (vox classic/ops.h, trees/ops.h)."""

from __future__ import annotations

import struct
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.program.ops import Op, Tensor, WeightPool

MAX_NODES = 0x7FFF
"""Of a tree."""
LEAF = 0x8000
LEAF_LAST = 0x80
MAX_NEIGHBOURS = 16
MAX_VECTOR = 2048
MAX_CLASSES = 96
MAX_FRACTION = 24


def table(values: NDArray[np.generic] | Sequence[int], dtype: str) -> bytes:
    """Little-endian bytes. ValueError where a value does not fit."""
    array = np.asarray(values)
    info = np.iinfo(dtype)
    if array.size and (array.min() < info.min or array.max() > info.max):
        raise ValueError(f"{array.min()}..{array.max()} does not fit {dtype}")
    return array.astype(np.dtype(dtype).newbyteorder("<")).tobytes()


def rows_of_pairs(rows: NDArray[np.generic]) -> NDArray[np.generic]:
    """[count, n] with a column of zeros appended where n is odd."""
    return np.pad(rows, ((0, 0), (0, rows.shape[1] % 2)))


class ClassicOp(Op):
    """What these have in common: tables, whose bytes are counted, and work that is estimated."""

    @abstractmethod
    def tables(self) -> tuple[bytes, ...]:
        """Tables for WGHT in the order of the record's offsets."""

    @property
    def weight_bytes(self) -> int:
        """Bytes in WGHT."""
        return sum(map(len, self.tables()))

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        del tensors
        return 0

    def _offsets(self, pool: WeightPool) -> tuple[int, ...]:
        return tuple(pool.add(part) for part in self.tables())


class BareOp(ClassicOp):
    """Those whose record is nothing but vox_op."""

    def tables(self) -> tuple[bytes, ...]:
        """None."""
        return ()

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return b""


@dataclass(frozen=True, eq=False)
class Scale(ClassicOp):
    """q = clamp(zero_point + round((x - offset) * multiplier / 2^shift)), value by value; to S16 or S8."""

    code = 16
    kind = "scale"
    offset: NDArray[np.int16]
    multiplier: NDArray[np.int16]
    shift: NDArray[np.uint8]

    def tables(self) -> tuple[bytes, ...]:
        """offset, multiplier, shift."""
        return table(self.offset, "i2"), table(self.multiplier, "i2"), table(self.shift, "u1")

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return struct.pack("<3I", *self._offsets(pool))


@dataclass(frozen=True, eq=False)
class Trees(ClassicOp):
    """Sums of leaves. nodes: uint16-sized rows feature, threshold, child, child of all trees in order."""

    code = 17
    kind = "trees"
    trees: NDArray[np.int64]
    """[trees, 3]: nodes, output, first leaf."""
    nodes: NDArray[np.int64]
    """[nodes, 4]: feature, threshold, children (LEAF + index for leaves)."""
    leaves: NDArray[np.int64]
    """[leaves]: int32 values, or uint32 entries value << 8 | last << 7 | score where `sparse`."""
    sparse: bool
    bias: NDArray[np.int64]

    def tables(self) -> tuple[bytes, ...]:
        """trees, nodes, leaves, bias."""
        trees = np.empty(len(self.trees), "<u2,<u2,<u4")
        for i, name in enumerate(trees.dtype.names or ()):
            trees[name] = self.trees[:, i]
        nodes = np.empty(len(self.nodes), "<u2,<i2,<u2,<u2")
        for i, name in enumerate(nodes.dtype.names or ()):
            nodes[name] = self.nodes[:, i]
        return (
            trees.tobytes(),
            nodes.tobytes(),
            table(self.leaves, "u4" if self.sparse else "i4"),
            table(self.bias, "i4"),
        )

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        counts = (len(self.nodes), len(self.leaves), len(self.trees), int(self.sparse), 0)
        return struct.pack("<4I2IHBB", *self._offsets(pool), *counts)


@dataclass(frozen=True, eq=False)
class Linear(ClassicOp):
    """saturate((weights . x + bias * 2^bias_shift) >> shift), row by row."""

    code = 18
    kind = "linear"
    weights: NDArray[np.int64]
    """[rows, n], int16."""
    bias: NDArray[np.int64]
    """[rows], int32."""
    shifts: NDArray[np.int64]
    """[rows, 2]: bias_shift, shift."""

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        return int(self.weights.size)

    def tables(self) -> tuple[bytes, ...]:
        """weights, bias, shifts."""
        return table(rows_of_pairs(self.weights), "i2"), table(self.bias, "i4"), table(self.shifts, "u1")

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return struct.pack("<3I", *self._offsets(pool))


@dataclass(frozen=True, eq=False)
class Rbf(ClassicOp):
    """Support vectors with K = 2^-(distance^2 >> reduce) * gamma >> gamma_shift."""

    code = 19
    kind = "rbf"
    vectors: NDArray[np.int64]
    """[count, n], int16, ordered by class."""
    coefficients: NDArray[np.int64]
    """[count, classes - 1 or 1], int16."""
    class_counts: NDArray[np.int64]
    bias: NDArray[np.int64]
    """[outputs], int32."""
    gamma: int
    gamma_shift: int
    reduce: int
    bias_shift: int
    shift: int

    def scratch(self, tensors: Sequence[Tensor]) -> int:
        """Bytes of the arena that the op needs for itself."""
        return 8 * len(self.bias)

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        return int(self.vectors.size + self.coefficients.size)

    def tables(self) -> tuple[bytes, ...]:
        """vectors, coefficients, class_counts, bias."""
        return (
            table(rows_of_pairs(self.vectors), "i2"),
            table(self.coefficients, "i2"),
            table(self.class_counts, "u2"),
            table(self.bias, "i4"),
        )

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return struct.pack(
            "<6I2H4B",
            *self._offsets(pool),
            self.gamma,
            scratch,
            len(self.vectors),
            len(self.class_counts),
            self.reduce,
            self.gamma_shift,
            self.bias_shift,
            self.shift,
        )


@dataclass(frozen=True, eq=False)
class Vote(BareOp):
    """From decisions of pairs to votes for classes."""

    code = 20
    kind = "vote"


@dataclass(frozen=True, eq=False)
class Knn(ClassicOp):
    """Labels of the nearest prototypes, counted."""

    code = 21
    kind = "knn"
    vectors: NDArray[np.int64]
    """[count, n], int16."""
    labels: NDArray[np.int64]
    neighbours: int

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        return int(self.vectors.size)

    def tables(self) -> tuple[bytes, ...]:
        """vectors, labels."""
        return table(rows_of_pairs(self.vectors), "i2"), table(self.labels, "u1")

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return struct.pack("<2I2H", *self._offsets(pool), len(self.vectors), self.neighbours)


@dataclass(frozen=True, eq=False)
class Gaussian(ClassicOp):
    """log2 densities: constant - (sum of u^2), u = whitened x in Q10 (vox classic/ops.h has the formulas)."""

    code = 22
    kind = "gaussian"
    scale: NDArray[np.int64]
    """[components, n] or [components, n (n + 1) / 2], int16."""
    centre: NDArray[np.int64]
    """[components, n], int32."""
    shift: NDArray[np.int64]
    """[components, n], int8."""
    constant: NDArray[np.int64]
    """[components], int32."""
    full: bool
    fraction: int

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        return int(self.scale.size + self.centre.size)

    def tables(self) -> tuple[bytes, ...]:
        """scale, centre, shift, constant."""
        return (
            table(self.scale, "i2"),
            table(self.centre, "i4"),
            table(self.shift, "i1"),
            table(self.constant, "i4"),
        )

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return struct.pack("<4I2BH", *self._offsets(pool), int(self.full), self.fraction, 0)


@dataclass(frozen=True, eq=False)
class _Fraction(ClassicOp):
    fraction: int
    """Bits behind the point of the scores."""

    def tables(self) -> tuple[bytes, ...]:
        """None."""
        return ()

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return struct.pack("<B3x", self.fraction)


@dataclass(frozen=True, eq=False)
class LogSum(_Fraction):
    """log2 of the sum of 2^x over neighbouring values."""

    code = 23
    kind = "log_sum"


@dataclass(frozen=True, eq=False)
class Softmax32(_Fraction):
    """log2 scores -> Q15 posteriors."""

    code = 24
    kind = "softmax_32"


@dataclass(frozen=True, eq=False)
class Share(BareOp):
    """Scores -> Q15 shares of their sum."""

    code = 25
    kind = "share"


@dataclass(frozen=True, eq=False)
class Threshold(ClassicOp):
    """Score -> two posteriors; `above` wins where the score >= threshold."""

    code = 26
    kind = "threshold"
    threshold: int
    above: int
    fraction: int

    def tables(self) -> tuple[bytes, ...]:
        """None."""
        return ()

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return struct.pack("<iBBH", self.threshold, self.above, self.fraction, 0)


@dataclass(frozen=True, eq=False)
class Bins(ClassicOp):
    """Value -> posteriors of the two centres that value >> shift lies between, by linear interpolation."""

    code = 27
    kind = "bins"
    centres: NDArray[np.int64]
    """[outputs], int32, each above the one before."""
    shift: int = 0

    def tables(self) -> tuple[bytes, ...]:
        """centres."""
        return (table(self.centres, "i4"),)

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return struct.pack("<IB3x", *self._offsets(pool), self.shift)
