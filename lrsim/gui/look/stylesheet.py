"""The one style sheet of the window, filled in with the tokens of a theme.

Widgets opt into a role with dynamic properties: ``role`` is one of ``title``, ``large``, ``muted``, ``rate``,
``good``, ``warn``, ``bad`` (labels), ``chosen-rate`` (labels and fields), ``large-rate`` (fields), ``primary``,
``quiet``, ``heading`` (buttons) and ``sheet``.
"""

from __future__ import annotations

from string import Template

from PySide6.QtWidgets import QApplication, QWidget

from lrsim.charts.look import CORNER_PX, mix
from lrsim.gui.look.theme import Theme, font, palette

STYLE = "fusion"

_TEMPLATE = Template("""
QWidget { color: $text; }
QMainWindow, QDialog { background: $background; }
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
#notice { background: $surface; border: 1px solid $warn; border-radius: ${corner_px}px; }
#notice[tone="good"] { border-color: $control_line; }
QFrame[role="sheet"] { background: $background; border: 1px solid $control_line; border-radius: ${corner_px}px; }

QDockWidget { color: $muted; titlebar-close-icon: none; titlebar-normal-icon: none; }
QDockWidget::title { background: $background; padding: 6px 12px; text-align: left; }

QToolTip { background: $surface; color: $text; border: 1px solid $line; padding: 4px 8px; }

QLabel { background: transparent; }
QLabel[role="title"] { font-weight: 600; }
QLabel[role="large"] { font-size: ${large_px}px; font-weight: 600; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="rate"] { color: $rate; }
QLabel[role="chosen-rate"] { color: $rate; font-weight: 600; }
QLineEdit[role="large-rate"] { color: $rate; font-weight: 600; font-size: ${large_px}px; }
QLabel[role="good"] { color: $good; }
QLabel[role="warn"] { color: $warn; }
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
    selection-background-color: $text_selection; selection-color: $text;
}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QAbstractSpinBox:focus {
    border: 2px solid $text; padding: 2px 7px;
}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: none; }
QLineEdit[invalid="true"], QAbstractSpinBox[invalid="true"] { border-color: $bad; }
QLineEdit[role="chosen-rate"] { color: $rate; font-weight: 600; }
QLineEdit:disabled, QAbstractSpinBox:disabled { color: $faded; border-color: $line; }

QComboBox {
    background: $surface; border: 1px solid $line; border-radius: ${corner_px}px; padding: 3px 8px;
}
QComboBox:hover { background: $hover; border-color: $control_line; }
QComboBox:focus { border: 2px solid $text; padding: 2px 7px; }
QComboBox::drop-down { border: none; width: ${arrow_box_px}px; }
QComboBox::down-arrow {
    width: 0; height: 0; margin-right: 4px;
    border-left: ${arrow_px}px solid $surface; border-right: ${arrow_px}px solid $surface;
    border-top: ${arrow_px}px solid $muted;
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
QScrollBar:vertical { background: transparent; width: ${bar_px}px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: ${bar_px}px; margin: 0; }
QScrollBar::handle { background: $bar; border: 2px solid $background; border-radius: ${bar_radius_px}px; }
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
QCheckBox::indicator {
    width: ${box_px}px; height: ${box_px}px; padding: 2px; border: 1px solid $control_line; border-radius: 3px;
    background-clip: content; background-origin: content;
}
QCheckBox::indicator:checked { background-color: $text; border-color: $text; }
QGroupBox { border: none; margin-top: ${group_px}px; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; left: 0; }
""")


def style_sheet(theme: Theme) -> str:
    """The style sheet of a window in the tokens of ``theme``."""
    bar = 12 if theme.base_px < 20 else 20
    return _TEMPLATE.substitute(
        background=theme.background,
        surface=theme.surface,
        line=theme.line,
        text=theme.text,
        muted=theme.muted,
        rate=theme.rate,
        good=theme.good,
        warn=theme.warn,
        bad=theme.bad,
        hover=theme.hover,
        selection=theme.selection,
        control_line=theme.control_line,
        text_selection=mix(theme.background, theme.text, 0.2),
        primary_hover=mix(theme.text, theme.background, 0.15),
        faded=mix(theme.muted, theme.background, 0.35),
        bar=mix(theme.background, theme.text, 0.25),
        large_px=theme.large_px,
        corner_px=CORNER_PX,
        bar_px=bar,
        bar_radius_px=bar // 2,
        arrow_px=4 if theme.base_px < 20 else 6,
        arrow_box_px=20 if theme.base_px < 20 else 32,
        group_px=theme.base_px + 8,
        box_px=theme.base_px - 4,
    )


def apply(app: QApplication, theme: Theme) -> None:
    """Give the application the palette and the font of ``theme``, on the style that the style sheet is made for."""
    if app.style().name() != STYLE:
        app.setStyle(STYLE)
    app.setPalette(palette(theme))
    app.setFont(font(theme))


def dress(top: QWidget, theme: Theme) -> None:
    """Give a window and all that belongs to it, dialogs, menus and tooltips too, the style sheet of ``theme``.

    The same sheet on the application takes three times as long to change.
    """
    top.setStyleSheet(style_sheet(theme))
