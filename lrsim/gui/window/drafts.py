"""What was not saved when a window closed: kept for the next time, the newest few."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lrsim.common.output import write_bytes

MOST_KEPT = 8


@dataclass(frozen=True)
class Draft:
    """An experiment that was never saved as it was left."""

    path: Path
    name: str
    left: datetime


class Drafts:
    """Files in one folder, named by when the window closed and by their experiment; none where `folder` is None."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def keep(self, name: str, text_for: Callable[[Path], str]) -> None:
        """Write a draft, unless the same text is kept already; `text_for` makes it for a path.

        Raises
        ------
        ExperimentError, OSError
            It can't be written.
        """
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{datetime.now():%Y%m%d-%H%M%S}-{name}"
        text = text_for(path)
        for draft in self.kept():
            if _body(draft.path.read_text(encoding="utf-8")) == _body(text):
                draft.path.unlink(missing_ok=True)
        write_bytes(path, text.encode())
        for draft in self.kept()[MOST_KEPT:]:
            draft.path.unlink(missing_ok=True)

    def kept(self) -> list[Draft]:
        """What is kept, the newest first."""
        found = []
        with contextlib.suppress(OSError):
            for path in self._folder.glob("*.toml") if self._folder is not None else ():
                with contextlib.suppress(ValueError):
                    left = datetime.strptime(path.name[:15], "%Y%m%d-%H%M%S")
                    found.append(Draft(path, path.stem[16:], left))
        return sorted(found, key=lambda draft: draft.path.name, reverse=True)


def _body(text: str) -> str:
    """The text without what is said in comments at its head."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))
