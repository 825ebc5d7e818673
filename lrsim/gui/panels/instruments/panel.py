"""The instruments: what each reads now, what it says and where it comes from, and a way to its curve."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHeaderView,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from lrsim.charts.look import PADDING_PX
from lrsim.common.numbers import count, short
from lrsim.gui.bridge.binding import quiet, show_text
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.throttle import Throttle
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.panels.instruments.readings import Reading, Readings
from lrsim.gui.widgets.labels import wrapped_label
from lrsim.gui.widgets.side_by_side import Beside
from lrsim.gui.widgets.use_rate_button import UseRateButton
from lrsim.instruments.registry import INSTRUMENTS
from lrsim.session.snapshot import Snapshot

TITLE, NOW, STEP = 0, 1, 2
NAME = Qt.ItemDataRole.UserRole
PLAYING_MS = 400
"""While it plays they are read about so often."""
STEPS_FROM_EM = 16
WORDS_EM = (20, 32)
"""Least and greatest width of what is said of an instrument, in text sizes."""


class InstrumentsPanel(Beside):
    """All instruments with their newest values; the chosen one is explained and can be followed as a watch.

    Signals
    -------
    rate_chosen(float)
        The largest stable rate is to be used from the next step on.
    followed()
        An instrument was made a watch.
    """

    rate_chosen = Signal(float)
    followed = Signal()

    def __init__(self, bridge: Bridge, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = bridge.session
        self._snapshot = bridge.reader.snapshot()
        self._theme = themes.theme
        self.readings = Readings(bridge, self)
        self.readings.changed.connect(self._show_values)
        self.readings.failed.connect(self._tell)
        self._pace = Throttle(self.readings.read, PLAYING_MS, self)
        self.list = self._tree()
        self._says = wrapped_label()
        self._source = wrapped_label(role="muted")
        self._trouble = wrapped_label(role="muted")
        self._trouble.hide()
        self.follow_button = QToolButton(self)
        self.follow_button.setText(self.tr("Over all steps"))
        self.follow_button.clicked.connect(self._follow)
        self._predicted = wrapped_label(role="muted")
        self._predicted.setText(self.tr("Largest stable rate, predicted:"))
        self.use = UseRateButton(themes, self)
        self.use.clicked.connect(lambda: self.rate_chosen.emit(self.use.rate))
        self._lay_out()
        self.list.setCurrentItem(self._rows()[0])
        bridge.run_changed.connect(self._begin)
        bridge.changed.connect(self.show_snapshot)
        themes.follow(self._set_theme)

    @staticmethod
    def title() -> str:
        """What it is called for people."""
        return QCoreApplication.translate("InstrumentsPanel", "Instruments")

    def _tree(self) -> QTreeWidget:
        tree = QTreeWidget(self)
        tree.setHeaderLabels([self.tr("Instrument"), self.tr("Now"), self.tr("At step")])
        tree.setRootIsDecorated(False)
        tree.setUniformRowHeights(True)
        tree.setAccessibleName(self.title())
        tree.header().setStretchLastSection(False)
        tree.header().setSectionResizeMode(TITLE, QHeaderView.ResizeMode.Stretch)
        for column in (NOW, STEP):
            tree.header().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
            tree.headerItem().setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for name, each in INSTRUMENTS.items():
            item = QTreeWidgetItem(tree, [each.title])
            item.setData(TITLE, NAME, name)
            item.setToolTip(TITLE, f"{each.sentence} {each.source}")
            for column in (NOW, STEP):
                item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        tree.currentItemChanged.connect(self._explain)
        tree.itemActivated.connect(self._follow)
        return tree

    def _lay_out(self) -> None:
        side = QWidget(self)
        words = QVBoxLayout(side)
        words.setContentsMargins(PADDING_PX, 6, PADDING_PX, PADDING_PX)
        words.setSpacing(8)
        words.addWidget(self._says)
        words.addWidget(self._source)
        words.addWidget(self.follow_button)
        words.addStretch(1)
        words.addWidget(self._trouble)
        words.addWidget(self._predicted)
        words.addWidget(self.use, 0, Qt.AlignmentFlag.AlignLeft)
        self.place(self.list, side, WORDS_EM, QBoxLayout.Direction.TopToBottom)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.fit(theme)
        self._show_values()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little width, the step of a value gives way to its name."""
        super().resizeEvent(event)
        self.list.setColumnHidden(STEP, self.width() < STEPS_FROM_EM * self._theme.base_px)

    @property
    def settled(self) -> bool:
        """Whether all is read that is in sight."""
        return not (self.isVisible() and self.readings.busy)

    # --- what is shown

    def _begin(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._trouble.hide()
        self.readings.forget()

    def refresh(self) -> None:
        self._pace.follow(self._snapshot)
        self._explain()  # whether it is a watch by now

    def _show_values(self) -> None:
        with quiet(self.list):
            for item in self._rows():
                reading = self.readings.values.get(item.data(TITLE, NAME))
                item.setText(NOW, "" if reading is None else _in_words(reading))
                item.setText(STEP, "" if reading is None else count(reading.step))
                bad = reading is not None and reading.limit is not None and reading.value > reading.limit
                item.setForeground(NOW, QBrush(QColor(self._theme.bad if bad else self._theme.text)))
        stable = self.readings.values.get("stable_rate")
        known = stable is not None and math.isfinite(stable.value) and stable.value > 0
        self._predicted.setVisible(known)
        self.use.show_rate(stable.value if stable is not None and known else None, self._promise())
        self._explain()

    def _rows(self) -> list[QTreeWidgetItem]:
        found = (self.list.topLevelItem(row) for row in range(self.list.topLevelItemCount()))
        return [item for item in found if item is not None]

    def _promise(self) -> str:
        return self.tr(
            "Makes the largest stable rate the rate: a prediction from the curvature here, which training moves; it "
            "was not tried. Undo brings the present one back"
        )

    def _chosen(self) -> str:
        item = self.list.currentItem()
        return next(iter(INSTRUMENTS)) if item is None else item.data(TITLE, NAME)

    def _explain(self) -> None:
        name = self._chosen()
        each, reading = INSTRUMENTS[name], self.readings.values.get(name)
        show_text(self._says, each.sentence)
        notes = [self.tr("Source: {0}.").format(each.source)]
        if reading is not None and reading.is_approximate:
            notes.append(self.tr("Approximate: a step sees a batch, the curvature is of all rows or a sample."))
        if reading is not None and math.isnan(reading.value):
            notes.append(self.tr("There is no value here: it needs a step before this one, or finite parameters."))
        show_text(self._source, " ".join(notes))
        taken = any(watch.text == name for watch in self._snapshot.watches)
        self.follow_button.setEnabled(not taken)
        tip = self.tr("Is among the watches (W)") if taken else self.tr("Follows {0} as a watch, over the past too")
        self.follow_button.setToolTip(tip.format(each.title))
        self.follow_button.setAccessibleName(self.tr("Follow {0} over all steps").format(each.title))

    def _tell(self, why: str) -> None:
        show_text(self._trouble, why)
        self._trouble.show()

    # --- the hand

    def _follow(self) -> None:
        if self.follow_button.isEnabled():
            self._session.set_watch("", self._chosen())
            self.followed.emit()


def _in_words(reading: Reading) -> str:
    value = short(reading.value)
    return value if reading.limit is None else f"{value} of {short(reading.limit)}"
