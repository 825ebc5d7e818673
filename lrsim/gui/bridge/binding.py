"""Showing a value in a widget without hearing an echo of it, and without work where nothing changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, QSignalBlocker
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QLabel, QWidget


@contextmanager
def quiet(source: QObject) -> Iterator[None]:
    """Keep `source` from emitting while a value that came from the session is shown in it."""
    blocker = QSignalBlocker(source)
    try:
        yield
    finally:
        blocker.unblock()


def show_text(widget: QLabel | QAbstractButton, text: str) -> None:
    """Set the text only where it changed: a text set anew costs a layout each time."""
    if widget.text() != text:
        widget.setText(text)


def show_position(slider: QAbstractSlider, value: int) -> None:
    """Move a slider that the hand is not on, silently."""
    if not slider.isSliderDown() and slider.value() != value:
        with quiet(slider):
            slider.setValue(value)
        slider.update()


def show_property(widget: QWidget, name: str, value: object) -> None:
    """Set a dynamic property that the style sheet selects by, and restyle the widget if it changed."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()
