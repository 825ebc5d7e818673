"""The one place where threads meet: a worker trains, the window pulls what there is to show."""

from __future__ import annotations

import logging
import threading

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from lrsim.session.reader import SessionReader
from lrsim.session.session import Session
from lrsim.session.snapshot import Snapshot

FRAME_MS = 16
SLICE_SECONDS = 0.012
"""What is trained between two looks at what was asked: not much less than a frame, as after each slice the worker needs
the interpreter, which the window waits for."""
JOIN_SECONDS = 1.0

log = logging.getLogger(__name__)


class Bridge(QObject):
    """Run a session on a worker thread and hand its snapshots to the views.

    The worker is a plain thread that calls `Session.work` and sleeps while there is nothing to do. A timer pulls
    `Session.snapshot` once a frame and stops as soon as the worker is idle and everything has been shown, so that
    an idle window costs nothing. Training is never throttled, repainting always is.

    A worker that meets an error ends there. The session is intact: what was trained is kept and can be read, commands
    are refused with the error, and `go_on` puts a new worker to work.

    Attributes
    ----------
    session
        For those who give commands.
    reader
        For those who only read.

    Signals
    -------
    run_changed(Snapshot)
        Another experiment is loaded; emitted before `changed`.
    changed(Snapshot)
        Something visible changed; at most once a frame.
    frame()
        A frame begins, before what is new is pulled; whoever has not yet drawn what was shown last may ask for time
        (`hold`).
    failed(str)
        The worker met an error that it could not handle and training has stopped; told again for every command that
        comes before `go_on`.
    """

    run_changed = Signal(object)
    changed = Signal(object)
    frame = Signal()
    failed = Signal(str)
    _resumed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.reader = SessionReader(session)
        self._failure: str | None = None
        self._failing = threading.Lock()  # held while `_failure` changes and while a command meets it
        self._shown: Snapshot | None = None
        self._held = False
        self._idle = True
        self._closing = False
        self._work_queued = threading.Event()
        self._thread: threading.Thread | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._tick)
        self._resumed.connect(self._follow, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Start the worker; commands given before are carried out first."""
        self.session.wake = self._wake
        with self._failing:
            self._failure = None
            self._thread = threading.Thread(target=self._train, name="lrsim-training", daemon=True)
            self._idle = False  # until the worker itself says otherwise: what comes before it runs must be shown
            self._work_queued.set()
            self._thread.start()
        self._follow()

    def go_on(self) -> None:
        """Begin a new worker where one has failed."""
        if self._failure is not None:
            self.start()

    def stop(self) -> None:
        """Stop the worker and the timer; returns within a second, also in mid-run.

        A worker that is in the middle of something longer is left behind, which the log says: it does nothing more
        once that is over, and ends with the program.
        """
        self._timer.stop()
        self.session.wake = None
        self._closing = True
        self.session.leave()
        self._work_queued.set()
        if self._thread is not None:
            self._thread.join(JOIN_SECONDS)
            if self._thread.is_alive():
                log.warning("training did not end within %g s and is left behind", JOIN_SECONDS)
            self._thread = None

    @property
    def closing(self) -> bool:
        """Whether it was told to stop: what goes on beside the window ends as well."""
        return self._closing

    @property
    def failure(self) -> str | None:
        """What the worker failed with; None while all is well."""
        return self._failure

    @property
    def running(self) -> bool:
        """Whether something may still change or is still to be shown."""
        unseen = self._shown is None or self._shown.version != self.session.snapshot().version
        return self._timer.isActive() or not self._idle or unseen

    def pull(self) -> Snapshot:
        """Show the newest snapshot now, if it differs from the last one shown."""
        self.frame.emit()
        return self._show_newest()

    def _show_newest(self) -> Snapshot:
        snapshot = self.session.snapshot()
        shown, self._shown = self._shown, snapshot
        if shown is None or snapshot.run != shown.run:
            self.run_changed.emit(snapshot)
        if shown is None or snapshot.version != shown.version or snapshot.run != shown.run:
            self.changed.emit(snapshot)
        return snapshot

    def hold(self) -> None:
        """While it plays, show nothing newer in this frame: something of what is shown is still to be drawn."""
        self._held = True

    def _wake(self) -> None:
        """Called in the thread that gave a command."""
        with self._failing:
            failure = self._failure
            if failure is None:
                self._idle = False
                self._work_queued.set()
                return
            answered = self.session.give_up(failure)
        if answered and not self._closing:
            self._resumed.emit()
            self.failed.emit(failure)

    def _tick(self) -> None:
        idle = self._idle  # read first: whatever the worker did before it went idle is in the snapshot pulled next
        before = self._shown
        self._held = False
        self.frame.emit()
        if self._held and before is not None and before.playing:
            return
        snapshot = self._show_newest()
        if idle and before is not None and snapshot.version == before.version:
            self._timer.stop()

    def _follow(self) -> None:
        if not self._closing and not self._timer.isActive():
            self._timer.start()
            self._tick()

    def _train(self) -> None:
        try:
            with self.session.held():
                self._train_until_closed()
        except Exception as error:  # a worker that dies silently would leave a window that does nothing
            log.exception("training stopped")
            why = f"{type(error).__name__}: {error}"
            with self._failing:
                self._failure = why
                self.session.give_up(why)
                self._idle = True
            if not self._closing:
                self.failed.emit(why)

    def _train_until_closed(self) -> None:
        while not self._closing:
            self._work_queued.clear()
            delay = self.session.work(SLICE_SECONDS)
            if delay is None:
                self._idle = True
                self._work_queued.wait()
                self._idle = False
                if not self._closing:
                    self._resumed.emit()
            elif delay > 0:
                self._work_queued.wait(delay)
