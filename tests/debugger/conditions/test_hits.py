"""Places where conditions come true are those that a plain loop over the steps finds, forwards and backwards."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrsim.debugger.conditions import hits
from lrsim.debugger.conditions.condition import condition, expression
from lrsim.debugger.conditions.hits import Finder, value_at, values_of
from lrsim.debugger.conditions.quantities import scalars
from lrsim.debugger.conditions.sources import BranchSource
from lrsim.experiment import files
from lrsim.experiment.keys import with_values
from lrsim.history.tree import History
from lrsim.instruments.moment import moment_at
from lrsim.instruments.registry import INSTRUMENTS
from lrsim.training import engine
from tests.debugger.conditions import plain_loop

EXPRESSIONS = [
    "loss > 1e5", "loss > 2 * prev(loss)", "rising(loss, 3)", "falling(loss, 2)", "sign_flips(W) > 0",
    "sign_flips(b, 5) >= 2", "step % 100 == 0" , "epoch == 7", "batch == 2", "lr < 0.5", "rate_changed",
    "nonfinite", "isnan(W)", "isinf(loss)", "not isinf(b)", "mean(loss, 10) < loss",
    "max(W, 4) > 10 and min(W, 4) < -10",
    "loss != loss", "loss != 1", "not loss > 1", "1 / (step - 50) > 0.1", "log10(loss) > 3", "sqrt(W) > 3",
    "abs(W - prev(W, 6)) > 100", "W if step > 20 else b", "100 < loss < 1e6", "rising(mean(abs(W), 3), 2)",
    "-b > 1 or W > 100", "prev(prev(W), 2) > W", "step", "update_norm > 1000", "update_ratio > 1", "weight_norm > 500",
    "grad_norm > 3000", "lr_sharpness > 2", "isnan(sharpness)", "alpha > 0 and distance > 1",
]  # fmt: skip
NETWORKS = [
    "loss > 0.6", "grad_norm > 0.05", "val_loss > prev(val_loss)", "best_val_loss < val_loss", "accuracy > 0.6",
    "val_accuracy >= 0.5 and step > 10", "W1[0,1] > prev(W1[0,1])", "update_ratio > 0.001", "isnan(val_loss)",
    "weight_norm > prev(weight_norm)", "rising(grad_norm, 2)", "nonfinite", "sharpness > prev(sharpness)",
    "lr_sharpness > 0.05", "stable_rate < 0.5", "least_curvature > -0.2", "alpha > prev(alpha)", "flips > 0.2",
    "update_ratio_1 > 0.001", "update_ratio_2 > prev(update_ratio_1)", "update_ratio_3 > 0.002",
    "grad_noise > 200", "norm_test > mean(norm_test, 5)", "dead_units + saturated_units > 0", "distance > 0.3",
]  # fmt: skip


class Line:
    """A branch with the values of every scalar and parameter, a dict a step, worked out one step after the other."""

    def __init__(self, name: str, changes: list[tuple[str, object]], steps: int, rates: dict[int, float]) -> None:
        self.problem = engine.build(with_values(files.load(name), changes))
        self.history = History(self.problem, 64 << 20)
        branch = self.history.root
        for step, rate in [*rates.items(), (steps, None)]:
            self.history.advance(branch, step - branch.tip)
            if rate is not None:
                self.history.set_value(branch, "optimizer.lr", rate)
        self.branch, self.source = branch, BranchSource(self.history, branch)
        self.rows = [self._row(step) for step in range(1, steps + 1)]
        best = math.nan
        for row in self.rows:
            if "val_loss" in row:
                best = row["val_loss"] if not row["val_loss"] >= best else best
                row["best_val_loss"] = best

    def _row(self, step: int) -> dict[str, float]:
        problem, size, timeline = self.problem, self.problem.steps_per_epoch, self.branch.course.timeline
        before, after = (self.history.state_at(self.branch, done) for done in (step - 1, step))
        opened = engine.open_step(problem, before, timeline.rate(step - 1))
        row: dict[str, float] = dict(zip(problem.parameter_names, after.theta.tolist()))
        row |= {
            "step": step, "epoch": -(-step // size), "batch": (step - 1) % size + 1, "lr": timeline.rate(step - 1),
            "rate_changed": step > 1 and timeline.rate(step - 1) != timeline.rate(step - 2),
            "loss": opened.loss, "error": opened.error, "accuracy": opened.accuracy or 0.0,
            "nonfinite": not (math.isfinite(opened.loss) and np.isfinite(after.theta).all()),
            "grad_norm": norm(opened.gradient), "update_norm": norm(opened.update), "weight_norm": norm(after.theta),
            "update_ratio": norm(opened.update) / norm(before.theta) if norm(before.theta) else math.inf,
        }  # fmt: skip
        layers = zip(problem.network.unpack(opened.update), problem.network.unpack(before.theta), strict=True)
        row |= {f"update_ratio_{k}": norm(step) / norm(W) if norm(W) else math.nan
                for k, ((step, _), (W, _)) in enumerate(layers, start=1)}  # fmt: skip
        previous = self.history.state_at(self.branch, step - 2).theta if step > 1 else None
        moment = moment_at(self.branch.course, before, previous)
        row |= {name: each.measure(moment) for name, each in INSTRUMENTS.items() if name not in row}
        if problem.validates and step >= size:
            ended = self.history.state_at(self.branch, step - step % size)
            figures = engine.evaluate(problem, ended.theta, problem.data.X_test, problem.data.Y_test)
            row |= {f"val_{name}": figure for name, figure in figures.items()}
        elif problem.validates:
            row |= {f"val_{name}": math.nan for name in problem.metrics}
        return {name: float(found) for name, found in row.items()}


def norm(values: np.ndarray) -> float:
    with np.errstate(all="ignore"):
        return math.sqrt(np.square(values, dtype=np.float64).sum())


@functools.cache
def swinging() -> Line:
    """It diverges, so that all of its values are NaN in the end; the rate is changed on its way."""
    return Line("clip250", [("optimizer.lr", 1.0)], 240, {120: 0.3, 180: 2.0})


@functools.cache
def network() -> Line:
    """More parameters than are recorded, held-out rows, shuffled batches and a shorter last one."""
    changes = [
        ("optimizer.lr", 0.05),
        ("training.batch_size", 64),
        ("data.test_fraction", 0.3),
        ("data.order", "shuffle"),
    ]
    found = Line("spiral", changes, 60, {})
    assert not found.problem.records_parameters
    assert found.problem.last_weight != 1.0
    return found


def check(line: Line, text: str, chunk: int) -> None:
    found = condition(line.problem, text)
    wanted = plain_loop.places(found.expression.tree, line.rows)
    finder = Finder(line.source, [found])
    finder.chunk = chunk
    steps = len(line.rows)
    assert [hit.step for hit in finder.within(0, steps)] == wanted
    for start in range(0, steps, 7):
        forward = [hit for hit in finder.forwards(start, steps) if hit is not None]
        assert [hit.step for hit in forward] == [step for step in wanted if step > start][:1]
        back = [hit for hit in finder.backwards(start, 0) if hit is not None]
        assert [hit.step for hit in back] == [step for step in wanted if step < start][-1:]


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_a_place_is_where_a_plain_loop_finds_it(text):
    check(swinging(), text, 50)


@pytest.mark.parametrize("text", NETWORKS)
def test_a_place_is_found_where_values_come_by_replay(text):
    check(network(), text, 16)


def test_expressions_reach_every_scalar():
    named = {name for text in [*EXPRESSIONS, *NETWORKS] for name in scalars(network().problem) if name in text}
    assert set(scalars(network().problem)) - named == {"error", "val_error"} - named


@settings(max_examples=60)
@given(
    text=st.sampled_from(EXPRESSIONS[:-4]), cuts=st.lists(st.integers(1, 239), max_size=6), chunk=st.integers(1, 240)
)
def test_a_value_does_not_depend_on_where_it_is_asked_for(text, cuts, chunk):
    line = swinging()
    found = expression(line.problem, text)
    whole = values_of(line.source, found, 0, 240)
    edges = sorted({0, *cuts, 240})
    parts = [values_of(line.source, found, lo, hi) for lo, hi in zip(edges, edges[1:])]
    assert np.concatenate(parts).tobytes() == whole.tobytes()
    assert value_at(line.source, found, edges[-2] + 1) == pytest.approx(whole[edges[-2]], abs=0, nan_ok=True)
    reference = [plain_loop.value(found.tree, line.rows, k) for k in range(240)]
    np.testing.assert_allclose(whole, reference, rtol=1e-12)


@pytest.mark.parametrize(("rule", "kept"), [("3", slice(2, 3)), (">=3", slice(2, None)), ("%2", slice(1, None, 2))])
@pytest.mark.parametrize("chunk", [7, 1000])
def test_hit_counts_count_from_the_first_step_wherever_the_search_begins(rule, kept, chunk):
    line = swinging()
    every = [hit.step for hit in Finder(line.source, [condition(line.problem, "sign_flips(W) > 0")]).within(0, 240)]
    wanted = every[kept]
    finder = Finder(line.source, [condition(line.problem, "sign_flips(W) > 0", rule)])
    finder.chunk = chunk
    for start in (200, 0, 100, 13):
        found = [hit for hit in finder.forwards(start, 240) if hit is not None]
        assert [hit.step for hit in found] == [step for step in wanted if step > start][:1]
        found = [hit for hit in finder.backwards(start, 0) if hit is not None]
        assert [hit.step for hit in found] == [step for step in wanted if step < start][-1:]


def test_of_several_conditions_all_that_come_true_at_a_step_are_told():
    line = swinging()
    some = [condition(line.problem, text) for text in ("step == 120", "rate_changed", "step == 121")]
    assert [(hit.step, hit.conditions) for hit in Finder(line.source, some).within(0, 150)] == [
        (120, (some[0],)), (121, (some[1], some[2])),
    ]  # fmt: skip


def test_figures_of_epochs_that_the_log_left_out_are_worked_out_again(monkeypatch):
    monkeypatch.setattr("lrsim.training.epochs.MOST_RECORDS", 4)
    line = Line("spiral", [("training.batch_size", 64), ("data.test_fraction", 0.3)], 60, {})
    assert line.branch.epochs.stride > 1
    check(line, "val_loss < prev(val_loss)", 16)


def test_rows_that_memory_let_go_of_are_brought_back():
    line = swinging()
    before = [hit.step for hit in Finder(line.source, [condition(line.problem, "rising(loss, 3)")]).within(0, 240)]
    line.history.release()
    assert line.history.raw(line.branch, 0, 240) is None or line.branch.recording.n
    assert [
        hit.step for hit in Finder(line.source, [condition(line.problem, "rising(loss, 3)")]).within(0, 240)
    ] == before


def test_a_chunk_of_slow_conditions_is_short():
    line = network()
    assert Finder(line.source, [condition(line.problem, "loss > 1")]).chunk == hits.CHUNK
    slow = Finder(line.source, [condition(line.problem, "grad_norm > 1")]).chunk
    assert 1 <= slow < hits.CHUNK
    assert slow * line.problem.step_nanoseconds <= hits.SLOW_NANOSECONDS
