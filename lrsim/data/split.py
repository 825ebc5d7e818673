"""Which rows are trained on and which are held out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrsim.common.validation import ExperimentError
from lrsim.data.spec import DataSpec

Rows = NDArray[np.intp]


def split_rows(n: int, spec: DataSpec, codes: NDArray[np.intp] | None = None) -> tuple[Rows, Rows]:
    """Indices of the training rows and of the test rows, whose number is rounded to the nearest.

    Both keep the order of the file, so that a cyclic run meets the rows as they stand there.

    Parameters
    ----------
    codes
        Class of each row, shape (n,); what ``stratify`` needs.

    Raises
    ------
    ExperimentError
        No row would be left to train on, or there are no classes to stratify by.
    """
    held_out = round(n * spec.test_fraction)
    if held_out >= n:
        raise ExperimentError("data.test_fraction", f"leaves none of {n} rows to train on", spec.test_fraction)
    if spec.split == "tail":
        return np.arange(n - held_out), np.arange(n - held_out, n)
    order = _shuffled(n, spec.split_seed, held_out)
    if spec.split == "stratify":
        if codes is None:
            raise ExperimentError("data.split", "needs classes, expected shuffle or tail for a regression", spec.split)
        order = _held_out_last(order, codes, held_out)
    return np.sort(order[: n - held_out]), np.sort(order[n - held_out :])


def _shuffled(n: int, seed: int, held_out: int) -> Rows:
    """All rows in random order, those to be held out at the end.

    They are the first of NumPy's frozen legacy permutation, as in scikit-learn's ``train_test_split``, so that the
    same seed gives the split that published figures were measured on.
    """
    generator = np.random.RandomState(seed if seed < 2**32 else [seed % 2**32, seed >> 32])
    return np.roll(generator.permutation(n), -held_out).astype(np.intp, copy=False)


def _held_out_last(order: Rows, codes: NDArray[np.intp], held_out: int) -> Rows:
    """`order` with the test rows at its end: each class's fair share of them, those that come last of the class."""
    counts = np.bincount(codes)
    shares = _fair_shares(counts, held_out)
    by_class = order[np.argsort(codes[order], kind="stable")]
    ends = np.repeat(np.cumsum(counts), counts)
    last = np.arange(len(order)) >= ends - np.repeat(shares, counts)
    return np.concatenate((by_class[~last], by_class[last]))


def _fair_shares(counts: NDArray[np.intp], total: int) -> NDArray[np.intp]:
    """Whole numbers that add up to `total` and are nearest to its share of each count.

    What is left after rounding down goes to the largest remainders, and to a class's only row last of all.
    """
    exact = counts * (total / counts.sum())
    shares: NDArray[np.intp] = np.floor(exact).astype(np.intp)
    only_row = shares + 1 >= counts
    ranked = np.lexsort((shares - exact, only_row))
    ranked = ranked[shares[ranked] < counts[ranked]]
    shares[ranked[: total - shares.sum()]] += 1
    return shares
