"""The toy data as small pictures to choose from, drawn with the samples and the noise at hand."""

from __future__ import annotations

from functools import lru_cache, partial

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from lrsim.data.sources.toy import TOYS
from lrsim.data.spec import DataSpec
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.panels.experiment.picture_buttons import GAP, ButtonRows, PictureButton
from lrsim.gui.panels.sketches.paint import draw_sketch
from lrsim.gui.panels.sketches.sketch import Sketch, few, sketch_of_data

NAMES = tuple(toy.name for toy in TOYS)


class DataButton(PictureButton):
    """A toy set."""

    def __init__(self, name: str, line: str, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(name, themes, parent)
        self._sketch = Sketch()
        self.setAccessibleName(self.tr("Data: {0}").format(name))
        self.setAccessibleDescription(line)
        self.setToolTip(f"{line}\n" + self.tr("Starts a new run on it; undo brings this one back"))

    def show_sketch(self, sketch: Sketch) -> None:
        """Draw other samples."""
        if sketch is not self._sketch:
            self._sketch = sketch
            self.update()

    def draw_picture(self, painter: QPainter, box: QRectF, theme: Theme) -> None:
        draw_sketch(painter, box, self._sketch, theme)


class DataPictures(QWidget):
    """One button for each toy set, and one that draws its points anew.

    Signals
    -------
    chosen(str)
        The name of a set.
    redrawn()
        Other points of the same set are wanted.
    """

    chosen = Signal(str)
    redrawn = Signal()

    def __init__(self, themes: ThemeSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons = {toy.name: DataButton(toy.name, toy.line, themes, self) for toy in TOYS}
        rows = ButtonRows(self.buttons, themes, self)
        for name, button in self.buttons.items():
            button.clicked.connect(partial(self._choose, name))
        self.again = QPushButton(self.tr("Regenerate"), self)
        self.again.setToolTip(
            self.tr(
                "Draws other points of the same kind, by the next seed; starts a new run, undo brings this one back"
            )
        )
        self.again.clicked.connect(self.redrawn)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(GAP)
        column.addWidget(rows)
        column.addWidget(self.again, 0, Qt.AlignmentFlag.AlignLeft)

    def _choose(self, name: str) -> None:
        self._check(name)
        self.chosen.emit(name)

    def _check(self, name: object) -> None:
        for known, button in self.buttons.items():
            button.setChecked(known == name)

    def show_spec(self, spec: DataSpec) -> None:
        """Show which set is used, and all of them with its samples, noise and seed."""
        self._check(spec.source)
        for name, button in self.buttons.items():
            button.show_sketch(_sketch(name, few(spec).samples, spec.noise, spec.seed))


@lru_cache(maxsize=256)
def _sketch(name: str, samples: int, noise: float, seed: int) -> Sketch:
    return sketch_of_data(DataSpec(source=name, samples=samples, noise=noise, seed=seed))
