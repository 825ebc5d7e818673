"""Evidence from plain values: which epochs are looked at, and that nothing else of how they were collected shows."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lrsim.common.epoch_grid import EpochGrid
from lrsim.training.epochs import EpochFigures, EpochLog, no_spread
from lrsim.verdict.evidence import last_loss
from lrsim.verdict.gather import JUDGED_EPOCHS, RECENT_ROWS, gather, judged_epochs

SIZE = 3


def evidence(done, epochs, rows, **changes):
    """Evidence of a run whose figures are its epochs and steps counted."""
    figures = epochs.astype(np.float64)
    values = {
        "steps": SIZE * done, "rate_of": lambda _: 0.1, "rate_left": 1.0, "metrics": ("loss", "error"), "recent": rows,
        "epochs": epochs, "training": {"loss": 2 * figures, "error": figures, "accuracy": 1 / figures},
        "held_out": {"loss": -figures, "accuracy": figures},
    }  # fmt: skip
    return gather({"steps_per_epoch": SIZE}, **(values | changes))


@given(st.integers(0, 10**9))
def test_the_first_epoch_and_every_so_many_th_few_but_not_too_few(done):
    judged = judged_epochs(done)
    assert len(judged) <= JUDGED_EPOCHS + 1
    assert len(judged) >= min(done, JUDGED_EPOCHS // 2)
    if done:
        assert judged[0] == 1
        stride = int(judged[-1] - judged[-2]) if done > 1 else 1
        assert stride.bit_count() == 1
        assert judged[1:].tolist() == list(range(max(stride, 2), done + 1, stride))
        assert done - judged[-1] < stride


def test_a_log_that_is_thinned_as_it_grows_has_them_at_any_time():
    log = EpochLog()
    for epoch in range(1, 5000):
        log.take(
            EpochGrid.uniform(SIZE), EpochFigures(np.array([epoch]), {"loss": np.zeros(1)}, {}, np.zeros(1)), no_spread
        )
        if epoch % 97 == 0 or abs(epoch % 512 - 2) < 6:
            kept = {record.step // SIZE for record in log.records}
            assert kept.issuperset(judged_epochs(epoch).tolist()), epoch


@given(st.integers(1, 3000), st.data())
def test_more_figures_and_rows_than_are_needed_change_nothing(done, data):
    every = np.arange(1, done + 1)
    extra = data.draw(st.sets(st.integers(1, done), max_size=20))
    some = np.array(sorted({*judged_epochs(done).tolist(), *extra}))
    rows = np.arange(4.0 * SIZE * done).reshape(4, -1)
    all_of_it, thinned = evidence(done, every, rows), evidence(done, some, rows[:, -RECENT_ROWS:])
    assert repr(all_of_it) == repr(thinned)
    assert all_of_it.curve_epochs.tolist() == all_of_it.epoch_errors.tolist() == judged_epochs(done).tolist()
    assert len(all_of_it.losses) == min(RECENT_ROWS, SIZE * done)
    assert all_of_it.parameters.shape == (len(all_of_it.losses), 2)


def test_what_a_run_does_not_have_is_none():
    found = evidence(4, np.arange(1, 5), np.ones((2, 12)), training={"loss": np.ones(4), "error": np.ones(4)},
                     held_out={})  # fmt: skip
    assert (found.parameters, found.accuracies, found.val_losses, found.val_accuracies) == (None,) * 4
    assert (found.diverged_at, found.not_finite) == (None, None)
    rows = np.ones((3, 12))
    rows[2, 6:] = np.nan
    lost = evidence(4, np.arange(1, 5), rows, first_bad=(7, "W1"))
    assert (lost.diverged_at, lost.not_finite, lost.since) == (7, "W1", 0)


def test_what_came_before_a_recovery_is_left_out():
    """It takes a whole epoch of finite values: steps on some samples are finite in the midst of a divergence."""
    rows = np.arange(3.0 * 30).reshape(3, 30)
    rows[0, [9, 12]] = np.inf
    losses = np.ones(10)
    losses[3:5] = np.inf
    training = {"loss": losses, "error": np.ones(10), "accuracy": np.ones(10)}
    still = evidence(5, np.arange(1, 6), rows[:, :15], first_bad=(10, "loss"), rate_of=lambda step: step,
                     training={name: values[:5] for name, values in training.items()},
                     held_out={})  # fmt: skip
    assert (still.diverged_at, still.diverging_rate, still.since, len(still.losses)) == (10, 10, 0, 15)
    over = evidence(10, np.arange(1, 11), rows, first_bad=(10, "loss"), rate_of=lambda step: step, training=training,
                    held_out={})  # fmt: skip
    assert (over.diverged_at, over.diverged_before, over.diverging_rate, over.since) == (None, 10, 10, 15)
    assert (over.epochs, over.curve_epochs.tolist(), len(over.losses)) == (5, [6, 7, 8, 9, 10], 15)
    rows[0, 24] = rows[1, 27] = np.nan
    again = evidence(10, np.arange(1, 11), rows, first_bad=(10, "loss"), training=training, held_out={})
    assert (again.diverged_at, again.diverged_before, again.since) == (25, None, 0)


def test_a_short_last_batch_weighs_in_the_recent_epochs_as_much_as_it_holds():
    rows = np.tile([[2.0, 4.0, 9.0], [1.0, 3.0, 8.0]], 10)
    found = gather(
        {"steps_per_epoch": SIZE, "last_weight": 0.5}, steps=30, rate_of=lambda _: 0.1, rate_left=1.0,
        metrics=("loss", "error"), recent=rows, epochs=np.arange(1, 11),
        training={"loss": np.ones(10), "error": np.ones(10)}, held_out={},
    )  # fmt: skip
    assert found.recent.errors.tolist() == [(1.0 + 3.0 + 8.0 / 2) / 2.5] * 10
    assert last_loss(found) == (2.0 + 4.0 + 9.0 / 2) / 2.5


def test_the_last_loss_in_mid_epoch_weighs_the_short_batch_where_it_stands():
    rows = np.array([[2.0, 4.0, 9.0, 2.0], [0.0, 0.0, 0.0, 0.0]])
    found = gather(
        {"steps_per_epoch": SIZE, "last_weight": 0.5}, steps=4, rate_of=lambda _: 0.1, rate_left=1.0,
        metrics=("loss", "error"), recent=rows, epochs=np.array([1]),
        training={"loss": np.ones(1), "error": np.ones(1)}, held_out={},
    )  # fmt: skip
    assert last_loss(found) == (4.0 + 9.0 / 2 + 2.0) / 2.5
