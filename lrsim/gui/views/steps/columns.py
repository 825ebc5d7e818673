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

PINNED = 0
ERROR, LOSS, FIRST_PARAMETERS, PREDICTION, TARGET, INPUT, EPOCH, SAMPLE, PARAMETERS = range(1, 10)
"""Which columns give way where there is no room for all: those with the greatest number first, the pinned never."""
FEW_PARAMETERS = 2
"""So many are worth more than what the step saw; the others are worth least of all."""


Cell = tuple[str, bool]
"""What a cell shows, and whether it is a number that is not finite."""


@dataclass(frozen=True)
class Column:
    """A title, what it means, how a row reads in it (as shown, and with all digits), and how soon it gives way."""

    title: str
    tip: str
    cell: Callable[[Row], Cell]
    exact: Callable[[Row], str]
    gives_way: int
    is_rate: bool = False


def columns_of(
    names: Sequence[str], batch: int = 1, inputs: int = 1, outputs: int = 1, scaled: tuple[bool, bool] = (False, False)
) -> tuple[Column, ...]:
    """The columns that mean something: what a step saw, what came out, what changed.

    Parameters
    ----------
    names
        Of the parameters that are recorded; none for larger models, whose predictions are not at hand either.
    batch
        Samples in a step; more than one have no sample, input and target that could be shown.
    inputs, outputs
        How many the model has; many are not written out.
    scaled
        Whether inputs, and targets, are scaled: rows hold what the step was computed with, and say so.
    """
    given, answered = (_as_scaled if is_scaled else _as_given for is_scaled in scaled)
    tip = _words("Updates done")
    columns = [Column(_words("step"), tip, lambda row: (count(row.step), False), lambda row: str(row.step), PINNED)]
    if batch == 1:
        tip = _words("Training sample that the step saw")
        columns.append(Column(_words("sample"), tip, _sample, lambda row: _sample(row)[0], SAMPLE))
        if inputs <= MOST_PARTS:
            columns.append(_vector(given(_words("input")), _words("Input of the sample"), lambda row: row.input, INPUT))
        if outputs <= MOST_PARTS:
            tip = _words("Output that is wanted for it")
            columns.append(_vector(answered(_words("target")), tip, lambda row: row.target, TARGET))
            if names:
                tip = _words("Output before the update")
                columns.append(_vector(answered(_words("prediction")), tip, lambda row: row.prediction, PREDICTION))
    else:
        columns.append(Column(_words("epoch"), _words("Pass over the data"), _epoch, lambda row: str(row.epoch), EPOCH))
        title = answered(_words("loss"))
        columns.append(_scalar(title, _words("Mean loss of the batch"), lambda row: row.loss, LOSS))
    columns.append(_scalar(answered(_words("error")), _words("|target - prediction|"), lambda row: row.error, ERROR))
    told = sorted(range(len(names)), key=lambda place: names[place] != "b")[:MOST_PARAMETERS]
    for number, place in enumerate(told):
        worth = FIRST_PARAMETERS if number < FEW_PARAMETERS else PARAMETERS
        columns.append(_scalar(names[place], _words("Parameter after the update"), _parameter(place), worth))
    tip = _words("Learning rate that the step used")
    columns.append(_scalar(_words("rate"), tip, lambda row: row.rate, PINNED, is_rate=True))
    return tuple(columns)


def _as_given(title: str) -> str:
    return title


def _as_scaled(title: str) -> str:
    return _words("scaled {0}").format(title)


def in_room(columns: Sequence[Column], widths: Sequence[int], room: int) -> list[int]:
    """Places of the columns that `room` pixels hold; each takes its width and its share of the gaps."""
    shown = list(range(len(columns)))
    needed = sum(widths)
    for place in sorted(shown, key=lambda place: (columns[place].gives_way, place), reverse=True):
        if needed <= room or columns[place].gives_way == PINNED:
            break
        needed -= widths[place]
        shown.remove(place)
    return shown


def left_out(columns: Sequence[Column]) -> Column:
    """What stands for columns that there is no room for: their number, their names, and how a row reads in them."""
    names = ", ".join(column.title for column in columns)
    tip = _words("No room for: {0}. A wider table shows them, and rows are copied with them.").format(names)
    return Column(
        f"+{len(columns)}",
        tip,
        lambda row: ("", False),
        lambda row: "\n".join(f"{column.title} {column.exact(row)}" for column in columns),
        PINNED,
    )


def _words(text: str) -> str:
    return QCoreApplication.translate("StepTable", text)


def _parameter(place: int) -> Callable[[Row], float]:
    return lambda row: row.parameters[place]


def _scalar(title: str, tip: str, value: Callable[[Row], float], gives_way: int, *, is_rate: bool = False) -> Column:
    def cell(row: Row) -> Cell:
        number = value(row)
        return short(number), not math.isfinite(number)

    return Column(title, tip, cell, lambda row: full(value(row)), gives_way, is_rate)


def _vector(title: str, tip: str, values: Callable[[Row], Sequence[float] | None], gives_way: int) -> Column:
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

    return Column(title, tip, cell, exact, gives_way)


def _epoch(row: Row) -> Cell:
    return count(row.epoch), False


def _sample(row: Row) -> Cell:
    """Samples are counted from 1 for people."""
    return (NOTHING, False) if row.sample is None else (count(row.sample + 1), False)
