"""P2, products of computed matrices and squared differences, as attention and layer normalisation have them.

Random shapes and scales; every output byte equals that of the reference kernels."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("ai_edge_litert", reason="needs ai-edge-litert, the reference interpreter (extra `dev`)")

from test_tflite_converted import ints, same_bytes, scale_of

from helpers.tflite_writer import Network, options

Rng = np.random.Generator
Known = tuple[float, int]


def known(rng: Rng) -> Known:
    return scale_of(rng), int(rng.integers(-128, 128))


def begun(rng: Rng, *shapes: tuple[int, ...]) -> tuple[Network, int, list[int], list[Known]]:
    """A network whose input holds several tensors, each of a scale of its own."""
    net, first = Network(), known(rng)
    sizes = [int(np.prod(shape)) for shape in shapes]
    source = net.tensor((1, sum(sizes)), *first)
    found, scales = [], []
    for at, size, shape in zip(np.cumsum([0, *sizes]), sizes, shapes, strict=False):
        cut, shaped = net.tensor((1, size), *first), net.tensor(shape, *first)
        begin, end = ints(net, [0, int(at)]), ints(net, [1, size])
        net.op("SLICE", [source, begin, end], cut, options("SliceOptions"))
        net.op("RESHAPE", [cut, ints(net, shape)], shaped, options("ReshapeOptions", newShape=list(shape)))
        scales.append(known(rng))
        found.append(net.tensor(shape, *scales[-1]))
        net.op("QUANTIZE", [shaped], found[-1], options("QuantizeOptions"))
    return net, source, found, scales


def of_product(rng: Rng, scales: list[Known], terms: int) -> Known:
    spread = 74 * np.sqrt(terms) * 74 / 40
    return float(np.float32(scales[0][0] * scales[1][0] * spread)), int(rng.integers(-60, 60))


@pytest.mark.parametrize("seed", range(40))
def test_batch_matmul(seed: int) -> None:
    """Either of the two turned, or repeated along batches."""
    rng = np.random.default_rng([seed, 1])
    batch = tuple(int(n) for n in rng.integers(1, 4, int(rng.integers(0, 3))))
    rows, terms, columns = (int(n) for n in rng.integers(1, 9, 3))
    turned = [bool(rng.random() < 0.5) for _ in range(2)]
    shapes = [(rows, terms), (terms, columns)]
    shapes = [shape[::-1] if turn else shape for shape, turn in zip(shapes, turned, strict=True)]
    batches = [tuple(n if rng.random() < 0.7 else 1 for n in batch) for _ in range(2)]
    whole = [(*b, *shape) for b, shape in zip(batches, shapes, strict=True)]
    net, source, pair, scales = begun(rng, *whole)
    out = (*np.broadcast_shapes(*batches), rows, columns)
    result = net.tensor(tuple(int(n) for n in out), *of_product(rng, scales, terms))
    net.op("BATCH_MATMUL", pair, result, options("BatchMatMulOptions", adjX=turned[0], adjY=turned[1]))
    same_bytes(net.bytes(source, result), rng, rows=60)


@pytest.mark.parametrize("seed", range(12))
def test_batch_matmul_with_a_constant(seed: int) -> None:
    rng = np.random.default_rng([seed, 2])
    net, x, w = Network(), known(rng), known(rng)
    source = net.tensor((1, 5, 7), *x)
    weights = net.tensor((7, 4), *w, data=rng.integers(-128, 128, (7, 4)).astype(np.int8))
    result = net.tensor((1, 5, 4), *of_product(rng, [x, w], 7))
    net.op("BATCH_MATMUL", [source, weights], result, options("BatchMatMulOptions"))
    same_bytes(net.bytes(source, result), rng)


@pytest.mark.parametrize("seed", range(20))
def test_squared_differences(seed: int) -> None:
    """Of equal shapes, repeated along axes, and with constants."""
    rng = np.random.default_rng([seed, 4])
    full = (1, 4, 6)
    other = tuple(n if rng.random() < 0.6 else 1 for n in full)
    if rng.random() < 0.3:
        scales = [known(rng), known(rng)]
        net = Network()
        source = net.tensor(full, *scales[0])
        pair = [source, net.tensor(other, *scales[1], data=rng.integers(-128, 128, other).astype(np.int8))]
    else:
        net, source, pair, scales = begun(rng, full, other)
    spread = 60 * max(scale for scale, _ in scales)
    result = net.tensor(full, float(np.float32(spread**2 / 100)), int(rng.integers(-128, 0)))
    order = pair if rng.random() < 0.5 else pair[::-1]
    net.op("SQUARED_DIFFERENCE", order, result, options("SquaredDifferenceOptions"))
    same_bytes(net.bytes(source, result), rng, rows=60)
