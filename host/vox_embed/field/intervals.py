"""Exact intervals of counts: events in hours (Poisson), and shares of trials (binomial)."""

from __future__ import annotations

Interval = tuple[float, float]

LEVEL = 0.95


def poisson_rate(count: int, hours: float, level: float = LEVEL) -> Interval:
    """Rates an hour that `count` events in `hours` are compatible with (Garwood 1936); hours > 0.

    With no event at all the upper end is 3.7 / hours at 95 %: the rule of three, two-sided.
    """
    from scipy.stats import chi2

    outside = (1 - level) / 2
    low = 0.0 if count == 0 else float(chi2.ppf(outside, 2 * count)) / 2
    high = float(chi2.ppf(1 - outside, 2 * count + 2)) / 2
    return low / hours, high / hours


def binomial_share(count: int, trials: int, level: float = LEVEL) -> Interval:
    """Shares that `count` of `trials` are compatible with (Clopper & Pearson 1934); (0, 1) without trials."""
    from scipy.stats import beta

    if trials == 0:
        return 0.0, 1.0
    outside = (1 - level) / 2
    low = 0.0 if count == 0 else float(beta.ppf(outside, count, trials - count + 1))
    high = 1.0 if count == trials else float(beta.ppf(1 - outside, count + 1, trials - count))
    return low, high


def hours_to_claim(rate: float, level: float = LEVEL) -> float:
    """Hours without a single event that show a rate below `rate` an hour, one-sided."""
    import math

    return -math.log(1 - level) / rate
