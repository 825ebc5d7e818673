"""The rate of a step written out: what schedule, callbacks, a layer's factor and the optimizer's decay make of it."""

from __future__ import annotations

from lrsim.common.marked_text import Item, Line, Part, parts
from lrsim.common.numbers import short, typed
from lrsim.schedules.timeline import RateParts
from lrsim_core import Optimizer


def hand(rate: float) -> Part:
    """A learning rate, marked as such."""
    return Part(short(rate), "rate")


def rate_lines(rate: RateParts) -> list[Line]:
    """Where the rate comes from; nothing where the base is used as it is."""
    if rate.is_base:
        return []
    items: list[Item] = [rate.base]
    if rate.schedule != 1.0:
        items += [" * ", rate.schedule, Part(" by the schedule", "muted")]
    if rate.factor != 1.0:
        items += [" * ", rate.factor, Part(" by callbacks", "muted")]
    return [Line("Rate", (*parts(*items, " = "), hand(rate.rate)))]


def layer_rate(layer: int, rate: float, factor: float) -> list[Line]:
    """What the factor of a layer (from 0) makes of the rate; nothing where it is 1."""
    if factor == 1.0:
        return []
    frozen = [Part("  it is frozen", "muted")] if factor == 0 else []
    made = (hand(rate), *parts(" * ", factor, " = "), hand(rate * factor), *frozen)
    return [Line(f"Rate of layer {layer + 1}", made)]


def decayed(optimizer: Optimizer, rate: float, step: int) -> tuple[float, list[Line]]:
    """The rate that the optimizer uses at a step (from 1) after its decay, and how that comes about."""
    if not optimizer.decay:
        return rate, []
    left = rate / (1 + optimizer.decay * (step - 1))
    made = (hand(rate), *parts(" / (1 + ", typed(optimizer.decay), f" * {step - 1}) = "), hand(left))
    return left, [Line("Rate with decay", made)]
