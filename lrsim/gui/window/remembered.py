"""What a window remembers from one start to the next: its place, its panels and layout, the switches, the speed."""

from __future__ import annotations

import msgspec
from PySide6.QtWidgets import QMainWindow

from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.settings import Settings
from lrsim.gui.views.switches import Switches
from lrsim.gui.window.docks import Docks
from lrsim.gui.window.layouts import STEP, Center, is_layout
from lrsim.session.pace import proposed_speed

LAYOUT_VERSION = 2
MOST_SHARE_EM = 1000


class Remembered:
    """Keeps a window's looks in the settings and brings them back."""

    def __init__(
        self, window: QMainWindow, docks: Docks, center: Center, bridge: Bridge, switches: Switches, settings: Settings
    ) -> None:
        self._window, self._docks, self._center = window, docks, center
        self._bridge, self._switches, self._settings = bridge, switches, settings

    def restore(self) -> str | None:
        """Put window, panels and views where they were; returns the layout, None where nothing was kept."""
        store = self._settings.geometry()
        if store is None or not store.contains("geometry"):
            return None
        self._window.restoreGeometry(store.value("geometry"))
        self._window.restoreState(store.value("state"), LAYOUT_VERSION)
        self._docks.adopt()
        self._docks.give(_shares(store.value("panels")))
        self._center.stage.restore([store.value(f"stage{LAYOUT_VERSION}.{number}") for number in range(3)])
        layout = store.value("layout")
        return layout if is_layout(layout) else STEP

    def keep(self) -> None:
        """Write everything to the settings; ExperimentError or OSError where that fails."""
        choices = self._settings.choices
        choices.pictures = self._switches.kept()
        choices.views = self._center.stage.arrangements.kept()
        snapshot = self._bridge.reader.snapshot()
        proposed = snapshot.speed == proposed_speed(snapshot.steps_per_epoch)
        choices.speed = None if proposed else snapshot.speed
        store = self._settings.geometry()
        if store is not None:
            store.setValue("geometry", self._window.saveGeometry())
            store.setValue("state", self._window.saveState(LAYOUT_VERSION))
            store.setValue("panels", msgspec.json.encode(self._docks.shares()).decode())
            for number, state in enumerate(self._center.stage.state()):
                store.setValue(f"stage{LAYOUT_VERSION}.{number}", state)
            store.setValue("layout", self._center.layout_name)
            store.sync()
        self._settings.save()


def _shares(text: object) -> dict[str, float]:
    """What was kept of the sizes of panels; nothing where it makes no sense."""
    try:
        kept = msgspec.json.decode(str(text), type=dict[str, float])
    except msgspec.DecodeError:
        return {}
    return {name: share for name, share in kept.items() if 0 < share < MOST_SHARE_EM}
