"""Pictures and sliders beside the fields of the data: what they change starts a new run at once."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from lrsim.common.validation import LARGEST_WHOLE_NUMBER
from lrsim.data.spec import DataSpec
from lrsim.experiment.draft import Draft
from lrsim.gui.look.theme import ThemeSource
from lrsim.gui.panels.experiment.data_pictures import NAMES, DataPictures
from lrsim.gui.panels.experiment.feature_pictures import FeaturePictures
from lrsim.gui.panels.experiment.field_row import FieldRow
from lrsim.gui.panels.experiment.value_slider import STOPS, ValueSlider

SOURCE, SAMPLES, NOISE, SEED = "data.source", "data.samples", "data.noise", "data.seed"
BASIS = "data.basis"


class DataTools(QObject):
    """Puts them below the fields that they go with, and shows the values of a draft in them.

    Signals
    -------
    settled(str, object)
        A key and the value that a hand has given it here.
    """

    settled = Signal(str, object)

    def __init__(self, themes: ThemeSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self._spec = DataSpec(source=NAMES[0])
        self.sliders: dict[str, ValueSlider] = {}
        self.pictures = DataPictures(themes, parent)
        self.pictures.chosen.connect(lambda name: self.settled.emit(SOURCE, name))
        self.pictures.redrawn.connect(self.regenerate)
        self.features = FeaturePictures(themes, parent)
        self.features.chosen.connect(lambda names: self.settled.emit(BASIS, names))
        self.features.hide()  # until there is a field that it belongs to

    def furnish(self, row: FieldRow) -> None:
        """Give the row of a field what belongs below it."""
        key = row.field.key
        if key == SOURCE:
            row.put_below(self.pictures)
        elif key == BASIS:
            row.put_below(self.features)
            self.features.show()
        elif key in STOPS:
            slider = self.sliders[key] = ValueSlider(STOPS[key], self._themes, row)
            slider.setAccessibleName(self.tr("{0}, slider").format(row.label.text()))
            slider.setToolTip(
                row.explanation + "\n" + self.tr("Starts a new run when released; undo brings this one back")
            )
            slider.previewed.connect(lambda value: self._preview(row, value))
            slider.settled.connect(lambda value: self.settled.emit(key, value))
            row.put_below(slider)

    def show_draft(self, draft: Draft) -> None:
        """Show the values that the draft has now; pictures only where the data is of their kind."""
        for key, slider in self.sliders.items():
            slider.show_value(draft.value(key))
        self.features.show_basis(tuple(draft.value(BASIS)))
        source = draft.value(SOURCE)
        self.pictures.setVisible(source in NAMES)
        if source in NAMES:
            self._spec = DataSpec(
                source=source, samples=draft.value(SAMPLES), noise=draft.value(NOISE), seed=draft.value(SEED)
            )
            self.pictures.show_spec(self._spec)

    @property
    def can_regenerate(self) -> bool:
        """Whether the data is drawn by a seed."""
        return not self.pictures.isHidden()

    def regenerate(self) -> None:
        """Ask for other points of the same kind."""
        self.settled.emit(SEED, (self._spec.seed + 1) % (LARGEST_WHOLE_NUMBER + 1))

    def _preview(self, row: FieldRow, value: object) -> None:
        """Show in the field and in the pictures what the hand is about to choose."""
        row.preview(value)
        if row.field.key in (SAMPLES, NOISE):
            name = row.field.key.partition(".")[2]
            self.pictures.show_spec(msgspec.structs.replace(self._spec, **{name: value}))
