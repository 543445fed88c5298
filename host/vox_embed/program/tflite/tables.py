"""Elementwise functions of one int8 tensor as 256 results, exactly as the reference kernels compute them.

Each function takes the scales and zero points of input and output, and gives the int8 result of every int8
input, -128 first. Most are tables in the reference too, made in single precision; the others are written out
in its fixed-point arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.program.fixed import INT32_MAX, multiply_q31, quantise_multiplier, rescale, round_shift
from vox_embed.program.ops import Tensor

_INPUTS = range(-128, 128)
_TINY = np.float32(1e-38)
_ROOT_BITS = 20


def real_values(tensor: Tensor) -> NDArray[np.float32]:
    """What each int8 value of a tensor means, -128 first."""
    q = np.arange(-128, 128).astype(np.float32)
    return np.float32(tensor.scale) * (q - np.float32(tensor.zero_point))


@dataclass(frozen=True)
class Between:
    """Scales (single precision) and zero points of input and output."""

    input_scale: float
    input_zero_point: int
    output_scale: float
    output_zero_point: int

    @property
    def ratio(self) -> float:
        """Input scale / output scale, in single precision."""
        return float(np.float32(self.input_scale) / np.float32(self.output_scale))


def of_function(
    between: Between, function: Callable[[NDArray[np.float32]], NDArray[np.float32]]
) -> list[int]:
    """A function of real numbers, in single precision; ties away from zero."""
    q = np.arange(-128, 128).astype(np.float32)
    x = np.float32(between.input_scale) * (q - np.float32(between.input_zero_point))
    y = function(x) * (np.float32(1) / np.float32(between.output_scale))
    rounded = np.sign(y) * np.floor(np.abs(y) + np.float32(0.5)) + between.output_zero_point
    return [int(value) for value in np.clip(np.nan_to_num(rounded), -128, 127)]


def logistic(between: Between) -> list[int]:
    """1 / (1 + exp(-x))"""
    return of_function(between, lambda x: np.float32(1) / (np.float32(1) + np.exp(-x)))


def tanh(between: Between) -> list[int]:
    """Hyperbolic tangent."""
    return of_function(between, np.tanh)


def exponential(between: Between) -> list[int]:
    """exp(x)"""
    return of_function(between, np.exp)


def concatenated(between: Between) -> list[int]:
    """x in another scale, as uint8 networks are put together: in single precision, of unsigned numbers."""
    scale = np.float32(between.input_scale) * (np.float32(1) / np.float32(between.output_scale))
    bias = np.float32(-(between.input_zero_point + 128)) * scale
    y = np.arange(256).astype(np.float32) * scale + bias
    rounded = np.sign(y) * np.floor(np.abs(y) + np.float32(0.5)) + between.output_zero_point
    return [int(value) for value in np.clip(rounded, -128, 127)]


def logarithm(between: Between) -> list[int]:
    """log(x), the lowest result where x is not above 0."""
    return of_function(between, lambda x: np.where(x > 0, np.log(np.maximum(x, _TINY)), -np.inf))


def square_root(between: Between) -> list[int]:
    """sqrt(x), what is behind the point cut off; 0 below 0."""
    q = np.arange(-128, 128).astype(np.float32)
    x = np.float32(between.input_scale) * (q - np.float32(between.input_zero_point))
    y = np.sqrt(np.maximum(x, np.float32(0))) / np.float32(between.output_scale)
    return [int(value) for value in np.clip(np.floor(y) + between.output_zero_point, -128, 127)]


def inverse_square_root(between: Between) -> list[int]:
    """1 / sqrt(x) in fixed point; the highest result where x is not above 0."""
    scales = math.sqrt(float(np.float32(between.input_scale))) * float(np.float32(between.output_scale))
    multiplier, shift = quantise_multiplier(1.0 / scales)
    results = []
    for x in _inputs(between):
        if x <= 0:
            results.append(127)
            continue
        root, right = inverse_root(x)
        fine = rescale(1, root, right + _ROOT_BITS)
        results.append(_limited(rescale(fine, multiplier, shift - _ROOT_BITS), between))
    return results


def inverse_root(total: int) -> tuple[int, int]:
    """1 / sqrt(total) as multiplier * 2^(shift - 31): five of Newton's steps in Q28."""
    if total <= 1:
        return INT32_MAX, 0
    right = 11
    while total >= 2**29:
        total, right = total // 4, right + 1
    while total < 2**27:
        total, right = total * 4, right - 1
    half, x = (total // 2 + 1) // 2, 2**28
    for _ in range(5):
        cubed = multiply_q31(multiply_q31(x, x), x) << 6
        x = (multiply_q31(3 * 2**27, x) - multiply_q31(half, cubed)) << 3
    x = multiply_q31(x, 1518500250)
    return (x << -right, 0) if right < 0 else (x, -right)


def elu(between: Between) -> list[int]:
    """x, or exp(x) - 1 below 0."""
    return of_function(between, lambda x: np.where(x < 0, np.expm1(x), x))


def gelu(between: Between) -> list[int]:
    """x * Phi(x)"""

    def exact(x: NDArray[np.float32]) -> NDArray[np.float32]:
        error = np.array([math.erf(value / math.sqrt(2.0)) for value in x.astype(np.float64)])
        return (0.5 * x.astype(np.float64) * (1.0 + error)).astype(np.float32)

    return of_function(between, exact)


def gelu_approximate(between: Between) -> list[int]:
    """x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2"""

    def approximate(x: NDArray[np.float32]) -> NDArray[np.float32]:
        inner = np.float32(math.sqrt(2.0 / math.pi)) * (x + np.float32(0.044715) * x * x * x)
        return (np.float32(0.5) * x * (np.float32(1) + np.tanh(inner))).astype(np.float32)

    return of_function(between, approximate)


def absolute(between: Between) -> list[int]:
    """|x|"""
    factor = quantise_multiplier(between.ratio)
    return [_limited(rescale(abs(q), *factor), between) for q in _inputs(between)]


def leaky_relu(between: Between, alpha: float) -> list[int]:
    """x, or alpha x below 0."""
    above = quantise_multiplier(between.ratio)
    below = quantise_multiplier(
        float(np.float32(between.input_scale))
        * float(np.float32(alpha))
        / float(np.float32(between.output_scale))
    )
    return [_limited(rescale(q, *(above if q >= 0 else below)), between) for q in _inputs(between)]


def hard_swish(between: Between) -> list[int]:
    """x * relu6(x + 3) / 6, in 16 bits."""
    fine = np.float32(1 / 128) * np.float32(between.input_scale)
    three_is_one = np.float32(3) / np.float32(32768)
    straight, straight_shift = _in_16_bits(float(fine / np.float32(between.output_scale)))
    gate, gate_shift = _in_16_bits(float(fine / three_is_one))
    results = []
    for q in _inputs(between):
        x = 128 * q
        share = x
        if gate_shift > 0:
            share = _saturated(share << (gate_shift - 1))
        share = _multiply_q15(share, gate)
        share = _saturated(share << 1) if gate_shift > 0 else round_shift(share, -gate_shift)
        product = ((share + 32768) >> 1) * _multiply_q15(x, straight)
        results.append(_limited(_shifted(_towards_zero(product), straight_shift), between))
    return results


def _inputs(between: Between) -> list[int]:
    return [q - between.input_zero_point for q in _INPUTS]


def _limited(value: int, between: Between) -> int:
    return max(-128, min(127, value + between.output_zero_point))


def _in_16_bits(factor: float) -> tuple[int, int]:
    multiplier, shift = quantise_multiplier(factor)
    return min((multiplier + (1 << 15)) >> 16, 32767), shift


def _saturated(value: int) -> int:
    return max(-32768, min(32767, value))


def _towards_zero(value: int) -> int:
    return value >> 15 if value >= 0 else -(-value >> 15)


def _multiply_q15(a: int, b: int) -> int:
    product = a * b
    return _towards_zero(product + ((1 << 14) if product >= 0 else 1 - (1 << 14)))


def _shifted(value: int, shift: int) -> int:
    return value << shift if shift > 0 else round_shift(value, -shift)
