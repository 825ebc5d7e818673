"""Rows held out: a partition for every way to split, with each class's fair share where that is asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsim.common.validation import ExperimentError
from lrsim.data.spec import DataSpec
from lrsim.data.split import split_rows

SHARES = st.floats(0, 0.9)


def spec(kind: str, share: float, seed: int = 42) -> DataSpec:
    return DataSpec(source="table", test_fraction=share, split=kind, split_seed=seed)


@given(st.integers(1, 60), SHARES, st.sampled_from(["shuffle", "tail"]), st.integers(0, 2**53))
def test_a_split_is_a_partition(n, share, kind, seed):
    wanted = spec(kind, share, seed)
    if round(n * share) >= n:
        with pytest.raises(ExperimentError):
            split_rows(n, wanted)
        return
    train, test = split_rows(n, wanted)
    assert sorted([*train, *test]) == list(range(n))
    assert len(test) == round(n * share)
    assert (np.diff(train) > 0).all()
    if kind == "tail" and len(test):
        assert train.max() < test.min()


@given(st.lists(st.integers(0, 4), min_size=1, max_size=80), SHARES, st.integers(0, 2**53))
def test_stratify_gives_each_class_its_share(labels, share, seed):
    codes = np.array(labels, dtype=np.intp)
    n, held_out = len(codes), round(len(codes) * share)
    if held_out >= n:
        return
    train, test = split_rows(n, spec("stratify", share, seed), codes)
    assert sorted([*train, *test]) == list(range(n))
    assert len(test) == held_out
    exact = np.bincount(codes, minlength=5) * held_out / n
    assert (np.abs(np.bincount(codes[test], minlength=5) - exact) <= 1).all()


def test_a_class_keeps_a_row_to_train_on_where_it_can():
    codes = np.array([0] * 9 + [1], dtype=np.intp)
    for seed in range(20):
        train, _ = split_rows(10, spec("stratify", 0.6, seed), codes)
        assert 1 in codes[train]


def test_the_seed_decides_which_rows_are_held_out():
    codes = np.arange(40, dtype=np.intp) % 4
    for kind in ("shuffle", "stratify"):
        first, again, other = (split_rows(40, spec(kind, 0.25, seed), codes)[1] for seed in (1, 1, 2))
        assert (first == again).all()
        assert (first != other).any()


def test_values_can_not_be_stratified():
    with pytest.raises(ExperimentError, match=r"data\.split: needs classes, expected shuffle or tail"):
        split_rows(10, spec("stratify", 0.3))


@pytest.mark.parametrize(("n", "share"), [(400, 0.3), (10, 0.25), (1797, 0.15)])
def test_shuffle_holds_out_the_rows_of_scikit_learn(n, share):
    selection = pytest.importorskip("sklearn.model_selection", reason="scikit-learn is not installed")
    _, theirs = selection.train_test_split(np.arange(n), test_size=round(n * share), random_state=42)
    assert split_rows(n, spec("shuffle", share))[1].tolist() == sorted(theirs)


def test_the_rows_held_out_never_change_between_versions():
    assert split_rows(10, spec("shuffle", 0.3))[1].tolist() == [1, 5, 8]
    assert split_rows(10, spec("shuffle", 0.3, 2**40))[1].tolist() == [2, 4, 7]
