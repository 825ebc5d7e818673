"""What a view draws: every row of the line at hand is in its bin, and nothing else is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lrsim.experiment.files import from_dict
from lrsim.experiment.keys import RATE_KEY
from lrsim.history import recording
from lrsim.history import series as module
from lrsim.history.branch import Branch
from lrsim.history.series import Series, series
from lrsim.history.tree import History
from lrsim.training import engine

SETUP = from_dict(
    {
        "data": {"source": "table", "inputs": [[1.0], [-0.5], [0.3]], "targets": [[2.0], [0.5], [-1.0]]},
        "model": {"layers": [{"units": 1}], "dtype": "float64"},
        "training": {"loss": "mse", "epochs": 10**6},
        "optimizer": {"lr": 0.05},
    }
)
PROBLEM = engine.build(SETUP)
COLUMNS = PROBLEM.columns


def rows_of(history: History, branch: Branch) -> np.ndarray:
    rows = history.raw(branch, 0, branch.tip)
    assert rows is not None
    return rows


def grown(history: History, branch: Branch, steps: int, rate: float) -> Branch:
    history.set_value(branch, RATE_KEY, rate)
    history.advance(branch, steps)
    return branch


def spans(found: Series, first: int = 1) -> list[tuple[int, int]]:
    """First and last step of each bin: they follow one another, and `x` is their middle."""
    result = []
    for x in found.x.tolist():
        last = int(2 * x) - first
        result.append((first, last))
        first = last + 1
    return result


def assert_bins(found: Series, rows: np.ndarray, bins: list[tuple[int, int]]) -> None:
    """The extremes of each bin are those of its rows, and bins with what is not finite are marked."""
    for column, name in enumerate(COLUMNS):
        values = [rows[column, first - 1 : last] for first, last in bins]
        finite = [part[np.isfinite(part)] for part in values]
        assert all(part.size for part in values)
        low = [part.min() if part.size else np.nan for part in finite]
        high = [part.max() if part.size else np.nan for part in finite]
        np.testing.assert_array_equal(found.low[name][-len(bins) :], low)
        np.testing.assert_array_equal(found.high[name][-len(bins) :], high)
        marked = [first for (first, _), whole, part in zip(bins, values, finite) if part.size < whole.size]
        assert found.bad[name].tolist() == marked


def read(history: History, branch: Branch, lo: int, hi: int, points: int) -> Series:
    return series(history, branch, branch.tip, COLUMNS, lo, hi, points)


def without_start(found: Series) -> Series:
    """Of a series from step 0, what follows the start."""
    assert found.x[0] == 0.0
    cut: dict[str, Any] = {name: values[1:] for name, values in found.low.items()}
    return Series(found.x[1:], cut, {n: v[1:] for n, v in found.high.items()}, found.bad, found.exact, found.wanted)


@pytest.fixture(scope="module")
def wild():
    """A run that ends in numbers which are not finite."""
    history = History(PROBLEM, 1 << 26)
    grown(history, history.root, 200, 0.05)
    return history, grown(history, history.root, 2400, 1.1)


def test_the_run_of_these_tests_diverges(wild):
    history, branch = wild
    bad = ~np.isfinite(rows_of(history, branch))
    first = int(np.argmax(bad.any(axis=0)))
    assert branch.first_bad == (first + 1, COLUMNS[int(np.argmax(bad[:, first]))])
    assert first > 200
    assert bad[:, -1].all()


@settings(max_examples=60, deadline=None)
@given(lo=st.integers(0, 2600), length=st.integers(0, 2600), points=st.integers(1, 3000))
def test_bins_of_raw_rows(wild, lo, length, points):
    history, branch = wild
    hi = min(lo + length, branch.tip)
    found = read(history, branch, lo, lo + length, points)
    if lo == 0:
        found = without_start(found)
    wanted = hi - max(lo - 1, 0)
    size = 1
    while size * points < wanted:
        size *= 2
    first = max(lo - 1, 0) // size * size + 1
    bins = spans(found, first)
    assert all(a % size == 1 % size for a, _ in bins), "bins begin at multiples of their size"
    assert all(b - a + 1 == size for a, b in bins[:-1])
    assert len(bins) <= points + 1
    assert found.exact == (size == 1)
    assert found.wanted is None
    if bins:
        assert bins[-1][1] == min(-(-hi // size) * size, branch.tip)
    assert_bins(found, rows_of(history, branch), bins)


def test_step_0_has_the_start_and_nothing_measured(wild):
    history, branch = wild
    found = read(history, branch, 0, 10, 100)
    assert found.x.tolist() == list(range(11))
    assert [found.low["W"][0], found.low["b"][0]] == [found.high["W"][0], found.high["b"][0]] == PROBLEM.theta.tolist()
    assert np.isnan([found.low["loss"][0], found.high["error"][0]]).all()
    assert read(history, branch, 1, 10, 100).x.tolist() == list(range(1, 11))


def test_before_the_first_step_there_is_only_the_start():
    history = History(PROBLEM, 1 << 26)
    found = read(history, history.root, 0, 100, 50)
    assert found.x.tolist() == [0.0]
    assert found.low["W"].tolist() == [PROBLEM.theta[0]]


def test_no_more_than_the_snapshot_knows(wild):
    history, branch = wild
    found = series(history, branch, 100, COLUMNS, 0, 10**9, 1000)
    assert found.x.tolist() == list(range(101))


def test_bins_of_the_summary_hold_every_row(wild, monkeypatch):
    monkeypatch.setattr(module, "RAW_ROWS", 0)
    history, branch = wild
    found = without_start(read(history, branch, 0, branch.tip, 10**6))
    bins = spans(found)
    assert {b - a + 1 for a, b in bins[:-1]} == {16}
    assert not found.exact
    assert_bins(found, rows_of(history, branch), bins)
    coarse = without_start(read(history, branch, 0, branch.tip, 30))
    assert {b - a + 1 for a, b in spans(coarse)[:-1]} == {128}
    assert_bins(coarse, rows_of(history, branch), spans(coarse))


def test_a_finer_picture_is_asked_for_and_comes_with_replay(monkeypatch):
    monkeypatch.setattr(recording, "HEAD_BYTES", 0)
    history = History(PROBLEM, 1 << 26)
    branch = grown(history, history.root, 3000, 0.05)
    rows = rows_of(history, branch)
    assert read(history, branch, 1000, 1100, 200).wanted is None
    history.release()
    found = read(history, branch, 1000, 1100, 200)
    assert found.wanted == (999, 1100)
    assert not found.exact
    assert found.low["W"].min() <= rows[2, 999:1100].min()
    assert found.high["W"].max() >= rows[2, 999:1100].max()
    assert read(history, branch, 0, 3000, 100).wanted is None, "as fine as asked for"
    history.recover(branch, *found.wanted)
    again = read(history, branch, 1000, 1100, 200)
    assert again.exact
    assert again.wanted is None
    np.testing.assert_array_equal(again.low["W"], rows[2, 999:1100])


@settings(max_examples=15, deadline=None, phases=[Phase.generate])  # shrinking takes minutes
@given(data=st.data())
def test_a_branch_shows_nothing_of_what_its_parent_did_after_the_fork(data):
    """The bins at a fork end there, though the parent's own go on."""
    history = History(PROBLEM, 1 << 26)
    branch = grown(history, history.root, data.draw(st.integers(1, 500)), 0.05)
    for _ in range(data.draw(st.integers(1, 3))):
        fork = data.draw(st.integers(0, branch.tip))
        child = history.fork(branch, fork, anew=True)
        for line in (branch, history.root):
            grown(history, line, data.draw(st.sampled_from([0, 40, 700])), 1.05)
        branch = grown(history, child, data.draw(st.integers(1, 300)), 0.04)
    rows, points = rows_of(history, branch), data.draw(st.sampled_from([3, 20, 10**6]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "RAW_ROWS", 0)
        found = without_start(read(history, branch, 0, branch.tip, points))
        lo = data.draw(st.integers(1, branch.tip))
        hi = data.draw(st.integers(lo, branch.tip))
        part = read(history, branch, lo, hi, points)
        above = without_start(read(history, history.root, 0, history.root.tip, points))
    assert_bins(above, rows_of(history, history.root), spans(above))
    bins = spans(found)
    assert bins[-1][1] == branch.tip
    assert_bins(found, rows, bins)
    assert (np.diff(part.x) > 0).all()
    for column, name in enumerate(COLUMNS):
        shown = rows[column, lo - 1 : hi]
        assert part.low[name].min() <= shown.min()
        assert part.high[name].max() >= shown.max()
        assert part.high[name].max() <= rows[column].max()
        assert not part.bad[name].size
