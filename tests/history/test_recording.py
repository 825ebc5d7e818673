"""Rows of one stretch: what is held, what is let go, and a summary in which every row counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lrsim.history import recording as module
from lrsim.history.recording import Bins, Recording, merge, thin

ODD = [np.nan, np.inf, -np.inf]


def values(seed: int, rows: int, columns: int = 2, dtype: str = "float64", odd: float = 0.01) -> NDArray[np.floating]:
    """Random rows, shape (columns, rows), a share `odd` of which is not finite."""
    rng = np.random.default_rng(seed)
    found = (rng.normal(size=(columns, rows)) * 10.0 ** rng.integers(-30, 30, (columns, rows))).astype(dtype)
    return np.where(rng.random(found.shape) < odd, rng.choice(ODD, found.shape), found).astype(dtype)


def write(recording: Recording, rows: NDArray[np.floating]) -> None:
    """As training does: into what room there is, piece by piece."""
    done = 0
    while done < rows.shape[1]:
        block, offset, room = recording.room()
        count = min(room, rows.shape[1] - done)
        block[:, offset : offset + count] = rows[:, done : done + count]
        recording.commit(count)
        done += count


def expected_bins(rows: NDArray[np.floating], size: int) -> Bins:
    """Minimum, maximum and marks, one bin at a time."""
    columns, count = rows.shape
    found = Bins.empty(columns, -(-count // size), size)
    for column in range(columns):
        for place, first in enumerate(range(0, count, size)):
            part = rows[column, first : first + size].astype(np.float64)
            finite = part[np.isfinite(part)]
            found.low[column, place] = finite.min() if finite.size else np.nan
            found.high[column, place] = finite.max() if finite.size else np.nan
            found.bad[column, place] = finite.size < part.size
    return found


def assert_same(found: Bins, wanted: Bins) -> None:
    assert found.size == wanted.size
    np.testing.assert_array_equal(found.low, wanted.low)
    np.testing.assert_array_equal(found.high, wanted.high)
    np.testing.assert_array_equal(found.bad != 0, wanted.bad != 0)


@pytest.fixture
def small(monkeypatch):
    """Blocks of 16 rows and more, and a summary that is halved from 1024 bins of one row on."""
    monkeypatch.setattr(module, "FIRST_BLOCK_BYTES", 256)
    monkeypatch.setattr(module, "SUMMARY_BYTES", 1)
    monkeypatch.setattr(module, "FIRST_BIN", 1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@settings(max_examples=25, deadline=None)
@given(sizes=st.lists(st.integers(1, 900), min_size=1, max_size=12), seed=st.integers(0, 99),
       odd=st.sampled_from([0.0, 0.01, 0.6]))  # fmt: skip
def test_every_row_counts_in_the_summary_whatever_the_sizes(dtype, sizes, seed, odd):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SUMMARY_BYTES", 1)
        patch.setattr(module, "FIRST_BIN", 1)
        recording = Recording(2, dtype, largest_block=4096)
        rows = values(seed, sum(sizes), dtype=dtype, odd=odd)
        done = 0
        for size in sizes:
            write(recording, rows[:, done : done + size])
            done += size
            assert recording.n == done
            found = recording.bins()
            assert found.low.shape[1] <= 1024
            assert found.size == 1 or done > 512 * found.size, "no coarser than need be"
        assert_same(found, expected_bins(rows, found.size))


@pytest.mark.usefixtures("small")
def test_the_summary_does_not_care_what_raw_rows_are_dropped():
    kept, dropping = Recording(2, "float64", 2048), Recording(2, "float64", 2048)
    for seed in range(9):
        rows = values(seed, 333)
        write(kept, rows)
        write(dropping, rows)
        if seed % 3:
            dropping.drop_oldest()
        else:
            dropping.release()
    assert_same(dropping.bins(), kept.bins())


@pytest.mark.usefixtures("small")
def test_the_summary_takes_bounded_memory():
    recording = Recording(2, "float64", 1 << 16)
    sizes = []
    for seed in range(8):
        write(recording, values(seed, 5000))
        sizes.append(recording.bins().nbytes)
    assert max(sizes) <= 1024 * 2 * 17
    assert recording.bins().size == 64, "40,000 rows in at most 1024 bins"


@pytest.mark.usefixtures("small")
def test_blocks_grow_by_fours_up_to_the_largest():
    recording = Recording(2, "float64", 64 * 16)
    rooms = []
    for _ in range(5):
        _, offset, room = recording.room()
        assert offset == 0
        rooms.append(room)
        recording.commit(room)
    assert rooms == [16, 64, 64, 64, 64]
    assert recording.n == sum(rooms)


@pytest.mark.usefixtures("small")
def test_room_goes_on_where_rows_ended():
    recording = Recording(2, "float64")
    write(recording, values(0, 5))
    block, offset, room = recording.room()
    assert (offset, room) == (5, 11)
    assert recording.room()[0] is block, "asking again adds nothing"


@pytest.mark.usefixtures("small")
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_is_held_is_what_was_written(data):
    """Rows come back as they were, or not at all; those that must still be there do come back."""
    recording, rows = Recording(2, "float64", 512), np.empty((2, 0))
    gone = 0  # rows before it may be missing
    for turn in range(data.draw(st.integers(1, 12))):
        match data.draw(st.sampled_from(["write", "write", "drop", "release"])):
            case "write":
                more = values(turn, data.draw(st.integers(1, 150)))
                rows = np.concatenate([rows, more], axis=1)
                write(recording, more)
            case "drop":
                before = recording.nbytes
                freed = recording.drop_oldest()
                assert before - recording.nbytes == freed
                gone += freed // 16
            case "release":
                before = recording.nbytes
                freed = recording.release()
                assert before - recording.nbytes == freed
                gone = recording.n
        lo = data.draw(st.integers(0, rows.shape[1]))
        hi = data.draw(st.integers(lo, rows.shape[1]))
        found = recording.raw(lo, hi)
        assert found is not None or lo < gone or lo == hi
        if found is not None:
            np.testing.assert_array_equal(found, rows[:, lo:hi])


@pytest.mark.usefixtures("small")
def test_the_oldest_block_goes_and_the_newest_stays():
    recording, rows = Recording(2, "float64", 512), values(0, 100)
    assert recording.drop_oldest() == 0, "nothing is held"
    write(recording, rows)  # blocks of 16, 32, 32 and 32 rows
    freed = [recording.drop_oldest() for _ in range(5)]
    assert freed == [16 * 16, 32 * 16, 32 * 16, 0, 0]
    assert recording.raw(79, 100) is None
    np.testing.assert_array_equal(recording.raw(80, 100), rows[:, 80:])


@pytest.mark.usefixtures("small")
def test_the_first_rows_are_kept_when_their_block_goes(monkeypatch):
    monkeypatch.setattr(module, "HEAD_BYTES", 12 * 16)
    recording, rows = Recording(2, "float64", 512), values(0, 100)
    write(recording, rows)
    recording.drop_oldest()
    np.testing.assert_array_equal(recording.raw(0, 12), rows[:, :12])
    np.testing.assert_array_equal(recording.raw(3, 7), rows[:, 3:7])
    assert recording.raw(0, 13) is None
    assert recording.raw(12, 14) is None
    np.testing.assert_array_equal(recording.raw(16, 40), rows[:, 16:40])
    recording.release()
    np.testing.assert_array_equal(recording.raw(0, 12), rows[:, :12])


@pytest.mark.usefixtures("small")
def test_after_release_rows_go_on_and_their_numbers_too():
    recording, rows = Recording(2, "float64", 512), values(0, 90)
    write(recording, rows[:, :50])
    recording.release()
    write(recording, rows[:, 50:])
    assert recording.n == 90
    np.testing.assert_array_equal(recording.raw(50, 90), rows[:, 50:])
    assert recording.raw(49, 90) is None
    assert_same(recording.bins(), expected_bins(rows, 1))


@pytest.mark.usefixtures("small")
def test_the_first_rows_are_kept_also_where_room_was_made_for_nothing():
    """As when there is no rate for the very first step: room was asked for, and no row came."""
    recording, rows = Recording(2, "float64", 512), values(0, 40)
    recording.room()
    recording.release()
    write(recording, rows)
    recording.drop_oldest()
    np.testing.assert_array_equal(recording.raw(0, 16), rows[:, :16])


@pytest.mark.usefixtures("small")
def test_rows_that_were_read_do_not_change_when_their_block_is_used_anew():
    recording, rows = Recording(2, "float64", 512), values(0, 400)
    write(recording, rows[:, :48])
    recording.drop_oldest()
    recording.drop_oldest()
    read = recording.raw(40, 48)
    write(recording, rows[:, 48:])
    np.testing.assert_array_equal(read, rows[:, 40:48])


@settings(max_examples=40, deadline=None)
@given(rows=st.integers(0, 300), size=st.sampled_from([1, 2, 3, 7, 16, 64, 1000]), seed=st.integers(0, 99),
       odd=st.sampled_from([0.0, 0.05, 1.0]))  # fmt: skip
def test_thinned_rows_are_minimum_maximum_and_mark_of_each_bin(rows, size, seed, odd):
    of = values(seed, rows, columns=3, odd=odd)
    assert_same(thin(of, size), expected_bins(of, size))


@settings(max_examples=40, deadline=None)
@given(rows=st.integers(1, 300), size=st.sampled_from([1, 2, 5]), count=st.integers(0, 9), seed=st.integers(0, 99))
def test_merged_bins_are_those_of_the_larger_size(rows, size, count, seed):
    of = values(seed, rows, odd=0.1)
    assert_same(merge(thin(of, size), count), expected_bins(of, size * max(count, 1)))


def test_bins_of_what_is_not_finite_at_all_have_no_extremes():
    rows = np.array([[np.nan, np.inf, 1.0, -np.inf, np.nan, np.nan]])
    found = thin(rows, 2)
    np.testing.assert_array_equal(found.low, [[np.nan, 1.0, np.nan]])
    np.testing.assert_array_equal(found.high, [[np.nan, 1.0, np.nan]])
    assert found.bad.tolist() == [[1, 1, 1]]


def test_the_largest_and_smallest_numbers_are_finite():
    rows = np.array([[1.7e308, -1.7e308, 5e-324, 0.0, -0.0]])
    found = thin(rows, 8)
    assert (found.low[0, 0], found.high[0, 0], found.bad[0, 0]) == (-1.7e308, 1.7e308, 0)


@pytest.mark.usefixtures("small")
def test_a_block_that_is_used_anew_while_it_is_read_gives_no_wrong_rows(monkeypatch):
    """Readers do not wait for the writer, who may let go of the very block and fill it again."""
    recording, rows = Recording(2, "float64", 256), values(0, 200)
    write(recording, rows[:, :48])
    concatenate = np.concatenate

    def slow(parts, **more):
        monkeypatch.setattr(module.np, "concatenate", concatenate)
        for _ in range(2):
            recording.drop_oldest()
        write(recording, rows[:, 48:])
        return concatenate(parts, **more)

    monkeypatch.setattr(module.np, "concatenate", slow)
    assert recording.raw(16, 32) is None
    np.testing.assert_array_equal(recording.raw(48, 200), rows[:, 48:])
