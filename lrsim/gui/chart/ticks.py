"""Where an axis has ticks, and what they say."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass

from lrsim.common.numbers import count, short
from lrsim.gui.chart.scales import Scale, ScaleKind

PLAIN_FROM, PLAIN_TO = 1e-4, 1e5
"""Magnitudes that are written without an exponent."""

WIDE = 0.7
"""Decades from which values that are evenly spaced crowd at one end of a log axis."""


@dataclass(frozen=True)
class Tick:
    """A tick at `share` (0 to 1) of the axis; one without text is a minor one."""

    share: float
    text: str


def axis_ticks(scale: Scale, most: int) -> list[Tick]:
    """At most about `most` labelled ticks of a value axis, and minor ones between decades."""
    most = max(most, 2)
    make = {ScaleKind.LINEAR: _linear, ScaleKind.LOG: _log, ScaleKind.SYMLOG: _symlog}[scale.kind]
    return _told_apart(make(scale, most))


def plain_ticks(lo: float, hi: float, most: int) -> list[Tick]:
    """Round numbers between `lo` and `hi` on an even axis."""
    return _linear(Scale(ScaleKind.LINEAR, lo, hi), most)


def step_ticks(lo: float, hi: float, most: int) -> list[Tick]:
    """Whole numbers between `lo` and `hi`, thousands set apart."""
    size = max(1, round(nice((hi - lo) / max(most, 1))))
    first = math.ceil(lo / size) * size
    return [Tick((at - lo) / (hi - lo), count(at)) for at in range(first, math.floor(hi) + 1, size) if at >= 0]


def log_step_ticks(scale: Scale, most: int) -> list[Tick]:
    """0 and powers of ten on an axis of even factors; round steps where less than a decade is seen."""
    lo, hi = scale.value(0), scale.value(1)
    powers = [10**power for power in range(max(math.floor(math.log10(max(hi, 1))), 0) + 1)]
    every = -(-(len(powers) + 1) // max(most, 2))
    places = [0, *powers[::every]] if every > 1 or lo <= 0 else powers
    seen = [at for at in places if lo <= at <= hi]
    if len(seen) < 2:
        seen = [round(lo + tick.share * (hi - lo)) for tick in step_ticks(lo, hi, most)]
    return [Tick(scale.share(float(at)), count(at)) for at in seen]


def nice(size: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least `size` (> 0)."""
    power = 10.0 ** math.floor(math.log10(size))
    for factor in (1, 2, 5, 10):
        if factor * power >= size * (1 - 1e-9):
            return factor * power
    return 10 * power


def apart(ticks: list[Tick], width: Callable[[str], float], room: float, gap: float) -> list[Tick]:
    """Ticks from left to right; the text of one that would run into the last one before is left out."""
    found, end = [], -math.inf
    for tick in ticks:
        half = (width(tick.text) + gap) / 2 / room
        if tick.share - half < end:
            found.append(Tick(tick.share, ""))
        else:
            found.append(tick)
            end = tick.share + half
    return found


def _told_apart(ticks: list[Tick]) -> list[Tick]:
    """Without ticks that would say the same as another: the finest floats have too few values between them."""
    first = {tick.text: tick for tick in reversed(ticks)}
    return [tick for tick in ticks if not tick.text or first[tick.text] is tick]


def _linear(scale: Scale, most: int) -> list[Tick]:
    size = nice((scale.hi - scale.lo) / most)
    if scale.unit != 1:
        # Round in values, not in shares of the unit, wherever both are ordinary numbers.
        value_size = (scale.hi - scale.lo) / most * scale.unit
        if 1e-290 < value_size < 1e308:
            size = nice(value_size) / scale.unit
    first = math.ceil(scale.lo / size - 1e-9)
    last = math.floor(scale.hi / size + 1e-9)
    # The pad around the largest floats reaches beyond them.
    places = [n * size for n in range(first, last + 1) if math.isfinite(n * size * scale.unit)]
    texts = _texts([place * scale.unit for place in places], size * scale.unit)
    return [Tick((place - scale.lo) / (scale.hi - scale.lo), text) for place, text in zip(places, texts)]


