"""A step written out: its numbers are those of the run, for every optimizer."""

from __future__ import annotations

import pytest

from lrsim.common.numbers import short
from lrsim.experiment import files
from lrsim.experiment.keys import with_values
from lrsim.experiment.specs import Experiment
from lrsim.session.reader import SessionReader
from lrsim.session.session import Session
from lrsim_core import FLAVORS, OPTIMIZERS


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
    m = float(lines["Mean gradient m"].split(" = ")[1])
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


@pytest.mark.parametrize(("loss", "factor"), [("half_mse", "1e-05 * "), ("mse", "1e-05 * 2 * "), ("mae", None)])
def test_the_rule_of_one_unit_is_that_of_its_loss(loss: str, factor: str | None) -> None:
    session = at_step(with_values(files.load("clip250"), [("training.loss", loss), ("optimizer.lr", 1e-5)]), 1)
    snapshot = session.snapshot()
    text = next(line.text for line in SessionReader(session).explain(snapshot) if line.title == "New W")
    assert text.endswith(short(snapshot.theta[0]))
    if factor is None:
        assert text == f"{short(snapshot.before[0])} -> {short(snapshot.theta[0])}"
    else:
        assert text == f"0.1 + {factor}53.95 * 60 = {short(snapshot.theta[0])}"
