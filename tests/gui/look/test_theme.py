"""Colours can be told apart, and the rate's is its alone."""

from __future__ import annotations

import gc
import weakref

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from lrsim.charts.look import contrast, mix
from lrsim.gui.look import theme as themes
from lrsim.gui.look.dress import apply, dress
from lrsim.gui.look.theme import THEMES, ThemeSource, rate_pen, series_pen

EACH = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#FFFFFF", "#767676") == pytest.approx(4.54, abs=0.01)
    assert mix("#000000", "#FFFFFF", 0.5) == "#808080"


@EACH
def test_everything_written_can_be_read(theme):
    colors = [theme.text, theme.muted, theme.rate, *theme.series, theme.good, theme.warn, theme.bad]
    low = {color: contrast(color, theme.background) for color in colors}
    assert min(low.values()) >= theme.min_contrast, low
    for panel in (theme.surface, theme.hover, theme.selection):
        assert contrast(theme.text, panel) >= theme.min_contrast
        assert contrast(theme.muted, panel) >= theme.min_contrast


def test_a_projector_asks_for_more():
    assert [THEMES[name].min_contrast for name in ("light", "dark", "projector")] == [4.5, 4.5, 7.0]
    assert THEMES["projector"].line_width == 3
    assert not THEMES["projector"].antialias


@EACH
def test_controls_stand_out_from_the_background(theme):
    assert contrast(theme.control_line, theme.background) >= 3


@EACH
def test_no_palette_role_wears_the_colour_of_the_rate(qapp, theme):
    palette = themes.palette(theme)
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive, QPalette.ColorGroup.Disabled):
        for role in QPalette.ColorRole:
            if role != QPalette.ColorRole.NColorRoles:
                assert palette.color(group, role) != QColor(theme.rate), role


@EACH
def test_no_control_wears_the_colour_of_the_rate(qtbot, theme):
    apply(QApplication.instance(), theme)
    box = QWidget()
    qtbot.addWidget(box)
    column = QVBoxLayout(box)
    entry, button, progress = QLineEdit("0.001"), QPushButton("Play"), QProgressBar()
    button.setDefault(True)
    progress.setValue(40)
    check = QCheckBox("Link")
    check.setChecked(True)
    choice = QComboBox()
    choice.addItem("Linear")
    for widget in (entry, button, progress, check, choice):
        column.addWidget(widget)
    dress(box, theme)
    box.show()
    entry.setFocus()
    entry.selectAll()
    picture = box.grab().toImage()
    colors = {picture.pixel(x, y) for x in range(picture.width()) for y in range(picture.height())}
    assert QColor(theme.rate).rgb() not in colors
    assert len(colors) > 3


@EACH
def test_pens_follow_the_theme(theme):
    assert rate_pen(theme).color() == QColor(theme.rate)
    assert [series_pen(theme, index).color().name().upper() for index in range(4)] == list(theme.series)
    assert series_pen(theme, 4).color() == series_pen(theme, 0).color()
    assert series_pen(theme, 0, "dashed").style() != series_pen(theme, 0).style()
    assert series_pen(theme, 0).width() == theme.line_width


@EACH
def test_a_theme_changes_palette_font_and_style(qapp, qtbot, theme):
    apply(qapp, theme)
    assert qapp.palette().window().color() == QColor(theme.background)
    assert qapp.font().pixelSize() == theme.base_px
    box = QWidget()
    qtbot.addWidget(box)
    label = QLabel("muted", box)
    label.setProperty("role", "muted")
    dress(box, theme)
    label.ensurePolished()
    assert label.palette().windowText().color() == QColor(theme.muted)


class Wearer(QWidget):
    """Follows the theme and notes it."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.worn: list[str] = []
        themes.follow(self._set_theme)

    def _set_theme(self, theme) -> None:
        self.worn.append(theme.name)
        self.update()  # fails once the widget is deleted


def test_followers_are_told_now_and_of_each_change_once(themes, qtbot):
    wearer = Wearer(themes)
    qtbot.addWidget(wearer)
    assert wearer.worn == ["light"]
    themes.wear(THEMES["dark"])
    themes.wear(THEMES["dark"])
    assert wearer.worn == ["light", "dark"]
    assert themes.theme is THEMES["dark"]


def test_a_deleted_widget_is_left_alone(themes, qtbot):
    box = QWidget()
    qtbot.addWidget(box)
    wearer = Wearer(themes, box)
    wearer.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    themes.wear(THEMES["dark"])
    assert wearer.worn == ["light"]


def test_following_keeps_no_widget_alive(themes):
    gone = weakref.ref(Wearer(themes))
    gc.collect()
    assert gone() is None
    themes.wear(THEMES["dark"])
