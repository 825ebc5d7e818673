"""A step taken stage by stage: the arrays of its stages are those of the closed step, to the last bit."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lrsim.common.validation import ExperimentError
from lrsim.debugger.opened_stage import MOST_ROWS, OpenedStage, open_update, opened_stage
from lrsim.debugger.stages import Focus, StageKind, stages_of
from lrsim.experiment import files
from lrsim.history.tree import History
from lrsim.training import engine
from tests.debugger.random_experiments import experiments


def history_of(experiment, steps: int) -> History:
    history = History(engine.build(experiment), 1 << 26)
    history.advance(history.root, steps)
    return history


def every_stage(history: History, step: int, focus: Focus) -> list[OpenedStage]:
    update = open_update(history, history.root, step)
    assert update is not None
    return [opened_stage(update, at, focus) for at in range(len(stages_of(history.problem)))]


@settings(max_examples=150)
@given(experiments(), st.integers(0, 9), st.integers(0, 5), st.data())
def test_opened_stages_end_where_the_closed_step_does(experiment, step, sample, data):
    try:
        history = history_of(experiment, 10)
    except ExperimentError:
        assume(False)
    if not np.isfinite(history.root.course.timeline.parts(step).rate):
        return
    problem, before, after = (
        history.problem,
        history.state_at(history.root, step),
        history.state_at(history.root, step + 1),
    )
    found: dict[str, float] = {}
    slots: dict[str, list[float]] = {}
    for unit in range(max(units for _, units in problem.network.shapes)):
        for stage in every_stage(history, step, Focus(sample, unit)):
            if stage.stage.kind is StageKind.UPDATE:
                table = stage.tables[0]
                for name, values in zip(table.parameters, table.values.tolist()):
                    found[name] = values[-1]
                    slots[name] = values[2:-1]
                    assert values[0] == before.theta[problem.parameter_names.index(name)] or np.isnan(values[0])
    np.testing.assert_array_equal([found[name] for name in problem.parameter_names], after.theta.astype(float))
    kept = np.array([slots[name] for name in problem.parameter_names]).reshape(problem.n_parameters, -1)
    np.testing.assert_array_equal(kept.T, after.slots.astype(float).reshape(-1, problem.n_parameters))


@settings(max_examples=60)
@given(experiments(), st.integers(0, 9))
def test_what_goes_forward_is_what_the_network_says(experiment, step):
    try:
        history = history_of(experiment, 10)
    except ExperimentError:
        assume(False)
    if not np.isfinite(history.root.course.timeline.parts(step).rate):
        return
    problem = history.problem
    rows = problem.batch(step + 1)
    outputs = engine.layer_outputs(problem, history.state_at(history.root, step).theta, problem.data.X_train[rows])
    for stage in every_stage(history, step, Focus(0, 0)):
        if stage.stage.kind is StageKind.FORWARD and len(stage.tables) > 1:
            said = stage.tables[1].values[:, 1]
            np.testing.assert_allclose(said, outputs[stage.stage.layer - 1][0], rtol=1e-5, atol=1e-6)


def test_the_stages_come_in_the_order_of_the_arithmetic():
    names = [stage.name for stage in stages_of(engine.build(files.load("spiral")))]
    assert names == [
        "batch", "forward 1", "forward 2", "forward 3", "loss", "backward 3", "backward 2", "backward 1", "update 1",
        "update 2", "update 3",
    ]  # fmt: skip


def test_slopes_of_all_samples_together_are_the_bias_slopes():
    history = history_of(files.load("spiral"), 5)
    for stage in every_stage(history, 5, Focus(None, 2)):
        if stage.stage.kind is StageKind.BACKWARD and stage.stage.layer < 3:
            delta, slopes = stage.tables
            np.testing.assert_allclose(delta.values[2, 0], slopes.values[-1, 1], rtol=1e-5)


def test_of_a_wide_layer_the_largest_are_shown_and_it_is_said():
    history = history_of(files.load("digits-adam"), 1)
    shown = every_stage(history, 1, Focus(3, 10_000))[1]
    table = shown.tables[0]
    assert table.values.shape == (MOST_ROWS, 3)
    assert table.left_out == "16 of 65 inputs, the largest"
    assert shown.focus.unit == shown.units - 1
    update = open_update(history, history.root, 1)
    x, theta = update.opened.inputs[3].astype(float), update.opened.theta_before.astype(float)
    units = shown.units
    products = np.abs([*(x * theta[: 64 * units].reshape(64, units)[:, -1]), theta[64 * units + units - 1]])
    np.testing.assert_allclose(np.sort(np.abs(table.values[:, 2])), np.sort(products)[-MOST_ROWS:])


def test_where_the_limit_acts_is_said():
    history = history_of(files.load("clip250"), 4000)
    said = [every_stage(history, step, Focus())[1] for step in range(3990, 3996)]
    for stage in said:
        acts = any(line.title == "Limit" for line in stage.lines)
        assert acts == bool(stage.tables[0].values[:, 2].sum() >= 250)
    assert any(line.title == "Limit" for stage in said for line in stage.lines)
