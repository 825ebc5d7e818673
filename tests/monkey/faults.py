"""Overrides that fail at random, to prove the guard: whatever of them fails, the window goes on."""

from __future__ import annotations

import functools
import random
from types import FunctionType
from typing import Any

from lrsim.gui.window import guard


class Fault(Exception):
    """Raised on purpose."""


def spoil(share: float, generator: random.Random) -> None:
    """Let this share of all calls of overrides fail before they have begun, and as many after they are done."""
    guarded = guard._guarded

    def spoilt(owner: type, method: FunctionType) -> Any:
        @functools.wraps(method)
        def failing(self: Any, *args: Any, **named: Any) -> object:
            if generator.random() < share:
                raise Fault(f"before {method.__qualname__}")
            result = method(self, *args, **named)
            if generator.random() < share:
                raise Fault(f"after {method.__qualname__}")
            return result

        return guarded(owner, failing)

    guard._guarded = spoilt
