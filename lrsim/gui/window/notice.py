"""A line that says what went wrong or what was done, over the content and out of its way."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from lrsim.gui.bridge.binding import show_property
from lrsim.gui.look import icons
from lrsim.gui.look.dress import catch_up
from lrsim.gui.look.theme import Theme, ThemeSource

MARGIN = 12
SHOWN_MS = 12_000


class Notice(QFrame):
    """One sentence at the bottom of `area`; it goes by itself, or when closed, or when a newer one comes.

    One that offers to do something stays until that is done or it is closed.
    """

    def __init__(self, themes: ThemeSource, area: QWidget, host: QWidget) -> None:
        super().__init__(host)
        self._area = area
        self._host = host
        self.setObjectName("notice")
        self._theme = themes.theme
        self._tone = "warn"
        self._icon = QLabel(self)
        self._words = QLabel(self)
        self._words.setWordWrap(True)
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.offer = QPushButton(self)
        self.offer.clicked.connect(self._take_offer)
        self._offered: Callable[[], object] | None = None
        self._close = QToolButton(self)
        self._close.setAutoRaise(True)
        self._close.setToolTip(self.tr("Close this message"))
        self._close.setAccessibleName(self.tr("Close message"))
        self._close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(8)
        row.addWidget(self._icon)
        row.addWidget(self._words, 1)
        row.addWidget(self.offer)
        row.addWidget(self._close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        area.installEventFilter(self)
        themes.follow(self._set_theme)
        self.hide()

    def text(self) -> str:
        """What is said at the moment; empty while nothing is."""
        return self._words.text() if self.isVisible() else ""

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._draw_icon()
        self._close.setIcon(icons.icon("close", theme.muted, theme.line))
        self._close.setIconSize(QSize(theme.base_px, theme.base_px))

    def _draw_icon(self) -> None:
        size = round(self._theme.base_px * 1.4)
        self._icon.setPixmap(icons.pixmap(self._tone, self._theme.tone(self._tone), size, self.devicePixelRatioF()))

    def tell(self, sentence: str) -> None:
        """Show that something was done as it was asked for."""
        self._show(sentence, "good", None)

    def say(self, sentence: str, offer: tuple[str, Callable[[], object]] | None = None) -> None:
        """Show what went wrong for a while; `offer` is the text of a button and what it does."""
        self._show(sentence, "warn", offer)

    def _show(self, sentence: str, tone: str, offer: tuple[str, Callable[[], object]] | None) -> None:
        self._tone = tone
        show_property(self, "tone", tone)
        self._draw_icon()
        self._words.setText(sentence)
        text, self._offered = offer or ("", None)
        self.offer.setText(text)
        self.offer.setAccessibleName(text)
        self.offer.setVisible(offer is not None)
        self.setAccessibleName(sentence)
        self._place()
        self.show()
        self.raise_()
        if offer is None:
            self._timer.start(SHOWN_MS)
        else:
            self._timer.stop()

    def _take_offer(self) -> None:
        self.hide()
        if self._offered is not None:
            self._offered()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _place(self) -> None:
        catch_up(self)
        area = self._area.rect().translated(self._area.mapTo(self._host, QPoint(0, 0)))
        room = area.width() - 2 * MARGIN
        wanted = self._words.fontMetrics().horizontalAdvance(self._words.text()) + 8 * self._theme.base_px
        wanted += self.offer.sizeHint().width() if self._offered else 0
        width = min(max(wanted, 24 * self._theme.base_px), room, 72 * self._theme.base_px)
        height = max(self.heightForWidth(width), self.minimumSizeHint().height())
        self.setGeometry(area.center().x() - width // 2, area.bottom() - height - MARGIN, width, height)
