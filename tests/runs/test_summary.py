"""The summary of a run for people: it can be told of every run, those above all that came to nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrsim.cli.main import main
from lrsim.experiment import files
from lrsim.experiment.keys import with_values
from lrsim.runs.run import run
from lrsim.runs.summary import summarize
from lrsim.training import engine

DIVERGING = [
    ["digits-adam", "--set", "optimizer.name=sgd", "--set", "optimizer.lr=1e30"],
    ["bmi-mlp", "--set", "optimizer.lr=1e9"],
    ["plane", "--set", "training.loss=huber", "--set", "optimizer.lr=1e38"],
    ["xor", "--set", "training.loss=hinge", "--set", "model.layers=[{units=8,activation='relu'},{units=1}]",
     "--set", "optimizer.lr=1e38"],
]  # fmt: skip


@pytest.mark.parametrize("words", DIVERGING, ids=lambda words: words[0])
def test_a_final_loss_that_is_no_number_is_a_result(words, capsys):
    assert main(["run", *words, "--epochs", "3"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "Diverged" in out
    assert "loss nan" in out


LOSSES = ("mse", "half_mse", "mae", "huber", "cross_entropy", "cross_entropy_clipped", "binary_cross_entropy", "hinge")


def made_for(loss, lr, held_out):
    """A network with an output that suits the loss, on data that suits both."""
    changes = [("training.loss", loss), ("optimizer.lr", lr), ("data.test_fraction", held_out)]
    if loss in ("mse", "half_mse", "mae", "huber"):
        return with_values(files.load("plane"), changes)
    units, activation = {"binary_cross_entropy": (1, "sigmoid"), "hinge": (1, "linear")}.get(loss, (2, "softmax"))
    layers = [{"units": 4, "activation": "relu"}, {"units": units, "activation": activation}]
    return with_values(files.load("xor"), [*changes, ("model.layers", layers)])


@settings(max_examples=60, deadline=None)
@given(
    loss=st.sampled_from(LOSSES), exponent=st.floats(-3, 38), held_out=st.sampled_from([0.0, 0.3]),
    stops=st.booleans(), steps=st.integers(0, 40),
)  # fmt: skip
def test_every_run_can_be_summed_up(loss, exponent, held_out, stops, steps):
    experiment = with_values(made_for(loss, 10.0**exponent, held_out), [("stop.divergence", stops)])
    text = summarize(run(engine.build(experiment), max_steps=steps))
    assert "all samples" in text
    assert ("held out" in text) == (held_out > 0)
    assert ("mean squared error" in text) == (loss == "half_mse")
