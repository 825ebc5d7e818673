"""What every source hands over, and how much of it."""

from __future__ import annotations

import numpy as np
import pytest

from lrsim.common.validation import ExperimentError
from lrsim.data.samples import MOST_BYTES, Samples, check_size

SAMPLES = Samples(
    inputs=np.arange(10.0).reshape(5, 2),
    feature_names=("a", "b"),
    codes=np.array([0, 1, 0, 1, 1]),
    classes=("no", "yes"),
    lines=np.array([2, 3, 5, 6, 9]),
)


@pytest.mark.parametrize("rows", [0, 5, 6, 10**9])
def test_all_rows_are_the_same_samples(rows):
    assert SAMPLES.head(rows) is SAMPLES


def test_the_first_rows_of_everything_that_is_there():
    first = SAMPLES.head(1)
    assert first.inputs.tolist() == [[0, 1]]
    assert first.codes is not None
    assert first.lines is not None
    assert (first.codes.tolist(), first.lines.tolist(), first.values) == ([0], [2], None)
    assert first.classes == ("no", "yes"), "also where no row of a class is left"


def test_an_array_that_fits_nowhere_is_refused_before_it_is_made():
    check_size(MOST_BYTES // 80, 10, 8)
    with pytest.raises(ExperimentError, match=r"1000000 rows of 1000 numbers take 8\.0 GB, expected at most 4\.3 GB"):
        check_size(10**6, 1000, 8)
