"""What a headless run keeps: its newest rows and figures, the same however little was recorded."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lrsim.experiment.files import from_dict
from lrsim.experiment.keys import RATE_KEY
from lrsim.runs import sink as module
from lrsim.runs.sink import RunSink
from lrsim.training import engine, loop
from lrsim.training.course import Course
from lrsim.training.loop import Line

PROBLEM = engine.build(
    from_dict(
        {
            "data": {"source": "table", "inputs": [[1.0], [-0.5], [0.25]], "targets": [[2.0], [0.5], [-1.0]]},
            "model": {"layers": [{"units": 1}], "dtype": "float64"},
            "training": {"loss": "mse", "batch_size": 2, "epochs": 10**6},
            "optimizer": {"lr": 0.01},
        }
    )
)


def trained(cuts: list[int], every_epoch: bool) -> tuple[Line, RunSink]:
    """A line that went on by these steps, at another rate each time."""
    line = Line(PROBLEM, Course(PROBLEM), PROBLEM.start())
    sink = RunSink(PROBLEM, None, every_epoch)
    for place, steps in enumerate(cuts):
        line.course = line.course.with_value(line.state.step, RATE_KEY, 0.01 + 0.02 * (place % 3))
        loop.advance(line, sink, steps)
    return line, sink


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(1, 900), min_size=1, max_size=6))
def test_the_newest_rows_come_back_though_few_were_recorded(cuts):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "RECENT_ROWS", 100)
        patch.setattr(module, "UNRECORDED_STEPS", 128)
        patch.setattr(module, "JUDGED_EPOCHS", 8)
        patch.setattr(module, "DENSE_STEPS", 4)
        line, sink = trained(cuts, every_epoch=False)
        rows = np.empty((len(PROBLEM.columns), sum(cuts)))
        state = PROBLEM.start()
        loop.replay(line.course, state, sum(cuts), rows)
        assert state.theta.tobytes() == line.state.theta.tobytes()
        assert sink.recent(line).tobytes() == np.ascontiguousarray(rows[:, -100:]).tobytes()
        assert len(sink.log.records) <= 9
        for record in sink.log.records:
            first, last = rows[0, record.step - 2 : record.step]
            assert record.training["loss"] == (first + last * PROBLEM.last_weight) / (1 + PROBLEM.last_weight)


CHANGES: tuple[dict[str, object], ...] = (
    {RATE_KEY: 0.03}, {"optimizer.name": "sgd", "optimizer.momentum": 0.5}, {"optimizer.name": "adam"}, {"W": 2.0},
    {"training.l2": 0.1},
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.tuples(st.integers(1, 900), st.sampled_from(CHANGES)), min_size=1, max_size=6))
@example(cuts=[(40, {"W": 2.0}), (98, {RATE_KEY: 0.03})])  # so long that replay sets out from step 0
@example(cuts=[(40, {"optimizer.name": "adam"}), (98, {RATE_KEY: 0.03})])
def test_the_newest_rows_come_back_whatever_was_changed_on_the_way_and_before_it(cuts):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "RECENT_ROWS", 100)
        patch.setattr(module, "UNRECORDED_STEPS", 128)
        patch.setattr(module, "JUDGED_EPOCHS", 8)
        patch.setattr(module, "DENSE_STEPS", 4)
        seen: list[np.ndarray] = []
        few, all_rows = (RunSink(PROBLEM, keep, False) for keep in (None, lambda block: seen.append(block.rows)))
        for sink in (few, all_rows):
            line = Line(PROBLEM, Course(PROBLEM), PROBLEM.start())
            for steps, values in cuts:
                line.change(values)
                loop.advance(line, sink, steps)
            if sink is few:
                newest = few.recent(line)
        assert newest.tobytes() == np.ascontiguousarray(np.concatenate(seen, axis=1)[:, -100:]).tobytes()


def test_figures_of_every_epoch_where_they_are_asked_for():
    _, sink = trained([1, 2, 700, 3, 95], every_epoch=True)
    figures = sink.figures()
    assert figures.epochs.tolist() == list(range(1, 401))
    rates = np.repeat([0.01, 0.03, 0.05, 0.01, 0.03], [1, 2, 700, 3, 95])
    assert figures.rates.tolist() == pytest.approx(rates[1:800:2].tolist(), rel=1e-12)


def test_figures_of_some_epochs_otherwise():
    _, sink = trained([4000], every_epoch=False)
    epochs = sink.figures().epochs.tolist()
    assert epochs[0] == 1
    assert epochs[1:] == list(range(4, 2001, 4))
