"""Which classes are taken for which, on the samples that are trained on or on those held out."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.common.numbers import count
from lrsim.gui.bridge.binding import show_text
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.evaluator import Evaluator
from lrsim.gui.bridge.throttle import Throttle
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.panels.answers.matrix import MOST_CLASSES, MatrixPlot
from lrsim.gui.views.images.answers import answers_for
from lrsim.gui.widgets.labels import wrapped_label
from lrsim.gui.widgets.segments import Segments
from lrsim.gui.widgets.side_by_side import Beside
from lrsim.instruments.confusion import Confusion, confusion
from lrsim.session.snapshot import Snapshot

TRAINING, HELD_OUT = "training", "held_out"
MOST_ROWS = 5000
"""More rows than this are not asked about: every so manieth is."""
PLAYING_MS = 400
SIDE_EM = (18, 28)
MOST_MISTAKES = 3


class AnswersPanel(Beside):
    """A table of classes against answers, and in words which are taken for each other most."""

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        self._reader = bridge.reader
        self._snapshot = bridge.reader.snapshot()
        self._evaluator = Evaluator.of(bridge)
        self._asked: tuple[object, ...] = ()
        self.plot = MatrixPlot(themes, self.tr("Answers"))
        self.plot.setObjectName("answers")
        self.sets = self._set_actions()
        self.says = wrapped_label()
        self._pace = Throttle(self._ask, PLAYING_MS, self)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(PADDING_PX, 6, PADDING_PX, PADDING_PX)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.addWidget(Segments(self.tr("Which samples"), list(self.sets.values()), self))
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.says)
        column.addStretch(1)
        self.place(self.plot, content, SIDE_EM, QBoxLayout.Direction.BottomToTop)
        themes.follow(self.fit)
        bridge.run_changed.connect(self._begin)
        bridge.changed.connect(self.show_snapshot)
        self._begin(self._snapshot)

    @staticmethod
    def title() -> str:
        """What it is called for people."""
        return QCoreApplication.translate("AnswersPanel", "Answers")

    def _set_actions(self) -> dict[str, QAction]:
        group = QActionGroup(self)
        found = {}
        for name, title, tip in (
            (TRAINING, self.tr("Training"), self.tr("The samples that are trained on")),
            (HELD_OUT, self.tr("Held out"), self.tr("The samples that are not trained on")),
        ):
            action = QAction(title, group)
            action.setCheckable(True)
            action.setToolTip(tip)
            action.triggered.connect(lambda _checked=False: self.refresh())
            found[name] = action
        return found

    @property
    def settled(self) -> bool:
        """Whether what is shown is of the newest step."""
        return not (self.isVisible() and self._evaluator.is_asked_by(self))

    # --- what is shown

    def _begin(self, snapshot: Snapshot) -> None:
        """Another run: other classes, or none."""
        self._snapshot, self._asked = snapshot, ()
        data = self._reader.problem_of(snapshot).data
        held_out = len(data.X_test) > 0
        self.sets[HELD_OUT].setVisible(held_out)
        self.sets[HELD_OUT if held_out else TRAINING].setChecked(True)
        if self.isVisible():
            self.refresh()

    def refresh(self) -> None:
        classes = self._reader.problem_of(self._snapshot).data.classes
        if classes and len(classes) <= MOST_CLASSES:
            self._pace.follow(self._snapshot)
            return
        few = self.tr("Drawn for at most {0} classes; this data has {1}.").format(MOST_CLASSES, count(len(classes)))
        self.plot.show_notice(few if classes else self.tr("Drawn for classes; this experiment learns a number."))
        show_text(self.says, "")

    def _ask(self, snapshot: Snapshot) -> None:
        """Have the newest parameters asked, unless they were."""
        data = self._reader.problem_of(snapshot).data
        held_out = self.sets[HELD_OUT].isChecked()
        first, rows = (len(data.X_train), len(data.X_test)) if held_out else (0, len(data.X_train))
        key = (snapshot.run, snapshot.place, held_out)
        if key == self._asked:
            return
        self._asked = key
        numbers = first + np.arange(0, rows, -(-rows // MOST_ROWS) or 1)

        def work() -> Confusion:
            answers = answers_for(self._reader, snapshot, numbers)
            return confusion(answers.wanted, answers.given, len(data.classes))

        def done(found: Confusion) -> None:
            if snapshot.run == self._snapshot.run:
                self.plot.show_confusion(found, data.classes)
                show_text(self.says, self._in_words(found, data.classes, rows))

        self._evaluator.ask(self, work, done, self.plot.show_notice)

    def _in_words(self, found: Confusion, classes: tuple[str, ...], rows: int) -> str:
        share = 100 * found.right / max(found.rows, 1)
        lines = [self.tr("{0} of {1} right ({2} %).").format(count(found.right), count(found.rows), f"{share:.4g}")]
        if found.rows < rows:
            lines.append(self.tr("{0} of {1} samples were asked.").format(count(found.rows), count(rows)))
        if found.not_finite:
            lines.append(self.tr("{0} have no finite answer.").format(count(found.not_finite)))
        lines += [
            self.tr("{0} is taken for {1}: {2} times.").format(classes[truth], classes[given], count(times))
            for truth, given, times in found.mistakes()[:MOST_MISTAKES]
        ]
        return " ".join(lines)
