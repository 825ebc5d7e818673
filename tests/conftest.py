"""What holds for all tests: none is judged by how long it takes, and all draw the same examples on every machine.

`--hypothesis-profile=explore` draws new ones, to look for faults that nobody knows of.
"""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True, database=None)
settings.register_profile("explore", deadline=None)
settings.load_profile("steady")
