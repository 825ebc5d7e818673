"""Which file the shown experiment belongs to, and whether it is as it was saved."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from lrsim.experiment.document import LiveChange, as_it_stands, in_mid_run, text_of
from lrsim.experiment.specs import Experiment
from lrsim.gui.bridge.bridge import Bridge
from lrsim.session.snapshot import Snapshot

MOST_KNOWN = 64
"""Experiments whose file is remembered, so that undo finds it; of older ones the name alone is left."""


@dataclass(frozen=True)
class Origin:
    """Where an experiment comes from: its file, and what it was there; None for one that was never saved."""

    experiment: Experiment
    path: Path | None
    saved: Experiment | None


class Document(QObject):
    """The experiment as something that is kept: its file, its name, what is not saved yet.

    An experiment that nothing is known of, such as a preset, counts as saved as long as nothing was changed in it.

    Signals
    -------
    changed()
        Another file, name, or state of being saved.
    """

    changed = Signal()

    def __init__(self, bridge: Bridge, path: Path | None = None) -> None:
        super().__init__(bridge)
        self._reader = bridge.reader
        self._origins: deque[Origin] = deque(maxlen=MOST_KNOWN)
        self._on_disk: dict[Path, Experiment] = {}
        self._seen: tuple[object, ...] = ()
        self.path: Path | None = None
        self.modified = False
        if path is not None:
            self.opened(self._present, path)
        bridge.changed.connect(self._look)
        self._tell()

    # --- where experiments come from

    def opened(self, experiment: Experiment, path: Path) -> None:
        """`experiment`, which is about to be begun, stands in this file."""
        path = path.absolute()
        self._on_disk[path] = experiment
        self._origins.append(Origin(experiment, path, experiment))

    def unsaved(self, experiment: Experiment) -> None:
        """`experiment`, which is about to be begun, stands in no file."""
        self._origins.append(Origin(experiment, None, None))

    def edited(self, experiment: Experiment) -> None:
        """`experiment`, which is about to be begun, was made of the present one."""
        origin = self._origin()
        self._origins.append(Origin(experiment, origin.path, origin.saved))

    def saved(self, path: Path) -> None:
        """The experiment as it stands is in this file now."""
        path, now = path.absolute(), self.experiment()
        self._on_disk[path] = now
        self._origins.append(Origin(self._present, path, now))
        self._tell()

    @property
    def _present(self) -> Experiment:
        return self._reader.problem_of(self._reader.snapshot()).experiment

    def _origin(self) -> Origin:
        present = self._present
        known = next((origin for origin in reversed(self._origins) if origin.experiment is present), None)
        return known or Origin(present, None, present)

    # --- what it is now

    def _changes(self) -> list[LiveChange]:
        return self._reader.live_changes(self._reader.snapshot())

    def experiment(self) -> Experiment:
        """As it stands, with the rate that holds now."""
        snapshot = self._reader.snapshot()
        return as_it_stands(self._reader.problem_of(snapshot).experiment, self._reader.live_changes(snapshot))

    @property
    def name(self) -> str:
        """Of its file, without the ending; else of the experiment itself."""
        return self.path.stem if self.path is not None else self._present.name

    @property
    def file_name(self) -> str:
        """Of its file, or what a file of it could be called."""
        return self.path.name if self.path is not None else f"{_as_file_name(self.name) or 'experiment'}.toml"

    def text(self, path: Path | None = None) -> str:
        """As TOML, for a file at `path` or for nowhere in particular; raises ExperimentError where no file can be."""
        snapshot = self._reader.snapshot()
        return text_of(
            self._reader.problem_of(snapshot).experiment,
            self._reader.live_changes(snapshot),
            folder=path.absolute().parent if path is not None else None,
            name=path.name if path is not None else self.file_name,
        )

    @property
    def changed_in_mid_run(self) -> bool:
        """Whether there are changes that its text can tell only in a comment."""
        return bool(in_mid_run(self._changes()))

    # --- following the run

    def _look(self, snapshot: Snapshot) -> None:
        seen = (snapshot.run, snapshot.lr, snapshot.multipliers)
        if seen != self._seen:
            self._seen = seen
            self._tell()

    def _tell(self) -> None:
        origin = self._origin()
        saved = origin.saved if origin.path is None else self._on_disk.get(origin.path, origin.saved)
        self.path, self.modified = origin.path, self.experiment() != saved
        self.changed.emit()


def _as_file_name(text: str) -> str:
    """Letters, digits and a few signs that every system allows."""
    return "".join(c if c.isalnum() or c in " ._-" else "-" for c in text).strip(" .-")[:80]
