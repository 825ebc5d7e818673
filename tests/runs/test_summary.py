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


SETUP = files.from_dict(
    {
        "name": "By hand",
        "data": {"source": "table", "inputs": [[1.0], [-0.5], [0.25]], "targets": [[2.0], [0.5], [-1.0]]},
        "model": {"layers": [{"units": 1}], "dtype": "float64", "weights": [[[0.5]], [0.25]]},
        "training": {"loss": "half_mse", "batch_size": 1, "epochs": 5},
        "optimizer": {"lr": 0.1},
    }
)


def lines(max_steps: int | None = None, **values: object) -> dict[str, str]:
    """What stands behind each word at the beginning of a line."""
    changes = [(key.replace("__", "."), value) for key, value in values.items()]
    text = summarize(run(engine.build(with_values(SETUP, changes)), max_steps=max_steps))
    pairs = (line.strip().partition("  ") for line in text.splitlines() if line.startswith("  "))
    return {word: what.strip() for word, _, what in pairs}


def test_one_step_in_numbers_worked_out_by_hand():
    """Sample 1 -> 2 is foretold as 0.75: the error 1.25 takes (W, b) from (0.5, 0.25) to (0.625, 0.375).

    The three errors are then 1, 0.4375 and -1.53125.
    """
    found = lines(max_steps=1)
    assert found["steps"] == "1 (0 epochs of 3)"
    assert found["ended by"] == "the number of steps asked for"
    assert found["last step"] == "error 1.25, loss 0.78125"
    mean, square = (1 + 0.4375 + 1.53125) / 3, (1 + 0.4375**2 + 1.53125**2) / 3
    assert found["all samples"] == f"error {mean:.6g}, loss {square / 2:.6g}, mean squared error {square:.6g}"
    assert (found["W"], found["b"]) == ("0.625", "0.375")
    assert "held out" not in found


def test_one_epoch_is_one_and_several_are_epochs():
    assert lines(max_steps=3)["steps"] == "3 (1 epoch of 3)"
    assert lines()["steps"] == "15 (5 epochs of 3)"
    assert lines()["ended by"] == "the last epoch"


def test_why_a_run_ended():
    assert lines(stop__target_error=100.0)["ended by"] == "the error of a step fell below 100"
    assert lines(optimizer__lr=1e200, training__epochs=100)["ended by"].startswith("divergence, ")
    early = {"monitor": "loss", "patience": 2, "min_delta": 1e9}
    assert lines(stop__early_stopping=early)["ended by"].startswith(
        "early stopping, loss has not improved for 2 epochs"
    )


def test_rows_that_are_held_out_and_classes_have_their_own_figures():
    found = lines(data__test_fraction=0.4, data__split="tail")
    assert found["held out"].startswith("error ")
    classes = files.from_dict(
        {
            "data": {"source": "gauss", "samples": 20},
            "model": {"layers": [{"units": 1, "activation": "sigmoid"}]},
            "training": {"loss": "binary_cross_entropy", "epochs": 1},
            "optimizer": {"lr": 0.1},
        }
    )
    result = run(engine.build(classes))
    assert f"accuracy {result.final['accuracy']:.6g}" in summarize(result)
    assert "mean squared error" not in summarize(result)


def test_a_large_model_counts_its_parameters():
    found = lines(model__weights=(), model__layers=[{"units": 3}, {"units": 1}])
    assert found["parameters"] == "10"


def test_trials_stand_beside_what_was_wanted():
    text = summarize(run(engine.build(with_values(SETUP, [("data.trials", [[2.0, 4.0]])])), max_steps=1))
    assert [line.split() for line in text.splitlines() if line.startswith("  ")][-2:] == [
        ["input", "wanted", "predicted"],
        ["2", "4", f"{2 * 0.625 + 0.375:.6g}"],
    ]


def test_a_claim_stands_beside_the_verdict_and_a_name_at_the_top():
    published = files.load("clip250")
    result = run(engine.build(published), max_steps=60)
    text = summarize(result)
    assert text.startswith(f"{published.name} - {published.source}\n\n")
    assert text.endswith(f"The source says: {published.claim}\nHere: {result.verdict.text}")
    nameless = run(engine.build(with_values(SETUP, [("name", "")])), max_steps=1)
    assert summarize(nameless).startswith("(no name)\n\n")
    assert summarize(nameless).endswith(nameless.verdict.text)
