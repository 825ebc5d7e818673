"""Widgets that are remembered may be deleted meanwhile; touching one of those can end the process."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QObject
from shiboken6 import Shiboken

Remembered = TypeVar("Remembered", bound=QObject)


def alive(remembered: Remembered | None) -> Remembered | None:
    """What was remembered, None where Qt has deleted it; to be asked each time before it is used."""
    return remembered if remembered is not None and Shiboken.isValid(remembered) else None
