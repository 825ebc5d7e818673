"""An optimizer's update of one parameter, written out with its numbers; formulas as in `lrsim_core.optimizer`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from lrsim.common.marked_text import Item, Line, parts, signed
from lrsim.common.numbers import typed
from lrsim.debugger.rates import decayed, hand
from lrsim_core import OPTIMIZER_KEYS, OpenStep, Optimizer


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


@dataclass(frozen=True)
class Update:
    """One update of an optimizer: of which parameter, at which rate, which step (from 1), with which momentum (of Adam
    and its kin: beta_1)."""

    optimizer: Optimizer
    move: Move
    rate: float
    step: int
    momentum: float

    @property
    def is_torch(self) -> bool:
        return self.optimizer.flavor == "torch"

    @property
    def g(self) -> Item:
        """The gradient, behind an operator."""
        return signed(self.move.gradient)

    @property
    def hand(self) -> Item:
        """The rate, marked as such."""
        return hand(self.rate)

    @property
    def epsilon(self) -> str:
        return typed(self.optimizer.epsilon)


Written = tuple[list[Line], tuple[Item, ...]]
"""How what the optimizer keeps of a parameter has changed, and what is added to its old value."""


def update_lines(optimizer: Optimizer, move: Move, rate: float, step: int, momentum: float | None = None) -> list[Line]:
    """How the optimizer's memory changed, and the update that came of it.

    Parameters
    ----------
    rate
        Of the parameter's layer.
    step
        Counted from 1.
    momentum
        Where the schedule moves it; None for the optimizer's own.
    """
    rate, lines = decayed(optimizer, rate, step)
    own = optimizer.beta_1 if "beta_1" in OPTIMIZER_KEYS[optimizer.name] else optimizer.momentum
    pull, more, seen = _weight_decay(optimizer, move, rate)
    update = Update(optimizer, seen, rate, step, own if momentum is None else momentum)
    memory, change = _WRITTEN[optimizer.name](update)
    new = Line(f"New {move.name}", parts(move.old, *pull, *change, " = ", move.new))
    return [*lines, *more, *memory, new]


def _weight_decay(optimizer: Optimizer, move: Move, rate: float) -> tuple[tuple[Item, ...], list[Line], Move]:
    """What weight decay takes from the old value beside the step, or makes of the gradient, as the flavor has it."""
    decay = optimizer.weight_decay
    if not decay:
        return (), [], move
    if optimizer.flavor == "keras" or optimizer.name == "adamw":
        return (" - ", hand(rate), f" * {typed(decay)} * ", signed(move.old)), [], move
    gradient = move.gradient + decay * move.old
    made = parts(move.gradient, f" + {typed(decay)} * ", signed(move.old), " = ", gradient)
    return (), [Line("Slope with weight decay", made)], replace(move, gradient=gradient)


def _sgd(u: Update) -> Written:
    """Plain, or by a velocity."""
    if not u.move.new_slots:
        return [], (" - ", u.hand, " * ", u.g)
    mu, old, new = typed(u.momentum), u.move.slots[0], u.move.new_slots[0]
    pull: tuple[Item, ...] = (" + ", u.g) if u.is_torch else (" - ", u.hand, " * ", u.g)
    velocity = Line("Velocity", parts(mu, " * ", signed(old), *pull, " = ", new))
    ahead: tuple[Item, ...] = (mu, " * ", signed(new))
    if u.is_torch:
        move: tuple[Item, ...] = ("(", u.move.gradient, " + ", *ahead, ")") if u.optimizer.nesterov else (signed(new),)
        return [velocity], (" - ", u.hand, " * ", *move)
    return [velocity], (" + ", *ahead, *pull) if u.optimizer.nesterov else (" + ", signed(new))


def _root(u: Update, square: float) -> tuple[Item, ...]:
    """The root of a mean or sum of squares, which epsilon keeps from 0, to divide by."""
    return ("(√", square, f" + {u.epsilon})") if u.is_torch else ("√(", square, f" + {u.epsilon})")


def _adagrad(u: Update) -> Written:
    old, new = u.move.slots[0], u.move.new_slots[0]
    total = Line("Sum of squares", parts(old, " + ", u.g, "² = ", new))
    return [total], (" - ", u.hand, " * ", u.g, " / ", *_root(u, new))


def _mean_square(u: Update) -> Line:
    rho = u.optimizer.rho
    old, new = u.move.slots[0], u.move.new_slots[0]
    made = parts(typed(rho), " * ", old, f" + {_rest(rho)} * ", u.g, "² = ", new)
    return Line("Mean square of the slope", made)


def _rest(share: float) -> str:
    """1 - share, without the noise of the subtraction."""
    return typed(round(1 - share, 15))


def _rmsprop(u: Update) -> Written:
    square = _mean_square(u)
    root = _root(u, u.move.new_slots[0])
    if len(u.move.new_slots) == 1:
        return [square], (" - ", u.hand, " * ", u.g, " / ", *root)
    old, new = u.move.slots[1], u.move.new_slots[1]
    pull: tuple[Item, ...] = () if u.is_torch else (u.hand, " * ")
    velocity = Line(
        "Velocity", parts(typed(u.momentum), " * ", signed(old), " + ", *pull, u.g, " / ", *root, " = ", new)
    )
    return [square, velocity], (" - ", u.hand, " * ", signed(new)) if u.is_torch else (" - ", signed(new))


def _adadelta(u: Update) -> Written:
    rho, epsilon = u.optimizer.rho, u.optimizer.epsilon
    square, steps = u.move.new_slots
    move = math.sqrt(u.move.slots[1] + epsilon) / math.sqrt(square + epsilon) * u.move.gradient
    ratio = parts("√(", u.move.slots[1], f" + {u.epsilon}) / √(", square, f" + {u.epsilon}) * ", u.g, " = ", move)
    mean = parts(typed(rho), " * ", u.move.slots[1], f" + {_rest(rho)} * ", signed(move), "² = ", steps)
    lines = [_mean_square(u), Line("Step at rate 1", ratio), Line("Mean square of the steps", mean)]
    return lines, (" - ", u.hand, " * ", signed(move))


def _mean(u: Update) -> Line:
    m, new = u.move.slots[0], u.move.new_slots[0]
    made = parts(typed(u.momentum), " * ", signed(m), f" + {_rest(u.momentum)} * ", u.g, " = ", new)
    return Line("Mean slope m", made)


def _averages(u: Update) -> list[Line]:
    beta, v, new = u.optimizer.beta_2, u.move.slots[1], u.move.new_slots[1]
    made = parts(typed(beta), " * ", v, f" + {_rest(beta)} * ", u.g, "² = ", new)
    return [_mean(u), Line("Mean square v", made)]


def _square_corrected(u: Update) -> tuple[float, Line]:
    """v without its lean to the 0 that it started from."""
    v, beta = u.move.new_slots[1], u.optimizer.beta_2
    corrected = v / (1 - beta**u.step)
    return corrected, Line("v corrected", parts(v, f" / (1 - {typed(beta)}^{u.step}) = ", corrected))


def _adam(u: Update) -> Written:
    lines, (m, v) = _averages(u), u.move.new_slots
    b1, b2, t = u.momentum, u.optimizer.beta_2, u.step
    if u.is_torch:
        mean, (square, line) = m / (1 - b1**t), _square_corrected(u)
        lines += [Line("m corrected", parts(m, f" / (1 - {typed(b1)}^{t}) = ", mean)), line]
        return lines, (" - ", u.hand, " * ", signed(mean), " / (√", square, f" + {u.epsilon})")
    rate = u.rate * math.sqrt(1 - b2**t) / (1 - b1**t)
    correction = f" * √(1 - {typed(b2)}^{t}) / (1 - {typed(b1)}^{t}) = "
    lines.append(Line("Rate, m and v corrected", parts(u.hand, correction, hand(rate))))
    return lines, (" - ", hand(rate), " * ", signed(m), " / (√", v, f" + {u.epsilon})")


def _adamax(u: Update) -> Written:
    (m, norm), old, t = u.move.new_slots, u.move.slots[1], u.step
    beyond = f" + {u.epsilon}" if u.is_torch else ""
    largest = parts(f"max({typed(u.optimizer.beta_2)} * ", old, ", |", u.move.gradient, f"|{beyond}) = ", norm)
    mean = m / (1 - u.momentum**t)
    corrected = parts(m, f" / (1 - {typed(u.momentum)}^{t}) = ", mean)
    lines = [_mean(u), Line("Norm u", largest), Line("m corrected", corrected)]
    below: tuple[Item, ...] = (norm,) if u.is_torch else ("(", norm, f" + {u.epsilon})")
    return lines, (" - ", u.hand, " * ", signed(mean), " / ", *below)


def _nadam_momentum(u: Update, step: int) -> float:
    """Nadam's own schedule of its momentum, at a step from 1."""
    gone: float = 0.96 ** (step * u.optimizer.momentum_decay)
    return u.momentum * (1 - 0.5 * gone)


