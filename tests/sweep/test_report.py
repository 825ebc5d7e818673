"""What a sweep came to, in words."""

from __future__ import annotations

from lrsim.experiment import files
from lrsim.sweep.plan import describe
from lrsim.sweep.record import run_one
from lrsim.sweep.report import outcome


def outcome_of(preset, over, seeds=None, epochs=None):
    sweep = describe(files.load(preset), over, seeds, max_epochs=epochs)
    return outcome([run_one(run) for run in sweep.runs])


def test_few_runs_of_one_key_are_named_under_their_verdicts():
    found = outcome_of("bmi-linear-scaled", {"optimizer.lr": [0.001, 0.8, 1.0]})
    best, verdicts = found.split(". ", 1)
    assert best.startswith("Best final validation loss: ")
    assert best.endswith("at learning rate 0.001")
    assert verdicts == "Converged at 0.001; diverged at 0.8 and 1."


def test_many_or_several_keys_are_counted():
    found = outcome_of(
        "clip250", {"optimizer.lr": [1e-5, 1.0], "training.bias_rule": ["delta", "as_input"]}, epochs=400
    )
    assert found.endswith("2 plateaued, 2 diverged.")
    assert "learning rate 0.00001, bias rule" in found


def test_seeds_are_counted():
    assert outcome_of("clip250", {"optimizer.lr": [1.0]}, seeds=3, epochs=400) == "No run does well. 3 diverged."


def test_where_every_run_diverges_none_is_called_best():
    assert outcome_of("clip250", {"optimizer.lr": [1.0, 0.1]}, epochs=400) == "No run does well. Diverged at 1 and 0.1."


def test_runs_whose_loss_stays_finite_but_diverged_are_not_called_best_either():
    found = outcome_of("bmi-linear", {"optimizer.lr": [0.001, 0.1]}, epochs=20)
    assert found == "No run does well. Diverged at 0.001 and 0.1."


def test_without_a_finished_run_there_is_nothing_to_say():
    assert outcome([]) == ""
