"""What a sweep came to, in words."""

from __future__ import annotations

from dataclasses import replace

from lrsim.experiment import files
from lrsim.sweep.plan import describe
from lrsim.sweep.record import run_one
from lrsim.sweep.report import outcome
from lrsim.sweep.words import verdict_words


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
    assert "learning rate 1e-05, bias rule" in found


def test_seeds_are_counted():
    assert outcome_of("clip250", {"optimizer.lr": [1.0]}, seeds=3, epochs=400) == (
        "No run does well. Rates below 1 were not tried. 3 diverged."
    )


def test_where_every_run_diverges_none_is_called_best():
    assert outcome_of("clip250", {"optimizer.lr": [1.0, 0.1]}, epochs=400) == (
        "No run does well. Rates below 0.1 were not tried. Diverged at 1 and 0.1."
    )


def test_runs_whose_loss_stays_finite_but_diverged_are_not_called_best_either():
    found = outcome_of("bmi-linear", {"optimizer.lr": [0.001, 0.1]}, epochs=20)
    assert found == "No run does well. Rates below 0.001 were not tried. Diverged at 0.001 and 0.1."


def test_without_a_finished_run_there_is_nothing_to_say():
    assert outcome([]) == ""


def test_verdicts_that_are_not_known_here_are_told_last_and_none_is_lost():
    sweep = describe(files.load("clip250"), {"optimizer.lr": [1e-5, 1.0, 1e-7]}, None, max_epochs=400)
    records = [run_one(run) for run in sweep.runs]
    verdicts = ["of_tomorrow", "diverged", ""]
    changed = [replace(record, verdict=verdict) for record, verdict in zip(records, verdicts, strict=True)]
    assert outcome(changed).endswith(". Diverged at 1; of tomorrow at 1e-05; not trained at 1e-07.")
    assert outcome(changed[:1]).endswith("Of tomorrow at 1e-05.")
    assert verdict_words(changed) == ("of tomorrow / diverged / …", "")
    assert verdict_words(changed[:1]) == ("of tomorrow", records[0].tone)


def test_what_the_runs_tell_of_rates():
    rates = [0.01, 0.1, 1.0, 10.0]
    both = outcome_of("circle", {"optimizer.lr": rates}, seeds=2, epochs=100)
    assert "The rates next to it, 0.1 and 10, do no better." in both
    highest = outcome_of("circle", {"optimizer.lr": rates[:2], "training.batch_size": [5, 10]}, epochs=40)
    assert "It is the highest rate of the sweep: whether more than 0.1 does better was not tried." in highest
    lowest = outcome_of("clip250", {"optimizer.lr": [1e-4, 3e-4]}, epochs=400)
    assert "It is the lowest rate of the sweep: whether less than 1e-04 does better was not tried." in lowest


def test_what_is_said_where_all_have_the_same_rate():
    found = outcome_of("circle", {"training.batch_size": [20, 50]}, epochs=200)
    assert "others were not tried" not in found
    slow = describe(files.load("xor"), {"training.batch_size": [20, 50]}, None, max_epochs=30)
    records = [replace(run_one(run), verdict="too_slow") for run in slow.runs]
    assert f"The rate was {records[0].rate:g} in all runs: others were not tried." in outcome(records)
    assert "Other rates" not in records[0].verdict_text
