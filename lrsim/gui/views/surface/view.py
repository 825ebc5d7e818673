"""The true loss surface among the views: where it stands, and what is chosen and said under it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from lrsim.charts.look import PADDING_PX, UNIT_PX
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.turns import Turns
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.views.surface.bar import PlaneBar
from lrsim.gui.views.surface.plot import SurfacePlot
from lrsim.gui.views.surface.words import surface_in_words
from lrsim.gui.views.view import PlotView, ViewSpec, always
from lrsim.gui.widgets.sentence import Sentence
from lrsim.session.snapshot import Snapshot

LOW_EM = 18
"""A view that is lower than this many times the text size has no room for choices and words."""


class SurfaceView(PlotView):
    """The loss over a plane through the parameters, with the path of the run on it."""

    NAME = "surface"

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        self._reader, self._themes = bridge.reader, themes
        plot = SurfacePlot(bridge, themes, self.title())
        plot.turns = Turns.of(bridge)
        plot.told.connect(self._say)
        self.bar = PlaneBar(self)
        self.bar.chosen.connect(plot.choose)
        plot.add_planes = self.bar.add_to
        self.sentence = Sentence(themes.theme.muted, self, lines=3)
        self._foot = QWidget(self)
        self._foot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self._foot)
        row.setContentsMargins(PADDING_PX, 0, PADDING_PX, UNIT_PX)
        row.addWidget(self.sentence)
        self.fill(bridge, plot)
        layout = self.layout()
        if layout is not None:
            layout.addWidget(self.bar)
            layout.addWidget(self._foot)
        themes.changed.connect(self._say)

    @staticmethod
    def title() -> str:
        """What the view is called."""
        return QCoreApplication.translate("SurfaceView", "True loss surface")

    @property
    def settled(self) -> bool:
        return self.plot.settled

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment: other parameters."""
        network = self._reader.problem_of(snapshot).network
        usual = self.bar.offer(network.n_parameters, network.parameter_name, network.parameter_index)
        self.plot.set_run(snapshot, usual)
        self.plot.show_snapshot(snapshot)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        super().show_snapshot(snapshot)
        self._say()

    def _say(self) -> None:
        laid = self.plot.laid
        text = self.plot.failure or ("" if laid is None else surface_in_words(laid, self.plot.age))
        self.sentence.set_text(text, self._themes.theme.muted)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._give_way()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._give_way()

    def _give_way(self) -> None:
        roomy = self.height() >= LOW_EM * self._themes.theme.base_px
        self.bar.setVisible(roomy)
        self._foot.setVisible(roomy)


VIEW = ViewSpec(
    SurfaceView.NAME,
    SurfaceView.title,
    SurfaceView,
    column="details",
    layouts={"landscape": always},
    share=680,
)