def _nadam_product(u: Update) -> float:
    """All momenta before this step, multiplied; 0 once that no longer shows beside 1."""
    product = 1.0
    for step in range(1, u.step):
        product = product * _nadam_momentum(u, step)
        if product < 1e-19:
            return 0.0
    return product


def _nadam(u: Update) -> Written:
    b1, decay, t = u.momentum, u.optimizer.momentum_decay, u.step
    now, ahead, before = _nadam_momentum(u, t), _nadam_momentum(u, t + 1), _nadam_product(u)
    product, m = before * now, u.move.new_slots[0]
    mean = ahead * m / (1 - product * ahead) + (1 - now) * u.move.gradient / (1 - product)
    square, line = _square_corrected(u)
    lines = [
        *_averages(u),
        Line("Momentum now", parts(f"{typed(b1)} * (1 - 0.5 * 0.96^({t} * {typed(decay)})) = ", now)),
        Line("Momentum ahead", parts(f"{typed(b1)} * (1 - 0.5 * 0.96^({t + 1} * {typed(decay)})) = ", ahead)),
        Line("Product of all momenta", parts(before, " * ", now, " = ", product)),
        Line("m looked ahead", parts(
            ahead, " * ", signed(m), " / (1 - ", product, " * ", ahead, ") + (1 - ", now, ") * ", u.g,
            " / (1 - ", product, ") = ", mean,
        )),
        line,
    ]  # fmt: skip
    return lines, (" - ", u.hand, " * ", signed(mean), " / (√", square, f" + {u.epsilon})")


_WRITTEN: dict[str, Callable[[Update], Written]] = {
    "sgd": _sgd,
    "adagrad": _adagrad,
    "rmsprop": _rmsprop,
    "adadelta": _adadelta,
    "adam": _adam,
    "adamw": _adam,
    "nadam": _nadam,
    "adamax": _adamax,
}
