"""Find a learning rate: a range test and trials on copies of the run, the one rate that does best, and taking it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from lrsim.charts.look import PADDING_PX
from lrsim.common.numbers import count, full, short
from lrsim.gui.bridge.binding import show_property, show_text
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.views.finder_advice import Recommendation
from lrsim.gui.views.range_chart import RangePlot
from lrsim.gui.widgets.number_field import NumberField
from lrsim.gui.widgets.sentence import Sentence
from lrsim.gui.widgets.side_by_side import Beside
from lrsim.gui.words.entries import parse_count, parse_rate
from lrsim.instruments.range_report import by_rate, curve_in_words
from lrsim.instruments.range_test import HIGHEST, LOWEST, POINTS
from lrsim.session.snapshot import Snapshot

FEWEST, MOST = 20, 100_000
SIDE_EM = (20, 28)
"""Least and greatest width of what stands beside the chart, in text sizes."""


class FinderView(Beside):
    """The loss over the rate, where training with each rate that was tried ends, and a button to take the best.

    Copies of what stands at the cursor are trained; the run is left as it is.

    Signals
    -------
    rate_chosen(float)
        A rate to use from the next step on.
    """

    NAME = "finder"
    rate_chosen = Signal(float)

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        self._session = bridge.session
        self._reader = bridge.reader
        self._theme = themes.theme
        self._snapshot = bridge.session.snapshot()
        self.plot = RangePlot(themes, self.title())
        self.plot.setObjectName(self.NAME)
        self.plot.rate_chosen.connect(self.rate_chosen)
        self.lowest = self._field(parse_rate, LOWEST, self.tr("Lowest rate"), self.tr("The rate of the first step"))
        self.highest = self._field(parse_rate, HIGHEST, self.tr("Highest rate"), self.tr("The rate of the last step"))
        self.points = self._field(
            _parse_points, POINTS, self.tr("Steps"),
            self.tr("How many steps the test takes; each uses a rate that is higher by the same factor"),
        )  # fmt: skip
        self.run_button = QPushButton(self)
        self.run_button.setProperty("role", "primary")
        self.run_button.clicked.connect(self.run_or_cancel)
        self._status = Sentence(themes.theme.muted, self, lines=6)
        self.recommendation = Recommendation(themes, self)
        self.recommendation.rate_chosen.connect(self.rate_chosen)
        self._lay_out()
        themes.follow(self._set_theme)
        bridge.run_changed.connect(self.rebuild)
        bridge.changed.connect(self.show_snapshot)
        self.refresh()

    @staticmethod
    def title() -> str:
        """What it is called for people."""
        return QCoreApplication.translate("FinderView", "Loss as the rate grows")

    def _field(self, parse: Callable[[str], float], value: float, name: str, tip: str) -> NumberField:
        whole = parse is _parse_points
        field = NumberField(parse, str if whole else short, self, edit=str if whole else full)
        field.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        field.setAccessibleName(name)
        field.setToolTip(tip)
        field.show_value(value)
        field.committed.connect(self._take_field)
        return field

    def _lay_out(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(PADDING_PX, 6, PADDING_PX, PADDING_PX)
        column.setSpacing(8)
        column.addWidget(self.recommendation)
        for row in (
            self._row((self.tr("from"), self.lowest), (self.tr("to"), self.highest)),
            self._row((self.tr("steps"), self.points), ("", self.run_button)),
        ):
            column.addLayout(row)
        column.addWidget(self._status)
        column.addStretch(1)
        self.place(self.plot, content, SIDE_EM, QBoxLayout.Direction.BottomToTop)

    def _row(self, *fields: tuple[str, QWidget]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        for text, field in fields:
            if text:
                label = QLabel(text, self)
                label.setProperty("role", "muted")
                label.setBuddy(field)
                row.addWidget(label)
            row.addWidget(field)
        row.addStretch(1)
        return row

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.fit(theme)
        self._show_status()

    # --- what is shown

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment: no test yet."""
        scaled = self._reader.problem_of(snapshot).data.scales_targets
        self.plot.y_title = self.tr("loss, scaled target") if scaled else self.tr("loss")
        self.show_snapshot(snapshot)

    @property
    def running(self) -> bool:
        """Whether a test is under way."""
        return self._snapshot.busy == "range_test"

    def message(self) -> str:
        """What the lines beside the chart say."""
        return self._status.text()

    def refresh(self) -> None:
        search = self._snapshot.range_test
        self._show_range()
        self.plot.show_rate(self._snapshot.lr)
        if search is None:
            self.plot.show_notice(self.tr("Press Run: copies are trained to find the rate that does best"))
        else:
            self.plot.show_search(search)
        self.recommendation.show_search(search, self._snapshot.lr)
        show_property(self.run_button, "role", "" if search is not None and search.rate is not None else "primary")
        show_text(self.run_button, self.tr("Cancel") if self.running else self.tr("Run"))
        self.run_button.setToolTip(
            self.tr("Ends the search and keeps what it has found") if self.running
            else self.tr("Trains copies, the better rates for longer; the run stays as it is")
        )  # fmt: skip
        self.run_button.setEnabled(self._snapshot.busy in (None, "range_test"))
        self._show_status()

    def _show_range(self) -> None:
        """The axis shows the rates of the test and those that were tried, before there is one those asked for."""
        search, (low, high) = self._snapshot.range_test, self._asked()
        if search is not None and not low >= high:
            tried = () if search.tried is None else by_rate(search.tried)
            rates = [*([] if self.running else search.test.rates[[0, -1]].tolist() if len(search.test.rates) else []),
                     *(item.candidate.rate for item in tried)]  # fmt: skip
            low, high = min([low, *rates]), max([high, *rates])
        if low < high:
            self.plot.set_range(low, high)

    def _asked(self) -> tuple[float, float]:
        return self.lowest.value(), self.highest.value()

    def _show_status(self) -> None:
        low, high = self._asked()
        if not low < high:
            text = self.tr("expected a lowest rate below the highest, got {0} and {1}")
            self._status.set_text(text.format(short(low), short(high)), self._theme.bad)
            return
        search = self._snapshot.range_test
        untouched = self.tr("The run is untouched.")
        if search is None:
            text = self.tr("Sets out from where the run stands, on copies of it.")
        elif self.running and search.tried is None:
            done = len(search.test.rates)
            text = self.tr("Step {0} of {1} on a copy.").format(count(done), count(self.points.value()))
        elif self.running:
            text = self.tr("Rates are being tried on copies.")
        else:
            text = self.tr("From step {0}: {1}").format(count(search.step), curve_in_words(search.test))
        self._status.set_text(f"{text} {untouched}", self._theme.text if search else self._theme.muted)

    # --- the hand

    def _take_field(self) -> None:
        self._show_range()
        self._show_status()

    def run_or_cancel(self) -> None:
        """Begin a test with the rates in the fields, or end the one that is under way."""
        if self.running:
            self._session.cancel()
            return
        low, high = self._asked()
        if not low < high:
            return
        self.plot.show_all()
        self._session.find_rates(low, high, self.points.value())


def _parse_points(text: str) -> int:
    points = parse_count(text)
    if not FEWEST <= points <= MOST:
        words = QCoreApplication.translate("FinderView", "expected {0} to {1} steps, got {2}")
        raise ValueError(words.format(FEWEST, count(MOST), points))
    return points
