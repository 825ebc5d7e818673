"""The learned function among the views: where it stands, its switch, and what it says of other models."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.turns import Turns
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.views.function.plot import FunctionPlot
from lrsim.gui.views.switches import TEST_POINTS, Switches
from lrsim.gui.views.view import PlotView, ViewSpec
from lrsim.gui.widgets.switch_box import SwitchRow
from lrsim.session.snapshot import Snapshot


class FunctionView(PlotView):
    """Output over input, for models with one of each."""

    NAME = "function"

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        self._reader = bridge.reader
        switches = Switches.of(bridge)
        plot = FunctionPlot(bridge, themes, self.title(), switches)
        plot.turns = Turns.of(bridge)
        self.boxes = SwitchRow([switches[TEST_POINTS]], themes, self)
        self.fill(bridge, plot)
        self.put_below(self.boxes)

    @staticmethod
    def title() -> str:
        return QCoreApplication.translate("FunctionView", "Learned function")

    @property
    def settled(self) -> bool:
        return self.plot.settled

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment: other samples."""
        data = self._reader.problem_of(snapshot).data
        inputs, outputs = len(data.input_names), data.Y_train.shape[1]
        if inputs == outputs == 1:
            self.plot.set_data(data, snapshot)
            self.boxes.offer(self.plot.switches)
        else:
            self.boxes.offer(())
            text = self.tr("Drawn for models with one input and one output. This one has {0} and {1}.")
            self.plot.set_notice(text.format(inputs, outputs))
        self.show_snapshot(snapshot)


VIEW = ViewSpec(
    FunctionView.NAME,
    FunctionView.title,
    FunctionView,
    column="details",
    layouts={"step": lambda model: model.inputs == model.outputs == 1},
    share=320,
)
