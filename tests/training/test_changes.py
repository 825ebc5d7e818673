"""Changes in mid-run against the readable twin: what an optimizer remembers or forgets, and what a hand has set."""

from __future__ import annotations

import numpy as np
import pytest

from lrsim.common.validation import ExperimentError
from lrsim.experiment import files
from lrsim.experiment.keys import with_values
from lrsim.runs import run
from lrsim.runs.result import Change
from lrsim.training import changes, engine
from lrsim_core import Optimizer, reference

BEFORE, AFTER = 7, 9


def problem(**values: object) -> engine.Problem:
    wanted = {
        "model.dtype": "float64",
        "training.batch_size": 5,
        "data.samples": 23,
        "data.order": "cyclic",
        "data.test_fraction": 0.0,
        "optimizer.lr": 0.05,
    }
    keys = wanted | {key.replace("__", "."): value for key, value in values.items()}
    return engine.build(with_values(files.load("circle"), list(keys.items())))


def after(begun: engine.Problem, values: dict[str, object]) -> np.ndarray:
    found = [Change(BEFORE, key, value) for key, value in values.items()]
    return run.run(begun, max_steps=BEFORE + AFTER, changes=found).theta


def twin(begun: engine.Problem, optimizer: Optimizer, steps: int, **also: object) -> np.ndarray:
    data = begun.data
    theta, _ = reference.run_steps(
        also.pop("network", begun.network), also.pop("theta", begun.theta), data.X_train, data.Y_train,
        np.full(steps, 0.05), optimizer=optimizer, batch_size=5, **also,
    )  # fmt: skip
    return theta


@pytest.mark.parametrize("name", ["adam", "nadam", "adamax", "rmsprop", "adagrad", "adadelta"])
@pytest.mark.parametrize("flavor", ["keras", "torch"])
def test_another_optimizer_begins_as_a_new_one_of_its_library_would(name, flavor):
    begun = problem(optimizer__momentum=0.9)
    half = twin(begun, begun.optimizer, BEFORE)
    kept = {"momentum": 0.9} if name == "rmsprop" else {}  # a number that both have, as where the name is edited
    wanted = twin(begun, Optimizer.make(name, flavor, **kept), AFTER, theta=half, into_epoch=BEFORE % 5)
    found = after(begun, {"optimizer.name": name, "optimizer.flavor": flavor})
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-12)


def test_an_optimizer_that_gets_other_numbers_keeps_what_it_remembers():
    begun = problem(optimizer__name="adam")
    slots = begun.optimizer.new_slots(begun.network)
    half = twin(begun, begun.optimizer, BEFORE, slots=slots)
    wanted = twin(begun, Optimizer.make("adam", beta_1=0.5), AFTER, theta=half, slots=slots, first_step=BEFORE)
    np.testing.assert_allclose(after(begun, {"optimizer.beta_1": 0.5}), wanted, rtol=1e-9, atol=1e-12)


def test_a_velocity_that_was_not_there_begins_at_zero_beside_what_is_kept():
    begun = problem(optimizer__name="rmsprop")
    slots = begun.optimizer.new_slots(begun.network)
    half = twin(begun, begun.optimizer, BEFORE, slots=slots)
    both = np.concatenate([slots, np.zeros_like(slots)])
    wanted = twin(begun, Optimizer.make("rmsprop", momentum=0.8), AFTER, theta=half, slots=both, first_step=BEFORE)
    np.testing.assert_allclose(after(begun, {"optimizer.momentum": 0.8}), wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["sgd", "adam"])
