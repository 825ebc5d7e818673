"""Scalars of steps that were not recorded: worked out again by replay, many steps at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lrsim.common.numbers import Floats, lengths
from lrsim.training import loop
from lrsim.training.course import Course
from lrsim.training.engine import Problem, State
from lrsim_core import FloatArray

ROOM_BYTES = 8 << 20
"""For the gradients and parameters of the steps that are worked out at a time."""


class Walked(Protocol):
    """A line of training that can be walked again from any of its steps."""

    @property
    def problem(self) -> Problem: ...

    @property
    def course(self) -> Course: ...

    def state(self, step: int) -> State:
        """A copy of the state once `step` steps were done."""

    def keep(self, state: State) -> None:
        """Take a state that may be asked for next."""


@dataclass(frozen=True)
class _Piece:
    """Some steps in order: parameters before and after each, shape (n, n_parameters), gradients, and losses (n,)."""

    before: FloatArray
    after: FloatArray
    gradients: FloatArray
    losses: FloatArray

    @property
    def update_norms(self) -> Floats:
        with np.errstate(over="ignore", invalid="ignore"):
            return lengths(self.after - self.before)

    @property
    def not_finite(self) -> Floats:
        finite = np.isfinite(self.losses) & np.isfinite(self.after).all(axis=1)
        return 1.0 - finite.astype(np.float64)


_MEASURES: dict[str, Callable[[_Piece], Floats]] = {
    "grad_norm": lambda piece: lengths(piece.gradients),
    "update_norm": lambda piece: piece.update_norms,
    "weight_norm": lambda piece: lengths(piece.after),
    "update_ratio": lambda piece: ratios(piece.before, piece.after),
    "nonfinite": lambda piece: piece.not_finite,
}


def replayed(source: Walked, names: Iterable[str], lo: int, hi: int) -> dict[str, Floats]:
    """Values of the names for rows lo to hi - 1 (row k is step k + 1), each float64 of shape (hi - lo,)."""
    problem, course = source.problem, source.course
    measures = {name: _measure(problem, name) for name in names}
    found = {name: np.full(hi - lo, np.nan) for name in measures}
    if not measures or hi <= lo:
        return found
    each = 3 * problem.network.n_parameters * problem.theta.itemsize
    state = source.state(lo)
    for turn in [*course.turns(lo, hi), hi]:
        while state.step < turn:
            first = state.step - lo
            piece = _replay(course, state, min(turn - state.step, max(ROOM_BYTES // each, 1)))
            for name, measure in measures.items():
                found[name][first : state.step - lo] = measure(piece)
        course.enter(state)
    source.keep(state)
    return found


def _replay(course: Course, state: State, steps: int) -> _Piece:
    network, metrics = course.problem.network, len(course.problem.metrics)
    record = np.empty((metrics + network.n_parameters, steps), network.dtype)
    gradients = np.empty((steps, network.n_parameters), network.dtype)
    begun = state.theta.copy()
    loop.replay(course, state, state.step + steps, record, gradients)
    after = np.ascontiguousarray(record[metrics:].T)
    return _Piece(np.concatenate([begun[None], after[:-1]]), after, gradients, record[0])


def layer_ratios(problem: Problem) -> dict[str, slice]:
    """``update_ratio_1`` and so on, and where the weights of that layer stand, biases aside."""
    found, offset = {}, 0
    for number, (inputs, units) in enumerate(problem.network.shapes, start=1):
        found[f"update_ratio_{number}"] = slice(offset, offset + inputs * units)
        offset += (inputs + 1) * units
    return found


def ratios(before: FloatArray, after: FloatArray) -> Floats:
    """Length of each update over that of what it set out from, both of shape (n, parameters)."""
    with np.errstate(all="ignore"):
        before = np.ascontiguousarray(before)
        found: Floats = lengths(np.ascontiguousarray(after - before)) / lengths(before)
    return found


def _measure(problem: Problem, name: str) -> Callable[[_Piece], Floats]:
    if name in _MEASURES:
        return _MEASURES[name]
    if (part := layer_ratios(problem).get(name)) is not None:
        return lambda piece: ratios(piece.before[:, part], piece.after[:, part])
    index = problem.network.parameter_index(name)
    assert index is not None
    return lambda piece: piece.after[:, index].astype(np.float64)
