"""What goes wrong while a hand is at the window: all that is raised, warned or logged, and how the event loop stops.

A stop is measured between two beats of a timer. Its wall time holds whatever else the machine was doing, so that on a
busy one the processor time of the window's own thread is the figure to go by. While it lasts, a second thread notes
where in the program the first one is.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from PySide6.QtCore import QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler

STOP_SECONDS = 0.25
BEAT_MS, LOOK_SECONDS = 10, 0.04
UNREMARKABLE = (
    "This plugin does not support propagateSizeHints()", "This plugin does not support raise()",
    "This plugin does not support grabbing the",
)  # fmt: skip
"""Said off screen of every window with a least size, that is to come to the front, or that opens a menu."""
UNREMARKABLE_LOGS = ("matplotlib.font_manager",)
"""Which fonts there are is worked out anew in every new home."""
CHANGING = ("os.mkdir", "os.remove", "os.rmdir", "os.truncate")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass
class Finding:
    """Something that went wrong: of which kind, in words, and during which act; how often in all."""

    kind: str
    text: str
    act: str
    times: int = 1


@dataclass
class Stop:
    """The event loop stood still: for how long, on the wall and of the thread's own processor time, and where."""

    wall: float
    own: float
    act: str
    where: list[str] = field(default_factory=list)


class Watch:
    """Takes note of everything while it is entered.

    Parameters
    ----------
    folder
        The one place where something may be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.act = "start"
        self.stops: list[Stop] = []
        self._findings: dict[tuple[str, str], Finding] = {}
        self._places: list[str] = []
        self._watching = True
        self._beat = self._own = 0.0
        self._timer = QTimer()
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._note_beat)

    def __enter__(self) -> Watch:
        self._main = threading.get_ident()
        sys.excepthook = lambda kind, error, trace: self._raised("exception", error)
        sys.unraisablehook = lambda found: self._raised("unraisable", found.exc_value)
        threading.excepthook = lambda found: self._raised("thread", found.exc_value)
        qInstallMessageHandler(self._qt_says)
        warnings.simplefilter("always")
        warnings.showwarning = self._warned
        logging.getLogger().addHandler(_Told(self._logged))
        sys.addaudithook(self._audited)
        self._looking = threading.Thread(target=self._look, name="watch", daemon=True)
        return self

    def listen(self) -> None:
        """Begin to measure stops: the event loop is about to run."""
        self._begin_beat()
        self._timer.start()
        self._looking.start()

    def __exit__(self, *_: object) -> None:
        self._timer.stop()
        self._watching = False
        qInstallMessageHandler(None)

    @property
    def findings(self) -> list[Finding]:
        """All that went wrong, each kind once."""
        return list(self._findings.values())

    def as_dict(self) -> dict[str, Any]:
        """Findings and stops, for a file."""
        return {"findings": [asdict(each) for each in self.findings], "stops": [asdict(each) for each in self.stops]}

    # --- what goes wrong

    def note(self, kind: str, text: str) -> None:
        """Keep a finding."""
        found = self._findings.get((kind, text))
        if found is None:
            self._findings[kind, text] = Finding(kind, text, self.act)
        else:
            found.times += 1

    def _raised(self, kind: str, error: BaseException | None) -> None:
        trace = traceback.extract_tb(error.__traceback__) if error is not None else []
        places = " < ".join(f"{Path(at.filename).name}:{at.lineno} {at.name}" for at in reversed(trace[-6:]))
        self.note(kind, f"{type(error).__name__}: {error} at {places}")

    def _qt_says(self, kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        if not message.startswith(UNREMARKABLE):
            self.note("qt", f"{message} at {_place(sys._getframe())}")

    def _warned(self, message: Warning | str, category: type[Warning], filename: str, line: int, *_: object) -> None:
        self.note("warning", f"{category.__name__}: {message} ({Path(filename).name}:{line})")

    def _logged(self, record: logging.LogRecord) -> None:
        if record.name.startswith(UNREMARKABLE_LOGS):
            return
        if record.exc_info and record.exc_info[1] is not None:
            self._raised("log", record.exc_info[1])
        else:
            self.note("log", f"{record.name}: {record.getMessage()}")
            self._print_threads()

    def _print_threads(self) -> None:
        """Where all others are."""
        for found in threading.enumerate():
            if found.ident not in (threading.get_ident(), self._looking.ident):
                frame = sys._current_frames().get(found.ident or 0)
                print(found.name, *traceback.format_stack(frame), file=sys.stderr)

    def _audited(self, event: str, details: tuple[Any, ...]) -> None:
        if not self._watching:
            return
        path = None
        if event == "os.rename":
            path = details[1]
        elif event in CHANGING or (event == "open" and isinstance(details[2], int) and details[2] & WRITING):
            path = details[0]
        if isinstance(path, (str, os.PathLike)) and not self._may_be_written(Path(path)):
            self.note("written", f"{event} {path}")

    def _may_be_written(self, path: Path) -> bool:
        whole = Path(os.path.abspath(path))
        return whole.is_relative_to(self.folder) or whole.is_relative_to("/dev") or whole.is_relative_to("/proc")

    # --- stops

    def _begin_beat(self) -> None:
        self._beat, self._own = time.perf_counter(), time.thread_time()

    def _note_beat(self) -> None:
        wall, own = time.perf_counter() - self._beat, time.thread_time() - self._own
        if wall > STOP_SECONDS:
            seen, self._places = self._places, []
            where = [f"{times} x {place}" for place, times in Counter(seen).most_common(6)]
            self.stops.append(Stop(round(wall, 3), round(own, 3), self.act, where))
        self._places = []
        self._begin_beat()

    def _look(self) -> None:
        while self._watching:
            time.sleep(LOOK_SECONDS)
            if time.perf_counter() - self._beat > STOP_SECONDS / 4:
                self._places.append(_place(sys._current_frames().get(self._main)))


class _Told(logging.Handler):
    def __init__(self, tell: Callable[[logging.LogRecord], None]) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        self._tell(record)


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _place(frame: FrameType | None) -> str:
    """Where a thread is: its newest frames, in the program's own files if it is there."""
    frames = list(_frames(frame))
    own = [each for each in frames if f"{os.sep}lrsim" in each.f_code.co_filename] or frames[:3]
    return " < ".join(f"{Path(each.f_code.co_filename).name}:{each.f_lineno} {each.f_code.co_name}" for each in own[:5])
