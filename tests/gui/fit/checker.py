"""Finds text that is cut off, labels that overlap, and widgets that stand outside of what holds them.

`faults` looks at everything that is shown in a window: the geometry of its widgets, and all text that is painted
by hand, which `Recorder` notes where it is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import combinations
from typing import Any, NamedTuple

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMainWindow,
    QScrollArea,
    QSplitterHandle,
    QStyle,
    QStyleOptionComboBox,
    QStyleOptionFrame,
    QToolButton,
    QWidget,
)

from lrsim.gui.views.images.grid import ImageGrid
from lrsim.gui.widgets.complaint import Complaint
from lrsim.gui.widgets.overlay import Overlay
from lrsim.gui.widgets.sentence import Sentence
from lrsim.gui.window.notice import Notice

FLOATS = (Complaint, Overlay, Notice)
"""What lies over the content on purpose."""
HANDLE = "qt_qmainwindow_extended_splitter"
"""What a hand takes hold of between two panels."""
ELLIPSIS = "\u2026"
SLACK = 1.5
"""Pixels that rounding may cost."""


class Drawn(NamedTuple):
    """A painted text, the widget that it is painted on, and where."""

    widget: QWidget
    text: str
    box: QRectF
    area: QRectF


class Recorder:
    """Notes each text that is painted by hand while it is installed."""

    def __init__(self) -> None:
        self.drawn: list[Drawn] = []

    @contextmanager
    def installed(self) -> Iterator[Recorder]:
        whole = QPainter.drawText

        def note(painter: QPainter, *arguments: object) -> object:
            self._note(painter, arguments)
            return whole(painter, *arguments)

        QPainter.drawText = note
        try:
            yield self
        finally:
            QPainter.drawText = whole

    def _note(self, painter: QPainter, arguments: tuple[object, ...]) -> None:
        place, text = arguments[0], arguments[-1]
        widget = painter.device()
        if not isinstance(widget, QWidget) or not isinstance(text, str) or not text.strip():
            return
        text = text.strip()
        metrics = QFontMetricsF(painter.font())
        if isinstance(place, QPointF | QPoint):
            width = metrics.horizontalAdvance(text)
            box = QRectF(place.x(), place.y() - metrics.ascent(), width, metrics.height())
        else:
            flags = arguments[1]
            box = painter.boundingRect(QRectF(place), int(getattr(flags, "value", flags)), text)
        # What a line keeps above and below its letters may overlap.
        spare = metrics.height() * 0.15
        box = painter.transform().mapRect(box.adjusted(0, spare, 0, -spare))
        self.drawn.append(Drawn(widget, text, box, QRectF(widget.rect())))


def faults(window: QWidget, recorder: Recorder) -> list[str]:
    """Everything that is cut off or overlaps, in words; the window is painted once for it."""
    recorder.drawn.clear()
    window.grab()
    found = []
    for widget in (window, *window.findChildren(QWidget)):
        if widget.isVisible() and not widget.visibleRegion().isEmpty():
            found += _cut(widget)
            found += _outside(widget, window)
            found += _overlapping_children(widget)
    found += _painted(recorder.drawn)
    return list(dict.fromkeys(found))


# --- widgets


def _name(widget: QWidget) -> str:
    own = widget.objectName() or widget.accessibleName() or ""
    text = getattr(widget, "text", str)()
    holder = widget.parentWidget()
    around = f" in {type(holder).__name__}" if holder is not None else ""
    return f"{type(widget).__name__} {own!r} {text[:50]!r}{around}"


def _cut(widget: QWidget) -> list[str]:
    kinds: list[tuple[type, Callable[[Any], list[str]]]] = [
        (QLabel, _cut_label), (QAbstractButton, _cut_button), (QComboBox, _cut_combo), (QLineEdit, _cut_line),
        (QHeaderView, _cut_header), (QScrollArea, _cut_scrolled), (Sentence, _cut_sentence),
    ]  # fmt: skip
    return next((look(widget) for kind, look in kinds if isinstance(widget, kind)), [])


def _cut_sentence(sentence: Sentence) -> list[str]:
    shown, whole = sentence.shown(), sentence.text()
    if shown.endswith(ELLIPSIS) and not whole.endswith(ELLIPSIS):
        return [f"cut: a sentence shows {shown!r} of {whole!r}"]
    return []


def _cut_label(label: QLabel) -> list[str]:
    text = label.text()
    if not text or not label.pixmap().isNull():
        return []
    room = label.contentsRect()
    metrics = QFontMetricsF(label.font())
    if label.wordWrap():
        widest = max((metrics.horizontalAdvance(word) for word in text.split()), default=0)
        tall = label.heightForWidth(label.width())
        if widest > room.width() + SLACK:
            return [f"cut: a word of {_name(label)} takes {widest:.0f} of {room.width()} px"]
        if tall > label.height() + SLACK:
            return [f"cut: {_name(label)} takes {tall} of {label.height()} px of height"]
        return []
    wide = max(metrics.horizontalAdvance(line) for line in text.split("\n"))
    if wide > room.width() + SLACK:
        return [f"cut: {_name(label)} takes {wide:.0f} of {room.width()} px"]
    if metrics.height() * (text.count("\n") + 1) > room.height() + SLACK + metrics.height() * 0.15:
        return [f"cut: {_name(label)} takes {metrics.height():.0f} of {room.height()} px of height"]
    return []


def _cut_button(button: QAbstractButton) -> list[str]:
    shows_text = bool(button.text())
    if isinstance(button, QToolButton):
        shows_text = shows_text and button.toolButtonStyle() != Qt.ToolButtonStyle.ToolButtonIconOnly
        shows_text = shows_text or (bool(button.text()) and button.icon().isNull())
    wide = QFontMetricsF(button.font()).horizontalAdvance(button.text().replace("&", "")) if shows_text else 0
    style = getattr(button, "toolButtonStyle", lambda: Qt.ToolButtonStyle.ToolButtonTextBesideIcon)()
    if not button.icon().isNull() and style != Qt.ToolButtonStyle.ToolButtonTextOnly:
        wide += button.iconSize().width()
    if wide + 4 > button.width() + SLACK:
        return [f"cut: {_name(button)} takes {wide + 4:.0f} of {button.width()} px"]
    if button.sizeHint().width() > button.width() + 8 and shows_text:
        return [f"cut: {_name(button)} wants {button.sizeHint().width()} of {button.width()} px"]
    if QFontMetricsF(button.font()).height() > button.height() + SLACK:
        return [f"cut: {_name(button)} is too low: {button.height()} px"]
    return []


def _cut_combo(box: QComboBox) -> list[str]:
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    part = QStyle.SubControl.SC_ComboBoxEditField
    room = box.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, box)
    wide = QFontMetricsF(box.font()).horizontalAdvance(box.currentText())
    if wide > room.width() + SLACK and not box.isEditable():
        return [f"cut: {_name(box)} {box.currentText()!r} takes {wide:.0f} of {room.width()} px"]
    return []


def _cut_line(line: QLineEdit) -> list[str]:
    text = line.text() or line.placeholderText()
    option = QStyleOptionFrame()
    line.initStyleOption(option)
    room = line.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, line)
    wide = QFontMetricsF(line.font()).horizontalAdvance(text)
    if wide > room.width() - 4 + SLACK and text not in line.toolTip():
        return [f"cut: {_name(line)} {text!r} takes {wide:.0f} of {room.width() - 4} px"]
    if QFontMetricsF(line.font()).height() > room.height() + SLACK + 2:
        return [f"cut: {_name(line)} {text!r} is too low: {room.height()} px"]
    return []


def _cut_header(header: QHeaderView) -> list[str]:
    if header.orientation() == Qt.Orientation.Vertical:
        return []
    model, found = header.model(), []
    metrics = QFontMetricsF(header.font())
    for section in range(header.count()):
        text = str(model.headerData(section, header.orientation()) or "")
        left = header.sectionViewportPosition(section)
        if header.isSectionHidden(section) or left >= header.width() or left + header.sectionSize(section) <= 0:
            continue
        if metrics.horizontalAdvance(text) > header.sectionSize(section) + SLACK:
            found.append(f"cut: header {text!r} in {_name(header.parentWidget())}")
    return found


def _cut_scrolled(area: QScrollArea) -> list[str]:
    content = area.widget()
    hidden = area.horizontalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAlwaysOff
    if content is not None and hidden and content.width() > area.viewport().width():
        return [f"cut: {_name(area)}: its content takes {content.width()} of {area.viewport().width()} px"]
    return []


def _outside(widget: QWidget, window: QWidget) -> list[str]:
    holder = widget.parentWidget()
    if holder is None or widget.isWindow() or isinstance(widget, FLOATS) or widget.objectName() == HANDLE:
        return []
    if isinstance(holder.parentWidget(), QAbstractScrollArea):  # it scrolls
        return []
    room = holder.rect()
    if not room.adjusted(-1, -1, 1, 1).contains(widget.geometry()):
        at, size = widget.geometry().getRect(), (room.width(), room.height())
        return [f"outside: {_name(widget)} at {at} in a {type(holder).__name__} of {size}"]
    return []


def _overlapping_children(holder: QWidget) -> list[str]:
    if isinstance(holder, QAbstractScrollArea | QHeaderView):
        return []
    children = [
        child for child in holder.children()
        if isinstance(child, QWidget) and child.isVisible() and not child.isWindow()
        and not isinstance(child, (*FLOATS, QSplitterHandle)) and not _is_decoration(child)
    ]  # fmt: skip
    found = []
    for one, other in combinations(children, 2):
        common = one.geometry().intersected(other.geometry())
        if common.width() > 1 and common.height() > 1:
            found.append(f"overlap: {_name(one)} and {_name(other)} by {common.width()}x{common.height()} px")
    return found


def _is_decoration(child: QWidget) -> bool:
    return isinstance(child.parentWidget(), QMainWindow) and child.objectName() == HANDLE


# --- paintings


def _painted(drawn: list[Drawn]) -> list[str]:
    found = []
    for each in drawn:
        where = f"{type(each.widget).__name__} {each.widget.accessibleName()!r}"
        if each.text.endswith(ELLIPSIS) and not isinstance(each.widget, Sentence):
            found.append(f"cut: {each.text!r} painted in {where}")
        elif isinstance(each.widget.parentWidget(), QAbstractItemView | ImageGrid):
            continue  # scrolls
        elif not each.area.adjusted(-SLACK, -SLACK, SLACK, SLACK).contains(each.box):
            found.append(f"outside: {each.text!r} painted at {_px(each.box)} in {where} of {_px(each.area)}")
    for one, other in combinations(drawn, 2):
        if one.widget is other.widget and not isinstance(one.widget.parentWidget(), QAbstractScrollArea):
            common = one.box.intersected(other.box)
            same = one.text == other.text and one.box == other.box  # painted twice in the same place
            if common.width() > SLACK and common.height() > SLACK and not same:
                found.append(f"overlap: {one.text!r} and {other.text!r} painted in {type(one.widget).__name__}")
    for each in drawn:
        for child in each.widget.children():
            if isinstance(child, QWidget) and child.isVisible() and not child.isWindow():
                common = each.box.intersected(QRectF(child.geometry()))
                if common.width() > SLACK and common.height() > SLACK and type(child).__name__ != "_Canvas":
                    found.append(f"overlap: {each.text!r} painted under {_name(child)}")
    return found


def _px(box: QRectF) -> tuple[int, ...]:
    return tuple(round(value) for value in box.getRect())
