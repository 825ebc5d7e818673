"""The middle of the window: the views, in one of two layouts."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtWidgets import QSplitter, QWidget

from lrsim.gui.bridge import Bridge
from lrsim.gui.theme import Theme
from lrsim.gui.views.error import ErrorView
from lrsim.gui.views.function import FunctionView
from lrsim.gui.views.parameters import ParametersView
from lrsim.gui.views.steps import StepsView

LAYOUTS = ("step", "curves")


class Stage(QSplitter):
    """Layout `step`: parameters over error, beside the function over the steps. Layout `curves`: the first two, large.

    Signals
    -------
    seek_requested(int)
        A step was chosen in one of the views.
    """

    seek_requested = Signal(int)

    def __init__(self, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.parameters = ParametersView(bridge, theme)
        self.error = ErrorView(bridge, theme)
        self.function = FunctionView(bridge, theme)
        self.steps = StepsView(bridge, theme)
        self.views = (self.parameters, self.error, self.function, self.steps)
        self._curves = _column(self.parameters, self.error)
        self._details = _column(self.function, self.steps)
        self.addWidget(self._curves)
        self.addWidget(self._details)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        for view in self.views:
            if hasattr(view, "seek_requested"):
                view.seek_requested.connect(self.seek_requested)
        self.reset()

    @property
    def layout_name(self) -> str:
        return "curves" if self._details.isHidden() else "step"

    def choose(self, layout: str) -> None:
        """Show another layout; what is hidden costs nothing."""
        self._details.setVisible(layout == "step")

    def fold_steps(self, folded: bool) -> None:
        """Hide the table of steps where there is no room for it."""
        self.steps.setVisible(not folded)

    def set_theme(self, theme: Theme) -> None:
        for view in self.views:
            view.set_theme(theme)

    def reset(self) -> None:
        """Give each its usual share."""
        self.setSizes([480, 520])
        self._curves.setSizes([500, 500])
        self._details.setSizes([500, 500])

    def state(self) -> list[QByteArray]:
        return [splitter.saveState() for splitter in (self, self._curves, self._details)]

    def restore(self, state: list[QByteArray]) -> None:
        for splitter, saved in zip((self, self._curves, self._details), state, strict=False):
            splitter.restoreState(saved)


def _column(*views: QWidget) -> QSplitter:
    column = QSplitter(Qt.Orientation.Vertical)
    column.setHandleWidth(1)
    column.setChildrenCollapsible(False)
    for view in views:
        column.addWidget(view)
    return column
