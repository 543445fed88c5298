"""Small random programs of classic ops, and what each op computes, written out in Python integers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vox_embed.program.classic.chain import Chain
from vox_embed.program.classic_ops import (
    Bins,
    Gaussian,
    Knn,
    Linear,
    LogSum,
    Rbf,
    Scale,
    Share,
    Softmax32,
    Threshold,
    Trees,
    Vote,
)
from vox_embed.program.fixed import multiply_q31
from vox_embed.program.ops import Kind, Op
from vox_embed.program.program import Program
from vox_embed.spec.operators import LEAF, LEAF_LAST

LOW, HIGH = -(2**31), 2**31 - 1


def saturate(x: int) -> int:
    return max(LOW, min(HIGH, x))


def exp2_of_negative(x: int) -> int:
    """2^-x in Q31 for x in Q16."""
    c = (1488522224, 515881616, 119183792, 20609765, 2774098, 246920)
    if x >> 16 > 31:
        return 0
    f, y = (x & 0xFFFF) << 15, c[5]
    for i in (4, 3, 2, 1, 0):
        y = c[i] - multiply_q31(f, y)
    return (HIGH - multiply_q31(f, y)) >> (x >> 16)


def log2_of(x: int) -> int:
    """log2 in Q16."""
    c = (1549081711, -774501509, 515475433, -379519780, 275072332, -167075787, 68492252, -13283043)
    whole = x.bit_length() - 1
    f, y = (x << (31 - whole)) & HIGH, c[7]
    for i in (6, 5, 4, 3, 2, 1, 0):
        y = c[i] + multiply_q31(f, y)
    return whole * 65536 + ((multiply_q31(f, y) + (1 << 13)) >> 14)


def q16(distance: int, fraction: int) -> int:
    return min((distance << 16) >> fraction, 2**32 - 1)


def settled(posteriors: list[int], winner: int) -> list[int]:
    top = posteriors[winner]
    return [min(p, top - 1 if c < winner else top) for c, p in enumerate(posteriors)]


def scale(op: Scale, x: list[int], kind: Kind = Kind.S16, zero_point: int = 0) -> list[int]:
    high = 127 if kind is Kind.S8 else 32767
    out = []
    for value, offset, multiplier, shift in zip(
        x, op.offset.tolist(), op.multiplier.tolist(), op.shift.tolist(), strict=True
    ):
        d = max(-32768, min(32767, value - offset))
        q = ((d * multiplier + ((1 << shift) >> 1)) >> shift) + zero_point
        out.append(max(-high - 1, min(high, q)))
    return out


def trees(op: Trees, x: list[int]) -> list[int]:
    sums, at = op.bias.tolist(), 0
    for count, output, start in op.trees.tolist():
        node, leaf = 0, 0
        while count and node < LEAF:
            feature, threshold, *child = op.nodes[at + node].tolist()
            node = child[0] if x[feature] <= threshold else child[1]
            leaf = node - LEAF
        at += count
        place = start + leaf
        if not op.sparse:
            sums[output] += int(op.leaves[place])
            continue
        while True:
            entry = int(op.leaves[place])
            sums[entry & (LEAF_LAST - 1)] += entry >> 8
            place += 1
            if entry & LEAF_LAST:
                break
    return sums


def linear(op: Linear, x: list[int]) -> list[int]:
    return [
        saturate((sum(a * b for a, b in zip(row, x, strict=True)) + (bias << up)) >> down)
        for row, bias, (up, down) in zip(
            op.weights.tolist(), op.bias.tolist(), op.shifts.tolist(), strict=True
        )
    ]


def rbf(op: Rbf, x: list[int]) -> list[int]:
    classes = len(op.class_counts)
    pairs = [(i, j) for i in range(classes) for j in range(i + 1, classes)] or [(0, 0)]
    sums = {pair: int(b) << op.bias_shift for pair, b in zip(pairs, op.bias, strict=True)}
    owner = np.repeat(np.arange(classes), op.class_counts).tolist()
    for vector, coefficients, own in zip(op.vectors.tolist(), op.coefficients.tolist(), owner, strict=True):
        distance = sum((a - b) ** 2 for a, b in zip(vector, x, strict=True))
        exponent = (min(distance >> op.reduce, 2**32 - 1) * op.gamma) >> op.gamma_shift
        k = (exp2_of_negative(min(exponent, 2**32 - 1)) + (1 << 14)) >> 15
        for pair in sums:
            if own in pair:
                other = pair[0] + pair[1] - own
                row = 0 if classes == 1 else other - (other > own)
                sums[pair] += coefficients[row] * k
    return [saturate(value >> op.shift) for value in sums.values()]


def vote(op: Vote, x: list[int]) -> list[int]:
    classes = round((1 + (1 + 8 * len(x)) ** 0.5) / 2)
    votes, values = [0] * classes, iter(x)
    for i in range(classes):
        for j in range(i + 1, classes):
            votes[i if next(values) > 0 else j] += 1
    return votes


def knn(op: Knn, x: list[int], classes: int) -> list[int]:
    distance = [sum((a - b) ** 2 for a, b in zip(row, x, strict=True)) for row in op.vectors.tolist()]
    votes = [0] * classes
    for i in sorted(range(len(distance)), key=lambda i: distance[i])[: op.neighbours]:
        votes[int(op.labels[i])] += 1
    return votes


def gaussian(op: Gaussian, x: list[int]) -> list[int]:
    out = []
    for scales, centres, shifts, constant in zip(
        op.scale.tolist(), op.centre.tolist(), op.shift.tolist(), op.constant.tolist(), strict=True
    ):
        total, at = 0, 0
        for i, (centre, shift) in enumerate(zip(centres, shifts, strict=True)):
            if op.full:
                row = scales[at : at + i + 1]
                at += i + 1
                u = (sum(a * b for a, b in zip(row, x[: i + 1], strict=True)) - (centre << 12)) >> shift
            else:
                u = x[i] * scales[i] - centre
                u = u << -shift if shift < 0 else u >> shift
            total += max(-(2**24), min(2**24, u)) ** 2
        out.append(saturate(constant - (total >> (20 - op.fraction))))
    return out


def log_sum(op: LogSum, x: list[int], groups: int) -> list[int]:
    each, out = len(x) // groups, []
    for g in range(groups):
        part = x[g * each : (g + 1) * each]
        top = max(part)
        total = sum(exp2_of_negative(q16(top - v, op.fraction)) >> 7 for v in part)
        out.append(saturate(top + (((log2_of(total) - 24 * 65536) << op.fraction) >> 16)))
    return out


def softmax_32(op: Softmax32, x: list[int]) -> list[int]:
    powers = [exp2_of_negative(q16(max(x) - v, op.fraction)) >> 16 for v in x]
    return settled([p * 32767 // sum(powers) for p in powers], x.index(max(x)))


def share(op: Share, x: list[int]) -> list[int]:
    positive = [max(v, 0) for v in x]
    drop = max(0, sum(positive).bit_length() - 16)
    whole = sum(positive) >> drop
    shares = [(v >> drop) * 32767 // whole if whole else 32767 // len(x) for v in positive]
    winner = x.index(max(x))
    shares[winner] = max(1, shares[winner])
    return settled(shares, winner)


def threshold(op: Threshold, x: list[int]) -> list[int]:
    odds = exp2_of_negative(q16(abs(x[0] - op.threshold), op.fraction)) >> 16
    loser = 32767 * odds // (32768 + odds)
    first_wins = (op.above if x[0] >= op.threshold else 1 - op.above) == 0
    return [32767 - loser, loser] if first_wins else [loser, 32767 - loser]


def bins(op: Bins, x: list[int]) -> list[int]:
    centres = op.centres.tolist()
    value = max(centres[0], min(centres[-1], x[0] >> op.shift))
    b = max(i for i in range(len(centres) - 1) if centres[i] <= value)
    share = min(32767, (value - centres[b]) * 2**15 // (centres[b + 1] - centres[b]))
    return [{b: 32767 - share, b + 1: share}.get(i, 0) for i in range(len(centres))]


def run_slowly(program: Program, rows: NDArray[np.int16]) -> NDArray[np.int64]:
    """Outputs [rows, values] for int16 [rows, values]."""
    results = []
    for row in rows.tolist():
        x = row
        for op in program.ops:
            out = program.tensors[op.output]
            match op:
                case Scale():
                    x = scale(op, x, out.kind, out.zero_point)
                case Knn():
                    x = knn(op, x, out.elements)
                case LogSum():
                    x = log_sum(op, x, out.elements)
                case _:
                    x = BY_TYPE[type(op)](op, x)
        results.append(x)
    return np.array(results, np.int64)


BY_TYPE: dict[type[Op], Callable[..., list[int]]] = {
    Trees: trees,
    Linear: linear,
    Rbf: rbf,
    Vote: vote,
    Gaussian: gaussian,
    Softmax32: softmax_32,
    Share: share,
    Threshold: threshold,
    Bins: bins,
}

KINDS = (
    "scale",
    "scale_s8",
    "trees",
    "trees_sparse",
    "linear",
    "rbf",
    "rbf_single",
    "vote",
    "knn",
    "gaussian",
    "gaussian_full",
    "log_sum",
    "softmax_32",
    "share",
    "threshold",
    "bins",
    "linear_s8",
)


def _wide(rng: np.random.Generator, size: int | tuple[int, ...], bits: int) -> NDArray[np.int64]:
    """Integers of up to `bits` bits and a sign; small and large ones."""
    return rng.integers(-(2**bits), 2**bits, size) >> rng.integers(0, bits, size)


def _random_trees(rng: np.random.Generator, n: int, outputs: int, sparse: bool) -> dict[str, object]:
    count = int(rng.integers(1, 6))
    stored: list[int] = []
    starts: list[int] = []
    for _ in range(40):
        starts.append(len(stored))
        if not sparse:
            stored.append(int(_wide(rng, 1, 24)[0]))
            continue
        run = rng.permutation(outputs)[: rng.integers(1, outputs + 1)]
        stored += [int(rng.integers(0, 2**20)) << 8 | int(c) for c in run]
        stored[-1] |= LEAF_LAST
    rows, nodes = [], []
    for _ in range(count):
        size = int(rng.integers(0, 20))
        rows.append((size, int(rng.integers(outputs)), 0 if size else int(rng.choice(starts))))
        for i in range(size):
            child = [
                int(rng.integers(i + 1, size))
                if i + 1 < size and rng.random() < 0.6
                else LEAF + int(rng.choice(starts))
                for _ in range(2)
            ]
            nodes.append((int(rng.integers(n)), int(rng.integers(-32768, 32768)), *child))
    return {
        "trees": np.array(rows, np.int64),
        "nodes": np.array(nodes, np.int64).reshape(-1, 4),
        "leaves": np.array(stored, np.int64),
        "sparse": sparse,
        "bias": _wide(rng, outputs, 24),
    }


def _scores(chain: Chain, rng: np.random.Generator, n: int, count: int) -> None:
    """Brings S32 scores of many sizes about."""
    chain.add(
        Linear,
        {
            "weights": _wide(rng, (count, n), 15),
            "bias": _wide(rng, count, 31),
            "shifts": np.stack([rng.integers(0, 4, count), rng.integers(0, 12, count)], axis=1),
        },
        count,
        Kind.S32,
    )


def single(kind: str, seed: int) -> Program:  # noqa: PLR0912
    """One operator, behind a LINEAR where it takes scores."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    n, c = int(rng.integers(1, 13)), int(rng.integers(2, 7))
    chain = Chain(n)
    fraction = {"fraction": int(rng.integers(0, 25))}
    if kind in ("scale", "scale_s8"):
        fields = {
            "offset": rng.integers(-32768, 32768, n),
            "multiplier": rng.integers(1, 32768, n),
            "shift": rng.integers(0, 31, n),
        }
        if kind == "scale":
            chain.add(Scale, fields, n, Kind.S16)
        else:
            chain.add(Scale, fields, n, Kind.S8, 0.1, int(rng.integers(-128, 128)))
    elif kind.startswith("trees"):
        chain.add(Trees, _random_trees(rng, n, c, kind == "trees_sparse"), c, Kind.S32)
    elif kind == "linear":
        _scores(chain, rng, n, c)
    elif kind == "linear_s8":
        fields = {
            "offset": rng.integers(-9, 9, n),
            "multiplier": rng.integers(1, 32768, n),
            "shift": rng.integers(18, 24, n),
        }
        chain.add(Scale, fields, n, Kind.S8, 0.1, int(rng.integers(-128, 128)))
        _scores(chain, rng, n, c)
    elif kind.startswith("rbf"):
        classes = c if kind == "rbf" else 1
        counts = rng.integers(0, 4, classes)
        counts[0] += 1
        outputs = classes * (classes - 1) // 2 if classes > 1 else 1
        fields = {
            "vectors": _wide(rng, (int(counts.sum()), n), 15),
            "coefficients": _wide(rng, (int(counts.sum()), max(1, classes - 1)), 15),
            "class_counts": counts,
            "bias": _wide(rng, outputs, 31),
            "gamma": int(rng.integers(0, 2**31)),
            "gamma_shift": int(rng.integers(30, 45)),
            "reduce": int(rng.integers(0, 8)),
            "bias_shift": int(rng.integers(0, 4)),
            "shift": int(rng.integers(0, 8)),
        }
        chain.add(Rbf, fields, outputs, Kind.S32)
    elif kind == "vote":
        _scores(chain, rng, n, c * (c - 1) // 2)
        chain.add(Vote, {}, c, Kind.S32)
    elif kind == "knn":
        count = int(rng.integers(1, 20))
        fields = {
            "vectors": _wide(rng, (count, n), 15 if rng.random() < 0.5 else 1),
            "labels": rng.integers(0, c, count),
            "neighbours": int(rng.integers(1, min(16, count) + 1)),
        }
        chain.add(Knn, fields, c, Kind.S32)
    elif kind.startswith("gaussian"):
        whole = kind == "gaussian_full"
        fields = {
            "scale": _wide(rng, (c, n * (n + 1) // 2 if whole else n), 15),
            "centre": _wide(rng, (c, n), 30 if not whole else 31),
            "shift": rng.integers(0, 30, (c, n)) if whole else rng.integers(-15, 31, (c, n)),
            "constant": _wide(rng, c, 31),
            "full": whole,
            "fraction": int(rng.integers(0, 21)),
        }
        fields["centre"] = np.clip(fields["centre"], -(2**30) + 1, 2**30 - 1)  # type: ignore[arg-type]
        chain.add(Gaussian, fields, c, Kind.S32)
    elif kind == "log_sum":
        _scores(chain, rng, n, c * 3)
        chain.add(LogSum, fraction, c, Kind.S32)
    elif kind == "softmax_32":
        _scores(chain, rng, n, c)
        chain.add(Softmax32, fraction, c, Kind.S16)
    elif kind == "share":
        _scores(chain, rng, n, c)
        chain.add(Share, {}, c, Kind.S16)
    elif kind == "threshold":
        _scores(chain, rng, n, 1)
        fields = {"threshold": int(_wide(rng, 1, 31)[0]), "above": int(rng.integers(2)), **fraction}
        chain.add(Threshold, fields, 2, Kind.S16)
    elif kind == "bins":
        _scores(chain, rng, n, 1)
        centres = np.sort(np.unique(_wide(rng, 3 * c, 31)))[: max(c, 2)]
        chain.add(Bins, {"centres": centres, "shift": int(rng.integers(0, 6))}, len(centres), Kind.S16)
    else:
        raise ValueError(kind)
    return chain.program()


def rows_of(program: Program, count: int, seed: int) -> NDArray[np.int16]:
    """Random rows, small and large values, extremes."""
    rng = np.random.default_rng([seed, 5])
    rows = _wide(rng, (count, program.input_tensor.elements), 15)
    rows[0] = rng.choice(np.array([-32768, 32767]), rows.shape[1])
    return rows.astype(np.int16)
