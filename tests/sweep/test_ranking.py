"""Which run did best, and which ones exploded."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lrsim.sweep.ranking import all_exploded, exploded, ranked, ranking_metric
from lrsim.sweep.record import Record


def record(index: int, losses: tuple[float, ...] = (1.0,), diverged: bool = False) -> Record:
    """A run; what a ranking does not look at is None."""
    blank: dict[str, Any] = dict.fromkeys(Record.__dataclass_fields__)
    given = {
        "index": index, "values": (), "best": {}, "final": {}, "history": {"loss": np.array(losses)},
        "diverged_at": 3 if diverged else None, "verdict": "diverged" if diverged else "settled", "loss_name": "mse",
        "scale_target": "none", "error": "",
    }  # fmt: skip
    return Record(**{**blank, **given})


def having(final: dict[str, float], **more: Any) -> Record:
    return replace(record(0), final=final, **more)


@pytest.mark.parametrize(
    ("runs", "metric"),
    [
        ([having({"loss": 1.0})], "loss"),
        ([having({"loss": 1.0, "val_loss": 2.0})], "val_loss"),
        ([having({"loss": 1.0, "accuracy": 1.0})], "accuracy"),
        ([having({"accuracy": 1.0, "val_accuracy": 1.0, "val_loss": 2.0})], "val_accuracy"),
        ([having({"loss": 1.0, "error": 1.0}), having({"loss": 1.0, "error": 1.0}, loss_name="mae")], "error"),
        ([having({"loss": 1.0, "error_in_units": 2.0}, scale_target="standard")], "loss"),
        (
            [having({"loss": 1.0, "error_in_units": 2.0, "val_error_in_units": 2.0}, scale_target=kind)
             for kind in ("standard", "minmax")],
            "val_error_in_units",
        ),
        ([], "loss"),
    ],
)  # fmt: skip
def test_by_which_figure_runs_are_compared(runs, metric):
    assert ranking_metric(runs) == metric


def by_best(*values: float, metric: str = "loss", lost: tuple[int, ...] = ()) -> list[Record]:
    return [
        replace(record(k, diverged=k in lost), best={metric: value}, final={metric: value})
        for k, value in enumerate(values)
    ]


def test_the_lowest_loss_comes_first_and_what_diverged_last():
    runs = by_best(0.5, 0.1, 0.3, 0.01, lost=(3,))
    assert [run.index for run in ranked(runs)] == [1, 2, 0, 3]


def test_the_highest_accuracy_comes_first_and_the_earlier_run_of_equals():
    assert [run.index for run in ranked(by_best(0.5, 0.9, 0.9, math.nan, metric="accuracy"))] == [1, 2, 0, 3]
    assert [run.index for run in ranked(by_best(0.5, 0.9), "error")] == [0, 1], "none has it: in their order"


def test_of_equal_accuracies_the_lower_loss_comes_first():
    """Accuracies of few samples, or of one frequent class, are often the same; what the runs learnt is not."""
    figures = [(0.9, 0.7), (0.9, 0.2), (0.8, 0.1), (0.9, math.nan)]
    runs = [replace(record(k), best={"val_accuracy": share, "val_loss": loss, "loss": 1.0 + k, "error": 9.0 - k})
            for k, (share, loss) in enumerate(figures)]  # fmt: skip
    assert [run.index for run in ranked(runs, "val_accuracy")] == [1, 0, 3, 2]
    other = [replace(run, loss_name=f"loss {run.index}") for run in runs]
    assert [run.index for run in ranked(other, "accuracy")] == [3, 2, 1, 0], "losses of several kinds say nothing"


@pytest.mark.parametrize(
    ("losses", "far"),
    [
        ([(1.0, 0.5), (1.0, 99.0)], set()),
        ([(1.0, 0.5), (1.0, 101.0)], {1}),
        ([(1.0, 0.5), (2000.0, 9999.0)], set()),
        ([(1.0, 0.5), (2000.0, 10001.0)], {1}),
        ([(1.0, 0.5), (1.0, 1000.0, 0.4)], set()),
        ([(1.0, 0.5), (1.0, 1000.0, math.nan)], {1}),
        ([(1.0, 1000.0), (1.0, 1000.0)], set()),
        ([(1.0, 0.5), (math.nan,)], set()),
    ],
)
def test_which_runs_exploded(losses, far):
    assert exploded([record(k, values) for k, values in enumerate(losses)]) == far


def test_what_diverged_has_not_exploded():
    assert exploded([record(0, (1.0, 0.5)), record(1, (1.0, 1e9), diverged=True)]) == set()
    assert exploded([record(0, (1.0, 1e9), diverged=True)]) == set()


def test_all_exploded():
    runs = [record(0), record(1)]
    assert all_exploded(runs, {0, 1, 5})
    assert not all_exploded(runs, {1})
    assert not all_exploded([], set())
