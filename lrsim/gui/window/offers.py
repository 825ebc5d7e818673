"""What the sheet of experiments offers: presets by their source, files of late, what was not saved."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from lrsim.experiment import files as experiments
from lrsim.experiment.files import Preset
from lrsim.gui.panels.choose.offer import Group, Offer
from lrsim.gui.panels.sketches.sketch import Sketch, sketch_of, takes_long
from lrsim.gui.window.drafts import Draft, Drafts
from lrsim.gui.window.files import Files
from lrsim.gui.window.recent import Recent

ENDING = ".toml"


def tr(text: str) -> str:
    """A text of the offers in the user's language."""
    return QCoreApplication.translate("Offers", text)


def offered(recent: Recent, drafts: Drafts, files: Files, open_preset: Callable[[str], object]) -> list[Group]:
    """The groups in order; files and drafts come first, for they are the user's own."""
    own = [
        *(_of_file(path, files) for path in recent.paths() if path.suffix == ENDING),
        *(_of_draft(draft, files) for draft in drafts.kept()),
    ]
    groups = [Group(tr("Of late"), tuple(own))] if own else []
    for title, presets in experiments.grouped():
        offers = tuple(_of_preset(preset, partial(open_preset, preset.name)) for preset in presets)
        groups.append(Group(title[:1].upper() + title[1:], offers))
    return groups


def left_on(draft: Draft) -> str:
    """When a draft was left, as people write it."""
    left = QDateTime.fromSecsSinceEpoch(int(draft.left.timestamp()))
    return QLocale().toString(left, QLocale.FormatType.ShortFormat)


def _of_preset(preset: Preset, begin: Callable[[], object]) -> Offer:
    return Offer(f"preset {preset.name}", preset.name, preset.line, preset.source, partial(_sketch, preset.name), begin)


def _of_file(path: Path, files: Files) -> Offer:
    key = f"file {path} {_age(path)}"
    return Offer(key, path.stem, str(path), tr("recent file"), partial(_sketch, str(path)), partial(files.open, path))


def _of_draft(draft: Draft, files: Files) -> Offer:
    line = tr("Not saved, left on {0}").format(left_on(draft))
    begin = partial(files.open_draft, draft.path)
    return Offer(f"draft {draft.path}", draft.name, line, tr("draft unsaved"), partial(_sketch, str(draft.path)), begin)


def _age(path: Path) -> int:
    """What tells two states of a file apart."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _sketch(name_or_path: str, quick: bool) -> Sketch | None:
    try:
        experiment = experiments.load(name_or_path)
    except (ValueError, OSError):
        return Sketch()
    return None if quick and takes_long(experiment) else sketch_of(experiment)
