"""Lines of words and numbers, drawn part by part: cheap enough to follow a run."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QFont, QFontMetricsF, QGuiApplication, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from lrsim.common.marked_text import Line
from lrsim.gui.look.theme import Theme, ThemeSource

TITLE_GAP = 2
LINE_GAP = 12
INDENT = 12
ROLES = ("title", "text", "rate", "number", "muted", "bad")


class Equations(QWidget):
    """Titled lines whose parts are coloured by their role and wrap between words.

    The height follows the content, so a scroll area around it shows all of it.
    """

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = themes.theme
        self._lines: tuple[Line, ...] = ()
        self._placed: list[tuple[QPointF, str, str]] = []
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._offer_copy)
        themes.changed.connect(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._place()

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show other lines."""
        if tuple(lines) != self._lines:
            self._lines = tuple(lines)
            self._place()

    def text(self) -> str:
        """All of it as plain text, a line each."""
        return "\n".join(f"{line.title}: {''.join(part.text for part in line.parts)}" for line in self._lines)

    def sizeHint(self) -> QSize:
        return QSize(240, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        role_in_use = ""
        for at, text, role in self._placed:
            if role != role_in_use:
                painter.setFont(self._font(role))
                painter.setPen(QColor(self._colour(role)))
                role_in_use = role
            painter.drawText(at, text)

    def _colour(self, role: str) -> str:
        theme = self._theme
        return {"rate": theme.rate, "muted": theme.muted, "title": theme.muted, "bad": theme.bad}.get(role, theme.text)

    def _font(self, role: str) -> QFont:
        font = QFont(self.font())
        font.setBold(role in ("rate", "bad"))
        return font

    def _place(self) -> None:
        """Lay the words out for the present width, and take the height that they need."""
        metrics = {role: QFontMetricsF(self._font(role)) for role in ROLES}
        self._placed = []
        y = 0.0
        for line in self._lines:
            y = self._place_words(_cut(line.title, "title"), y, 0.0, 0.0, metrics) + TITLE_GAP
            y = self._place_words(_words(line), y, INDENT, 2.0 * INDENT, metrics) + LINE_GAP
        needed = max(int(y) - LINE_GAP, 0)
        if needed != self.minimumHeight():
            self.setMinimumHeight(needed)
        self.update()

    def _place_words(
        self, words: list[tuple[str, str]], y: float, first: float, further: float, metrics: dict[str, QFontMetricsF]
    ) -> float:
        """Set words from `y` on, at `first` and on further rows at `further`; returns where the last row ends."""
        height, x, space = metrics["text"].height(), first, metrics["text"].horizontalAdvance(" ")
        for word, role in words:
            bare = word.rstrip()
            width = metrics[role].horizontalAdvance(bare)
            if x > first and x + width > self.width():
                x, y = further, y + height
                word, bare = word.lstrip(), bare.lstrip()
                width = metrics[role].horizontalAdvance(bare)
            self._placed.append((QPointF(x, y + metrics[role].ascent()), word, role))
            x += width + (len(word) - len(bare)) * space
        return y + height

    def _offer_copy(self, at: QPoint) -> None:
        menu = QMenu(self)
        copy = QAction(self.tr("Copy as text"), menu)
        copy.triggered.connect(lambda: QGuiApplication.clipboard().setText(self.text()))
        menu.addAction(copy)
        menu.exec(self.mapToGlobal(at))


def _words(line: Line) -> list[tuple[str, str]]:
    """The parts cut after each space, so that a line may break there; a word keeps the role of its part."""
    return [word for part in line.parts for word in _cut(part.text, part.role)]


def _cut(text: str, role: str) -> list[tuple[str, str]]:
    words, start = [], 0
    while (space := text.find(" ", start)) >= 0:
        words.append((text[start : space + 1], role))
        start = space + 1
    if start < len(text):
        words.append((text[start:], role))
    return words
