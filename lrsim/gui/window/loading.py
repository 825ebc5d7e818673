"""What is being loaded, or gone to, where that takes a while; how far it is, and the way out of it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from lrsim.common.numbers import count
from lrsim.gui.bridge.binding import show_text
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.commands.edits import Commands
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.session.snapshot import Loading, Seeking, Snapshot

MARGIN = 12
AFTER_MS = 150
"""What is there sooner needs no word."""
MEGA = 1e6
SHARES = 1000
WIDEST_EM = 52


class LoadingBar(QFrame):
    """A sentence, a bar and a button at the top of `area`, for as long as something is being loaded or gone to."""

    def __init__(self, bridge: Bridge, commands: Commands, themes: ThemeSource, area: QWidget, host: QWidget) -> None:
        super().__init__(host)
        self.setObjectName("loading")
        self._area = area
        self._host = host
        self._theme = themes.theme
        self._loading: Loading | Seeking | None = None
        self._words = QLabel(self)
        self._words.setWordWrap(True)
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("How far the load is"))
        self.cancel = QPushButton(self.tr("Cancel"), self)
        self.cancel.setToolTip(self.tr("Keeps the run that is shown, as it is (Esc)"))
        self.cancel.setAccessibleName(self.tr("Cancel loading"))
        self.cancel.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.cancel.clicked.connect(commands.cancel_load)
        words = QVBoxLayout()
        words.setSpacing(6)
        words.addWidget(self._words)
        words.addWidget(self._bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(12)
        row.addLayout(words, 1)
        row.addWidget(self.cancel)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(AFTER_MS)
        self._wait.timeout.connect(self._appear)
        area.installEventFilter(self)
        themes.follow(self._set_theme)
        self.hide()
        bridge.changed.connect(self.show_snapshot)

    def text(self) -> str:
        """What is said; empty while nothing is."""
        return self._words.text() if self.isVisible() else ""

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._bar.setFixedHeight(max(round(theme.base_px * 0.4), 4))

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Tell what a newer state is waiting for."""
        self._loading = snapshot.loading or snapshot.seeking
        if self._loading is None:
            self._wait.stop()
            self.hide()
        elif self.isVisible():
            self._tell(self._loading)
        elif not self._wait.isActive():
            self._wait.start()

    def _appear(self) -> None:
        if self._loading is not None:
            self._tell(self._loading)
            self.show()
            self.raise_()

    def _tell(self, what: Loading | Seeking) -> None:
        self.cancel.setAccessibleName(
            self.tr("Cancel loading") if isinstance(what, Loading) else self.tr("Stay where it was")
        )
        if isinstance(what, Loading):
            self._tell_load(what)
        else:
            sentence = self.tr("Going to step {0} by replay.").format(count(what.step))
            show_text(self._words, sentence)
            self.setAccessibleName(sentence)
            self._bar.setRange(0, SHARES)
            self._bar.setValue(round(SHARES * what.share))
        self._place()

    def _tell_load(self, loading: Loading) -> None:
        name = loading.name or self.tr("another experiment")
        sentence = self.tr("Loading {0}; the run stands still meanwhile.").format(name)
        far = self._how_far(loading)
        show_text(self._words, f"{sentence} {far}" if far else sentence)
        self.setAccessibleName(sentence)
        self._bar.setRange(0, SHARES if loading.total else 0)  # with 0 it shows that something goes on
        if loading.total:
            self._bar.setValue(round(SHARES * loading.done / loading.total))

    def _how_far(self, loading: Loading) -> str:
        done, total = count(loading.done), count(loading.total)
        match loading.unit:
            case "bytes" if not loading.total:
                return self.tr("{0} MB").format(f"{loading.done / MEGA:.1f}")
            case "bytes":
                return self.tr("{0} of {1} MB").format(f"{loading.done / MEGA:.1f}", f"{loading.total / MEGA:.1f}")
            case "rows":
                return self.tr("{0} of {1} rows").format(done, total)
            case "weights":
                return self.tr("{0} of {1} weights").format(done, total)
        return ""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _place(self) -> None:
        """As wide as there is room, up to a length that reads well: no figure in its sentence moves the button."""
        area = self._area.rect().translated(self._area.mapTo(self._host, QPoint(0, 0)))
        width = min(WIDEST_EM * self._theme.base_px, area.width() - 2 * MARGIN)
        height = max(self.heightForWidth(width), self.minimumSizeHint().height())
        self.setGeometry(area.center().x() - width // 2, area.top() + MARGIN, width, height)
