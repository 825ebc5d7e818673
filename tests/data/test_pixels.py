"""Tables of pixels are known by the names of their columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsim.data.dataset import load_data
from lrsim.data.pixels import image_named
from lrsim.data.spec import DataSpec


@given(
    st.integers(4, 30), st.integers(4, 30), st.integers(0, 1), st.sampled_from(["pixel_{}_{}", "{}x{}", "px[{},{}]"])
)
def test_pixels_with_row_and_column_in_their_names(height, width, first, pattern):
    names = [pattern.format(first + row, first + column) for row in range(height) for column in range(width)]
    assert image_named(names) == (height, width)
    assert image_named(names[::-1]) is None
    assert image_named([*names[:-1], "age"]) is None


@pytest.mark.parametrize(("count", "size"), [(784, (28, 28)), (64, (8, 8)), (16, (4, 4)), (63, None), (9, None)])
def test_numbered_pixels_make_a_square(count, size):
    for pattern in ("pixel{}", "Pixel {}", "p{}", "px_{}"):
        assert image_named([pattern.format(number) for number in range(count)]) == size
        assert image_named([pattern.format(number + 1) for number in range(count)]) == size


@pytest.mark.parametrize("names", [
    [f"x{number}" for number in range(64)], [str(number) for number in range(64)], ["a", "b"], ["pixel0"],
    [f"pixel{2 * number}" for number in range(64)], ["weight", *(f"pixel{number}" for number in range(64))], [""] * 64,
])  # fmt: skip
def test_other_columns_are_no_image(names):
    assert image_named(names) is None


def test_a_table_of_pixels_is_shown_as_images(tmp_path):
    path = tmp_path / "digits.csv"
    head = ",".join(["id", "label", *(f"pixel{number}" for number in range(64))])
    rows = "\n".join(
        f"{100 - row},{row % 3}," + ",".join(str((row * place) % 17) for place in range(64)) for row in range(30)
    )
    path.write_text(f"{head}\n{rows}\n")
    data = load_data(DataSpec(source="csv", path=str(path), target="label", task="classification"), "float64")
    assert data.image == (8, 8)
    assert data.X_train[:, 0].max() == 0, "a corner that is always dark stays"
    assert data.classes == ("0", "1", "2")
