"""A window no larger than its screen, the frame around it included."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QWidget

FRAMED_MS = 200
"""By then a window manager has put its frame around a new window."""
FRAME = QSize(16, 48)
"""What the frame around a new window may take, until it is known."""


def room_on(screen: QScreen) -> QSize:
    """The most that a window may take before its frame is known."""
    return screen.availableSize() - FRAME


def stay_on_screen(window: QWidget) -> None:
    """Move and shrink a framed window that reaches beyond its screen."""
    if window.isMaximized() or window.isFullScreen():
        return
    frame, screen = window.frameGeometry(), window.screen().availableGeometry()
    if not screen.contains(frame):
        around = frame.size() - window.size()
        window.resize(window.size().boundedTo(screen.size() - around))
        window.move(_inside(QRect(frame.topLeft(), window.size() + around), screen).topLeft())


def _inside(frame: QRect, screen: QRect) -> QRect:
    """The frame moved into the screen, its upper left corner in sight whatever its size."""
    frame.moveLeft(max(min(frame.left(), screen.right() - frame.width() + 1), screen.left()))
    frame.moveTop(max(min(frame.top(), screen.bottom() - frame.height() + 1), screen.top()))
    return frame
