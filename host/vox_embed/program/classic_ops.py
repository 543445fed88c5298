"""The operators of classic models, on S16 and S32 tensors (vox classic/ops.h, trees/ops.h)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.program.ops import Op, Tensor, WeightPool
from vox_embed.spec import operators as records
from vox_embed.spec.model_format import OpCode
from vox_embed.spec.operators import LeafKind
from vox_embed.spec.record import Record


def table(values: NDArray[np.generic] | Sequence[int], dtype: str) -> bytes:
    """Little-endian bytes. ValueError where a value does not fit."""
    array = np.asarray(values)
    info = np.iinfo(dtype)
    if array.size and (array.min() < info.min or array.max() > info.max):
        raise ValueError(f"{array.min()}..{array.max()} does not fit {dtype}")
    return array.astype(np.dtype(dtype).newbyteorder("<")).tobytes()


def _records(rows: NDArray[np.int64], record: type[Record]) -> bytes:
    """[rows, numbers of the record] -> the records, one after the other."""
    made = np.empty(len(rows), np.dtype(record.columns()))
    for i, name in enumerate(made.dtype.names or ()):
        made[name] = rows[:, i]
    return made.tobytes()


def rows_of_pairs(rows: NDArray[np.generic]) -> NDArray[np.generic]:
    """[count, n] with a column of zeros appended where n is odd."""
    return np.pad(rows, ((0, 0), (0, rows.shape[1] % 2)))


class ClassicOp(Op):
    """What these have in common: tables, whose bytes are counted, and work that is estimated."""

    @abstractmethod
    def tables(self) -> dict[str, bytes]:
        """Tables for WGHT by the names of their offsets in the record, in their order."""

    @property
    def weight_bytes(self) -> int:
        """Bytes in WGHT."""
        return sum(map(len, self.tables().values()))

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        del tensors
        return 0

    def _offsets(self, pool: WeightPool) -> dict[str, int]:
        return {name: pool.add(part) for name, part in self.tables().items()}


class BareOp(ClassicOp):
    """Those whose record is nothing but vox_op."""

    def tables(self) -> dict[str, bytes]:
        """None."""
        return {}

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return b""


@dataclass(frozen=True, eq=False)
class Scale(ClassicOp):
    """q = clamp(zero_point + round((x - offset) * multiplier / 2^shift)), value by value; to S16 or S8."""

    code = OpCode.SCALE
    offset: NDArray[np.int16]
    multiplier: NDArray[np.int16]
    shift: NDArray[np.uint8]

    def tables(self) -> dict[str, bytes]:
        """Tables for WGHT."""
        return {
            "offset": table(self.offset, "i2"),
            "multiplier": table(self.multiplier, "i2"),
            "shift": table(self.shift, "u1"),
        }

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return records.Scale(**self._offsets(pool)).pack()


@dataclass(frozen=True, eq=False)
class Trees(ClassicOp):
    """Sums of leaves. nodes: uint16-sized rows feature, threshold, child, child of all trees in order."""

    code = OpCode.TREES
    trees: NDArray[np.int64]
    """[trees, 3]: nodes, output, first leaf."""
    nodes: NDArray[np.int64]
    """[nodes, 4]: feature, threshold, children (LEAF + index for leaves)."""
    leaves: NDArray[np.int64]
    """[leaves]: int32 values, or uint32 entries value << 8 | last << 7 | score where `sparse`."""
    sparse: bool
    bias: NDArray[np.int64]

    def tables(self) -> dict[str, bytes]:
        """Tables for WGHT."""
        return {
            "trees": _records(self.trees, records.Tree),
            "nodes": _records(self.nodes, records.TreeNode),
            "leaves": table(self.leaves, "u4" if self.sparse else "i4"),
            "bias": table(self.bias, "i4"),
        }

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return records.Trees(
            **self._offsets(pool),
            node_count=len(self.nodes),
            leaf_count=len(self.leaves),
            tree_count=len(self.trees),
            leaf_kind=LeafKind.SPARSE if self.sparse else LeafKind.ONE,
        ).pack()


@dataclass(frozen=True, eq=False)
class Linear(ClassicOp):
    """saturate((weights . x + bias * 2^bias_shift) >> shift), row by row."""

    code = OpCode.LINEAR
    weights: NDArray[np.int64]
    """[rows, n], int16."""
    bias: NDArray[np.int64]
    """[rows], int32."""
    shifts: NDArray[np.int64]
    """[rows, 2]: bias_shift, shift."""

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        return int(self.weights.size)

    def tables(self) -> dict[str, bytes]:
        """Tables for WGHT."""
        return {
            "weights": table(rows_of_pairs(self.weights), "i2"),
            "bias": table(self.bias, "i4"),
            "shift": table(self.shifts, "u1"),
        }

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return records.Linear(**self._offsets(pool)).pack()


@dataclass(frozen=True, eq=False)
class Rbf(ClassicOp):
    """Support vectors with K = 2^-(distance^2 >> reduce) * gamma >> gamma_shift."""

    code = OpCode.RBF
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

    def tables(self) -> dict[str, bytes]:
        """Tables for WGHT."""
        return {
            "vectors": table(rows_of_pairs(self.vectors), "i2"),
            "coefficients": table(self.coefficients, "i2"),
            "class_counts": table(self.class_counts, "u2"),
            "bias": table(self.bias, "i4"),
        }

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return records.Rbf(
            **self._offsets(pool),
            gamma=self.gamma,
            scratch=scratch,
            count=len(self.vectors),
            classes=len(self.class_counts),
            reduce=self.reduce,
            gamma_shift=self.gamma_shift,
            bias_shift=self.bias_shift,
            shift=self.shift,
        ).pack()


@dataclass(frozen=True, eq=False)
class Vote(BareOp):
    """From decisions of pairs to votes for classes."""

    code = OpCode.VOTE


@dataclass(frozen=True, eq=False)
class Knn(ClassicOp):
    """Labels of the nearest prototypes, counted."""

    code = OpCode.KNN
    vectors: NDArray[np.int64]
    """[count, n], int16."""
    labels: NDArray[np.int64]
    neighbours: int

    def macs(self, tensors: Sequence[Tensor]) -> int:
        """Multiply-accumulates of one inference."""
        return int(self.vectors.size)

    def tables(self) -> dict[str, bytes]:
        """Tables for WGHT."""
        return {"vectors": table(rows_of_pairs(self.vectors), "i2"), "labels": table(self.labels, "u1")}

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return records.Knn(**self._offsets(pool), count=len(self.vectors), neighbours=self.neighbours).pack()


@dataclass(frozen=True, eq=False)
class Gaussian(ClassicOp):
    """log2 densities: constant - (sum of u^2), u = whitened x in Q10 (vox classic/ops.h has the formulas)."""

    code = OpCode.GAUSSIAN
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

    def tables(self) -> dict[str, bytes]:
        """Tables for WGHT."""
        return {
            "scale": table(self.scale, "i2"),
            "centre": table(self.centre, "i4"),
            "shift": table(self.shift, "i1"),
            "constant": table(self.constant, "i4"),
        }

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return records.Gaussian(**self._offsets(pool), full=int(self.full), fraction=self.fraction).pack()


@dataclass(frozen=True, eq=False)
class _Fraction(ClassicOp):
    fraction: int
    """Bits behind the point of the scores."""

    def tables(self) -> dict[str, bytes]:
        """None."""
        return {}

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return records.LogSum(self.fraction).pack()  # SOFTMAX_32 has the same


@dataclass(frozen=True, eq=False)
class LogSum(_Fraction):
    """log2 of the sum of 2^x over neighbouring values."""

    code = OpCode.LOG_SUM


@dataclass(frozen=True, eq=False)
class Softmax32(_Fraction):
    """log2 scores -> Q15 posteriors."""

    code = OpCode.SOFTMAX_32


@dataclass(frozen=True, eq=False)
class Share(BareOp):
    """Scores -> Q15 shares of their sum."""

    code = OpCode.SHARE


@dataclass(frozen=True, eq=False)
class Threshold(ClassicOp):
    """Score -> two posteriors; `above` wins where the score >= threshold."""

    code = OpCode.THRESHOLD
    threshold: int
    above: int
    fraction: int

    def tables(self) -> dict[str, bytes]:
        """None."""
        return {}

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return records.Threshold(self.threshold, self.above, self.fraction).pack()


@dataclass(frozen=True, eq=False)
class Bins(ClassicOp):
    """Value -> posteriors of the two centres that value >> shift lies between, by linear interpolation."""

    code = OpCode.BINS
    centres: NDArray[np.int64]
    """[outputs], int32, each above the one before."""
    shift: int = 0

    def tables(self) -> dict[str, bytes]:
        """Tables for WGHT."""
        return {"centres": table(self.centres, "i4")}

    def body(self, pool: WeightPool, scratch: int) -> bytes:
        """The record after vox_op."""
        return records.Bins(**self._offsets(pool), shift=self.shift).pack()
