"""Which rate to try next: tenths, tenfolds and the thirds between, until the best has worse ones on both sides."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

ALIKE = 1.3
"""Two rates within this factor count as one."""
THIRD = math.sqrt(10.0)
FAR = (1e-2, 1e2, 1e-3)
LOW, HIGH, DECADES = 1e-5, 10.0, 12
"""The rates that make sense for most runs."""
LOWEST, HIGHEST = 1e-12, 1e6
MOST_RATES = 48


def next_rate(
    figures: Mapping[float, float], own: float, guess: float | None, upwards: bool, far: Sequence[float]
) -> float | None:
    """The rate to try next; None where the best so far stands between worse ones, up to ten times up and down.

    Parameters
    ----------
    figures
        By rate what was found so far, the lower the better, infinite where training diverged.
    own
        The run's own rate.
    guess
        A rate that is worth trying first, where there is one.
    upwards
        Whether higher rates are tried before lower ones.
    far
        Rates that are looked at, too, before one is held for the best, see `far_from`.
    """
    if guess is not None and not _known(figures, guess):
        return guess
    if not figures:
        return own
    if len(figures) >= MOST_RATES:
        return None
    best = min(figures, key=lambda rate: (figures[rate], rate))
    if math.isinf(figures[best]):
        upwards = False  # what has diverged asks for less
    steps = (10.0, 0.1, THIRD, 1 / THIRD) if upwards else (0.1, 10.0, 1 / THIRD, THIRD)
    for rate in (*(rounded(best * step, own) for step in steps), *far):
        if LOWEST <= rate <= HIGHEST and not _known(figures, rate) and not _hopeless(figures, rate):
            return rate
    return None


def far_from(own: float, each: float | None) -> tuple[float, ...]:
    """Rates far from the own one, the nearest first; or all that make sense, `each` so many times the one before.

    Where long steps keep the loss up, a little less is no better, though far less may be.
    """
    if each is None:
        return tuple(rounded(own * factor, own) for factor in FAR)
    most = math.ceil(DECADES / math.log10(each))
    powers = sorted(range(-most, most + 1), key=lambda power: (abs(power), power))
    rates = [rounded(own * each**power, own) for power in powers]
    return tuple(rate for rate in rates if LOW <= rate <= HIGH)


def rounded(rate: float, own: float) -> float:
    """To one significant digit, unless it is the own rate times a power of ten."""
    power = math.log10(rate / own)
    if abs(power - round(power)) < 1e-6:
        return float(f"{rate:.4g}")
    return float(f"{rate:.1g}")


def between(best: float, figures: Mapping[float, float]) -> Iterator[float]:
    """Rates half-way, by their logarithm, from the best to those next to it."""
    for neighbour in (_next(figures, best, 1), _next(figures, best, -1)):
        if neighbour is not None:
            rate = float(f"{math.sqrt(best * neighbour):.2g}")
            if not _known(figures, rate):
                yield rate


def around(best: float, figures: Mapping[float, float]) -> list[float]:
    """Rates of 1, 2, 5, 10 ... from a tenth of the best to ten times it, without those that are known."""
    power = math.floor(math.log10(best))
    rates = [float(f"{digit}e{exponent}") for exponent in range(power - 1, power + 2) for digit in (1, 2, 5)]
    near = [rate for rate in rates if 0.1 <= rate / best <= 10.0]
    return [rate for rate in near if not _known(figures, rate) and not _hopeless(figures, rate)]


def next_below(rate: float, figures: Mapping[float, float]) -> float | None:
    """The next lower rate that is known."""
    return _next(figures, rate, -1)


def _next(figures: Mapping[float, float], rate: float, side: int) -> float | None:
    others = [other for other in figures if (other - rate) * side > 0]
    return min(others, key=lambda other: abs(math.log(other / rate)), default=None)


def _known(figures: Mapping[float, float], rate: float) -> bool:
    return any(1 / ALIKE < known / rate < ALIKE for known in figures)


def _hopeless(figures: Mapping[float, float], rate: float) -> bool:
    """Whether a lower rate has diverged already."""
    return any(known < rate and math.isinf(figure) for known, figure in figures.items())
