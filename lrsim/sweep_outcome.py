"""What a sweep came to, in a sentence or two: which run did best, and which verdicts the runs got."""

from __future__ import annotations

from collections.abc import Sequence

from lrsim.numbers import short
from lrsim.sweep_axes import best_record
from lrsim.sweep_ranking import metric_words, ranking_metric
from lrsim.sweep_record import Record
from lrsim.sweep_values import key_labels, label

CODES = ("converged", "converging", "overfitting", "plateaued", "too_slow", "oscillating", "stuck", "diverged")
MOST_NAMED = 12
"""More runs are counted, not named."""


def outcome(records: Sequence[Record]) -> str:
    """The best run and the verdicts on all; empty where no run is finished.

    Runs are named by their values where one key is swept over a few of them, otherwise they are counted.
    """
    if not records:
        return ""
    return f"{_best(records)} {_verdicts(records)}"


def _best(records: Sequence[Record]) -> str:
    metric = ranking_metric(records)
    best = best_record([record for record in records if record.verdict != "diverged"], metric)
    if best is None:
        return "No run does well."
    return f"Best final {metric_words(metric)}: {short(best.final[metric])} at {_values(best)}."


def _values(record: Record) -> str:
    """The values of a run with their keys, in words."""
    words = key_labels([key for key, _ in record.values])
    named = [f"{words[key]} {label(value)}" for key, value in record.values]
    return ", ".join([*named, *([] if named else [f"seed {record.seed}"])])


def _verdicts(records: Sequence[Record]) -> str:
    found = {code: [record for record in records if record.verdict == code] for code in CODES}
    words = {code: code.replace("_", " ") for code in CODES}
    if _can_be_named(records):
        parts = [
            f"{words[code]} at {_listed([label(record.values[0][1]) for record in group])}"
            for code, group in found.items() if group
        ]  # fmt: skip
        text = "; ".join(parts)
    else:
        text = ", ".join(f"{len(group)} {words[code]}" for code, group in found.items() if group)
    return f"{text[0].upper()}{text[1:]}."


def _can_be_named(records: Sequence[Record]) -> bool:
    """Whether one value says which run it is, and there are few."""
    one_key = len(records[0].values) == 1
    return one_key and len(records) <= MOST_NAMED and len({record.seed for record in records}) == 1


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
