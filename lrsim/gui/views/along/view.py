"""The loss along the step among the views: where it stands, and what is said of it."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from lrsim.charts.look import PADDING_PX, UNIT_PX
from lrsim.common.numbers import count, short
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.turns import Turns
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.views.along.plot import AlongPlot
from lrsim.gui.views.view import PlotView, ViewSpec, always
from lrsim.gui.widgets.sentence import Sentence
from lrsim.instruments.along import Along
from lrsim.session.snapshot import Snapshot

LOW_EM = 16
"""A view that is lower than this many times the text size has no room for words."""


class AlongView(PlotView):
    """The true loss along the last update, and where other rates would have landed."""

    NAME = "along"

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        self._themes = themes
        plot = AlongPlot(bridge, themes, self.title())
        plot.turns = Turns.of(bridge)
        plot.told.connect(self._say)
        plot.rate_chosen.connect(self.rate_chosen)
        self.sentence = Sentence(themes.theme.muted, self)
        self._foot = QWidget(self)
        self._foot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self._foot)
        row.setContentsMargins(PADDING_PX, 0, PADDING_PX, UNIT_PX)
        row.addWidget(self.sentence)
        self.fill(bridge, plot)
        layout = self.layout()
        if layout is not None:
            layout.addWidget(self._foot)
        themes.changed.connect(self._say)

    @staticmethod
    def title() -> str:
        """What the view is called."""
        return QCoreApplication.translate("AlongView", "Loss along the last step")

    @property
    def settled(self) -> bool:
        return self.plot.settled

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment."""
        self.plot.set_run(snapshot)
        self.show_snapshot(snapshot)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        super().show_snapshot(snapshot)
        self._give_way()

    def _say(self) -> None:
        line = self.plot.line
        text = "" if line is None else self._in_words(line)
        self.sentence.set_text(self.plot.failure or text, self._themes.theme.muted)

    def _in_words(self, line: Along) -> str:
        alpha = line.parabola.alpha
        said = self.tr("Step {0}").format(count(self.plot.step))
        if (line.batch == line.start).all():
            return self.tr("{0}: the loss of its batch is the same all along it.").format(said)
        if not math.isfinite(alpha):
            return self.tr("{0}: no parabola, a loss or a slope is not finite.").format(said)
        if line.floor is None:
            where = self.tr("the loss bends downwards, there is no floor to go past")
        elif alpha < 0:
            where = self.tr("short of the parabola's floor (alpha {0})").format(short(alpha))
        elif alpha < 1:
            where = self.tr("past the parabola's floor (alpha {0})").format(short(alpha))
        else:
            where = self.tr("past the floor and higher than it began, by the parabola (alpha {0})").format(short(alpha))
        others = "" if line.proportional else " " + self.tr("Momentum sets other rates off this line.")
        return f"{said}: {where}.{others}"

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._give_way()

    def _give_way(self) -> None:
        roomy = self.height() >= LOW_EM * self._themes.theme.base_px
        self._foot.setVisible(roomy and not self.plot.notice())


VIEW = ViewSpec(
    AlongView.NAME,
    AlongView.title,
    AlongView,
    column="curves",
    layouts={"landscape": always},
    share=560,
)
