"""An optimizer's update of one parameter, written out with its numbers; formulas as in `lrsim_core.optimizer`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lrsim.common.marked_text import Item, Line, Part, parts, signed
from lrsim.common.numbers import short
from lrsim_core import OpenStep, Optimizer


@dataclass(frozen=True)
class Move:
    """One parameter in one step: its name, gradient, values before and after, and the slots before and after."""

    name: str
    gradient: float
    old: float
    new: float
    slots: tuple[float, ...]
    new_slots: tuple[float, ...]


def move_of(opened: OpenStep, name: str, index: int) -> Move:
    """What an opened step did to parameter `index`."""
    return Move(
        name,
        float(opened.gradient[index]),
        float(opened.theta_before[index]),
        float(opened.theta_after[index]),
        tuple(opened.slots_before[:, index].astype(float).tolist()),
        tuple(opened.slots_after[:, index].astype(float).tolist()),
    )


Memory = Callable[[Optimizer, Move, Part], list[Line]]
"""How what the optimizer keeps of a parameter has changed, for a rate that stands as a part of text."""
Step = Callable[[Optimizer, Move, Part, int], tuple[Item, ...]]
"""The old value and what is taken from it, in a step that is counted from 1."""


def update_lines(optimizer: Optimizer, move: Move, rate: float, step: int) -> list[Line]:
    """How the optimizer's memory changed, and the update that came of it."""
    hand = Part(short(rate), "rate")
    memory, made = _WRITTEN[optimizer.name]
    lines = memory(optimizer, move, hand) if optimizer.n_slots else []
    new = Line(f"New {move.name}", parts(*made(optimizer, move, hand, step), " = ", move.new))
    return [*lines, new, *_decays(optimizer)]


def _velocity(optimizer: Optimizer, move: Move, hand: Part) -> list[Line]:
    pull: tuple[Item, ...] = (" - ", hand, " * ", signed(move.gradient))
    if optimizer.flavor == "torch":
        pull = (" + ", signed(move.gradient))
    return [Line("Velocity", parts(optimizer.momentum, " * ", signed(move.slots[0]), *pull, " = ", move.new_slots[0]))]


def _sum_of_squares(optimizer: Optimizer, move: Move, hand: Part) -> list[Line]:
    return [Line("Sum of squares", parts(move.slots[0], " + ", signed(move.gradient), "² = ", move.new_slots[0]))]


def _average_square(optimizer: Optimizer, move: Move, hand: Part) -> list[Line]:
    old, new = move.slots[0], move.new_slots[0]
    rest = 1 - optimizer.rho
    square = parts(optimizer.rho, " * ", old, " + ", rest, " * ", signed(move.gradient), "² = ", new)
    lines = [Line("Mean square of the gradient", square)]
    if len(move.new_slots) > 1:
        title = "Mean square of the steps" if optimizer.name == "adadelta" else "Velocity"
        lines.append(Line(title, parts(move.slots[1], " -> ", move.new_slots[1])))
    return lines


def _averages(optimizer: Optimizer, move: Move, hand: Part) -> list[Line]:
    g = signed(move.gradient)
    first = (optimizer.beta_1, " * ", signed(move.slots[0]), " + ", 1 - optimizer.beta_1, " * ", g)
    lines = [Line("Mean gradient m", parts(*first, " = ", move.new_slots[0]))]
    if optimizer.name == "adamax":
        largest = parts(
            "max(", optimizer.beta_2, " * ", move.slots[1], ", |", move.gradient, "|) = ", move.new_slots[1]
        )
        return [*lines, Line("Norm u", largest)]
    second = (optimizer.beta_2, " * ", move.slots[1], " + ", 1 - optimizer.beta_2, " * ", g, "²")
    return [*lines, Line("Mean square v", parts(*second, " = ", move.new_slots[1]))]


MINUS = " - "


def _by_gradient(optimizer: Optimizer, move: Move, hand: Part, step: int) -> tuple[Item, ...]:
    """Plain, or by a velocity."""
    if not move.new_slots:
        return (move.old, MINUS, hand, " * ", signed(move.gradient))
    velocity = move.new_slots[0]
    if optimizer.nesterov:
        return (move.old, " with velocity ", velocity, " looked ahead")
    if optimizer.flavor == "keras":
        return (move.old, " + ", signed(velocity))
    return (move.old, MINUS, hand, " * ", signed(velocity))


def _by_root(optimizer: Optimizer, move: Move, hand: Part, step: int) -> tuple[Item, ...]:
    """By the root of what was kept of the squares, or by a velocity that has it in it already."""
    if len(move.new_slots) > 1:
        rate = (hand, " * ") if optimizer.flavor == "torch" else ()
        return (move.old, MINUS, *rate, signed(move.new_slots[1]))
    return (move.old, MINUS, hand, " * ", signed(move.gradient), " / √", move.new_slots[0])


def _by_two_roots(optimizer: Optimizer, move: Move, hand: Part, step: int) -> tuple[Item, ...]:
    g = signed(move.gradient)
    return (move.old, MINUS, hand, " * ", g, " * √", move.slots[1], " / √", move.new_slots[0])


def _by_averages(optimizer: Optimizer, move: Move, hand: Part, step: int) -> tuple[Item, ...]:
    new = move.new_slots
    m, v = new[0] / (1 - optimizer.beta_1**step), new[1] / (1 - optimizer.beta_2**step)
    return (move.old, MINUS, hand, " * ", signed(m), " / √", v)


def _by_norm(optimizer: Optimizer, move: Move, hand: Part, step: int) -> tuple[Item, ...]:
    m = move.new_slots[0] / (1 - optimizer.beta_1**step)
    return (move.old, MINUS, hand, " * ", signed(m), " / ", move.new_slots[1])


def _by_looking_ahead(optimizer: Optimizer, move: Move, hand: Part, step: int) -> tuple[Item, ...]:
    v = move.new_slots[1] / (1 - optimizer.beta_2**step)
    return (move.old, MINUS, hand, " * m (looked ahead) / √", v)


_WRITTEN: dict[str, tuple[Memory, Step]] = {
    "sgd": (_velocity, _by_gradient),
    "adagrad": (_sum_of_squares, _by_root),
    "rmsprop": (_average_square, _by_root),
    "adadelta": (_average_square, _by_two_roots),
    "adam": (_averages, _by_averages),
    "adamw": (_averages, _by_averages),
    "nadam": (_averages, _by_looking_ahead),
    "adamax": (_averages, _by_norm),
}


def _decays(optimizer: Optimizer) -> list[Line]:
    lines = []
    if optimizer.decay:
        lines.append(Line("Decay", parts("the rate is divided by 1 + ", optimizer.decay, " * updates so far")))
    if optimizer.weight_decay:
        lines.append(Line("Weight decay", parts(optimizer.weight_decay, " pulls each parameter towards 0")))
    return lines
