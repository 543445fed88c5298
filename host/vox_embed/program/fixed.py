"""TensorFlow Lite's fixed-point arithmetic in exact Python integers: what the host needs to make tables."""

from __future__ import annotations

import math

import numpy as np

INT32_MAX = 2**31 - 1


def quantise_multiplier(real: float) -> tuple[int, int]:
    """A factor >= 0 as (multiplier, shift): real ~ multiplier * 2^(shift - 31).

    2^30 <= multiplier < 2^31, or (0, 0).
    """
    if real == 0.0:
        return 0, 0
    fraction, exponent = math.frexp(real)
    multiplier = math.floor(fraction * 2**31 + 0.5)
    if multiplier == 2**31:
        multiplier //= 2
        exponent += 1
    if exponent < -31:
        return 0, 0
    return multiplier, exponent


def multiply_q31(x: int, multiplier: int) -> int:
    """floor((x * multiplier + 2^30) / 2^31)"""
    return (x * multiplier + 2**30) >> 31


def round_shift(x: int, shift: int) -> int:
    """x / 2^shift to nearest, ties away from zero."""
    if shift == 0:
        return x
    half = 1 << (shift - 1)
    return (x + half) >> shift if x >= 0 else -((-x + half) >> shift)


def rescale(x: int, multiplier: int, shift: int) -> int:
    """x * multiplier * 2^(shift - 31) with the two roundings of the reference kernels."""
    return round_shift(multiply_q31(x << max(shift, 0), multiplier), max(-shift, 0))


def rescale_once(x: int, multiplier: int, shift: int) -> int:
    """x * multiplier * 2^(shift - 31), rounded once, ties upwards."""
    return (x * multiplier + (1 << (30 - shift))) >> (31 - shift)


def multiplier_as_double(real: float, multiplier: int, shift: int, limit: int) -> int:
    """A multiplier with which `rescale_once` gives round(x * real), the product taken in double precision and
    ties rounded away from zero, wherever an int8 result changes: the given one, or a neighbour of it.

    |x| <= limit. Where no neighbour fits everywhere, the given one.
    """
    if multiplier == 0:
        return 0
    change = np.arange(-256, 257) - 0.5  # between two neighbouring results, whatever the zero point
    x = np.unique((np.floor(change / real)[:, None] + np.arange(-1, 3)).ravel())
    x = x[np.abs(x) <= limit].astype(np.int64)
    product = x * real
    wanted = np.where(product >= 0, np.floor(product + 0.5), np.ceil(product - 0.5)).astype(np.int64)
    for candidate in (multiplier + step for step in (0, 1, -1, 2, -2, 3, -3)):
        if candidate > INT32_MAX:
            continue
        found = (x * candidate + (1 << (30 - shift))) >> (31 - shift)
        if np.array_equal(found, wanted):
            return candidate
    return multiplier


def round_half_away(x: float) -> int:
    """To nearest, ties away from zero, as C's round()."""
    return math.floor(x + 0.5) if x >= 0 else -math.floor(-x + 0.5)


# exp(-2^k) in Q31 for k = -2..4.
_EXP_OF_POWERS = (
    (-2, 1672461947),
    (-1, 1302514674),
    (0, 790015084),
    (1, 290630308),
    (2, 39332535),
    (3, 720401),
    (4, 242),
)
_SOFTMAX_FRACTION_BITS = 26
_SOFTMAX_INTEGER_BITS = 5


def _exp_between_minus_a_quarter_and_0(a: int) -> int:
    """exp(a) in Q31 for -1/4 <= a < 0 in Q31: a Taylor series about -1/8."""
    constant = 1895147668  # exp(-1/8)
    x = a + (1 << 28)
    x2 = multiply_q31(x, x)
    x3 = multiply_q31(x2, x)
    x4 = multiply_q31(x2, x2)
    third = multiply_q31(round_shift(x4, 2) + x3, 715827883)
    return constant + multiply_q31(constant, x + round_shift(third + x2, 1))


def exp_of_negative(a: int) -> int:
    """exp(a) in Q31 for -32 < a <= 0 in Q5.26."""
    if a == 0:
        return INT32_MAX
    quarter = 1 << (_SOFTMAX_FRACTION_BITS - 2)
    fraction = (a & (quarter - 1)) - quarter
    result = _exp_between_minus_a_quarter_and_0(fraction << _SOFTMAX_INTEGER_BITS)
    remainder = fraction - a
    for power, factor in _EXP_OF_POWERS:
        if remainder & (1 << (_SOFTMAX_FRACTION_BITS + power)):
            result = multiply_q31(result, factor)
    return result


def softmax_table(input_scale: float, beta: float) -> list[int]:
    """exp(-d * scale * beta) in Q31 for each int8 difference d = 0, 1, ... that counts (1 to 256 entries)."""
    real = min(beta * input_scale * 2**_SOFTMAX_FRACTION_BITS, float(INT32_MAX))
    multiplier, left = quantise_multiplier(real)
    lowest = math.floor(((1 << _SOFTMAX_INTEGER_BITS) - 1) * 2**_SOFTMAX_FRACTION_BITS / 2**left)
    return [exp_of_negative(multiply_q31(-d << left, multiplier)) for d in range(min(255, lowest) + 1)]


def reciprocal(x: int) -> tuple[int, int]:
    """1 / x as multiplier * 2^-(31 + digits), for 0 < x < 2^31: three of Newton's steps."""
    digits = x.bit_length() - 1
    half = ((x << (31 - digits)) - 2**31 + INT32_MAX + 1) // 2
    y = 1515870810 + multiply_q31(half, -1010580540)
    for _ in range(3):
        y += multiply_q31(y, 2**29 - multiply_q31(half, y)) << 2
    return min(y << 1, INT32_MAX), digits


def log_softmax_tables(input_scale: float, lowest: int) -> tuple[list[int], list[int]]:
    """exp(-d * scale) in Q19 and -d * scale in Q26, at least `lowest`, for each int8 difference."""
    real = min(input_scale * 2**_SOFTMAX_FRACTION_BITS, float(INT32_MAX))
    multiplier, left = quantise_multiplier(real)
    most = math.floor(((1 << _SOFTMAX_INTEGER_BITS) - 1) * 2**_SOFTMAX_FRACTION_BITS / 2**left)
    steps = [rescale(-d, multiplier, left) for d in range(min(255, most) + 1)]
    return [round_shift(exp_of_negative(step), 12) for step in steps], [max(step, lowest) for step in steps]
