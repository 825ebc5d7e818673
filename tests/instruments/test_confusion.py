"""Classes taken for others, against scikit-learn's counts."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from lrsim.instruments.confusion import confusion


@given(st.integers(2, 7), st.data())
def test_counts_are_those_of_scikit_learn(classes, data):
    rows = data.draw(st.lists(st.tuples(st.integers(0, classes - 1), st.integers(0, classes - 1)), min_size=1))
    wanted, told = (np.array(column, dtype=np.intp) for column in zip(*rows))
    found = confusion(wanted, told, classes)
    assert (found.counts[:, :-1] == confusion_matrix(wanted, told, labels=range(classes))).all()
    assert (found.rows, found.right, found.not_finite) == (len(rows), int((wanted == told).sum()), 0)
    assert sum(times for *_, times in found.mistakes()) == found.rows - found.right
    assert [times for *_, times in found.mistakes()] == sorted((t for *_, t in found.mistakes()), reverse=True)


def test_what_has_no_answer_is_counted_apart_and_no_rows_are_no_error():
    found = confusion(np.array([0, 1, 1]), np.array([0, -1, 0]), 2)
    assert found.counts.tolist() == [[1, 0, 0], [1, 0, 1]]
    assert (found.right, found.not_finite, found.share(1, 0)) == (1, 1, 0.5)
    assert confusion(np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp), 3).share(0, 0) == 0.0