def _texts(values: list[float], size: float) -> list[str]:
    """As many digits as tell neighbours apart, the same for all."""
    largest = max((abs(value) for value in values), default=0.0)
    if not size > 0 or largest == 0:
        return [short(value) for value in values]
    step_power = math.floor(math.log10(size) + 1e-9)
    if PLAIN_FROM <= largest < PLAIN_TO and step_power > -12:
        return [f"{value:.{max(0, -step_power)}f}" if value else "0" for value in values]
    digits = max(0, math.floor(math.log10(largest) + 1e-9) - step_power)
    return [_exponent(value, digits) if value else "0" for value in values]


def _exponent(value: float, digits: int) -> str:
    mantissa, power = f"{value:.{min(digits, 16)}e}".split("e")
    return f"{mantissa}e{int(power):+03d}"


def _log(scale: Scale, most: int) -> list[Tick]:
    span = scale.hi - scale.lo
    first, last = math.ceil(scale.lo - 1e-9), math.floor(scale.hi + 1e-9)
    if last - first < 1:
        return _within_a_decade(scale, most)
    size = _decade_size(last - first + 1, most)
    ticks = []
    for power in range(first, last + 1):
        if power % size == 0:
            ticks.append(Tick((power - scale.lo) / span, _power(power)))
        elif size <= 5:
            ticks.append(Tick((power - scale.lo) / span, ""))
    if last - first <= 3:
        ticks += _minor(scale, range(first - 1, last + 1))
    return ticks


def _minor(scale: Scale, powers: range) -> list[Tick]:
    logs = [power + math.log10(factor) for power in powers for factor in range(2, 10)]
    return [Tick((at - scale.lo) / (scale.hi - scale.lo), "") for at in logs if scale.lo <= at <= scale.hi]


def _within_a_decade(scale: Scale, most: int) -> list[Tick]:
    """Round values on a log axis that shows less than two powers of ten: even ones, or as evenly as they lie on it."""
    low, high = scale.value(0), scale.value(1)
    if scale.hi - scale.lo > WIDE:
        for factors in ((1, 2, 5), (1, 3), (1,)):
            values = [factor * 10.0**power for power in range(math.floor(scale.lo), min(math.ceil(scale.hi), 307) + 1)
                      for factor in factors if low <= factor * 10.0**power <= high]  # fmt: skip
            if len(values) <= most + 1:
                return [Tick(scale.share(value), short(value)) for value in values]
    return [Tick(scale.share(value), text) for value, text in _even_values(low, high, most) if value > 0]


def _symlog(scale: Scale, most: int) -> list[Tick]:
    unit_power = round(math.log10(scale.unit))
    low, high = scale.value(0), scale.value(1)
    decades_up = math.ceil(math.log10(high)) - unit_power if high > scale.unit else 0
    decades_down = math.ceil(math.log10(-low)) - unit_power if low < -scale.unit else 0
    size = _decade_size(max(decades_up, 0) + max(decades_down, 0) + 1, most)
    values = [0.0]
    for sign, decades in ((1.0, decades_up), (-1.0, decades_down)):
        for power in range(size, decades + 1, size):
            exponent = unit_power + power
            if exponent <= 308:
                values.append(sign * 10.0**exponent)
    shown = sorted(value for value in values if -1e-9 <= scale.share(value) <= 1 + 1e-9)
    if len(shown) < 2:
        return [Tick(scale.share(value), text) for value, text in _even_values(low, high, most)]
    return [Tick(scale.share(value), short(value)) for value in shown]


def _even_values(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Round values from low to high, for axes that show less than two powers of ten."""
    if not sys.float_info.min * most < high - low < math.inf:
        return []
    size = nice((high - low) / most)
    values = [number * size for number in range(math.ceil(low / size), math.floor(high / size) + 1)]
    return list(zip(values, _texts(values, size)))


def _decade_size(decades: int, most: int) -> int:
    """How many decades from one label to the next."""
    for size in (1, 2, 3, 5, 10, 20, 25, 50, 100):
        if decades <= size * most:
            return size
    return 200


def _power(power: int) -> str:
    return short(10.0**power) if -300 <= power <= 308 else f"1e{power:+d}"