@pytest.mark.parametrize("size", [1, 4, 23, 1000])
def test_another_batch_size_waits_for_the_next_epoch(name, size):
    begun = problem(optimizer__name=name)
    slots = begun.optimizer.new_slots(begun.network)
    half = twin(begun, begun.optimizer, 10, slots=slots)  # two epochs of 23 samples by 5
    data = begun.data
    wanted, _ = reference.run_steps(
        begun.network, half, data.X_train, data.Y_train, np.full(6, 0.05), optimizer=begun.optimizer, slots=slots,
        batch_size=size, first_step=10, into_epoch=0,
    )  # fmt: skip
    change = [Change(7, "training.batch_size", size)]
    found = run.run(begun, max_steps=16, changes=change)
    np.testing.assert_allclose(found.theta, wanted, rtol=1e-9, atol=1e-12)
    per_epoch = -(-23 // min(size, 23))
    assert found.epochs == 2 + 6 // per_epoch


def test_a_batch_size_that_is_taken_back_before_it_holds_changes_nothing():
    begun = problem(training__epochs=4)
    back = [Change(6, "training.batch_size", 3), Change(8, "training.batch_size", 5)]
    assert run.run(begun, changes=back).theta.tobytes() == run.run(begun).theta.tobytes()
    kept = [Change(6, "training.batch_size", 3), Change(8, "training.batch_size", 12)]
    assert run.run(begun, changes=kept).steps == 10 + 2 * 2


def test_a_run_has_all_its_epochs_whatever_the_batches_become():
    begun = problem(training__epochs=9)
    seen = []
    change = [Change(7, "training.batch_size", 12), Change(12, "training.batch_size", 1)]
    found = run.run(begun, changes=change, every_epoch=True, on_block=lambda block: seen.append(block.rows))
    assert (found.steps, found.epochs) == (10 + 2 + 6 * 23, 9)
    assert found.figures.epochs.tolist() == list(range(1, 10))
    losses = np.concatenate(seen, axis=1)[0]
    weights = [[5, 5, 5, 5, 3], [5, 5, 5, 5, 3], [12, 11], *[[1] * 23] * 6]
    ends = np.cumsum([len(each) for each in weights])
    for epoch, (end, rows) in enumerate(zip(ends, weights)):
        wanted = np.average(losses[end - len(rows) : end], weights=rows)
        assert found.figures.training["loss"][epoch] == pytest.approx(wanted, rel=1e-12)


def test_a_schedule_by_the_epoch_goes_on_with_the_epochs_and_one_by_the_step_with_the_steps():
    change = [Change(10, "training.batch_size", 23)]
    by_epoch = problem(schedule__name="step", schedule__every=1.0, schedule__factor=0.5, training__epochs=6)
    rates = run.run(by_epoch, changes=change).figures.rates
    assert rates.tolist() == [0.05, 0.025, 0.0125, 0.00625, 0.003125, 0.0015625]
    by_step = problem(schedule__name="exponential", schedule__per="step", schedule__every=1.0, schedule__decay_rate=0.9,
                      training__epochs=6)  # fmt: skip
    found = run.run(by_step, changes=change)
    assert found.steps == 14
    assert found.figures.rates[-1] == pytest.approx(0.05 * 0.9**13)
    falling = problem(schedule__name="cosine", training__epochs=6)
    assert run.run(falling, changes=change).figures.rates[-1] < 0.05 * 0.1


def test_a_batch_that_this_machine_has_no_room_for_is_refused(monkeypatch):
    begun = problem()
    monkeypatch.setattr("lrsim.training.memory.physical_memory", lambda: 1 << 16)
    with pytest.raises(ExperimentError, match="this machine has"):
        changes.checked(begun, {"training.batch_size": 23})


def test_a_penalty_holds_from_the_next_step_on():
    begun = problem()
    half = twin(begun, begun.optimizer, BEFORE)
    network = changes.changed(begun, {"training.l2": 0.3}).network
    assert (network.l2, begun.network.l2) == (0.3, 0.0)
    wanted = twin(begun, begun.optimizer, AFTER, theta=half, network=network, first_step=BEFORE)
    np.testing.assert_allclose(after(begun, {"training.l2": 0.3}), wanted, rtol=1e-9, atol=1e-12)


def test_a_parameter_that_a_hand_sets_is_what_the_next_step_sets_out_from():
    begun = problem()
    half = twin(begun, begun.optimizer, BEFORE)
    half[begun.parameter_names.index("W1[1,2]")] = 0.75
    wanted = twin(begun, begun.optimizer, AFTER, theta=half, first_step=BEFORE)
    np.testing.assert_allclose(after(begun, {"W1[1,2]": 0.75}), wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["clip250", "circle", "digits-adam"])
def test_every_parameter_is_found_by_its_name_and_no_other_name_is(name):
    network = engine.build(files.load(name)).network
    places = {*range(min(500, network.n_parameters)), network.n_parameters - 1}
    assert all(network.parameter_index(network.parameter_name(place)) == place for place in places)
    last = len(network.shapes)
    inputs, units = network.shapes[-1]
    wrong = (f"W{last}[{inputs},0]", f"W{last}[0,{units}]", f"b{last}[{units}]", f"b{last + 1}[0]", "W0[0,0]", "w", "")
    assert [network.parameter_index(text) for text in wrong] == [None] * len(wrong)


def test_targets_that_were_laid_out_for_another_loss_need_a_restart():
    begun = problem()
    with pytest.raises(ExperimentError, match=r"training\.loss: "):
        changes.checked(begun, {"training.loss": "hinge"})
