"""The one style sheet of the windows. It is the same in all themes, so that a change of theme sets no other one.

Its tones are roles of the palette. Tones that no role may wear, and sizes, it takes by the property ``theme`` of the
window that wears it.

Widgets opt into a role with dynamic properties: ``role`` is one of ``title``, ``large``, ``muted``, ``rate``,
``good``, ``warn``, ``bad`` (labels), ``chosen-rate`` (labels and fields), ``large-rate`` (fields), ``primary``,
``quiet``, ``heading`` (buttons) and ``sheet``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from string import Template

from PySide6.QtGui import QPalette

from lrsim.charts.look import CORNER_PX
from lrsim.gui.look.theme import THEMES, TONES, Theme, sized

_SHARED = Template("""
QMainWindow::separator { background: $line; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: $muted; }
QToolBar { background: $surface; border: none; border-top: 1px solid $line; padding: 0; }
#topBar { background: $background; border: none; border-bottom: 1px solid $line; }
#sweepBar { border: none; border-bottom: 1px solid $line; }
#sweepFoot { border: none; border-top: 1px solid $line; }
#claimLine, #endingLine { background: $surface; border: none; border-bottom: 1px solid $line; }
#pending { border: none; border-top: 1px solid $line; }
#complaint {
    background: $surface; color: $bad; border: 1px solid $bad; border-radius: ${corner_px}px; padding: 4px 8px;
}
#loading { background: $surface; border: 1px solid $line; border-radius: ${corner_px}px; }
#loading QProgressBar::chunk { background: $muted; }
#notice { background: $surface; border: 1px solid $control_line; border-radius: ${corner_px}px; }
QFrame[role="sheet"] { background: $background; border: 1px solid $control_line; border-radius: ${corner_px}px; }

QDockWidget { color: $muted; titlebar-close-icon: none; titlebar-normal-icon: none; }
QDockWidget::title { background: $background; padding: 6px 12px; text-align: left; }

QToolTip { background: $surface; color: $text; border: 1px solid $line; padding: 4px 8px; }

QLabel[role="title"] { font-weight: 600; }
QLabel[role="large"], QLabel[role="chosen-rate"] { font-weight: 600; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="bad"] { color: $bad; }

QPushButton, QToolButton {
    background: $surface; border: 1px solid $line; border-radius: ${corner_px}px; padding: 4px 12px;
}
QToolButton { padding: 3px 4px; }
QPushButton:hover, QToolButton:hover { background: $hover; border-color: $control_line; }
QPushButton:pressed, QToolButton:pressed, QPushButton:checked, QToolButton:checked { background: $selection; }
QPushButton:focus, QToolButton:focus { border: 2px solid $text; padding: 3px 11px; }
QToolButton:focus { padding: 2px 3px; }
QPushButton:disabled, QToolButton:disabled { color: $faded; background: $background; }
QPushButton[role="primary"], QToolButton[role="primary"] { background: $text; color: $background; border-color: $text; }
QPushButton[role="primary"]:hover, QToolButton[role="primary"]:hover { background: $primary_hover; }
QPushButton[role="primary"]:focus, QToolButton[role="primary"]:focus { border: 2px solid $muted; }
QPushButton[role="primary"]:disabled, QToolButton[role="primary"]:disabled {
    background: $surface; color: $faded; border-color: $line;
}
QToolButton[role="quiet"] { background: transparent; border-color: transparent; }
QToolButton[role="quiet"]:hover { background: $hover; }
QToolButton[role="quiet"]:checked { background: $selection; }
QToolButton[role="quiet"]:focus { border: 2px solid $text; }
QToolButton[role="heading"] { background: transparent; border-color: transparent; font-weight: 600; padding-left: 0; }
QToolButton[role="heading"]:hover { background: $hover; }
QToolButton[role="heading"]:focus { border: 2px solid $text; padding-left: 0; }
QToolButton::menu-indicator { image: none; width: 0; }

QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox {
    background: $background; border: 1px solid $control_line; border-radius: ${corner_px}px; padding: 3px 8px;
    color: $text; selection-background-color: $text_selection; selection-color: $text;
}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QAbstractSpinBox:focus {
    border: 2px solid $text; padding: 2px 7px;
}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: none; }
QLineEdit[invalid="true"], QAbstractSpinBox[invalid="true"] { border-color: $bad; }
QLineEdit[role="chosen-rate"], QLineEdit[role="large-rate"] { font-weight: 600; }
QLineEdit:disabled, QAbstractSpinBox:disabled { color: $faded; border-color: $line; }

QComboBox {
    background: $surface; border: 1px solid $line; border-radius: ${corner_px}px; padding: 3px 8px;
}
QComboBox:hover { background: $hover; border-color: $control_line; }
QComboBox:focus { border: 2px solid $text; padding: 2px 7px; }
QComboBox::drop-down { border: none; }
QComboBox::down-arrow {
    width: 0; height: 0; margin-right: 4px;
}
QComboBox QAbstractItemView {
    background: $background; border: 1px solid $line; outline: none; padding: 4px;
    selection-background-color: $selection; selection-color: $text;
}

