"""A hand that does anything at the window: clicks, keys, drags, edits, wheel, sheets, docks, presets, sizes, files.

It sees no more than a person does: it acts on what is visible, through Qt's own events. Each act is a generator; what
stands between two `yield` is done in one go, then the window has the word.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QKeyEvent, QKeySequence, QWheelEvent, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDockWidget,
    QLineEdit,
    QMenu,
    QPushButton,
    QWidget,
)

from lrsim.gui.window.window import MainWindow
from lrsim.session import commands

Act = Iterator[None]

TEXTS = ("12", "abc", "-1", "0.5", "1e-3", "nan", "inf", "", "1e400", "300", "0,05", "1/3", "adam", "x + 1", " ", "ü€",
         "0.1, 0.01", "1 .. 1e-3", "2", "0", "120", "80", "1e-05", "tanh", "[1, 2]", "9" * 40, "%")  # fmt: skip
FORKS: tuple[dict[str, commands.LiveValue], ...] = (
    {"optimizer.lr": 0.001}, {"optimizer.lr": 1.0}, {"optimizer.name": "adam"}, {"optimizer.momentum": 0.9},
    {"training.l2": 0.1}, {"schedule.name": "cosine"}, {"W": 0.5}, {"W1[0,0]": -1.0}, {"training.batch_size": 0},
    {"training.batch_size": 1}, {"training.batch_size": 7, "optimizer.lr": 0.01}, {},
)  # fmt: skip
CONDITIONS = (
    "loss > 2 * prev(loss)", "sign_flips(W) > 0", "grad_norm < 1e-3", "nonfinite", "step > 1e9", "loss >", "W1[9,9]",
)  # fmt: skip
WATCHES = ("grad_norm", "loss / prev(loss)", "mean(loss, 50)", "w * 2", "W", "W1[0,0]", "epoch", "batch", "1 / 0", "x(")
WORDS = ("plane", "theme", "save", "rate", "sweep", "zz", "reset", "dock", "panel", "play", "step", "a", "open", "copy")
PLAIN = [Qt.Key(key) for key in (
    Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right,
    Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Return, Qt.Key.Key_Space,
    Qt.Key.Key_Escape, Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_F2, Qt.Key.Key_Plus, Qt.Key.Key_Minus,
    Qt.Key.Key_0, Qt.Key.Key_7, Qt.Key.Key_A, Qt.Key.Key_Menu,
)]  # fmt: skip
NONE, SHIFT, CONTROL = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier,
                        Qt.KeyboardModifier.ControlModifier)  # fmt: skip
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
SIZES = ((832, 400), (1024, 600), (1280, 720), (1440, 900), (1920, 1080), (2560, 1440))
LAST = ("quit",)
"""Actions that would end the day."""


def _in(handle: QWindow, at: QPoint) -> bool:
    return 0 <= at.x() < handle.width() and 0 <= at.y() < handle.height()


class Hand:
    """Acts on a window at random; the same seed begins the same way, what follows depends on what becomes visible."""

    def __init__(self, window: MainWindow, generator: random.Random, paths: Sequence[Path]) -> None:
        self._window = window
        self._any = generator
        self._paths = paths
        for name in LAST:
            window.registry[name].setEnabled(False)
        self._acts: list[tuple[Callable[[], Act], int]] = [
            (self.click, 30), (self.double_click, 5), (self.menu, 4), (self.key, 16), (self.shortcut, 14),
            (self.drag, 12), (self.wheel, 8), (self.edit, 16), (self.choose, 4), (self.act, 10), (self.palette, 3),
            (self.sheet, 3), (self.dock, 3), (self.resize, 3), (self.preset, 3), (self.present, 1), (self.theme, 1),
            (self.layout, 2), (self.undo, 3), (self.sweep, 1), (self.find, 1), (self.drop, 1), (self.paste, 1),
            (self.move_about, 10), (self.play, 4), (self.stages, 4), (self.fork, 3), (self.condition, 2),
            (self.back, 1), (self.watch, 3), (self.playback, 2),
        ]  # fmt: skip

    def next(self) -> tuple[str, Act]:
        """What to do now, named; with a menu or a dialog open mostly something in it."""
        popup = QApplication.activePopupWidget()
        if popup is not None:
            return "popup", self.in_popup(popup)
        acts, weights = zip(*self._acts)
        chosen = self._any.choices(acts, weights)[0]
        return chosen.__name__, chosen()

    # --- what is there

    def _targets(self) -> list[QWidget]:
        modal = QApplication.activeModalWidget()
        tops = [modal] if modal is not None and self._any.random() < 0.9 else QApplication.topLevelWidgets()
        return [each for top in tops if top.isVisible() for each in (top, *top.findChildren(QWidget))
                if each.isVisible() and not each.visibleRegion().isEmpty()]  # fmt: skip

    def _target(self) -> QWidget:
        leaves = self._targets()
        return self._any.choice(leaves) if leaves else self._window

    def _inside(self, widget: QWidget) -> QPoint:
        """A place in what is seen of a widget."""
        seen = widget.visibleRegion().boundingRect()
        across, up = (self._any.randrange(max(size, 1)) for size in (seen.width(), seen.height()))
        return seen.topLeft() + QPoint(across, up)

    def _press(self, kind: Callable[..., None], widget: QWidget, at: QPoint, button: Qt.MouseButton) -> None:
        """By the window that the place is in, as a mouse does; at times straight to the widget."""
        modifier = self._any.choices((NONE, SHIFT, CONTROL), (8, 1, 1))[0]
        handle, there = widget.window().windowHandle(), widget.mapTo(widget.window(), at)
        if handle is not None and _in(handle, there) and self._any.random() < 0.8:
            kind(handle, button, modifier, there)
        else:
            kind(widget, button, modifier, at)

    # --- the mouse

    def click(self) -> Act:
        target = self._target()
        self._press(QTest.mouseClick, target, self._inside(target), LEFT)
        yield

    def double_click(self) -> Act:
        target = self._target()
        self._press(QTest.mouseDClick, target, self._inside(target), LEFT)
        yield

    def menu(self) -> Act:
        target = self._target()
        self._press(QTest.mouseClick, target, self._inside(target), RIGHT)
        yield

    def move_about(self) -> Act:
        target = self._target()
        handle = target.window().windowHandle()
        for _ in range(self._any.randrange(1, 4)):
            self._point(handle, target.mapTo(target.window(), self._inside(target)))
            yield

    def drag(self) -> Act:
        target = self._target()
        handle = target.window().windowHandle()
        if handle is None:
            return
        window = target.window()
        begin = target.mapTo(window, self._inside(target))
        if not _in(handle, begin):
            return
        QTest.mousePress(handle, LEFT, NONE, begin)
        yield
        for _ in range(self._any.randrange(1, 6)):
            self._point(handle, self._inside(window))
            yield
        if handle in QGuiApplication.allWindows():
            QTest.mouseRelease(handle, LEFT, NONE, QPoint(handle.width() // 2, handle.height() // 2))
        yield

    @staticmethod
    def _point(handle: QWindow | None, at: QPoint) -> None:
        if handle in QGuiApplication.allWindows() and _in(handle, at):
            QTest.mouseMove(handle, at)

    def wheel(self) -> Act:
        target = self._target()
        at = QPointF(self._inside(target))
        for _ in range(self._any.randrange(1, 4)):
            turn = QPoint(self._any.choice((0, 0, 120)), self._any.choice((-360, -120, 0, 120, 360)))
            modifier = self._any.choice((NONE, NONE, CONTROL))
            event = QWheelEvent(at, QPointF(target.mapToGlobal(at.toPoint())), QPoint(), turn, LEFT & RIGHT,
                                modifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
            QApplication.sendEvent(target, event)
            yield
            if target not in self._targets():
                return

    # --- the keyboard

    def _focus(self) -> QWidget:
        return QApplication.focusWidget() or QApplication.activeModalWidget() or self._window

    def key(self) -> Act:
        QTest.keyClick(self._focus(), self._any.choice(PLAIN), self._any.choices((NONE, SHIFT, CONTROL), (8, 1, 1))[0])
        yield

    def shortcut(self) -> Act:
        actions = [action for name, action in self._window.registry.items() if action.shortcuts() and name not in LAST]
        combination = self._any.choice(self._any.choice(actions).shortcuts())[0]
        for _ in range(self._any.choice((1, 1, 1, 4))):
            QTest.keyClick(self._focus(), combination.key(), combination.keyboardModifiers())
            yield

    @staticmethod
    def _type(widget: QWidget, letter: str) -> None:
        if letter.isascii():
            QTest.keyClicks(widget, letter)
        else:  # QTest knows of no such key
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                QApplication.sendEvent(widget, QKeyEvent(kind, 0, NONE, letter))

    def edit(self) -> Act:
        fields = [each for each in self._targets() if isinstance(each, (QLineEdit, QAbstractSpinBox))]
        if not fields:
            return
        field = self._any.choice(fields)
        field.setFocus(Qt.FocusReason.MouseFocusReason)
        yield
        for text in (*self._any.choice(TEXTS),):
            focused = QApplication.focusWidget()
            if focused is None:
                return
            self._type(focused, text)
            yield
        end = self._any.choice((Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Escape, None))
        if end is not None:
            QTest.keyClick(self._focus(), end)
        yield

    def choose(self) -> Act:
        boxes = [each for each in self._targets() if isinstance(each, QComboBox)]
        if boxes:
            box = self._any.choice(boxes)
            QTest.keyClick(box, self._any.choice((Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Space, Qt.Key.Key_F4)))
        yield

    def in_popup(self, popup: QWidget) -> Act:
        """A menu or a list is open: something in it, or out of it."""
        way = self._any.random()
        actions = popup.actions() if isinstance(popup, QMenu) else []
        if way < 0.5 and actions:
            QTest.mouseClick(popup, LEFT, NONE, popup.actionGeometry(self._any.choice(actions)).center())
        elif way < 0.75:
            QTest.keyClick(
                popup, self._any.choice((Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Return, Qt.Key.Key_Right))
            )
        elif way < 0.85:
            QTest.mouseClick(popup, LEFT, NONE, self._inside(popup))
        else:
            QTest.keyClick(popup, Qt.Key.Key_Escape)
        yield

    # --- what the window offers

    def _do(self, name: str) -> None:
        self._window.registry[name].trigger()

    def act(self) -> Act:
        names = [name for name, action in self._window.registry.items() if action.isEnabled() and name not in LAST]
        self._do(self._any.choice(names))
        yield

    def preset(self) -> Act:
        experiments = self._window.registry.group("experiment")
        self._any.choice([action for action in experiments if action.objectName().startswith("preset_")]).trigger()
        yield
        if self._any.random() < 0.7:
            self._window.session.play()
        yield

    def play(self) -> Act:
        self._window.session.set_speed(self._any.choice((1.0, 30.0, 1000.0, 25_000.0, float("inf"))))
        self._window.session.play()
        yield

    def stages(self) -> Act:
        for _ in range(self._any.randrange(1, 9)):
            modifier = self._any.choice((NONE, NONE, NONE, SHIFT, CONTROL))
            QTest.keyClick(self._focus(), self._any.choice((Qt.Key.Key_F11, Qt.Key.Key_F11, Qt.Key.Key_F10)), modifier)
            yield
        if self._any.random() < 0.5:
            self._window.session.inspect(self._any.choice((None, 0, 3, 10**6)), self._any.choice((0, 1, 10**6)))
        yield

    def fork(self) -> Act:
        step = self._any.randrange(self._window.session.snapshot().tip + 2)
        self._window.session.fork(step, self._any.choice(FORKS))
        yield
        if self._any.random() < 0.5:
            self._window.session.play()
        yield

    def condition(self) -> Act:
        hits, log = self._any.choice(("", "5", "%3", "x")), self._any.choice(("", "{loss}", "{x"))
        self._window.session.set_breakpoint(self._any.choice(CONDITIONS), hits, log)
        yield

    def watch(self) -> Act:
        self._window.session.set_watch(self._any.choice(("", "w", "loss", "v")), self._any.choice(WATCHES))
        yield
        chosen = [watch.id for watch in self._window.session.snapshot().watches]
        if len(chosen) > 4:
            self._window.session.send(commands.RemoveWatch(self._any.choice(chosen)))
        self._window.session.send(commands.LookBack(self._any.random() < 0.8))
        yield

    def playback(self) -> Act:
        tip = self._window.session.snapshot().tip
        self._window.session.set_loop(*self._any.choice(((), (0, tip), (tip // 2, tip + 50), (tip, tip), (7,))))
        self._window.session.set_bookmark(self._any.choice("abc"))
        self._window.session.go_to_bookmark(self._any.choice("abcd"))
        yield
        self._window.session.play_back()
        yield

    def back(self) -> Act:
        QTest.keyClick(self._focus(), Qt.Key.Key_Space, SHIFT)
        yield
        if self._any.random() < 0.3:
            self._do("fence")
        yield

    def undo(self) -> Act:
        for _ in range(self._any.randrange(1, 4)):
            self._do(self._any.choice(("undo", "undo", "redo")))
            yield

    def theme(self) -> Act:
        self._any.choice(self._window.registry.theme_actions()).trigger()
        yield

    def layout(self) -> Act:
        self._any.choice(self._window.registry.group("layout")).trigger()
        yield

    def present(self) -> Act:
        QTest.keyClick(self._focus(), Qt.Key.Key_F5)
        yield
        if self._any.random() < 0.7:
            QTest.keyClick(self._focus(), Qt.Key.Key_Escape)
        yield

    def sheet(self) -> Act:
        self._do(self._any.choice(("palette", "keys", "settings")))
        yield

    def palette(self) -> Act:
        self._do("palette")
        yield
        for letter in self._any.choice(WORDS):
            QTest.keyClicks(self._focus(), letter)
            yield
        for _ in range(self._any.randrange(3)):
            QTest.keyClick(self._focus(), Qt.Key.Key_Down)
            yield
        QTest.keyClick(self._focus(), self._any.choice((Qt.Key.Key_Return, Qt.Key.Key_Return, Qt.Key.Key_Escape)))
        yield

    def dock(self) -> Act:
        docks = self._window.findChildren(QDockWidget)
        if docks:
            dock = self._any.choice(docks)
            change = self._any.choice(("float", "close", "show", "move"))
            if change == "float":
                dock.setFloating(not dock.isFloating())
            elif change == "move" and dock.isFloating():
                dock.move(self._any.randrange(800), self._any.randrange(500))
            else:
                dock.setVisible(change == "show")
        yield

    def resize(self) -> Act:
        width, height = self._any.choice(SIZES)
        self._window.resize(width + self._any.randrange(-30, 30), height + self._any.randrange(-30, 30))
        yield

    def find(self) -> Act:
        self._do("find_rate")
        yield
        for button in self._window.finder.findChildren(QPushButton):
            if button.isVisible() and button.isEnabled() and self._any.random() < 0.5:
                QTest.mouseClick(button, LEFT, NONE, button.rect().center())
        yield

    def sweep(self) -> Act:
        self._window.choose_layout("sweep")
        yield
        form = self._window.sweep.form
        for button in (form.run, form.cancel):
            if button.isVisible() and button.isEnabled():
                QTest.mouseClick(button, LEFT, NONE, button.rect().center())
            yield
            yield

    def drop(self) -> Act:
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(self._any.choice(self._paths)))])
        at, copies = QPoint(300, 300), Qt.DropAction.CopyAction
        QApplication.sendEvent(self._window, QDragEnterEvent(at, copies, mime, LEFT, NONE))
        QApplication.sendEvent(self._window, QDropEvent(QPointF(at), copies, mime, LEFT, NONE))
        yield

    def paste(self) -> Act:
        text = self._any.choice((*TEXTS, "lrsim run xor --lr 0.5", self._paths[0].read_text("latin-1")))
        QGuiApplication.clipboard().setText(text)
        QTest.keyClick(self._focus(), QKeySequence(QKeySequence.StandardKey.Paste)[0].key(), CONTROL)
        yield
