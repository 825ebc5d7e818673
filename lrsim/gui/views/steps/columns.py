"""The columns of the table of steps: titles, and what a row says in each of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from lrsim.common.numbers import count, full, short
from lrsim.history.steps import Row

MOST_PARTS = 4
"""Inputs and outputs that are written out; more are summed up as their number."""
MOST_PARAMETERS = 16
NOTHING = "-"


Cell = tuple[str, bool]
"""What a cell shows, and whether it is a number that is not finite."""


@dataclass(frozen=True)
class Column:
    """A title, what it means, and how a row reads in it: as shown, and with all digits.

    Attributes
    ----------
    yields
        Where columns do not fit, those with the largest number are left out first; 0 is never left out.
    """

    title: str
    tip: str
    cell: Callable[[Row], Cell]
    exact: Callable[[Row], str]
    is_rate: bool = False
    yields: int = 0


def columns_of(names: Sequence[str], batch: int = 1, inputs: int = 1, outputs: int = 1) -> tuple[Column, ...]:
    """The columns that mean something: what a step saw, what came out, what changed.

    Parameters
    ----------
    names
        Of the parameters that are recorded; none for larger models, whose predictions are not at hand either.
    batch
        Samples in a step; more than one have no sample, input and target that could be shown.
    inputs, outputs
        How many the model has; many are not written out.
    """
    columns = [
        Column(_words("step"), _words("Updates done"), lambda row: (count(row.step), False), lambda row: str(row.step)),
    ]
    if batch == 1:
        tip = _words("Training sample that the step saw")
        columns.append(Column(_words("sample"), tip, _sample, lambda row: _sample(row)[0], yields=4))
        if inputs <= MOST_PARTS:
            columns.append(_vector(_words("input"), _words("Input of the sample"), lambda row: row.input, yields=2))
        if outputs <= MOST_PARTS:
            tip = _words("Output that is wanted for it")
            columns.append(_vector(_words("target"), tip, lambda row: row.target, yields=3))
            if names:
                tip = _words("Output before the update")
                columns.append(_vector(_words("prediction"), tip, lambda row: row.prediction, yields=1))
    else:
        columns.append(Column(_words("epoch"), _words("Pass over the data"), _epoch, lambda row: str(row.epoch)))
        columns.append(_scalar(_words("loss"), _words("Mean loss of the batch"), lambda row: row.loss))
    columns.append(_scalar(_words("error"), _words("|target - prediction|"), lambda row: row.error))
    for place in sorted(range(len(names)), key=lambda place: names[place] != "b")[:MOST_PARAMETERS]:
        tip = _words("Parameter after the update")
        columns.append(_scalar(names[place], tip, _parameter(place)))
    tip = _words("Learning rate that the step used")
    columns.append(_scalar(_words("rate"), tip, lambda row: row.rate, is_rate=True))
    return tuple(columns)


def _words(text: str) -> str:
    return QCoreApplication.translate("StepTable", text)


def _parameter(place: int) -> Callable[[Row], float]:
    return lambda row: row.parameters[place]


def _scalar(title: str, tip: str, value: Callable[[Row], float], *, is_rate: bool = False) -> Column:
    def cell(row: Row) -> Cell:
        number = value(row)
        return short(number), not math.isfinite(number)

    return Column(title, tip, cell, lambda row: full(value(row)), is_rate)


def _vector(title: str, tip: str, values: Callable[[Row], Sequence[float] | None], yields: int) -> Column:
    def cell(row: Row) -> Cell:
        numbers = values(row)
        if not numbers:
            return NOTHING, False
        bad = not all(math.isfinite(number) for number in numbers)
        if len(numbers) > MOST_PARTS:
            return _words("{0} values").format(count(len(numbers))), bad
        return ", ".join(short(number) for number in numbers), bad

    def exact(row: Row) -> str:
        return ", ".join(full(number) for number in values(row) or ()) or NOTHING

    return Column(title, tip, cell, exact, yields=yields)


def _epoch(row: Row) -> Cell:
    return count(row.epoch), False


def _sample(row: Row) -> Cell:
    """Samples are counted from 1 for people."""
    return (NOTHING, False) if row.sample is None else (count(row.sample + 1), False)
