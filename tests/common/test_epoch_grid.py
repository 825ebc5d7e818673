"""Epochs of different lengths: every question about them is answered as counting one by one does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsim.common.epoch_grid import EpochGrid

CHANGES = st.lists(st.tuples(st.integers(0, 120), st.integers(1, 9)), max_size=5).map(sorted)


def counted(first: int, changes: list[tuple[int, int]], epochs: int) -> list[int]:
    """Steps at which epochs begin, the end of the last one included."""
    begins, size, waiting = [0], first, list(changes)
    while len(begins) <= epochs:
        while waiting and waiting[0][0] <= begins[-1]:
            size = waiting.pop(0)[1]
        begins.append(begins[-1] + size)
    return begins


@given(first=st.integers(1, 9), changes=CHANGES, epochs=st.integers(1, 60))
def test_it_counts_as_one_by_one(first, changes, epochs):
    grid = EpochGrid.uniform(first, first * epochs)
    for step, size in changes:
        grid = grid.with_size(step, size, epochs)
    begins = counted(first, changes, 200)
    assert grid.total_steps == begins[epochs]
    for step in range(min(begins[-1], 300)):
        epoch = int(np.searchsorted(begins, step, side="right")) - 1
        assert grid.place(step) == (epoch, step - begins[epoch])
        assert grid.size_at(step) == begins[epoch + 1] - begins[epoch]
        assert grid.begin_of(step) == begins[epoch]
        assert grid.next_begin(step) == (step if step == begins[epoch] else begins[epoch + 1])
        assert grid.epoch_of(step + 1) == epoch + 1
        into = (step - begins[epoch]) / grid.size_at(step)
        assert grid.position(step) == pytest.approx(epoch + into, abs=1e-12)
        assert grid.step_at(epoch + into) == pytest.approx(step, abs=1e-9)
    assert [grid.end_of(epoch) for epoch in range(200)] == begins[:200]
    steps = np.arange(300)
    assert grid.all_ended(steps).tolist() == [grid.ended(step) for step in range(300)]
    assert grid.all_into(steps).tolist() == [grid.place(step)[1] for step in range(300)]
    assert grid.ends(np.arange(200)).tolist() == begins[:200]
    assert grid.epoch_of(0) == 0
