"""What holds for all tests: none is judged by how long it takes, and all draw the same examples on every machine.

`--hypothesis-profile=explore` draws new ones, to look for faults that nobody knows of.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

LONGEST = (
    "monkey/test_monkey.py", "gui/fit/test_fit.py", "gui/fit/test_room.py", "training/test_memory.py",
    "gui/window/test_window.py", "gui/window/test_shot.py", "gui/panels/test_rate.py", "gui/views/test_labels.py",
)  # fmt: skip
"""Files that take longest come first, so that with `-n` no processor waits for the last one of them."""

settings.register_profile("steady", deadline=None, derandomize=True, database=None)
settings.register_profile("explore", deadline=None)
settings.load_profile("steady")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))
