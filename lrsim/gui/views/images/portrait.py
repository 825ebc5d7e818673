"""The chosen sample, large, with what the model says of it in words."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from lrsim.charts.look import PADDING_PX, UNIT_PX
from lrsim.common.numbers import count, short
from lrsim.data.dataset import Dataset
from lrsim.gui.bridge.binding import show_property, show_text
from lrsim.gui.chart.frame import ALIGN_LEFT, ALIGN_RIGHT, Fonts
from lrsim.gui.look import icons
from lrsim.gui.look.painting import painting
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.views.images.answers import NONE, Answers
from lrsim.gui.widgets.labels import wrapped_label
from lrsim.gui.widgets.sample_images import ImagePicture

MOST_BARS = 4
IMAGE_EM = 8


class Portrait(QWidget):
    """Image, label, prediction and how sure the model is."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._data: Dataset | None = None
        self.picture = ImagePicture(themes, self)
        self.name = wrapped_label(role="title")
        self.wanted, self.given, self.sure = (QLabel(self) for _ in range(3))
        for label in (self.wanted, self.given):
            label.setProperty("role", "large")
        self._sure_name = self._muted(self.tr("probability"))
        self._mark = QLabel(self)
        self.verdict = QLabel(self)
        self._bars = Bars(themes, self)
        self._build()
        themes.follow(self._set_theme)

    def _muted(self, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setProperty("role", "muted")
        return label

    def _build(self) -> None:
        judged = QHBoxLayout()
        judged.setSpacing(UNIT_PX)
        judged.addWidget(self._mark)
        judged.addWidget(self.verdict)
        judged.addStretch(1)
        facts = QGridLayout()
        facts.setContentsMargins(0, 0, 0, 0)
        facts.setHorizontalSpacing(PADDING_PX)
        facts.setVerticalSpacing(2)
        for row, (name, value) in enumerate((
            (self._muted(self.tr("label")), self.wanted),
            (self._muted(self.tr("predicted")), self.given),
            (self._sure_name, self.sure),
        )):  # fmt: skip
            facts.addWidget(name, row, 0)
            facts.addWidget(value, row, 1)
        facts.addLayout(judged, 3, 0, 1, 2)
        words = QVBoxLayout()
        words.setSpacing(UNIT_PX)
        words.addWidget(self.name)
        words.addLayout(facts)
        words.addStretch(1)
        beside = QHBoxLayout(self)
        beside.setContentsMargins(PADDING_PX, 0, PADDING_PX, 0)
        beside.setSpacing(PADDING_PX)
        beside.addWidget(self.picture)
        beside.addLayout(words)
        beside.addWidget(self._bars, 1)

    def _set_theme(self, theme: Theme) -> None:
        side = round(theme.base_px * IMAGE_EM)
        self.picture.setFixedSize(side, side)

    def show_data(self, data: Dataset, probabilities: bool) -> None:
        """Show samples of other data; `probabilities` says whether outputs are that."""
        self._data = data
        self.picture.show_data(data)
        self._sure_name.setText(self.tr("probability") if probabilities else self.tr("output"))
        self._bars.forget()

    def clear(self) -> None:
        """No sample is chosen."""
        self.setVisible(False)

    def show_answer(self, answers: Answers, marked: bool) -> None:
        """Show the one sample that is answered for; `marked` says that the current step was computed on it."""
        data = self._data
        if data is None:
            return
        self.setVisible(True)
        number, given = int(answers.numbers[0]), int(answers.given[0])
        wanted = data.classes[int(answers.wanted[0])]
        part = self.tr("held out") if number >= len(data.X_train) else self.tr("training")
        part = self.tr("in this step's batch") if marked else part
        show_text(self.name, self.tr("Sample {0}, {1}").format(count(number + 1), part))
        show_text(self.wanted, wanted)
        said = self.tr("not finite") if given == NONE else data.classes[given]
        show_text(self.given, said)
        share = answers.share(0)
        show_text(self.sure, short(share) if self._sure_name.text() != self.tr("probability") else _percent(share))
        right = given == int(answers.wanted[0])
        self._judge(right)
        self._bars.show_shares(data, answers)
        words = self.tr("{0}: label {1}, predicted {2}").format(self.name.text(), wanted, said)
        inputs, _ = data.rows(answers.numbers)
        self.picture.show_sample(data.scaler.unscaled(inputs), words)
        self.setAccessibleName(f"{words}, {self.verdict.text()}")

    def _judge(self, right: bool) -> None:
        theme = self._themes.theme
        tone = "good" if right else "bad"
        show_text(self.verdict, self.tr("right") if right else self.tr("wrong"))
        show_property(self.verdict, "role", tone)
        self._mark.setPixmap(icons.pixmap(tone, theme.tone(tone), theme.base_px, self.devicePixelRatioF()))


class Bars(QWidget):
    """The classes that the model is most sure of, with a bar for each."""

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._rows: list[tuple[str, float, bool]] = []
        self._fonts = Fonts(themes.theme)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        themes.follow(self._set_theme)

    def _set_theme(self, theme: Theme) -> None:
        self._fonts = Fonts(theme)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._themes.theme.base_px * 8, 10)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def forget(self) -> None:
        """Nothing is known."""
        self._rows = []
        self.update()

    def show_shares(self, data: Dataset, answers: Answers) -> None:
        """Show how sure the model is of its first few classes for the one sample that is answered for."""
        shares, wanted = answers.shares[0], int(answers.wanted[0])
        order = sorted(range(len(shares)), key=lambda place: _rank(float(shares[place])), reverse=True)
        self._rows = [(data.classes[place], float(shares[place]), place == wanted) for place in order[:MOST_BARS]]
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting(self) as painter:
            self._draw(painter)

    def _draw(self, painter: QPainter) -> None:
        theme, fonts = self._themes.theme, self._fonts
        row = fonts.base_metrics.height() + UNIT_PX
        names = min(max((fonts.base_width(name) for name, _, _ in self._rows), default=0.0), self.width() / 3)
        values = fonts.base_width("100 %")
        room = self.width() - names - values - 4 * UNIT_PX
        if room < 2 * theme.base_px:
            return
        painter.setFont(fonts.base)
        for place, (name, share, wanted) in enumerate(self._rows):
            top = place * row
            if top + row > self.height():
                return
            text = fonts.base_metrics.elidedText(name, Qt.TextElideMode.ElideRight, names + 1)
            painter.setFont(fonts.title if wanted else fonts.base)
            painter.setPen(QColor(theme.text))
            painter.drawText(QRectF(0, top, names + 2 * UNIT_PX, row), ALIGN_LEFT, text)
            left = names + 2 * UNIT_PX
            painter.fillRect(QRectF(left, top + row / 4, room, row / 2), QColor(theme.hover))
            filled = min(max(share, 0.0), 1.0) if math.isfinite(share) else 0.0
            painter.fillRect(QRectF(left, top + row / 4, room * filled, row / 2), QColor(theme.muted))
            painter.setFont(fonts.base)
            painter.setPen(QColor(theme.muted))
            box = QRectF(self.width() - values - 1, top, values + 1, row)
            painter.drawText(box, ALIGN_RIGHT, f"{100 * share:.0f} %" if math.isfinite(share) else short(share))


def _rank(share: float) -> float:
    return share if math.isfinite(share) else -math.inf


def _percent(share: float) -> str:
    return f"{short(100 * share)} %" if math.isfinite(share) else short(share)
