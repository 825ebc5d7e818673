"""Samples that are images: a grid of them, the chosen one large, and what the model says of each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction, QActionGroup, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from lrsim.charts.look import PADDING_PX, UNIT_PX
from lrsim.common.numbers import count
from lrsim.gui.bridge.binding import show_text
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.bridge.evaluator import Evaluator
from lrsim.gui.bridge.throttle import Throttle
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.views.images.answers import Answers, answers_for, are_probabilities
from lrsim.gui.views.images.grid import ImageGrid, Numbers
from lrsim.gui.views.images.portrait import Portrait
from lrsim.gui.views.view import View, ViewSpec
from lrsim.gui.widgets.labels import wrapped_label
from lrsim.gui.widgets.segments import Segments
from lrsim.session.snapshot import Snapshot

READING_MS = 150
"""While training runs, answers are renewed at a pace at which they can be read."""
GRID_EM = 5
"""The least height of the grid, in text sizes."""
STEP, TRAINING, HELD_OUT, WRONG = "step", "training", "held_out", "wrong"
MOST_ASKED = 5000
"""Of more samples than this every so manieth is asked about to find those that come out wrong."""


class ImagesView(View):
    """Samples of the current step, those that are trained on, or those held out, as images."""

    NAME = "images"

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        self._reader = bridge.reader
        self._themes = themes
        self._snapshot = bridge.reader.snapshot()
        self._run = -1
        self._asked: tuple[object, ...] = ()
        self._answers: Answers | None = None
        self._wrong: Numbers | None = None
        self._asked_about = 0
        self._wrong_of: tuple[object, ...] = ()
        self._batch: Numbers = np.zeros(0, dtype=np.intp)
        self.sets = self._set_actions()
        self._title = QLabel(self.title(), self)
        self._title.setProperty("role", "title")
        self._segments = Segments(self.tr("Which samples"), list(self.sets.values()), self)
        self.portrait = Portrait(themes, self)
        self.grid = ImageGrid(themes, self._ask)
        self.grid.setAccessibleName(self.tr("Samples as images"))
        self.grid.chosen.connect(self._show_chosen)
        self._evaluator = Evaluator.of(bridge)
        self._failure = wrapped_label(role="bad")
        self._failure.hide()
        self._throttle = Throttle(self._show, READING_MS, self)
        self._build()
        themes.changed.connect(self._wear)
        self.follow(bridge)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(PADDING_PX, UNIT_PX, PADDING_PX, 0)
        head.addWidget(self._title)
        head.addStretch(1)
        head.addWidget(self._segments)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(UNIT_PX)
        column.addLayout(head)
        column.addWidget(self.portrait)
        column.addWidget(self._failure)
        column.addWidget(self.grid, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_title()
        if self._portrait_fits != self.portrait.isVisibleTo(self):
            self._show_portrait()

    def _fit_title(self) -> None:
        """Leave the title out where it has no room beside the choice."""
        wanted = self._segments.sizeHint().width() + self._title.sizeHint().width() + 3 * PADDING_PX
        self._title.setVisible(self.width() >= wanted)

    @property
    def _portrait_fits(self) -> bool:
        """Whether there is room for the chosen sample, large, above the others."""
        needed = self.portrait.sizeHint().height() + self._segments.sizeHint().height()
        return self.height() >= needed + GRID_EM * self._themes.theme.base_px

    def _set_actions(self) -> dict[str, QAction]:
        group = QActionGroup(self)
        found = {}
        for name, title, tip in (
            (STEP, self.tr("This step"), self.tr("The samples that the step was computed on")),
            (TRAINING, self.tr("Training"), self.tr("All that are trained on; those of this step have a corner")),
            (HELD_OUT, self.tr("Held out"), self.tr("The samples that are not trained on")),
            (WRONG, self.tr("Wrong"), self.tr("Those held out that are taken for another class; of those that are "
                                              "trained on where none is held out")),
        ):  # fmt: skip
            action = QAction(title, group)
            action.setCheckable(True)
            action.setToolTip(tip)
            action.triggered.connect(lambda _checked=False: self._show_set())
            found[name] = action
        return found

    @staticmethod
    def title() -> str:
        return QCoreApplication.translate("ImagesView", "Images")

    # --- what is shown

    def rebuild(self, snapshot: Snapshot) -> None:
        """Another experiment: other samples."""
        data = self._reader.problem_of(snapshot).data
        self._snapshot, self._run = snapshot, snapshot.run
        self._asked, self._answers = (), None
        self._wrong, self._wrong_of = None, ()
        fits = _has_images(data.image, data.classes)
        self._segments.setVisible(fits)
        if not fits:
            self.portrait.clear()
            self.grid.show_numbers(np.zeros(0, dtype=np.intp), self.tr("Drawn for samples that are images."))
            return
        self.grid.show_data(data)
        self.portrait.show_data(data, are_probabilities(self._reader, snapshot))
        held_out = len(data.X_test) > 0
        self.sets[HELD_OUT].setVisible(held_out)
        if self._set is None or (self._set == HELD_OUT and not held_out):
            self.sets[HELD_OUT if held_out else TRAINING].setChecked(True)
        self._show_set()

    def show_snapshot(self, snapshot: Snapshot) -> None:
        if snapshot.run != self._run or not self._fits:
            return
        self._snapshot = snapshot
        if self.isVisible():
            self._throttle.follow(snapshot)

    def _show(self, snapshot: Snapshot) -> None:
        if snapshot.run == self._run:
            self._show_set()

    @property
    def _fits(self) -> bool:
        data = self._reader.problem_of(self._snapshot).data
        return _has_images(data.image, data.classes)

    @property
    def _set(self) -> str | None:
        """Which samples are shown; None before any were."""
        return next((name for name, action in self.sets.items() if action.isChecked()), None)

    def _show_set(self) -> None:
        """Show the samples of the chosen set."""
        data = self._reader.problem_of(self._snapshot).data
        batch = self._batch = self._samples_of_step()
        numbers, empty = np.arange(len(data.X_train)), ""
        if self._set == STEP:
            numbers, empty = batch, self.tr("Press Space to train")
        elif self._set == HELD_OUT:
            numbers = len(data.X_train) + np.arange(len(data.X_test))
        elif self._set == WRONG:
            numbers, empty = self._wrong_ones()
        self._name_picture()
        self.grid.mark(frozenset(batch.tolist()))
        self.grid.show_numbers(numbers, empty)
        self._show_portrait()

    def _wrong_ones(self) -> tuple[Numbers, str]:
        """Samples that the newest parameters take for another class, as far as they were asked; or why there are none.

        Until those of a newer step are known, the ones before stay.
        """
        snapshot, data = self._snapshot, self._reader.problem_of(self._snapshot).data
        key = (snapshot.run, snapshot.place, snapshot.step)
        if key != self._wrong_of:
            self._wrong_of = key
            first, rows = (len(data.X_train), len(data.X_test)) if len(data.X_test) else (0, len(data.X_train))
            asked = first + np.arange(0, rows, -(-rows // MOST_ASKED) or 1)

            def take(answers: Answers) -> None:
                self._asked_about, self._wrong = len(asked), asked[answers.given != answers.wanted]
                self._show_set()

            self._order(self._segments, asked, take)
        if self._wrong is None:
            return np.zeros(0, dtype=np.intp), self.tr("Asking the model\u2026")
        return self._wrong, self.tr("None of {0} samples is taken for another class").format(count(self._asked_about))

    def _name_picture(self) -> None:
        """Say how many come out wrong while these are shown."""
        title = self.title()
        if self._set == WRONG and self._wrong is not None:
            title = self.tr("{0} of {1} wrong").format(count(len(self._wrong)), count(self._asked_about))
        show_text(self._title, title)
        self._fit_title()

    def _samples_of_step(self) -> Numbers:
        """Samples that the current step was computed on; none at the start."""
        step = self._snapshot.step
        return self._reader.samples_of(self._snapshot, step) if step else np.zeros(0, dtype=np.intp)

    def _wear(self, _theme: Theme) -> None:
        self._show_portrait()

    def _show_chosen(self, _number: int) -> None:
        self._show_portrait()

    def _show_portrait(self) -> None:
        number = self.grid.chosen_number
        if number is None or not self._fits or not self._portrait_fits:
            self.portrait.clear()
            return
        numbers = np.array([number], dtype=np.intp)
        if Evaluator.is_little(self._snapshot, 1):
            self._take_portrait(answers_for(self._reader, self._snapshot, numbers))
        else:
            self._order(self.portrait, numbers, self._take_portrait)

    def _take_portrait(self, answers: Answers) -> None:
        if self.grid.chosen_number == int(answers.numbers[0]):
            self.portrait.show_answer(answers, int(answers.numbers[0]) in self._batch.tolist())
            self.grid.setAccessibleDescription(self.portrait.accessibleName())

    def _order(self, asker: QObject, numbers: Numbers, take: Callable[[Answers], None]) -> None:
        """Have answers worked out beside the window; what is shown stays until then."""
        snapshot = self._snapshot

        def done(answers: Answers) -> None:
            if snapshot.run == self._run:
                self._failure.hide()
                take(answers)

        self._evaluator.ask(asker, lambda: answers_for(self._reader, snapshot, numbers), done, self._tell_failure)

    def _tell_failure(self, why: str) -> None:
        self._failure.setText(why)
        self._failure.show()

    @property
    def settled(self) -> bool:
        return not any(self._evaluator.is_asked_by(asker) for asker in (self, self.portrait, self._segments))

    def _ask(self, numbers: Numbers) -> Answers | None:
        """Answers for the samples in sight, kept until another snapshot or other samples are shown."""
        snapshot = self._snapshot
        key = (snapshot.version, snapshot.run, numbers.tobytes())
        if key != self._asked:
            self._asked = key
            if Evaluator.is_little(snapshot, len(numbers)):
                self._answers = answers_for(self._reader, snapshot, numbers)
            else:
                self._order(self, numbers, self._take_answers)
        shown = self._answers
        return shown if shown is not None and np.array_equal(shown.numbers, numbers) else None

    def _take_answers(self, answers: Answers) -> None:
        self._answers = answers
        self.grid.viewport().update()


def _has_images(image: tuple[int, int] | None, classes: tuple[str, ...]) -> bool:
    return image is not None and bool(classes)


VIEW = ViewSpec(
    ImagesView.NAME,
    ImagesView.title,
    ImagesView,
    column="details",
    layouts={"step": lambda model: model.images},
    share=680,
)
