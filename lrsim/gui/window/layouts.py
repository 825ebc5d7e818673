"""The middle of the window: the views that mean something for the model at hand, in one of two layouts."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.sweep.page import SweepPage
from lrsim.gui.views.error import ErrorView
from lrsim.gui.views.function import FunctionView
from lrsim.gui.views.learning import LearningView
from lrsim.gui.views.parameters import MOST_CURVES, ParametersView
from lrsim.gui.views.regions.view import RegionsView
from lrsim.gui.views.steps.view import StepsView
from lrsim.gui.views.weights import WeightsView
from lrsim.session.snapshot import Snapshot

SWEEP = "sweep"
LAYOUTS = ("step", "curves", SWEEP)


class Stage(QSplitter):
    """Layout `step`: curves at the left, at the right the picture over the inputs above the steps. `curves`: the first.

    The curves are the parameters, or the weights where they are many; and the error of each step, or loss and
    accuracy where single steps say little. The picture is the learned function of one input or the regions of two;
    with more inputs there is none.

    Signals
    -------
    seek_requested(int)
        A step was chosen in one of the views.
    """

    seek_requested = Signal(int)

    def __init__(self, bridge: Bridge, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._reader = bridge.reader
        self.parameters = ParametersView(bridge, themes)
        self.weights = WeightsView(bridge, themes)
        self.error = ErrorView(bridge, themes)
        self.learning = LearningView(bridge, themes)
        self.function = FunctionView(bridge, themes)
        self.regions = RegionsView(bridge, themes)
        self.steps = StepsView(bridge, themes)
        self.views = (
            self.parameters, self.weights, self.error, self.learning, self.function, self.regions, self.steps
        )  # fmt: skip
        self._layout_name = "step"
        self._steps_folded = False
        self._picture: QWidget | None = self.function
        self._curves = _column(self.parameters, self.weights, self.error, self.learning)
        self._details = _column(self.function, self.regions, self.steps)
        self.addWidget(self._curves)
        self.addWidget(self._details)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        for view in self.views:
            if hasattr(view, "seek_requested"):
                view.seek_requested.connect(self.seek_requested)
        self._offer(bridge.reader.snapshot())
        self.reset()
        bridge.run_changed.connect(self.rebuild)

    @property
    def layout_name(self) -> str:
        return self._layout_name

    @property
    def settled(self) -> bool:
        """Whether no view is still refining what it shows."""
        return self.regions.plot.settled

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment: the views that mean nothing for it step aside."""
        before = self._chosen
        self._offer(snapshot)
        if self._chosen != before:
            self.reset()

    @property
    def _chosen(self) -> tuple[bool, ...]:
        return tuple(view.isHidden() for view in self.views)

    def _offer(self, snapshot: Snapshot) -> None:
        problem = self._reader.problem_of(snapshot)
        inputs, outputs = problem.data.X_train.shape[1], problem.data.Y_train.shape[1]
        few = problem.n_parameters <= MOST_CURVES
        single = inputs == outputs == problem.batch_size == 1 and not len(problem.data.X_test)
        self._picture = self.regions if inputs == 2 else self.function if inputs == outputs == 1 else None
        self.parameters.setVisible(few)
        self.weights.setVisible(not few)
        self.error.setVisible(single)
        self._learning_in_step = not single
        self.function.setVisible(self._picture is self.function)
        self.regions.setVisible(self._picture is self.regions)
        self._arrange()

    def _arrange(self) -> None:
        in_step = self._layout_name == "step"
        self.learning.setVisible(self._learning_in_step or not in_step)
        self.steps.setVisible(not self._steps_folded)
        nothing = self._steps_folded and self._picture is None
        self._details.setVisible(in_step and not nothing)

    def choose(self, layout: str) -> None:
        """Show another layout; what is hidden costs nothing."""
        self._layout_name = layout
        self._arrange()

    def fold_steps(self, folded: bool) -> None:
        """Hide the table of steps where there is no room for it."""
        self._steps_folded = folded
        self._arrange()

    def reset(self) -> None:
        """Give each its usual share."""
        self.setSizes([480, 520] if self._picture is not None else [640, 360])
        self._curves.setSizes([500] * self._curves.count())
        self._details.setSizes([500, 680, 500 if self._picture is self.function else 320])

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


class Center(QStackedWidget):
    """One layout at a time; what is hidden costs nothing."""

    def __init__(self, bridge: Bridge, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stage = Stage(bridge, themes)
        self.sweep = SweepPage(bridge, themes)
        self.addWidget(self.stage)
        self.addWidget(self.sweep)

    @property
    def layout_name(self) -> str:
        return SWEEP if self.currentWidget() is self.sweep else self.stage.layout_name

    def choose(self, layout: str) -> None:
        """Show one of `LAYOUTS`."""
        if layout == SWEEP:
            self.setCurrentWidget(self.sweep)
        else:
            self.stage.choose(layout)
            self.setCurrentWidget(self.stage)

    def reset(self) -> None:
        """Give each part its usual share."""
        self.stage.reset()
        self.sweep.reset()
