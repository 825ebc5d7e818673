"""Off screen, with a real session driven step by step; any message of Qt that is not expected fails the test."""

from __future__ import annotations

import gc
import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from lrsim.experiment.files import load
from lrsim.experiment.keys import with_value
from lrsim.gui.bridge import garbage
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.look.dress import apply
from lrsim.gui.look.theme import THEMES, ThemeSource
from lrsim.gui.window import guard
from lrsim.session.session import Session
from lrsim.session.snapshot import Snapshot

UNREMARKABLE = (
    "This plugin does not support propagateSizeHints()",
    "This plugin does not support raise()",
    "This plugin does not support grabbing the keyboard",
)
"""Said off screen of every window with a least size or that is to come to the front, and of lists that pop up."""

PATIENCE_MS = 90_000
"""A wait ends with what it waits for; this is when the test gives up, on a machine however busy."""


class PatientBot(QtBot):
    """Waits as long as a test may take, where pytest-qt would give up after five seconds."""

    def waitUntil(self, callback, *, timeout=PATIENCE_MS):
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal, *, timeout=PATIENCE_MS, **options):
        return super().waitSignal(signal, timeout=timeout, **options)

    def waitExposed(self, widget, *, timeout=PATIENCE_MS):
        return super().waitExposed(widget, timeout=timeout)


@pytest.fixture
def qtbot(qapp, request):
    return PatientBot(request)


@pytest.fixture(autouse=True, scope="session")
def _guarded():
    """Overrides are guarded as in the program; what they raise is told to pytest-qt, which fails the test."""
    guard.protect()


@pytest.fixture(autouse=True, scope="session")
def _collected_here():
    """No thread of the program takes widgets down, as in the program."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def _collect():
    yield
    garbage.collect()


@pytest.fixture(autouse=True)
def _no_unexpected_qt_messages(qtlog):
    yield
    unexpected = [record.message for record in qtlog.records if record.message not in UNREMARKABLE]
    assert not unexpected


@pytest.fixture(autouse=True)
def _nothing_left_behind(qapp):
    """Widgets that are to be deleted are deleted now: no event loop of their own does it, and every change of the
    theme would go through all of them."""
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


class DrivenBridge(Bridge):
    """The real bridge without its thread: the test itself carries the commands out and shows what came of them."""

    def carry_out(self) -> Snapshot:
        self.session.settle()
        snapshot = self.pull()
        QApplication.processEvents()
        return snapshot

    def train(self, steps: int) -> Snapshot:
        self.session.run_to(steps)
        return self.carry_out()


@pytest.fixture
def themes(qapp):
    """What views are handed to draw with; the theme is light until a test changes it."""
    return ThemeSource(THEMES["light"])


@pytest.fixture
def make_bridge(qapp):
    """A bridge to a session on a preset, with some of its values changed."""
    apply(qapp, THEMES["light"])

    def make(preset: str = "clip250", **values: object) -> DrivenBridge:
        experiment = load(preset)
        for key, value in values.items():
            experiment = with_value(experiment, key.replace("__", "."), value)
        return DrivenBridge(Session(experiment))

    return make


@pytest.fixture
def bridge(make_bridge):
    """A bridge to a session on `clip250` as published."""
    return make_bridge()
