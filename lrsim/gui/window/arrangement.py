"""Which views stand in which column of each layout: as they are declared, or as a hand has put them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from lrsim.gui.views.view import Column, ModelFacts, ViewSpec

LEFT, RIGHT, OUT = "left", "right", "out"
"""What the columns are called in the settings, and what stands in none of them."""
Columns = Mapping[Column, tuple[str, ...]]
"""Names of views from top to bottom, by column."""


@dataclass(frozen=True)
class Arrangement:
    """Views by name, as a hand has put them in a layout; one that is named nowhere stands where it is declared."""

    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    out: tuple[str, ...] = ()

    def __contains__(self, name: object) -> bool:
        return name in (*self.left, *self.right, *self.out)


class Arrangements(QObject):
    """The arrangement of each layout that a hand has changed.

    Signals
    -------
    changed()
        A layout shows other views, or in other places.
    """

    changed = Signal()

    def __init__(self, specs: Sequence[ViewSpec], parent: QObject) -> None:
        super().__init__(parent)
        self._specs = specs
        self._chosen: dict[str, Arrangement] = {}

    def is_chosen(self, layout: str) -> bool:
        """Whether a hand has arranged this layout."""
        return layout in self._chosen

    def columns(self, layout: str, model: ModelFacts) -> Columns:
        """The views that stand in a layout for a model."""
        chosen = self._chosen.get(layout, Arrangement())
        fit = {spec.name for spec in self.that_fit(model)}
        usual = [spec for spec in self._specs if spec.name not in chosen and spec.stands_in(layout, model)]
        placed: dict[Column, tuple[str, ...]] = {"curves": chosen.left, "details": chosen.right}
        return {
            column: (
                *(name for name in names if name in fit),
                *(spec.name for spec in usual if spec.column == column),
            )
            for column, names in placed.items()
        }

    def left_out(self, layout: str, model: ModelFacts) -> tuple[str, ...]:
        """The views that could stand in it for a model, and do not."""
        shown = {name for names in self.columns(layout, model).values() for name in names}
        return tuple(spec.name for spec in self.that_fit(model) if spec.name not in shown)

    def choose(self, layout: str, model: ModelFacts, left: Sequence[str], right: Sequence[str]) -> None:
        """Put these views in the columns, and no others of those that fit the model; the rest stays as it was."""
        before = self._chosen.get(layout, Arrangement())
        fit = {spec.name for spec in self.that_fit(model)}

        def kept(names: Sequence[str]) -> Iterator[str]:
            return (name for name in names if name not in fit)

        out = (*(name for name in fit if name not in (*left, *right)),)
        self._chosen[layout] = Arrangement(
            (*left, *kept(before.left)), (*right, *kept(before.right)), (*sorted(out), *kept(before.out))
        )
        self.changed.emit()

    def forget(self, layout: str | None = None) -> None:
        """Put the views of a layout where they are declared, or those of all."""
        if layout is None:
            self._chosen.clear()
        else:
            self._chosen.pop(layout, None)
        self.changed.emit()

    def kept(self) -> dict[str, dict[str, list[str]]]:
        """What was chosen, to be kept."""
        return {
            layout: {LEFT: list(each.left), RIGHT: list(each.right), OUT: list(each.out)}
            for layout, each in self._chosen.items()
        }

    def restore(self, kept: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        """Set what was kept; names that no view has are left aside, and a second place of one."""
        known = {spec.name for spec in self._specs}
        self._chosen = {}
        for layout, columns in kept.items():
            seen: set[str] = set()
            parts = []
            for part in (LEFT, RIGHT, OUT):
                names = [name for name in dict.fromkeys(columns.get(part, ())) if name in known - seen]
                seen |= set(names)
                parts.append(tuple(names))
            self._chosen[layout] = Arrangement(*parts)
        self.changed.emit()

    def that_fit(self, model: ModelFacts) -> list[ViewSpec]:
        """The views that say something about a model."""
        return [spec for spec in self._specs if spec.fits(model)]
