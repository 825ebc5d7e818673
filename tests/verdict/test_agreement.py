"""One run, one verdict: headless and in the window, however long it is and however it is cut."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrsim.experiment import files as ex
from lrsim.experiment.keys import RATE_KEY, with_values
from lrsim.experiment.specs import Experiment
from lrsim.runs import run
from lrsim.session.session import Session
from lrsim.training import engine
from lrsim.verdict.finding import Verdict

SOURCES = ("circle", "xor", "gauss", "spiral", "plane")
UNITS = {"small": 4, "large": 20}
"""Of a hidden layer: models whose parameters are recorded at each step, and models of which only the figures are."""

CALLBACKS: dict[str, dict[str, Any]] = {
    "none": {},
    "early_stopping": {"stop": {"early_stopping": {"monitor": "loss", "patience": 30, "restore_best": True}}},
    "plateau": {"schedule": {"name": "plateau", "monitor": "loss", "patience": 10, "factor": 0.5}},
}
EDGES = [1, 2, 511, 512, 513, 514, 1024, 1025, 1026, 2047, 2048, 2049, 2052]
"""Epochs about which the figures of a run are thinned once more."""


def toy(
    source: str, rate: float, epochs: int, size: str = "small", held_out: float = 0.0, callback: str = "none"
) -> Experiment:
    classes = source != "plane"
    return ex.from_dict(
        {
            "data": {"source": source, "samples": 40, "test_fraction": held_out},
            "model": {"layers": [{"units": UNITS[size], "activation": "tanh"},
                                 {"units": 1, "activation": "sigmoid" if classes else "linear"}]},
            "training": {"loss": "binary_cross_entropy" if classes else "mse", "batch_size": 20, "epochs": epochs},
            "optimizer": {"lr": rate},
            **CALLBACKS[callback],
        }
    )  # fmt: skip


def played(experiment: Experiment) -> Verdict:
    """What the window says of a run that was played to its end."""
    session = Session(experiment, trials=0.0)
    session.set_speed(float("inf"))
    session.play()
    session.settle()
    return session.snapshot().verdict


def assert_same(one: Verdict, other: Verdict) -> None:
    assert (one.code, one.text, one.advice) == (other.code, other.text, other.advice)
    assert repr(one) == repr(other)  # every figure to the last bit, NaN among them


@pytest.mark.parametrize("source", ["gauss", "xor"])
@pytest.mark.parametrize("epochs", [2000, 2500])
@pytest.mark.parametrize("held_out", [0.0, 0.3])
def test_long_runs_at_a_high_rate(source, epochs, held_out):
    experiment = toy(source, 3.0, epochs, held_out=held_out)
    assert_same(played(experiment), run.run(engine.build(experiment)).verdict)


@settings(deadline=None, max_examples=15)
@given(
    source=st.sampled_from(SOURCES),
    rate=st.floats(-4, np.log10(3)).map(lambda power: float(10**power)),
    epochs=st.integers(1, 1200) | st.sampled_from(EDGES),
    size=st.sampled_from(sorted(UNITS)),
    held_out=st.sampled_from([0.0, 0.3]),
    callback=st.sampled_from(sorted(CALLBACKS)),
)
def test_runs_that_go_to_their_end(source, rate, epochs, size, held_out, callback):
    experiment = toy(source, rate, epochs, size, held_out, callback)
    problem = engine.build(experiment)
    assert problem.records_parameters == (size == "small")
    assert_same(played(experiment), run.run(problem).verdict)


@settings(deadline=None, max_examples=10)
@given(
    source=st.sampled_from(SOURCES),
    steps=st.lists(st.integers(1, 2500), min_size=1, max_size=3).map(sorted),
    size=st.sampled_from(sorted(UNITS)),
    held_out=st.sampled_from([0.0, 0.3]),
    callback=st.sampled_from(["none", "plateau"]),
)
def test_runs_that_are_looked_at_on_the_way(source, steps, size, held_out, callback):
    """Also in the middle of an epoch, and what was said on the way does not change what is said later."""
    experiment = toy(source, 0.5, 3000, size, held_out, callback)
    session = Session(experiment, trials=0.0)
    for step in steps:
        session.run_to(step)
        session.settle()
        seen = session.snapshot()
        assert_same(seen.verdict, run.run(engine.build(experiment), max_steps=step).verdict)
        if seen.diverged_at is not None:
            break
        assert seen.step == step


def test_rows_that_were_let_go_do_not_change_the_verdict():
    """Another experiment is loaded in between, and what came before stands where it was."""
    experiment = with_values(toy("plane", 1e-6, 600), [("training.batch_size", 1)])
    session = Session(experiment, trials=0.0)
    session.set_speed(float("inf"))
    session.play()
    session.settle()
    place, before = session.snapshot().place, session.snapshot().verdict
    session.load(toy("circle", 0.02, 3))
    session.restore(place)
    session.settle()
    assert_same(session.snapshot().verdict, before)


def test_the_rate_of_a_verdict_is_that_of_the_last_step():
    """Not that which a callback has set for the step that will never be taken."""
    experiment = toy("plane", 0.3, 40, callback="plateau")
    result = run.run(engine.build(experiment))
    reduced = next(epoch for epoch, rate in enumerate(result.history["lr"]) if rate != 0.3)
    ended = run.run(engine.build(experiment), max_epochs=reduced)
    assert ended.control.factor == 0.5
    assert ended.verdict.evidence["rate"] == ended.history["lr"][-1] == 0.3


# --- after a divergence


def steered(experiment: Experiment, changes: list[tuple[int, float]], steps: int) -> tuple[Verdict, Verdict]:
    """What window and headless run say after so many steps with these rates, whatever becomes of the numbers."""
    experiment = with_values(experiment, [("stop.divergence", False), ("stop.target_error", 0.0)])
    session = Session(experiment, trials=0.0)
    for step, rate in changes:
        session.step(step - session.snapshot().step)
        session.settle()
        session.set_rate(rate)
        session.settle()
    session.step(steps - session.snapshot().step)
    session.settle()
    wanted = [run.Change(step, RATE_KEY, rate) for step, rate in changes]
    return session.snapshot().verdict, run.run(engine.build(experiment), changes=wanted, max_steps=steps).verdict


@settings(deadline=None, max_examples=25)
@given(
    source=st.sampled_from(["clip250", "plane"]),
    first=st.sampled_from([1.0, 1e-3, 30.0]),
    changes=st.lists(st.tuples(st.integers(1, 900), st.sampled_from([1e-5, 1e-6, 1e-3, 0.5])), max_size=3,
                     unique_by=lambda change: change[0]).map(sorted),
    further=st.integers(1, 400),
)  # fmt: skip
def test_runs_that_diverge_and_are_steered_back(source, first, changes, further):
    experiment = with_values(ex.load("clip250"), [("optimizer.lr", first)]) if source == "clip250" else toy(
        "plane", first, 100
    )  # fmt: skip
    window, headless = steered(experiment, changes, (changes[-1][0] if changes else 0) + further)
    assert_same(window, headless)


def test_after_a_divergence_and_a_lower_rate_the_sentence_judges_what_happens_since():
    experiment = with_values(ex.load("clip250"), [("optimizer.lr", 0.001)])
    session = Session(experiment, trials=0.0)
    session.set_speed(float("inf"))
    session.play()
    session.settle()
    diverged = session.snapshot()
    assert (diverged.verdict.code, diverged.verdict.guess) == ("diverged", 1e-5)
    session.set_rate(1e-5)
    session.step(2)
    session.settle()
    waiting = session.snapshot().verdict
    assert (waiting.code, waiting.guess) == ("diverged", None)
    assert "an epoch shows whether 1e-05 brings it back" in waiting.text
    session.step(300)
    session.settle()
    falling = session.snapshot().verdict
    assert falling.code == "converging", falling.text
    assert f"It had diverged at step {diverged.diverged_at}." in falling.text
    assert falling.guess is None
    session.step(6000)
    session.settle()
    assert session.snapshot().verdict.code == "plateaued", session.snapshot().verdict.text
    for one, other in (steered(experiment, [(diverged.step, 1e-5)], diverged.step + n) for n in (2, 302, 6302)):
        assert_same(one, other)
    assert session.snapshot().verdict.text == other.text


@pytest.mark.parametrize(("preset", "rate"), [("circle", 30.0), ("clip250", 4e-4)])
def test_an_offered_rate_is_judged_by_what_it_does_and_not_by_what_came_before(preset, rate):
    session = Session(with_values(ex.load(preset), [("optimizer.lr", rate), ("stop.target_error", 0.0)]), trials=0.0)
    session.step(900)
    session.settle()
    offered = session.snapshot().verdict.guess
    assert session.snapshot().verdict.code in ("oscillating", "stuck", "plateaued")
    if offered is None:
        offered = rate / 10
    session.set_rate(offered)
    session.step(1)
    session.settle()
    verdict = session.snapshot().verdict
    assert verdict.guess is None, verdict.text
    assert "no sign of trouble in 1 step." in verdict.text


@pytest.mark.parametrize("rate", [0.01, 0.1])
def test_a_divergence_that_is_held_by_a_limit_asks_for_one_lower_rate_and_no_more(rate):
    experiment = with_values(toy("plane", rate, 200), [("training.clip_gradient", 1e12), ("data.noise", 0.1)])
    layers = [{"units": 1}]
    experiment = with_values(experiment, [("model.layers", layers), ("optimizer.lr", 100.0 * rate)])
    session = Session(experiment, trials=0.0)
    session.step(400)
    session.settle()
    first = session.snapshot().verdict
    assert first.code == "diverged", first.text
    session.set_rate(first.guess)
    session.step(20)
    session.settle()
    after = session.snapshot().verdict
    assert after.guess is None or after.guess >= first.guess, after.text


def test_parameters_that_are_no_numbers_ask_to_go_back_and_for_no_lower_rate():
    experiment = with_values(ex.load("clip250"), [("optimizer.lr", 1.0)])
    window, headless = steered(experiment, [(500, 1e-5)], 700)
    assert_same(window, headless)
    assert (window.code, window.guess) == ("diverged", None)
    assert "Go back to before step 108" in window.advice