QMenuBar { background: $background; }
QMenuBar::item { background: transparent; padding: 4px 8px; border-radius: ${corner_px}px; }
QMenuBar::item:selected { background: $selection; }
QMenu { background: $background; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 4px 24px 4px 24px; border-radius: 4px; }
QMenu::item:selected { background: $selection; color: $text; }
QMenu::item:disabled { color: $faded; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }

QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab {
    background: transparent; color: $muted; padding: 6px 12px; border: none; border-bottom: 2px solid transparent;
}
QTabBar::tab:hover { color: $text; background: $hover; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $text; }
QTabBar::tab:focus { color: $text; border: 2px solid $text; }
QTabWidget::pane { border: none; border-top: 1px solid $line; }

QTableView, QListView, QTreeView {
    background: $background; border: none; outline: none; gridline-color: transparent;
    selection-background-color: $selection; selection-color: $text;
}
QFrame#arrange QListView { border: 1px solid $line; border-radius: 4px; padding: 4px; }
QFrame#arrange QListView::item { padding: 3px 4px; }
QListView[role="popup"] { background: $background; border: 1px solid $control_line; padding: 4px; }
QHeaderView { background: $background; border: none; }
QHeaderView::section {
    background: $background; color: $muted; border: none; border-bottom: 1px solid $line; padding: 4px 8px;
}

QHeaderView::section:vertical { border: none; }
QTableCornerButton::section { background: $background; border: none; }

QSlider::groove:horizontal { background: $line; height: 4px; border-radius: 2px; }
QSlider::handle:horizontal {
    background: $background; border: 1px solid $control_line; border-radius: 8px;
    width: 14px; height: 14px; margin: -6px 0;
}
QSlider::handle:horizontal:hover { border-color: $text; }
QSlider:focus { border: 2px solid $text; border-radius: ${corner_px}px; }

QScrollArea, QAbstractScrollArea { background: transparent; border: none; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollBar { background: transparent; margin: 0; }
QScrollBar::handle { background: $bar; border: 2px solid $background; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover, QScrollBar::handle:pressed { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QSplitter::handle { background: $line; }
QSplitter::handle:hover { background: $muted; }
QProgressBar {
    background: $surface; border: 1px solid $line; border-radius: ${corner_px}px; text-align: center; color: $text;
}
QProgressBar::chunk { background: $selection; border-radius: 5px; }
QStatusBar { background: $background; color: $muted; }
QStatusBar::item { border: none; }
QCheckBox, QRadioButton { spacing: 8px; }
QCheckBox:focus, QRadioButton:focus { text-decoration: underline; }
QCheckBox::indicator, QTreeView::indicator {
    padding: 2px; border: 1px solid $control_line; border-radius: 3px;
    background-clip: content; background-origin: content;
}
QCheckBox::indicator:checked, QTreeView::indicator:checked { background-color: $text; border-color: $text; }
""")

_OWN = Template("""
$top #notice { border-color: $warn; }
$top #notice[tone="good"] { border-color: $control_line; }
$top QLabel[role="large"] { font-size: ${large_px}px; }
$top QLabel[role="rate"], $top QLabel[role="chosen-rate"] { color: $rate; }
$top QLabel[role="good"] { color: $good; }
$top QLabel[role="warn"] { color: $warn; }
$top QLineEdit[role="chosen-rate"]:enabled, $top QLineEdit[role="large-rate"]:enabled { color: $rate; }
$top QLineEdit[role="large-rate"] { font-size: ${large_px}px; }
$top QComboBox::drop-down { width: ${arrow_box_px}px; }
$top QComboBox::down-arrow {
    border-left: ${arrow_px}px solid $surface; border-right: ${arrow_px}px solid $surface;
    border-top: ${arrow_px}px solid $muted;
}
$top QScrollBar:vertical { width: ${bar_px}px; }
$top QScrollBar:horizontal { height: ${bar_px}px; }
$top QScrollBar::handle { border-radius: ${bar_radius_px}px; }
$top QCheckBox::indicator, $top QTreeView::indicator { width: ${box_px}px; height: ${box_px}px; }
""")


@lru_cache(maxsize=8)
def style_sheet(text_percent: int = 100) -> str:
    """The style sheet of a window whose texts are so large."""
    tones = {tone: f"palette({_in_style_sheets(role)})" for tone, role in TONES.items()}
    own = [_own(sized(name, text_percent), tones) for name in THEMES]
    return "".join([_SHARED.substitute(tones, corner_px=CORNER_PX), *own])


def _in_style_sheets(role: QPalette.ColorRole) -> str:
    """What style sheets call a role, such as ``window-text``."""
    return re.sub("(?<=[a-z])(?=[A-Z])", "-", role.name).lower()


def _own(theme: Theme, tones: dict[str, str]) -> str:
    """The rules that hold for one theme alone."""
    large = theme.base_px >= 20
    bar = 20 if large else 12
    return _OWN.substitute(
        tones,
        top=f'*[theme="{theme.name}"]',
        rate=theme.rate,
        good=theme.good,
        warn=theme.warn,
        large_px=theme.large_px,
        bar_px=bar,
        bar_radius_px=bar // 2,
        arrow_px=6 if large else 4,
        arrow_box_px=32 if large else 20,
        box_px=theme.base_px - 4,
    )
