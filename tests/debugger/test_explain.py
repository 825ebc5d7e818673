"""A step written out: its numbers are those of the run, for every optimizer."""

from __future__ import annotations

import pytest

from lrsim.common.numbers import short
from lrsim.debugger import explain
from lrsim.experiment import files
from lrsim.experiment.keys import with_values
from lrsim.experiment.specs import Experiment
from lrsim.session.reader import SessionReader
from lrsim.session.session import Session
from lrsim_core import FLAVORS, OPTIMIZERS
from tests.debugger.arithmetic import assert_true


def classifier(**optimizer: object) -> Experiment:
    return files.from_dict(
        {
            "data": {"source": "gauss", "samples": 40},
            "model": {
                "layers": [{"units": 3, "activation": "tanh"}, {"units": 1, "activation": "sigmoid"}],
                "dtype": "float64",
            },
            "training": {"loss": "binary_cross_entropy", "batch_size": 10, "epochs": 50},
            "optimizer": optimizer,
        }
    )


def at_step(setup: Experiment, step: int) -> Session:
    session = Session(setup)
    session.step(step)
    session.settle()
    return session


@pytest.mark.parametrize("flavor", FLAVORS)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_last_line_ends_with_the_new_value_of_the_parameter(name: str, flavor: str) -> None:
    session = at_step(classifier(name=name, flavor=flavor, lr=0.01), 6)
    snapshot = session.snapshot()
    line = next(line for line in SessionReader(session).explain(snapshot) if line.title.startswith("New "))
    index = SessionReader(session).problem.parameter_names.index(line.title.removeprefix("New "))
    assert line.text.endswith(f"= {short(snapshot.theta[index])}")
    assert line.text.startswith(short(snapshot.before[index]))


@pytest.mark.parametrize("flavor", FLAVORS)
@pytest.mark.parametrize("name", ["sgd", "rmsprop"])
def test_momentum_is_written_out(name: str, flavor: str) -> None:
    session = at_step(classifier(name=name, flavor=flavor, lr=0.01, momentum=0.9), 6)
    titles = [line.title for line in SessionReader(session).explain(session.snapshot())]
    assert "Velocity" in titles


def test_a_written_adam_step_can_be_followed_with_a_pocket_calculator() -> None:
    session = at_step(classifier(name="adam", lr=0.01), 1)
    lines = {line.title: line.text for line in SessionReader(session).explain(session.snapshot())}
    gradient = float(lines["Steepest slope"].split(": ")[1])
    m = float(lines["Mean slope m"].split(" = ")[1])
    v = float(lines["Mean square v"].split(" = ")[1])
    assert m == pytest.approx(0.1 * gradient, rel=1e-3)
    assert v == pytest.approx(0.001 * gradient**2, rel=1e-3)
    title = next(title for title in lines if title.startswith("New "))
    old, new = (float(part) for part in (lines[title].split(" ")[0], lines[title].split(" = ")[1]))
    assert abs(new - old) == pytest.approx(0.01, rel=0.05)


def test_the_rate_is_marked_wherever_it_stands() -> None:
    session = at_step(classifier(name="sgd", lr=0.02), 3)
    line = next(line for line in SessionReader(session).explain(session.snapshot()) if line.title.startswith("New "))
    assert [part.text for part in line.parts if part.role == "rate"] == ["0.02"]


@pytest.mark.parametrize(("loss", "factor"), [("half_mse", "1e-05 * "), ("mse", "1e-05 * 2 * ")])
def test_the_rule_of_one_unit_is_that_of_its_loss(loss: str, factor: str) -> None:
    session = at_step(with_values(files.load("clip250"), [("training.loss", loss), ("optimizer.lr", 1e-5)]), 1)
    snapshot = session.snapshot()
    text = next(line.text for line in SessionReader(session).explain(snapshot) if line.title == "New W")
    assert text == f"0.1 + {factor}53.95 * 60 = {short(snapshot.theta[0])}"


def written(*values: tuple[str, object], preset: str = "clip250", step: int = 1) -> dict[str, str]:
    session = at_step(with_values(files.load(preset), list(values)), step)
    return {line.title: line.text for line in SessionReader(session).explain(session.snapshot())}


def test_another_loss_goes_through_its_slope() -> None:
    lines = written(("training.loss", "mae"), ("optimizer.lr", 1e-5))
    assert lines["Loss"] == "|53.95| = 53.95"
    assert lines["Slope by the sum"] == "sign(6.05 - 60) = -1"
    assert lines["Slope by W"] == "-1 * 60 = -60"
    assert lines["New W"] == "0.1 - 1e-05 * (-60) = 0.1006"


def test_a_gradient_limit_is_written_out() -> None:
    lines = written(("training.clip_gradient", 1.0), ("optimizer.lr", 1e-5))
    assert lines["Slope by the sum"] == "max(-1, min(1, 6.05 - 60)) = -1"
    assert lines["New W"] == "0.1 - 1e-05 * (-60) = 0.1006"


def test_the_factor_of_a_layer_is_part_of_the_rate() -> None:
    lines = written(("optimizer.multipliers", [10.0]), ("optimizer.lr", 1e-5))
    assert lines["Rate of layer 1"] == "1e-05 * 10 = 1e-04"
    assert lines["New W"].startswith("0.1 + 1e-04 * 53.95 * 60 = ")


def test_what_the_schedule_makes_of_the_rate_is_written_out() -> None:
    session = at_step(files.load("rule-warmup"), 3)
    lines = {line.title: line for line in SessionReader(session).explain(session.snapshot())}
    made = next(line for title, line in lines.items() if title.startswith("New "))
    assert lines["Rate"].text.startswith("1 * ")
    assert " by the schedule = " in lines["Rate"].text
    assert lines["Rate"].parts[-1] in made.parts


@pytest.mark.parametrize("preset", ["digits-adam", "bmi-optimizers", "bmi-momentum", "adaptive-four", "spiral"])
def test_step_0_tells_what_the_next_step_will_do(preset: str) -> None:
    """Not the rule of plain descent, whatever the optimizer is."""
    session = Session(files.load(preset))
    at_once = SessionReader(session).explain(session.snapshot())
    session.step(1)
    session.settle()
    taken = SessionReader(session).explain(session.snapshot())
    assert at_once[0].title == "Step 1, yet to be taken"
    assert taken[0].title == "Step 1"
    assert at_once[1:] == taken[1:]


@pytest.mark.parametrize("name", ["sgd", "rmsprop", "adam", "nadam"])
@pytest.mark.parametrize("flavor", FLAVORS)
def test_a_momentum_that_the_schedule_moves_is_that_of_the_step(name: str, flavor: str) -> None:
    setup = classifier(name=name, flavor=flavor, lr=0.01, **({} if "adam" in name else {"momentum": 0.5}))
    setup = with_values(setup, [("schedule.name", "one_cycle"), ("schedule.cycle_momentum", True)])
    session = at_step(setup, 20)
    lines = SessionReader(session).explain(session.snapshot())
    for line in lines:
        assert_true(line.title, line.text)
    memory = next(line.text for line in lines if line.title in ("Velocity", "Mean slope m"))
    assert 0.85 <= float(memory.split(" * ")[0]) < 0.95


def test_a_step_too_large_to_be_opened_says_so(monkeypatch) -> None:
    monkeypatch.setattr(explain, "LARGEST", 100)
    session = Session(classifier(name="adam", lr=0.01))
    (line,) = SessionReader(session).explain(session.snapshot())
    assert (line.title, line.text) == ("Step 1", "too large to be written out")
