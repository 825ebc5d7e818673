"""A sweep's two CSV files: which columns they have, and records to rows and back, to the same float.

`results.csv` has one row a run, `curves.csv` one row an epoch of a run. The last cell of a run's row is a checksum of
the rest of it and of the run's rows in the other file.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence

import numpy as np

from lrsim.common.metrics import ERROR_IN_UNITS, METRIC_NAMES, held_out
from lrsim.sweep.origin import Origin
from lrsim.sweep.plan import RunSpec, Sweep
from lrsim.sweep.record import Record
from lrsim.training.stops import StopReason

Rows = list[list[str]]
CURVES = (*METRIC_NAMES, "lr")
_IN_UNITS = (ERROR_IN_UNITS, held_out(ERROR_IN_UNITS))
_ABOUT = (
    "best_epoch", "verdict", "seconds", "epochs", "steps", "steps_per_epoch", "stop_reason", "diverged_at",
    "not_finite", "tone", "advice", "verdict_text", "parameters",
    "error", "made_by", "data", "checksum",
)  # fmt: skip


def key_columns(sweep: Sweep) -> tuple[str, ...]:
    """The swept keys and the seed, which name a run in both files."""
    return (*sweep.keys, "seed")


def result_columns(sweep: Sweep) -> tuple[str, ...]:
    """Columns of ``results.csv``."""
    return (*key_columns(sweep), *_figure_columns(sweep.in_units), *_ABOUT)


def _metrics(in_units: bool) -> tuple[str, ...]:
    return (*METRIC_NAMES, *_IN_UNITS) if in_units else METRIC_NAMES


def _figure_columns(in_units: bool) -> tuple[str, ...]:
    return tuple(f"{kind}_{metric}" for kind in ("final", "best") for metric in _metrics(in_units))


def curve_columns(sweep: Sweep) -> tuple[str, ...]:
    """Columns of ``curves.csv``; epochs count from 1."""
    return (*key_columns(sweep), "epoch", *CURVES)


def encode(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows as lines of a CSV file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def decode(data: bytes, width: int) -> tuple[Rows, bool, int]:
    """Rows of a CSV file that are whole, whether the last line is, and how many of those before it are no rows.

    A row is one line, so that a quote that was lost takes no other rows with it.
    """
    whole, newline, torn = data.rpartition(b"\n")
    lines = (whole + newline).decode(errors="replace").split("\n")[:-1]
    try:
        rows = list(csv.reader(lines, strict=True))
    except csv.Error:
        rows = []
    if len(rows) != len(lines):
        rows = [_one_row(line) for line in lines]
    good = [row for row in rows if len(row) == width]
    return good, not torn, len(rows) - len(good)


def _one_row(line: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        return []


def result_row(spec: RunSpec, record: Record) -> list[str]:
    """A record as a row of ``results.csv``; what a run has not is empty."""
    metrics = _metrics(spec.in_units)
    figures = [_number(found.get(metric)) for found in (record.final, record.best) for metric in metrics]
    about = [
        _number(record.best_epoch), record.verdict, repr(record.seconds), str(record.epochs), str(record.steps),
        str(record.steps_per_epoch), record.stop_reason, _number(record.diverged_at), record.not_finite or "",
        record.tone, record.advice, record.verdict_text,
        " ".join(f"{name}={value!r}" for name, value in record.parameters.items()), record.error, *record.origin,
    ]  # fmt: skip
    row = [*spec.cells, *figures, *about]
    return [*row, _checksum(row, curve_rows(spec, record))]


def _checksum(row: Sequence[str], curves: Rows) -> str:
    return hashlib.blake2b(encode([row, *curves]), digest_size=8).hexdigest()


def curve_rows(spec: RunSpec, record: Record) -> Rows:
    """A record's history as rows of ``curves.csv``."""
    columns = [record.history.get(metric) for metric in CURVES]
    lists = [[""] * record.epochs if values is None else [repr(v) for v in values.tolist()] for values in columns]
    return [[*spec.cells, str(epoch), *figures] for epoch, figures in enumerate(zip(*lists, strict=True), start=1)]


def record_from(spec: RunSpec, columns: Sequence[str], row: Sequence[str], curves: Rows) -> Record:
    """The record that was written as these rows.

    Raises
    ------
    ValueError
        The rows are not such, not all of them are there, or something in them was changed since.
    """
    if _checksum(row[:-1], curves) != row[-1]:
        raise ValueError("the checksum is another one")
    found = dict(zip(columns, row, strict=True))
    epochs = int(found["epochs"])
    width = len(spec.cells)
    if [item[width] for item in curves] != [str(epoch) for epoch in range(1, epochs + 1)]:
        raise ValueError("the curve does not hold each epoch once")
    table = list(zip(*(item[width + 1 :] for item in curves))) if curves else []
    history = {
        metric: np.array(values, dtype=np.float64)
        for metric, values in zip(CURVES, table)
        if any(value != "" for value in values)
    }
    return Record(
        name=spec.name,
        index=spec.index,
        values=spec.values,
        seed=spec.seed,
        rate=spec.experiment.optimizer.lr,
        title=spec.experiment.name,
        loss_name=spec.experiment.training.loss,
        final=_figures(found, "final", spec.in_units),
        best=_figures(found, "best", spec.in_units),
        best_epoch=_whole(found["best_epoch"]),
        verdict=found["verdict"],
        verdict_text=found["verdict_text"],
        advice=found["advice"],
        tone=found["tone"],
        steps=int(found["steps"]),
        steps_per_epoch=int(found["steps_per_epoch"]),
        stop_reason=StopReason(found["stop_reason"]),
        diverged_at=_whole(found["diverged_at"]),
        not_finite=found["not_finite"] or None,
        seconds=float(found["seconds"]),
        history=history or {"lr": np.empty(0)},
        parameters=_parameters(found["parameters"]),
        error=found["error"],
        origin=Origin(found["made_by"], found["data"]),
        scale_target=spec.experiment.data.scale_target,
    )


def _figures(found: dict[str, str], kind: str, in_units: bool) -> dict[str, float]:
    texts = {metric: found[f"{kind}_{metric}"] for metric in _metrics(in_units)}
    return {metric: float(text) for metric, text in texts.items() if text}


def _parameters(text: str) -> dict[str, float]:
    pairs = (item.partition("=") for item in text.split())
    return {name: float(value) for name, _, value in pairs}


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)


def _whole(text: str) -> int | None:
    return int(text) if text else None
