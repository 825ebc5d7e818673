"""Samples in the plane that a hand adds, moves and takes away; each change is another experiment."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from lrsim.charts.look import PADDING_PX, UNIT_PX
from lrsim.common.numbers import Floats
from lrsim.common.validation import ExperimentError
from lrsim.data.dataset import Dataset
from lrsim.experiment.points import Points
from lrsim.experiment.specs import Experiment
from lrsim.gui.widgets.segments import Segments

MOST_KINDS = 4


class HandPoints(QObject):
    """Keeps the rows through several changes, of which the last ones may still be loading.

    Signals
    -------
    wanted(object, str)
        The experiment with the change, and what undo calls it.
    refused(str)
        It can't be had; the sentence says why.

    Attributes
    ----------
    kind
        The class, by its place, of the points that are added.
    """

    wanted = Signal(object, str)
    refused = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.kind = 0
        self._points: Points | None = None
        self._made: list[Experiment] = []

    @property
    def possible(self) -> bool:
        """Whether there are samples that a hand can change."""
        return self._points is not None

    def show_data(self, experiment: Experiment, data: Dataset) -> None:
        """Another run; one that was asked for here goes on with the rows at hand."""
        if experiment not in self._made[:-1]:  # else a later change of it is on its way
            self.begin(experiment, data)

    def begin(self, experiment: Experiment, data: Dataset) -> None:
        """Take the rows of a run, whatever was asked for before."""
        self._made.clear()
        self._points = Points(experiment, data) if Points.fit(data) else None
        self.kind = min(self.kind, max(len(data.classes) - 1, 0))

    def add(self, x: float, y: float) -> None:
        """Put a point of the chosen class there."""
        if self._points is not None:
            self._ask(self._points.added(np.array([x, y]), self.kind), self.tr("a point added"))

    def move(self, number: int, x: float, y: float) -> None:
        """Put a sample, by its number from 0, elsewhere."""
        if self._points is not None:
            self._ask(self._points.moved(number, np.array([x, y])), self.tr("a point moved"))

    def remove(self, number: int) -> None:
        """Take a sample away."""
        if self._points is None:
            return
        try:
            changed = self._points.removed(number)
        except ExperimentError as error:
            self.refused.emit(str(error))
            return
        self._ask(changed, self.tr("a point removed"))

    def _ask(self, changed: Experiment, label: str) -> None:
        self._made.append(changed)
        self.wanted.emit(changed, label)


class KindRow(QWidget):
    """Of which class a click adds a point."""

    def __init__(self, hand: HandPoints, parent: QWidget) -> None:
        super().__init__(parent)
        self._hand = hand
        self._names: tuple[str, ...] = ()
        self._group: QActionGroup | None = None
        self._segments: Segments | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(PADDING_PX, 0, PADDING_PX, UNIT_PX)
        self._row.setSpacing(PADDING_PX)
        self._row.addWidget(QLabel(self.tr("A click adds"), self))
        self._row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hide()

    def offer(self, names: tuple[str, ...]) -> None:
        """Offer other classes, those that there is room for."""
        names = names[:MOST_KINDS]
        if names == self._names or not names:
            return
        self._names = names
        if self._segments is not None:
            self._segments.hide()
            self._segments.deleteLater()
        group = self._group = QActionGroup(self)
        for kind, name in enumerate(names):
            action = QAction(name, group)
            action.setCheckable(True)
            action.setChecked(kind == self._hand.kind)
            action.triggered.connect(lambda _checked=False, kind=kind: self._choose(kind))
        self._segments = Segments(self.tr("Class of new points"), group.actions(), self)
        self._row.insertWidget(1, self._segments)

    def _choose(self, kind: int) -> None:
        self._hand.kind = kind

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())


def rounded(value: float, span: Floats) -> float:
    """What a hand can mean: a place to a thousandth of what is seen."""
    step = 10.0 ** np.floor(np.log10(max(float(span[1] - span[0]), 1e-300) / 1000))
    return float(f"{round(value / step) * step:.12g}")
