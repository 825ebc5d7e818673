"""A part of a panel under a title that folds it away."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget

from lrsim.gui.look import icons
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.widgets.labels import wrapped_label


class Section(QFrame):
    """A title, and below it either what it holds or, while folded, a sentence that sums it up."""

    def __init__(self, title: str, themes: ThemeSource, parent: QWidget | None = None, *, open_: bool = True) -> None:
        super().__init__(parent)
        self.setObjectName("section")
        self.button = QToolButton(self)
        self.button.setText(title)
        self.button.setAccessibleName(self.tr("{0}, fields").format(title))
        self.button.setToolTip(self.tr("Shows or folds these fields; training goes on"))
        self.button.setProperty("role", "heading")
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setCheckable(False)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.button.clicked.connect(lambda: self.set_open(not self.is_open))
        self._summary = wrapped_label(role="muted")
        self._summary.setContentsMargins(4, 0, 0, 0)
        self._body = QWidget(self)
        self.column = QVBoxLayout(self._body)
        self.column.setContentsMargins(4, 0, 0, 4)
        self.column.setSpacing(6)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._summary)
        layout.addWidget(self._body)
        self._open = open_
        themes.follow(self._set_theme)
        self.set_open(open_)

    @property
    def is_open(self) -> bool:
        """Whether what it holds is shown."""
        return self._open

    def set_open(self, open_: bool) -> None:
        """Show what it holds, or fold it away."""
        self._open = open_
        self._body.setVisible(open_)
        self._summary.setVisible(not open_)
        self._draw()

    def set_summary(self, text: str) -> None:
        """The sentence that stands for what is folded away."""
        self._summary.setText(text)

    def summary(self) -> str:
        """The sentence that stands for what is folded away."""
        return self._summary.text()

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._draw()

    def _draw(self) -> None:
        theme = self._theme
        name = "chevron-down" if self._open else "chevron-right"
        self.button.setIcon(icons.icon(name, theme.muted, theme.line, self.devicePixelRatioF()))
        self.button.setIconSize(QSize(theme.base_px, theme.base_px))
