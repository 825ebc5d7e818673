"""Words about runs that several views of a sweep share."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from lrsim.common.numbers import count, short
from lrsim.gui.words.keys import in_words
from lrsim.sweep.plan import RunSpec
from lrsim.sweep.record import Record
from lrsim.sweep.values import Value, cell
from lrsim.sweep.words import RATE_WORDS, values_in_words


def title_parts(spec: RunSpec, seeded: bool = False) -> list[tuple[str, bool]]:
    """What tells a run apart, each piece with whether it is the rate."""
    parts = values_in_words(spec.values, spec.experiment.optimizer.lr)
    if seeded:
        parts.append((QCoreApplication.translate("sweep", ", seed {0}").format(spec.seed), False))
    return parts


def title(spec: RunSpec, seeded: bool = False) -> str:
    return "".join(text for text, _ in title_parts(spec, seeded))


def failure_words(records: list[Record]) -> str:
    """Why the first of the runs that failed did; empty where none did."""
    return next((in_words(record.error) for record in records if record.error), "")


def divergence_words(records: list[Record]) -> str:
    """Where runs diverged; empty where none did."""
    lost = [record for record in records if record.diverged_at is not None]
    if not lost:
        return ""
    first = min(lost, key=lambda record: record.diverged_at or 0)
    step = count(first.diverged_at or 0)
    if len(records) > 1:
        words = QCoreApplication.translate("sweep", "{0} of {1} diverged, first at step {2}")
        return words.format(len(lost), len(records), step)
    return QCoreApplication.translate("sweep", "diverged at step {0}").format(step)


def growth_words(record: Record, own_scale: bool) -> str:
    """How large the loss of a run grew that left the frame of the others."""
    losses = record.history["loss"]
    largest = max((value for value in losses.tolist() if value == value), default=float("nan"))
    if own_scale:
        return QCoreApplication.translate("sweep", "own scale, loss up to {0}").format(short(largest))
    return QCoreApplication.translate("sweep", "out of the frame, loss up to {0}").format(short(largest))


def duration(seconds: float) -> str:
    """Time in two units at most: `40 s`, `2 min 5 s`, `1 h 10 min`."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return QCoreApplication.translate("sweep", "{0} s").format(whole)
    if whole < 3600:
        return QCoreApplication.translate("sweep", "{0} min {1} s").format(whole // 60, whole % 60)
    return QCoreApplication.translate("sweep", "{0} h {1} min").format(whole // 3600, whole % 3600 // 60)


def epoch_word() -> str:
    return QCoreApplication.translate("sweep", "epoch")


def running_words(share: float) -> str:
    """How far a run is."""
    return QCoreApplication.translate("sweep", "running, {0} %").format(int(100 * share))


def waiting_word(under_way: bool) -> str:
    """Of a run that there is not: it is still to come, or the sweep has ended without it."""
    if under_way:
        return QCoreApplication.translate("sweep", "not run yet")
    return QCoreApplication.translate("sweep", "not run")


def rate_words() -> str:
    """As a run's title says it."""
    return RATE_WORDS


def short_rate_words() -> str:
    """Where there is little room."""
    return "lr "


def csv_cell(value: Value) -> str:
    """A swept value in a table of commas, in quotes where it needs them."""
    text = cell(value)
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',"\n') else text
