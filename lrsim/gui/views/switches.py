"""What pictures show or leave out, as people choose it: each switch is declared once, for menus, palette and file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction

from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.chart.other_branches import OthersShown

TEST_POINTS, FLAT, BY_SAMPLE, BRANCHES = "test_points", "flat", "by_sample", "branches"


@dataclass(frozen=True)
class SwitchSpec:
    """The declaration of a switch.

    Parameters
    ----------
    name
        What it is called in the code and in the settings.
    title, tip
        What it is called for people, and what it does.
    synonyms
        Words by which people look for it, apart from those of its title.
    on
        Whether it is on until somebody switches it.
    """

    name: str
    title: str
    tip: str
    synonyms: str
    on: bool


def declared() -> tuple[SwitchSpec, ...]:
    """All switches, in order."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("Switches", text)

    return (
        SwitchSpec(
            TEST_POINTS, tr("Show test points"),
            tr("Draws the held-out samples too, in decision regions and learned functions; training goes on"),
            tr("held out validation samples data"), True,
        ),
        SwitchSpec(
            FLAT, tr("Discretise"),
            tr("Draws decision regions in one colour a class instead of shades; training goes on"),
            tr("discretize output flat colours colors regions classes"), False,
        ),
        SwitchSpec(
            BY_SAMPLE, tr("A curve for each sample"),
            tr("Draws the error of each sample as a curve, where steps see one sample each; else that of all steps"),
            tr("error alternates samples apart"), True,
        ),
        SwitchSpec(
            BRANCHES, tr("Show other branches"),
            tr("Draws the other branches of the run dotted in every plot over steps; training goes on"),
            tr("forks futures compare dotted"), True,
        ),
    )  # fmt: skip


class Switches(QObject):
    """The switches of all pictures of a window, as actions that can be checked."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._on = {spec.name: spec.on for spec in declared()}
        self._actions = {spec.name: self._action(spec) for spec in declared()}

    @classmethod
    def of(cls, bridge: Bridge) -> Switches:
        """The switches of all pictures that read from a bridge, made when first asked for."""
        found = bridge.findChild(cls)
        if found is None:
            found = cls(bridge)
            found.follow(BRANCHES, OthersShown.of(bridge).choose)
        return found

    def _action(self, spec: SwitchSpec) -> QAction:
        action = QAction(spec.title, self)
        action.setCheckable(True)
        action.setChecked(spec.on)
        action.setToolTip(spec.tip)
        action.toggled.connect(partial(self._on.__setitem__, spec.name))
        return action

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def is_on(self, name: str) -> bool:
        """Whether a switch is on."""
        return self._on[name]

    def follow(self, name: str, show: Callable[[bool], None]) -> None:
        """Call `show`, a method of a QObject, with each change."""
        self._actions[name].toggled.connect(show)

    def restore(self, kept: Mapping[str, bool]) -> None:
        """Set those that were kept."""
        for name, action in self._actions.items():
            action.setChecked(kept.get(name, self._on[name]))

    def kept(self) -> dict[str, bool]:
        """Those that are not as they are declared, to be kept."""
        return {spec.name: self._on[spec.name] for spec in declared() if self._on[spec.name] != spec.on}
