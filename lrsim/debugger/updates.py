"""An optimizer's update of one parameter, written out with its numbers; formulas as in `lrsim_core.optimizer`."""

from __future__ import annotations

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


def update_lines(optimizer: Optimizer, move: Move, rate: float, step: int) -> list[Line]:
    """How the optimizer's memory changed, and the update that came of it."""
    hand = Part(short(rate), "rate")
    memory = {
        "sgd": _velocity, "adagrad": _sum_of_squares, "rmsprop": _average_square, "adadelta": _average_square,
        "adam": _averages, "adamw": _averages, "nadam": _averages, "adamax": _averages,
    }[optimizer.name]  # fmt: skip
    lines = memory(optimizer, move, hand) if optimizer.n_slots else []
    made = Line(f"New {move.name}", parts(*_update(optimizer, move, hand, step), " = ", move.new))
    return [*lines, made, *_decays(optimizer)]


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


def _update(optimizer: Optimizer, move: Move, hand: Part, step: int) -> tuple[Item, ...]:
    """The last line up to its equals sign: old value and what is taken from it."""
    g, minus = signed(move.gradient), " - "
    new = move.new_slots
    match optimizer.name:
        case "sgd" if not new:
            return (move.old, minus, hand, " * ", g)
        case "sgd" if optimizer.nesterov:
            return (move.old, " with velocity ", new[0], " looked ahead")
        case "sgd" if optimizer.flavor == "keras":
            return (move.old, " + ", signed(new[0]))
        case "sgd":
            return (move.old, minus, hand, " * ", signed(new[0]))
        case "adagrad":
            return (move.old, minus, hand, " * ", g, " / √", new[0])
        case "rmsprop" if len(new) > 1:
            return (move.old, minus, *((hand, " * ") if optimizer.flavor == "torch" else ()), signed(new[1]))
        case "rmsprop":
            return (move.old, minus, hand, " * ", g, " / √", new[0])
        case "adadelta":
            return (move.old, minus, hand, " * ", g, " * √", move.slots[1], " / √", new[0])
        case "adamax":
            return (move.old, minus, hand, " * ", signed(new[0] / (1 - optimizer.beta_1**step)), " / ", new[1])
        case "nadam":
            return (move.old, minus, hand, " * m (looked ahead) / √", new[1] / (1 - optimizer.beta_2**step))
        case _:
            m, v = new[0] / (1 - optimizer.beta_1**step), new[1] / (1 - optimizer.beta_2**step)
            return (move.old, minus, hand, " * ", signed(m), " / √", v)


def _decays(optimizer: Optimizer) -> list[Line]:
    lines = []
    if optimizer.decay:
        lines.append(Line("Decay", parts("the rate is divided by 1 + ", optimizer.decay, " * updates so far")))
    if optimizer.weight_decay:
        lines.append(Line("Weight decay", parts(optimizer.weight_decay, " pulls each parameter towards 0")))
    return lines
