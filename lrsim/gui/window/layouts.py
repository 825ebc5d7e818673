"""The middle of the window: the views that mean something for the model at hand, in one of several layouts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QCoreApplication, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.sweep.page import SweepPage
from lrsim.gui.views.registry import VIEWS
from lrsim.gui.views.view import Column, ModelFacts, View
from lrsim.gui.window.arrangement import Arrangements, Columns
from lrsim.session.snapshot import Snapshot

STEP, SWEEP = "step", "sweep"
MAIN_SHARE = 0.5
"""Where there is little room the main picture keeps this share of it; the curves get the rest, or go."""
CURVE_EM, LOW_EM = 16, 10
"""Least width of the curves beside it and least height of a view, in text sizes."""


@dataclass(frozen=True)
class Layout:
    """The declaration of a layout: what it is called in the code and for people, what it shows, and its key."""

    name: str
    title: str
    tip: str
    key: str


def layouts() -> tuple[Layout, ...]:
    """All layouts, in order; views say themselves in which of them they stand, that of the sweep is for many runs."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("Layout", text)

    return (
        Layout(STEP, tr("Step"), tr("Shows curves, what is learnt and the steps side by side"), "1"),
        Layout("curves", tr("Curves"), tr("Shows parameters, error and loss, large"), "2"),
        Layout(SWEEP, tr("Sweep"), tr("Trains many runs over some values and compares them"), "3"),
        Layout("network", tr("Network"), tr("Shows the network: what each unit computes, and every weight"), "4"),
        Layout("landscape", tr("Landscape"), tr("Shows the true loss surface and the loss along a step"), "5"),
    )


def is_layout(name: object) -> bool:
    """Whether there is a layout of this name."""
    return any(layout.name == name for layout in layouts())


