"""The columns of the table of steps: titles, and what a row says in each of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from lrsim.gui.numbers import count, full, short
from lrsim.session import Row

if TYPE_CHECKING:
    from lrsim.engine import Problem

MOST_PARTS = 4
"""Inputs and outputs that are written out; more are summed up as their number."""
MOST_PARAMETERS = 16
NOTHING = "-"


@dataclass(frozen=True)
class Cell:
    """What a cell shows, the same with all digits, and whether it is a number that is not finite."""

    text: str
    exact: str
    bad: bool = False


@dataclass(frozen=True)
class Column:
    """A title, what it means, and how to get a cell from a row."""

    title: str
    tip: str
    cell: Callable[[Row], Cell]
    is_rate: bool = False


def columns_of(problem: Problem) -> tuple[Column, ...]:
    """The columns for a model: what a step saw, what came out, and what it changed."""

    def words(text: str) -> str:
        return QCoreApplication.translate("StepTable", text)

    columns = [
        Column(words("step"), words("Updates done"), lambda row: Cell(count(row.step), str(row.step))),
        Column(words("sample"), words("Training sample that the step saw"), _sample),
        Column(words("input"), words("Input of the sample"), lambda row: _several(row.input)),
        Column(words("target"), words("Output that is wanted for it"), lambda row: _several(row.target)),
        Column(words("prediction"), words("Output before the update"), lambda row: _several(row.prediction)),
        Column(words("error"), words("|target - prediction|"), lambda row: _number(row.error)),
    ]
    names = problem.parameter_names if problem.records_parameters else ()
    for number in sorted(range(len(names)), key=lambda place: names[place] != "b")[:MOST_PARAMETERS]:
        tip = words("Parameter after the update")
        columns.append(Column(names[number], tip, lambda row, at=number: _number(row.parameters[at])))
    tip = words("Learning rate that the step used")
    columns.append(Column(words("rate"), tip, lambda row: _number(row.rate), is_rate=True))
    return tuple(columns)


def _number(value: float) -> Cell:
    return Cell(short(value), full(value), not math.isfinite(value))


def _sample(row: Row) -> Cell:
    if row.sample is None:
        return Cell(NOTHING, NOTHING)
    return Cell(count(row.sample + 1), str(row.sample + 1))


def _several(values: Sequence[float] | None) -> Cell:
    if not values:
        return Cell(NOTHING, NOTHING)
    exact = ", ".join(full(value) for value in values)
    bad = not all(math.isfinite(value) for value in values)
    if len(values) > MOST_PARTS:
        text = QCoreApplication.translate("StepTable", "{0} values").format(count(len(values)))
        return Cell(text, exact, bad)
    return Cell(", ".join(short(value) for value in values), exact, bad)
