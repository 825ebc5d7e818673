"""The scalars of a step that conditions and watches can name, and where the value of each comes from.

Row k is step k + 1 throughout, as in `history`. A loss and what comes with it are those before the step's update, a
parameter and `weight_norm` those after it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lrsim.common.metrics import held_out
from lrsim.common.numbers import Floats, lengths
from lrsim.common.validation import ExperimentError
from lrsim.debugger.conditions.measured import measured
from lrsim.debugger.conditions.replayed import Walked, layer_ratios, ratios, replayed
from lrsim.instruments.registry import INSTRUMENTS
from lrsim.training.engine import Problem
from lrsim_core import FloatArray

NORMS = ("update_norm", "weight_norm", "update_ratio")
"""What follows from the parameters of a step and of the one before it."""
OPENED = ("grad_norm", *NORMS)
"""What a step tells that is worked out again by replay; of small models the norms are at hand."""
OF_EVERY_STEP = ("step", "epoch", "batch", "lr", "rate_changed", "nonfinite")
HELD_OUT = ("loss", "error", "accuracy")
MEASURED = tuple(name for name in INSTRUMENTS if name not in OPENED)
"""What instruments tell of the parameters that a step set out from."""


class Source(Walked, Protocol):
    """One line of training, whose past can be asked for."""

    def rows(self, lo: int, hi: int) -> FloatArray:
        """Recorded rows lo to hi - 1, shape (columns, hi - lo)."""

    def held_out(self, epoch: int) -> Mapping[str, float]:
        """Figures on the held-out rows at the end of an epoch (from 1), by the names of `Problem.metrics`."""


def scalars(problem: Problem) -> tuple[str, ...]:
    """The names that a step of this problem has values for, apart from its parameters."""
    figures = tuple(held_out(name) for name in problem.metrics) if problem.validates else ()
    best = ("best_val_loss",) if problem.validates else ()
    return (*OF_EVERY_STEP, *problem.metrics, *OPENED, *layer_ratios(problem), *MEASURED, *figures, *best)


def is_slow(problem: Problem, names: Iterable[str]) -> bool:
    """Whether some of the names need each step to be worked out again."""
    return nanoseconds(problem, names) > 0


def nanoseconds(problem: Problem, names: Iterable[str]) -> float:
    """What it takes, about, to know the names at a step; 0 where all are at hand."""
    each = {name: INSTRUMENTS[name].nanoseconds(problem) for name in names if name in MEASURED}
    again = any(_is_opened(problem, name) for name in names)
    return sum(each.values()) + (problem.step_nanoseconds if again or each else 0.0)


def _is_opened(problem: Problem, name: str) -> bool:
    """Whether it comes out of steps that are worked out again."""
    if problem.records_parameters:
        return name == "grad_norm"
    known = name in (*OPENED, *layer_ratios(problem), "nonfinite")
    return known or problem.network.parameter_index(name) is not None


def columns(source: Source, names: Iterable[str], lo: int, hi: int) -> dict[str, Floats]:
    """Values of the names for rows lo to hi - 1, each float64 of shape (hi - lo,); NaN before row 0.

    Parameters
    ----------
    lo
        May be below 0.
    """
    wanted, first = tuple(names), max(lo, 0)
    found = _Columns(source, first, max(hi, first)).of(wanted)
    missing = first - lo
    return {
        name: np.concatenate([np.full(missing, np.nan), found[name]]) if missing else found[name] for name in wanted
    }


@dataclass
class _Columns:
    """Rows lo to hi - 1 of a source, each kind of value fetched once."""

    source: Source
    lo: int
    hi: int

    def of(self, names: tuple[str, ...]) -> dict[str, Floats]:
        problem = self.source.problem
        recorded = [name for name in names if name in problem.columns]
        opened = [name for name in names if _is_opened(problem, name)]
        instruments = [name for name in names if name in MEASURED]
        norms = [name for name in names if name in (*NORMS, *layer_ratios(problem)) and name not in opened]
        found = {**self._recorded(recorded), **replayed(self.source, opened, self.lo, self.hi)}
        found.update(self._norms(norms))
        found.update(measured(self.source, instruments, self.lo, self.hi))
        for name in names:
            if name not in found:
                found[name] = self._plain(name)
        return found

    @property
    def _steps(self) -> Floats:
        return np.arange(self.lo + 1.0, self.hi + 1.0)

    def _recorded(self, names: list[str]) -> dict[str, Floats]:
        if not names:
            return {}
        rows, places = self.source.rows(self.lo, self.hi), self.source.problem.columns
        return {name: rows[places.index(name)].astype(np.float64, copy=False) for name in names}

    def _norms(self, names: list[str]) -> dict[str, Floats]:
        """Of a model whose parameters are recorded."""
        if not names:
            return {}
        problem, first = self.source.problem, max(self.lo - 1, 0)
        theta = self.source.rows(first, self.hi)[len(problem.metrics) :]
        if self.lo == 0:
            theta = np.concatenate([problem.theta[:, None], theta], axis=1)
        begun = self._edited(theta[:, :-1])
        with np.errstate(all="ignore"):
            update, before, after = (
                lengths(np.ascontiguousarray(part.T)) for part in (theta[:, 1:] - begun, begun, theta[:, 1:])
            )
            known = {"update_norm": update, "weight_norm": after, "update_ratio": update / before}
        for name, part in layer_ratios(problem).items():
            if name in names:
                known[name] = ratios(begun[part].T, theta[part, 1:].T)
        return {name: known[name] for name in names}

    def _edited(self, theta: FloatArray) -> FloatArray:
        """The parameters that each step set out from: recorded ones, but where a hand has set some of them."""
        edits = [step for step in self.source.course.edits if self.lo <= step < self.hi]
        if not edits:
            return theta
        found = theta.copy()
        for step in edits:
            found[:, step - self.lo] = self.source.state(step).theta
        return found

    def _plain(self, name: str) -> Floats:
        grid, before = self.source.course.grid, np.arange(self.lo, self.hi)
        if name == "step":
            return self._steps
        if name == "epoch":
            return grid.all_ended(before).astype(np.float64) + 1.0
        if name == "batch":
            return grid.all_into(before).astype(np.float64) + 1.0
        if name == "lr":
            return self._rates(self.lo)
        if name == "rate_changed":
            return self._rate_changed()
        if name == "nonfinite":
            finite: Floats = np.isfinite(self.source.rows(self.lo, self.hi)).min(axis=0).astype(np.float64)
            return 1.0 - finite
        return self._at_epoch_ends(name)

    def _rates(self, lo: int) -> Floats:
        """Of rows lo to hi - 1; NaN where there is none."""
        timeline, count = self.source.course.timeline, self.hi - lo
        try:
            return timeline.rates(lo, count)
        except ExperimentError:
            return np.array([timeline.parts(step).rate for step in range(lo, self.hi)])

    def _rate_changed(self) -> Floats:
        rates = self._rates(max(self.lo - 1, 0))
        if self.lo == 0:
            rates = np.concatenate([rates[:1], rates])
        changed: Floats = (rates[1:] != rates[:-1]) + 0.0
        return changed

    def _at_epoch_ends(self, name: str) -> Floats:
        """A figure of the held-out rows: from an epoch's end until the next one, its value there."""
        best = name == "best_val_loss"
        metric = "loss" if best else name.removeprefix(held_out(""))
        ends = self.source.course.grid.all_ended(
            np.arange(self.lo + 1, self.hi + 1)
        )  # epochs that have ended once the step is done
        first, last = (int(ends[0]), int(ends[-1])) if len(ends) else (0, -1)
        start = 1 if best else max(first, 1)
        figures = [self.source.held_out(epoch)[metric] for epoch in range(start, last + 1)]
        known = np.array([math.nan, *figures])
        if best:
            known = np.fmin.accumulate(known)
        found: Floats = known[np.where(ends < start, 0, ends - start + 1)]
        return found
