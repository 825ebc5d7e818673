"""Values that a widget both shows and sets: without hearing an echo, without falling back to what was before, and
without work where nothing changed."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QSignalBlocker
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QLabel, QWidget

from lrsim.session.snapshot import Snapshot

T = TypeVar("T")
new_gesture: Callable[[], int] = partial(next, itertools.count(1))
"""The number of one movement of the hand, whichever widget it is on: all that it changes is one edit."""


class Pending(Generic[T]):
    """A value of the session that a hand may change: its choice holds until the session has answered the command.

    A snapshot that was taken before the command was carried out still has the old value, however late it comes; ids
    tell it apart.
    """

    def __init__(self, value: T) -> None:
        self.value = value
        self._command: int | None = None

    @property
    def waiting(self) -> bool:
        """Whether a choice is still to be answered."""
        return self._command is not None

    def choose(self, value: T, command: int) -> None:
        """A hand has chosen a value, sent by the command of this id."""
        self.value, self._command = value, command

    def follow(self, snapshot: Snapshot, value: T) -> T:
        """Take the value that a snapshot has, unless it does not know of the choice; returns what to show."""
        if self._command is None or snapshot.acknowledged >= self._command:
            self.value, self._command = value, None
        return self.value


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


def show_checked(button: QAbstractButton, checked: bool) -> None:
    """Check or uncheck a button, silently."""
    if button.isChecked() != checked:
        with quiet(button):
            button.setChecked(checked)


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
