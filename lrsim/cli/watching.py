"""`lrsim run` with conditions, messages, watches and instruments: what the options say, and what such a run tells."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from lrsim.common.numbers import Floats, short
from lrsim.common.validation import ExperimentError, suggestion, whole_number
from lrsim.debugger.conditions import condition as conditions
from lrsim.debugger.conditions.condition import Condition
from lrsim.debugger.conditions.language import Expression
from lrsim.debugger.conditions.refusal import Refused
from lrsim.debugger.lookout import Found, Log, Lookout
from lrsim.instruments.registry import INSTRUMENTS
from lrsim.runs.result import Change, Result
from lrsim.training.engine import Problem

EVERY_STEP = 1 << 14
"""Runs of so many steps tell the value of a watch at each, longer ones at the end of each epoch."""


@dataclass(frozen=True)
class Wanted:
    """What the options ask to look at.

    Attributes
    ----------
    watches
        Expressions by their names.
    instruments
        What is measured, by name.
    every
        Steps between two measurements; None for one an epoch.
    """

    stops: tuple[Condition, ...]
    logs: tuple[Log, ...]
    watches: Mapping[str, Expression]
    instruments: Mapping[str, Expression]
    every: int | None

    def __bool__(self) -> bool:
        return bool(self.stops or self.logs or self.watches or self.instruments)


def wanted(problem: Problem, options: argparse.Namespace) -> Wanted:
    """What ``--break``, ``--hits``, ``--log``, ``--when``, ``--watch``, ``--instrument`` and ``--every`` say.

    Raises
    ------
    ExperimentError
        An expression can't be used; names the option, and the character where it begins to be wrong.
    """
    if options.hits is not None and not options.breaks:
        raise ExperimentError("--hits", "expected a --break whose times it counts", options.hits)
    if options.when is not None and not options.log:
        raise ExperimentError("--when", "expected a --log that it is for", options.when)
    if options.every is not None and not options.instrument:
        raise ExperimentError("--every", "expected an --instrument that it is for", options.every)
    watches: dict[str, Expression] = {}
    for text in options.watch:
        name, found = _watch(problem, text, watches)
        watches[name] = found
    rule = options.hits or ""
    _read("--hits", conditions.hit_rule, rule)
    expression = partial(conditions.expression, problem, watches=watches)
    when = None if options.when is None else _read("--when", expression, options.when)
    stop = partial(conditions.condition, problem, hits=rule, watches=watches)
    message = partial(conditions.message, problem, watches=watches)
    return Wanted(
        stops=tuple(_read("--break", stop, text) for text in options.breaks),
        logs=tuple(Log(_read("--log", message, text), when) for text in options.log),
        watches=watches,
        instruments={name: expression(name) for name in map(_instrument, options.instrument)},
        every=None if options.every is None else _every(options.every),
    )


def _instrument(name: str) -> str:
    if name not in INSTRUMENTS:
        known = suggestion(name, list(INSTRUMENTS)) or f", expected one of {', '.join(INSTRUMENTS)}"
        raise ExperimentError("--instrument", "no such instrument" + known, name)
    return name


def _every(text: str) -> int:
    try:
        steps: int = whole_number(1).convert(int(text))
    except ValueError:
        raise ExperimentError("--every", "expected a whole number >= 1, of steps", text) from None
    return steps


def _read(option: str, read: Callable[[str], Any], text: str) -> Any:
    try:
        return read(text)
    except Refused as refused:
        raise ExperimentError(option, str(refused), text) from None


def _watch(problem: Problem, text: str, others: Mapping[str, Expression]) -> tuple[str, Expression]:
    """A watch, in which those before it may be named."""
    name, equals, expression = (part.strip() for part in text.partition("="))
    if not equals or not name:
        raise ExperimentError("--watch", "expected NAME=EXPR, such as ratio=update_norm/weight_norm", text)
    try:
        clean = conditions.watch_name(problem, name, others)
    except Refused as refused:
        raise ExperimentError("--watch", refused.why, name) from None
    return clean, _read("--watch", partial(conditions.expression, problem, watches=others), expression)


class Look:
    """A run that is looked at before it is trained.

    Attributes
    ----------
    found
        Where it is to stop; None where no condition stops it.
    """

    def __init__(self, problem: Problem, asked: Wanted, changes: list[Change], on_log: Callable[[str], None]) -> None:
        values = [(change.step, change.key, change.value) for change in changes]
        self._asked = asked
        self._lookout = Lookout(problem, asked.stops, asked.logs, values, on_log)
        self.found: Found | None = None

    def go(self, limit: int, interrupted: Callable[[], bool]) -> int:
        """Find out how far the run is to go, `limit` steps at most."""
        self.found = self._lookout.search(limit, interrupted)
        if self.found is not None:
            return self.found.step
        return self._lookout.steps if interrupted() else limit

    def columns(self) -> dict[str, Callable[[int, int], Floats]]:
        """The watches, for a trace."""
        return {name: partial(self._lookout.values, expression) for name, expression in self._asked.watches.items()}

    def as_dict(self, result: Result) -> dict[str, Any]:
        """What JSON has of it: where a condition stopped the run, and the watches."""
        told: dict[str, Any] = {}
        if self.found is not None:
            told["break"] = {
                "expression": self.found.hit.conditions[0].expression.text,
                "step": self.found.step,
                "values": dict(self.found.values),
            }
        if self._asked.watches:
            told["watches"] = {name: self._series(item, result) for name, item in self._asked.watches.items()}
            told["watched"] = "step" if result.steps <= EVERY_STEP else "epoch"
        if self._asked.instruments:
            told["instruments"] = {
                name: {"steps": list(found), "values": list(found.values())}
                for name, found in self._measured(result).items()
            }
        return told

    def _measured(self, result: Result) -> dict[str, dict[int, float]]:
        """For each instrument the steps at which it was read, and its values there."""
        every = self._asked.every
        steps = range(every, result.steps + 1, every) if every else _ends(result)
        return {
            name: {step: float(self._lookout.values(found, step - 1, step)[0]) for step in steps}
            for name, found in self._asked.instruments.items()
        }

    def _series(self, expression: Expression, result: Result) -> list[float]:
        """Of every step of a short run, at the ends of the epochs of a long one."""
        if result.steps <= EVERY_STEP:
            every: list[float] = self._lookout.values(expression, 0, result.steps).tolist()
            return every
        return [float(self._lookout.values(expression, end - 1, end)[0]) for end in _ends(result)]

    def in_words(self, result: Result) -> str:
        """Where a condition stopped the run, and what instruments say; empty where there is nothing of it."""
        lines = [self._stopped()] if self.found is not None else []
        for name, found in self._measured(result).items() if self._asked.instruments else ():
            lines.append(_in_a_line(name, found))
        return "\n".join(lines)

    def _stopped(self) -> str:
        assert self.found is not None
        texts = " and ".join(condition.expression.text for condition in self.found.hit.conditions)
        values = ", ".join(f"{name} = {value!r}" for name, value in self.found.values.items())
        return f"Stopped at step {self.found.step}, where {texts}: {values}"


def _ends(result: Result) -> list[int]:
    """Last steps of its epochs."""
    ends: list[int] = result.grid.ends(np.arange(1, result.epochs + 1)).tolist()
    return ends


def _in_a_line(name: str, found: Mapping[int, float]) -> str:
    """First, largest and last of some values."""
    if not found:
        return f"{name}: not measured, the run ended before"
    steps = [min(found), max(found, key=lambda step: (not math.isnan(found[step]), found[step])), max(found)]
    words = [f"{short(found[step])} at step {step}" for step in dict.fromkeys(steps)]
    many = f"first {words[0]}, largest {short(found[steps[1]])} at step {steps[1]}, last {words[-1]}"
    return f"{name}: {words[0] if len(found) == 1 else many}"
