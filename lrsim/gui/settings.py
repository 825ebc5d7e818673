"""What the program remembers between runs: choices as TOML, the window's geometry apart from them."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
import platformdirs
import tomli_w
from PySide6.QtCore import QCoreApplication, QSettings

from lrsim.charts.look import LOOKS
from lrsim.common.output import write_bytes

A_LOOK = f"^({'|'.join(LOOKS)})$"


class Choices(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The user's choices; each has a default that stands where the file says nothing or nonsense."""

    theme: Annotated[str, msgspec.Meta(pattern=A_LOOK)] = "light"
    text_percent: Annotated[int, msgspec.Meta(ge=75, le=200)] = 100
    speed: float | None = None  # steps a second, inf = unlimited; None is what is proposed for each experiment
    memory_budget_mb: Annotated[int, msgspec.Meta(ge=64, le=65536)] = 512
    recent: list[str] = []  # files, the newest first
    pictures: dict[str, bool] = {}  # switches of pictures that are not as they are declared
    views: dict[str, dict[str, list[str]]] = {}  # by layout: the views of both columns, and those that are left out


class Settings:
    """Choices and window geometry in one folder, or in memory alone where `folder` is None.

    Attributes
    ----------
    choices : Choices
    problem : str or None
        What was wrong with the file when it was read, in words.
    drafts_folder, sessions_folder : Path or None
        Where experiments lie that were not saved, and sessions that are kept by themselves.
    """

    def __init__(self, folder: Path | None) -> None:
        self._choices_file = folder / "settings.toml" if folder else None
        self._geometry_file = folder / "window.ini" if folder else None
        self.drafts_folder = folder / "unsaved" if folder else None
        self.sessions_folder = folder / "sessions" if folder else None
        self.problem: str | None = None
        self.choices = self._read()

    @classmethod
    def of_user(cls) -> Settings:
        """The settings of the person at the keyboard."""
        return cls(platformdirs.user_config_path("lrsim", appauthor=False))

    def save(self) -> None:
        """Write the choices.

        Raises
        ------
        ExperimentError, OSError
            The folder can't be written; the choices are as they were, here and on disk.
        """
        if self._choices_file is None:
            return
        self._choices_file.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(self._choices_file, tomli_w.dumps(msgspec.to_builtins(self.choices)).encode())

    def reset(self) -> None:
        """Back to the defaults, geometry included."""
        self.choices = Choices()
        self.problem = None
        for path in (self._choices_file, self._geometry_file):
            if path is not None:
                path.unlink(missing_ok=True)

    def geometry(self) -> QSettings | None:
        """The store of the window's geometry and docks, or None in memory."""
        if self._geometry_file is None:
            return None
        return QSettings(str(self._geometry_file), QSettings.Format.IniFormat)

    def _read(self) -> Choices:
        if self._choices_file is None or not self._choices_file.exists():
            return Choices()
        try:
            choices = msgspec.convert(tomllib.loads(self._choices_file.read_text(encoding="utf-8")), Choices)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            text = QCoreApplication.translate("Settings", "Settings not read, the defaults are used: {0}: {1}")
            self.problem = text.format(self._choices_file, error)
            return Choices()
        if choices.speed is not None and (math.isnan(choices.speed) or choices.speed < 1):
            choices.speed = None
        return choices
