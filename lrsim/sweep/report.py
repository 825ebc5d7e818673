"""What a sweep came to, in a sentence or two: which run did best, and which verdicts the runs got."""

from __future__ import annotations

from collections.abc import Sequence

from lrsim.common.metrics import TOLD_AT_THE_END, metric_of
from lrsim.common.numbers import short
from lrsim.sweep.axes import best_record
from lrsim.sweep.lesson import rate_lesson
from lrsim.sweep.ranking import ranked, ranking_metric
from lrsim.sweep.record import FAILED, Record
from lrsim.sweep.words import key_labels, label
from lrsim.verdict.codes import VerdictCode, code_words

MOST_NAMED = 12
"""More runs are counted, not named."""


def outcome(records: Sequence[Record]) -> str:
    """The best run, what is known of other rates, and the verdicts on all; empty where no run is finished.

    Runs are named by their values where one key is swept over a few of them, otherwise they are counted.
    """
    if not records:
        return ""
    return " ".join(filter(None, (_best(records), rate_lesson(records), _verdicts(records))))


def _best(records: Sequence[Record]) -> str:
    metric = ranking_metric(records)
    best = best_record([record for record in records if record.verdict != VerdictCode.DIVERGED], metric)
    if best is None:
        return "No run does well."
    return f"Best final {metric_of(metric).words}: {short(best.final[metric])} at {_values(best)}."


def _values(record: Record) -> str:
    """The values of a run with their keys, in words."""
    words = key_labels([key for key, _ in record.values])
    named = [f"{words[key]} {label(value)}" for key, value in record.values]
    return ", ".join([*named, *([] if named else [f"seed {record.seed}"])])


def _verdicts(records: Sequence[Record]) -> str:
    """How many runs got which verdict: the best first; what no rule of today gives and what failed comes last."""
    others = sorted((record.word for record in records), key=lambda word: word == FAILED)
    words = dict.fromkeys([*map(code_words, VerdictCode), *others])
    groups = [(word, [record for record in records if record.word == word]) for word in words]
    found = [(word, group) for word, group in groups if group]
    if _can_be_named(records):
        values = [(word, _listed([label(record.values[0][1]) for record in group])) for word, group in found]
        text = "; ".join(f"{word} at {at}" for word, at in values)
    else:
        text = ", ".join(f"{len(group)} {word}" for word, group in found)
    return f"{text[0].upper()}{text[1:]}."


def _can_be_named(records: Sequence[Record]) -> bool:
    """Whether one value says which run it is, and there are few."""
    one_key = len(records[0].values) == 1
    return one_key and len(records) <= MOST_NAMED and len({record.seed for record in records}) == 1


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


MOST_ROWS = 60


def table(records: Sequence[Record], most: int = MOST_ROWS) -> str:
    """The runs as aligned lines, the best first, each with its verdict; beyond `most` rows they are counted alone."""
    if not records:
        return "no run was finished"
    metric = ranking_metric(records)
    keys = [key for key, _ in records[0].values]
    seeded = len({record.seed for record in records}) > 1 and "training.seed" not in keys
    words = key_labels(keys)
    found = {name for record in records for name in record.final}
    shown = [item.name for item in TOLD_AT_THE_END if item.name in found]
    if metric not in shown:
        shown.append(metric)
    header = [*(words[key] for key in keys), *(["seed"] if seeded else []), f"best {_column(metric)}", "best epoch",
              *(f"final {_column(name)}" for name in shown), "seconds", "verdict"]  # fmt: skip
    rows = [header]
    for record in ranked(records, metric)[:most]:
        rows.append(
            [
                *(label(value) for _, value in record.values),
                *([str(record.seed)] if seeded else []),
                _figure(record.best.get(metric)),
                str(record.best_epoch or "-"),
                *(_figure(record.final.get(name)) for name in shown),
                f"{record.seconds:.2f}",
                record.verdict_text,
            ]
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(header) - 1)]
    lines = ["  ".join([*(f"{text:>{width}}" for text, width in zip(row, widths)), row[-1]]) for row in rows]
    if len(records) > most:
        lines.append(f"and {len(records) - most} more")
    return "\n".join(lines)


def _column(metric: str) -> str:
    return metric.replace("_", " ")


def _figure(value: float | None) -> str:
    return "-" if value is None else short(value)
