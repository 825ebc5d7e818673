"""Painters that are given back as they were, also where drawing fails: one left open can end the process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtGui import QPaintDevice, QPainter


@contextmanager
def painting(device: QPaintDevice) -> Iterator[QPainter]:
    """A painter on a device that has ended by the end."""
    painter = QPainter(device)
    try:
        yield painter
    finally:
        painter.end()


@contextmanager
def kept(painter: QPainter) -> Iterator[None]:
    """Give the painter the state back that it has now."""
    painter.save()
    try:
        yield
    finally:
        painter.restore()
