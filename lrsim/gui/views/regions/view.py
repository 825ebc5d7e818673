"""Decision regions, or the height of an output, with what belongs to the picture."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt

from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.turns import Turns
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.views.regions.edited import EditedRegions
from lrsim.gui.views.regions.hand_points import KindRow
from lrsim.gui.views.switches import FLAT, TEST_POINTS, Switches
from lrsim.gui.views.view import PlotView, ViewSpec
from lrsim.gui.widgets.switch_box import SwitchRow
from lrsim.session.snapshot import Snapshot

ALIKE = 1.001
"""Both inputs span the same, up to this factor: they are taken to be in the same unit."""


class RegionsView(PlotView):
    """Decision regions, or the height of the output, for models of two inputs."""

    NAME = "regions"

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        self._reader = bridge.reader
        switches = Switches.of(bridge)
        plot = EditedRegions(bridge, themes, self.title(), switches)
        plot.turns = Turns.of(bridge)
        plot.hand.wanted.connect(self.experiment_wanted)
        plot.hand.refused.connect(self.refused)
        plot.by_hand.toggled.connect(lambda on: self._take_up(plot, on))
        self.boxes = SwitchRow([switches[TEST_POINTS], switches[FLAT], plot.by_hand], themes, self)
        self.kinds = KindRow(plot.hand, self)
        self.fill(bridge, plot)
        self.put_below(self.boxes)
        self.put_below(self.kinds)

    def _take_up(self, plot: EditedRegions, on: bool) -> None:
        """Show of which class a click adds a point, and give the picture the keyboard."""
        self.kinds.setVisible(plot.edits)
        if on:
            plot.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def settled(self) -> bool:
        return self.plot.settled

    @staticmethod
    def title() -> str:
        """What the view is called."""
        return QCoreApplication.translate("RegionsView", "Decision regions")

    def give_up(self) -> None:
        problem = self._reader.problem_of(self._built_for)
        self.plot.hand.begin(problem.experiment, problem.data)

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment: other samples."""
        self._built_for = snapshot
        data = self._reader.problem_of(snapshot).data
        inputs = len(data.input_names)
        self.plot.hand.show_data(self._reader.problem_of(snapshot).experiment, data)
        self.kinds.offer(data.classes)
        self.kinds.setVisible(self.plot.edits)
        if inputs != 2:
            self.boxes.offer(())
            self.plot.set_notice(self.tr("Drawn for models with two inputs. This one has {0}.").format(inputs))
            return
        output = data.target_names[0] if data.target_names else self.tr("output")
        self.plot.title = self.title() if data.classes else self.tr("Learned {0}").format(output)
        spans = sorted(float(high - low) for low, high in data.domain)
        alike = spans[1] <= ALIKE * spans[0]
        self.plot.set_data(data, snapshot, alike)
        self.boxes.offer(self.plot.switches)
        self.plot.show_snapshot(snapshot)


VIEW = ViewSpec(
    RegionsView.NAME,
    RegionsView.title,
    RegionsView,
    column="details",
    layouts={"step": lambda model: model.inputs == 2},
    share=680,
)
