"""The order in which Tab goes through what is on screen: that in which the eye reads it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QScrollArea, QWidget

Placed = tuple[QRect, QWidget]


def stops(root: QWidget, over: tuple[type[QWidget], ...] = ()) -> list[QWidget]:
    """All in `root` that Tab stops at, row by row and from left to right; what one part holds stays together.

    What lies `over` the rest comes last.
    """
    children = [child for child in root.children() if isinstance(child, QWidget) and _is_seen(child)]
    laid = [child for child in children if not isinstance(child, over)]
    found = []
    for child in (
        *in_rows([(child.geometry(), child) for child in laid]),
        *(child for child in children if isinstance(child, over)),
    ):
        if _takes_tab(child):
            found.append(child)
        found += stops(child)
    return found


def in_rows(placed: Sequence[Placed]) -> list[QWidget]:
    """The widgets in the order in which their places are read: rows where a line parts them, else columns."""
    if len(placed) < 2:
        return [widget for _, widget in placed]
    for start, end in ((QRect.top, QRect.bottom), (QRect.left, QRect.right)):
        parts = _parted(placed, start, end)
        if len(parts) > 1:
            return [widget for part in parts for widget in in_rows(part)]
    first, *rest = sorted(placed, key=lambda each: (each[0].top(), each[0].left()))  # one lies over another
    return [first[1], *in_rows(rest)]


def _parted(placed: Sequence[Placed], start: Callable[[QRect], int], end: Callable[[QRect], int]) -> list[list[Placed]]:
    """Parts between which a straight line runs through no widget."""
    parts: list[list[Placed]] = []
    reached = 0
    for each in sorted(placed, key=lambda each: start(each[0])):
        if parts and start(each[0]) <= reached:
            parts[-1].append(each)
            reached = max(reached, end(each[0]))
        else:
            parts.append([each])
            reached = end(each[0])
    return parts


def go_on(order: Sequence[QWidget], here: QWidget | None, first: QWidget, *, forward: bool) -> bool:
    """Move the keyboard from `here` on to the next of the stops, or back; from elsewhere it begins at `first`."""
    if not order:
        return False
    if here in order:
        place = order.index(here) + (1 if forward else -1)
    else:
        place = (order.index(first) if first in order else 0) - (0 if forward else 1)
    target = order[place % len(order)]
    target.setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
    bring_in_sight(target)
    return True


def bring_in_sight(widget: QWidget) -> None:
    """Scroll all that is around a widget so that it can be seen."""
    around = widget.parentWidget()
    while around is not None and not around.isWindow():
        if isinstance(around, QScrollArea):
            around.ensureWidgetVisible(widget)
        around = around.parentWidget()


def _is_seen(widget: QWidget) -> bool:
    return widget.isVisible() and not widget.isWindow()


def _takes_tab(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.isEnabled() and widget.focusProxy() is None
