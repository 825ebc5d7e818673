"""The work of trials: multiply-adds of steps, held-out rows included, and never more than the run's own share."""

from __future__ import annotations

import pytest

from lrsim.experiment import files as ex
from lrsim.experiment.keys import with_values
from lrsim.training import engine
from lrsim.trials import budget


def test_an_epoch_multiplies_by_each_weight_three_times_a_row_and_once_a_held_out_one():
    problem = engine.build(ex.load("xor"))
    held_out = len(problem.data.X_test)
    multiplied = problem.n_parameters * (3 * problem.samples + held_out)
    assert held_out > 0
    assert budget.epoch_work(problem) == multiplied + budget.STEP * problem.steps_per_epoch


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0, 4.0])
def test_the_share_is_of_the_runs_own_work_within_bounds(share):
    problem = engine.build(ex.load("xor"))
    work = budget.epoch_work(problem)
    assert budget.budget(problem, 1, share) == int(share * budget.LEAST)
    many = budget.LEAST // work + 1000
    assert budget.budget(problem, many, share) == int(share * work * many)
    assert budget.budget(problem, 10**9, share) == int(share * budget.MOST)


def test_batches_cost_what_their_steps_cost():
    whole, single = (engine.build(with_values(ex.load("xor"), [("training.batch_size", size)])) for size in (10**6, 1))
    steps = single.steps_per_epoch - whole.steps_per_epoch
    assert budget.epoch_work(single) - budget.epoch_work(whole) == budget.STEP * steps