class Stage(QSplitter):
    """The views of one run in two columns: curves at the left, details at the right.

    Which of them are shown, and where, is said by their declarations for the layout and model at hand, or by a hand.

    Attributes
    ----------
    arrangements
        What the hand has said.

    Signals
    -------
    seek_requested(int)
        A step was chosen in one of the views.
    rate_chosen(float)
        A rate was.
    rate_moved(int, object), experiment_wanted(object, str), refused(str)
        As those of a view.
    """

    seek_requested = Signal(int)
    rate_chosen = Signal(float)
    rate_moved = Signal(int, object)
    experiment_wanted = Signal(object, str)
    refused = Signal(str)

    def __init__(self, bridge: Bridge, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._reader = bridge.reader
        self._specs = {spec.name: spec for spec in VIEWS}
        self._views = {spec.name: spec.make(bridge, themes) for spec in VIEWS}
        self._layout_name = STEP
        self._themes = themes
        self._folded = False
        self._sizes: dict[str, list[int]] = {}  # of both columns, by the layouts that were left
        self._room = QSize()
        self.arrangements = Arrangements(VIEWS, self)
        self._columns: dict[Column, QSplitter] = {"curves": self._column(), "details": self._column()}
        for column in self._columns.values():
            self.addWidget(column)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        for view in self._views.values():
            view.seek_requested.connect(self.seek_requested)
            view.rate_chosen.connect(self.rate_chosen)
            view.rate_moved.connect(self.rate_moved)
            view.experiment_wanted.connect(self.experiment_wanted)
            view.refused.connect(self.refused)
        self._model = self._facts(bridge.reader.snapshot())
        for spec in self._specs.values():
            self._columns[spec.column].addWidget(self._views[spec.name])
        self._arrange()
        self.reset()
        self.arrangements.changed.connect(self._rearrange)
        bridge.run_changed.connect(self.rebuild)

    def __getitem__(self, name: str) -> View:
        return self._views[name]

    @property
    def views(self) -> tuple[View, ...]:
        """All views, shown or not."""
        return tuple(self._views.values())

    @property
    def layout_name(self) -> str:
        """The layout that is shown."""
        return self._layout_name

    @property
    def model(self) -> ModelFacts:
        """What decides which views mean something."""
        return self._model

    @property
    def settled(self) -> bool:
        """Whether no view is still refining what it shows."""
        return all(view.settled for view in self.views)

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment: the views that mean nothing for it step aside."""
        before = self._chosen
        self._model = self._facts(snapshot)
        self._arrange()
        if self._chosen != before:
            self.reset()

    def give_up(self) -> None:
        """The experiment that a view has asked for does not come."""
        for view in self.views:
            view.give_up()

    @property
    def _chosen(self) -> tuple[bool, ...]:
        return tuple(view.isHidden() for view in self.views)

    def _facts(self, snapshot: Snapshot) -> ModelFacts:
        problem = self._reader.problem_of(snapshot)
        data = problem.data
        return ModelFacts(
            len(data.input_names), data.Y_train.shape[1], problem.n_parameters, problem.batch_size, len(data.X_test),
            images=data.image is not None and bool(data.classes), recorded=problem.records_parameters,
        )  # fmt: skip

    def _arrange(self) -> None:
        placed = self.arrangements.columns(self._layout_name, self._model)
        self._put(placed)
        folding = {spec.name for spec in self._specs.values() if spec.folds and self._folded}
        standing = {column: [name for name in names if name not in folding] for column, names in placed.items()}
        main = self._main_width(standing)
        if self._folded and main and self.width() - main < CURVE_EM * self._em:
            standing["curves"] = []
        shown = {name for column, names in standing.items() for name in self._in_height(names, column)}
        for name, view in self._views.items():
            view.setVisible(name in shown)
        for column, splitter in self._columns.items():
            splitter.setVisible(any(name in shown for name in standing[column]))
        if self._folded and main and not main <= self.sizes()[1] <= self.width() - CURVE_EM * self._em:
            self.setSizes([self.width() - main, main])

    @property
    def _em(self) -> int:
        return self._themes.theme.base_px

    def _put(self, placed: Columns) -> None:
        """Have the views stand in their columns, in their order."""
        for column, names in placed.items():
            splitter, moved = self._columns[column], False
            held = [name for name in names if self._views[name].parent() is not None]  # others are drawn alone
            for place, name in enumerate(held):
                if splitter.indexOf(self._views[name]) != place:
                    splitter.insertWidget(place, self._views[name])
                    moved = True
            if moved:
                self._share(splitter)

    def _share(self, column: QSplitter) -> None:
        """Give each view of a column its usual share."""
        shares = {id(self._views[name]): spec.share for name, spec in self._specs.items()}
        column.setSizes([shares[id(column.widget(place))] for place in range(column.count())])

    def _rearrange(self) -> None:
        """A hand has put views elsewhere: each has its usual share of its column."""
        self._arrange()
        self.reset()

    def _main_width(self, standing: Mapping[Column, Sequence[str]]) -> int:
        """What the main picture is to have of the width; 0 where there is none beside the curves."""
        stay = {spec.name for spec in self._specs.values() if not spec.folds}
        if not all(stay.intersection(names) for names in standing.values()) or not self.height():
            return 0
        return min(round(MAIN_SHARE * self._room.width() * self._room.height() / self.height()), self.width())

    def _in_height(self, names: Sequence[str], column: Column) -> Sequence[str]:
        """The views of a column that its height holds; the last give way, of the usual curves the first."""
        most = max(self.height() // (LOW_EM * self._em), 1) if self.height() else len(names)
        first_go = column == "curves" and not self.arrangements.is_chosen(self._layout_name)
        return names[-most:] if first_go else names[:most]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def choose(self, layout: str) -> None:
        """Show another layout; what is hidden costs nothing."""
        if layout != self._layout_name:
            self._sizes[self._layout_name] = self.sizes()
            self._layout_name = layout
            self._arrange()
            self.setSizes(self._sizes.get(layout) or self._usual_sizes())
        self._arrange()

    def fit(self, room: QSize, narrow: bool) -> None:
        """Hide the views that give way in a narrow window, or bring them back; panels and views share `room`."""
        widened = self._folded and not narrow
        self._room, self._folded = room, narrow
        self._arrange()
        if widened:
            self.reset()

    def reset(self) -> None:
        """Give each its usual share."""
        self._sizes = {}
        self.setSizes(self._usual_sizes())
        for column in self._columns.values():
            self._share(column)

    def _usual_sizes(self) -> list[int]:
        """Shares of both columns; with a picture that says the most by its size it gets the most."""
        details = self.arrangements.columns(self._layout_name, self._model)["details"]
        if "diagram" in details:
            return [360, 640]
        return [480, 520] if any(not self._specs[name].folds for name in details) else [640, 360]

    def state(self) -> list[QByteArray]:
        """How the room is shared, to be kept."""
        return [splitter.saveState() for splitter in (self, *self._columns.values())]

    def restore(self, state: list[QByteArray]) -> None:
        """Share the room as it was kept."""
        for splitter, saved in zip((self, *self._columns.values()), state, strict=False):
            splitter.restoreState(saved)

    @staticmethod
    def _column() -> QSplitter:
        column = QSplitter(Qt.Orientation.Vertical)
        column.setHandleWidth(1)
        column.setChildrenCollapsible(False)
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
        """The layout that is shown."""
        return SWEEP if self.currentWidget() is self.sweep else self.stage.layout_name

    def minimumSizeHint(self) -> QSize:
        """What is hidden takes no room from the panels at the sides."""
        shown = self.currentWidget()
        return super().minimumSizeHint() if shown is None else shown.minimumSizeHint()

    def choose(self, layout: str) -> None:
        """Show one of `layouts`."""
        if layout == SWEEP:
            self.setCurrentWidget(self.sweep)
        else:
            self.stage.choose(layout)
            self.setCurrentWidget(self.stage)
        self.updateGeometry()

    def reset(self) -> None:
        """Give each part its usual share."""
        self.stage.reset()
        self.sweep.reset()
