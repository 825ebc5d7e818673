"""Numbers as text, as in `lrsim.numbers`."""

from lrsim.numbers import count, full, short

__all__ = ["count", "full", "short"]
