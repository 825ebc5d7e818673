"""The sole owner of what changes: commands in, snapshots out.

Commands may come from any thread. Each gets an id, they are queued and take effect in the order of their ids between
two slices of training, in whichever thread calls `work`; the snapshot says which are done and which were refused.
Reading (`snapshot`, and all of `SessionReader`) never waits for training.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from lrsim.common.marked_text import Line
from lrsim.common.validation import ExperimentError
from lrsim.debugger import explain
from lrsim.experiment.specs import Experiment
from lrsim.history.branch import Branch
from lrsim.session import commands
from lrsim.session.advisor import Advisor
from lrsim.session.commands import Command
from lrsim.session.handlers import HANDLERS
from lrsim.session.judgement import Found
from lrsim.session.player import Player
from lrsim.session.sender import Sender
from lrsim.session.snapshot import Loading, Place, Refusal, Snapshot, take_snapshot
from lrsim.session.told import Told

MEMORY_BUDGET = 512 << 20
VERDICT_SECONDS, VERDICT_SHARE = 0.1, 20
LINES_SECONDS, LINES_SHARE = 0.008, 12
"""Verdict and explanation are made anew so seldom while playing that they take one part in so many of the time."""
WATCHES_SHARE = 0.3
"""Of the time of training that watches take while it goes on as fast as it can."""
PROMPT_SECONDS = 0.05
"""Where the explanation comes at least so often nothing is published without the one of its own step."""
KEPT_REFUSALS = 256
LOADING_SECONDS = 0.005
"""Between two looks at what is being loaded, where nobody wakes the one who works."""
WATCHES = "watches"
"""Who asks for the values of watches in place of rows."""
CANCELLED = "the load was cancelled"


class Session(Sender):
    """Training that can be played, steered and taken back.

    Parameters
    ----------
    experiment
        What to begin with.
    memory_budget
        Bytes that the history may hold.
    trials
        Share of a run's own work in which other rates are tried beside it where they are in question; 0 for none.

    Attributes
    ----------
    wake
        Called, if set, whenever there is something new to do, in the thread that asked for it.

    Raises
    ------
    ExperimentError
        The experiment can't be built.
    """

    def __init__(self, experiment: Experiment, *, memory_budget: int = MEMORY_BUDGET, trials: float = 1.0) -> None:
        self.memory_budget = memory_budget
        self.wake: Callable[[], None] | None = None
        self._turn = threading.RLock()  # held by the thread that works
        self._asking = threading.Lock()  # guards what is asked for: ids, queue and requests
        self._ids = itertools.count(1)
        self._queue: deque[tuple[int, Command]] = deque()
        self._requests: dict[str, tuple[Branch, int, int]] = {}  # rows to bring back, by who asked last
        self._loading: Loading | None = None
        self._acknowledged = 0
        self._refused: deque[Refusal] = deque(maxlen=KEPT_REFUSALS)
        self._player = player = Player(experiment, memory_budget)
        self._found = Told(_find, player.place, VERDICT_SECONDS, VERDICT_SHARE)
        self._advisor = Advisor(trials)
        self._lines = Told(_explain, player.place, LINES_SECONDS, LINES_SHARE)
        self._unseen = False  # something has changed since the newest snapshot
        self._version = 0
        self._snapshot = self._take_snapshot(None)

    def snapshot(self) -> Snapshot:
        """The newest published state."""
        return self._snapshot

    # --- commands

    def send(self, command: Command) -> int:
        """Queue a command.

        Returns
        -------
        int
            Its id, higher than those of all commands before. Once `Snapshot.acknowledged` has reached it the command
            has taken effect, or `Snapshot.refusal` says why not.
        """
        if type(command) not in HANDLERS:
            raise TypeError(f"expected a command, got {command!r}")
        with self._asking:
            number = next(self._ids)
            self._queue.append((number, command))
        self._call_wake()
        return number

    def recall(self, asker: str, place: Place, lo: int, hi: int) -> None:
        """Have rows lo to hi - 1 of a place's branch brought back by replay; what the asker wanted before lapses."""
        with self._asking:
            self._requests[asker] = (place.branch, lo, hi)
        self._call_wake()

    def _call_wake(self) -> None:
        wake = self.wake  # read once: whoever set it may take it back meanwhile
        if wake is not None:
            wake()

    def leave(self) -> None:
        """Wait no longer for what is being loaded: nobody will see it. From any thread."""
        loader = self._player.loader
        if loader is not None:
            loader.leave()

    # --- work

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the right to work to this thread; waits until another one that holds it has given it back."""
        with self._turn:
            yield

    def work(self, seconds: float = 0.004, *, advise: bool = True) -> float | None:
        """Apply the queued commands and, when playing, train one slice.

        Parameters
        ----------
        seconds
            How long a slice of training may take, about.
        advise
            Whether rates are tried where they are in question and nothing else is to be done.

        Returns
        -------
        float or None
            Seconds until the next call is due; None: nothing to do until a command comes.

        Raises
        ------
        RuntimeError
            Another thread works on this session.
        """
        if not self._turn.acquire(blocking=False):
            raise RuntimeError("another thread works on this session; one alone may")
        try:
            return self._work(seconds, advise)
        finally:
            self._turn.release()

    def _work(self, seconds: float, advise: bool) -> float | None:
        player = self._player
        changed = self._apply_commands()
        self._unseen |= self._answer_request()
        delay: float | None = None
        changed |= self._tell_loading()
        if player.loader is not None:
            delay = LOADING_SECONDS
        elif player.playing:
            delay, moved = player.slice_of_training(seconds)
            self._unseen |= moved
        if player.just_finished:
            player.just_finished = False
            self._hurry()
        if player.reversing:
            player.look_back(seconds)
            self._unseen, delay = True, 0.0
        if player.way.shown is not None:
            player.approach(seconds)
            self._unseen, delay = True, 0.0
        if player.background.busy:
            self._unseen |= player.work_in_background(seconds)
            delay = 0.0
        delay = self._look_for_marks(seconds, delay)
        delay = self._fill_watches(seconds, delay)
        if not player.playing and player.loader is None and player.run.branches.judge_one(player.branch):
            self._unseen, delay = True, 0.0
        advise &= player.loader is None
        if advise:
            self._try_rates(seconds, delay)
        delay = self._publish(changed, delay)
        if advise and not player.playing and (due := self._advisor.due()) is not None:
            delay = due if delay is None else min(delay, due)
        if (self._queue and player.loader is None) or self._requests:
            return 0.0
        return delay

    def _publish(self, changed: bool, delay: float | None) -> float | None:
        """Take a snapshot if there is something new, by a command or otherwise; returns when to come again.

        While it plays, a step is not shown before it is written out, as long as that does not take long.
        """
        player, place, lines = self._player, self._player.place, self._lines
        if not (player.playing or lines.is_of(place)):
            self._hurry()
        told = self._found.follow(place)
        told |= self._advisor.follow(self._found.place, self._found.value, player.playing)
        told |= lines.follow(place, idle=bool(delay))
        self._unseen |= told
        if player.playing and not (changed or lines.is_of(place)) and lines.interval <= PROMPT_SECONDS:
            return lines.left() if delay is None else min(delay, lines.left())
        if changed or self._unseen:
            self._snapshot, self._unseen = self._take_snapshot(self._snapshot), False
        return delay

    def _look_for_marks(self, seconds: float, delay: float | None) -> float | None:
        """Find out where conditions come true, where there is time for it; returns when to come again."""
        player = self._player
        if (
            (player.playing and not delay)
            or player.loader is not None
            or not player.breakpoints.is_behind(player.place)
        ):
            return delay
        more = player.breakpoints.look(player.place, min(seconds, delay) if player.playing and delay else seconds)
        self._unseen = True
        return 0.0 if more and not player.playing else delay

    def _fill_watches(self, seconds: float, delay: float | None) -> float | None:
        """Work out watches over the past, in a part of the time while it plays; returns when to come again."""
        player = self._player
        if player.loader is not None or not player.watches.are_behind(player.place):
            return delay
        if player.playing:
            seconds = min(seconds, delay) if delay else WATCHES_SHARE * seconds
        more = player.watches.go_on(player.place, seconds)
        self._unseen = True
        return 0.0 if more and not player.playing else delay

    def _try_rates(self, seconds: float, delay: float | None) -> None:
        """Try rates where nothing else is to be done for so long; at rest there is time without end."""
        if self._player.background.busy:
            return
        if self._player.playing:
            seconds = min(seconds, delay or 0.0)
        if seconds and self._advisor.due() == 0.0:
            found = self._found
            self._unseen |= self._advisor.work(found.place, found.value, seconds)

    def _hurry(self) -> None:
        """Judge and explain anew at once."""
        self._found.hurry()
        self._lines.hurry()

    def _tell_loading(self) -> bool:
        """Whether there is something new to tell of what is being loaded."""
        loader = self._player.loader
        before, self._loading = self._loading, None if loader is None else loader.shown
        return self._loading != before

    def settle(self, *, advised: bool = False) -> None:
        """Work until nothing is left to do; for callers without a worker thread.

        Parameters
        ----------
        advised
            Whether to wait for the rates to be tried as well that are in question at the end.
        """
        while (delay := self.work(advise=False)) is not None:
            time.sleep(delay)
        self._hurry()
        self.work(advise=False)
        while advised and (delay := self.work()) is not None:
            time.sleep(delay)

    def give_up(self, why: str) -> bool:
        """Stand still and refuse all commands that wait, in the words `why`: `work` has met an error.

        Everything that was trained is kept, and `work` may be called again.

        Returns
        -------
        bool
            Whether a command was waiting.
        """
        with self._turn:
            self._player.pause()
            self._player.background.drop()
            self._player.leave_load()
            self._loading = None
            with self._asking:
                waiting = list(self._queue)
                self._queue.clear()
                self._requests.clear()
            for number, _ in waiting:
                self._refused.append(Refusal(number, why))
                self._acknowledged = number
            shown = self._snapshot
            said = replace(
                shown, playing=False, busy=None, seeking=None, loading=None, message=why,
                acknowledged=self._acknowledged, refused=tuple(self._refused),
            )  # fmt: skip
            if waiting or (shown.message, shown.playing, shown.busy, shown.loading) != (why, False, None, None):
                self._version += 1
                self._snapshot = replace(said, version=self._version)
        return bool(waiting)

    def _apply_commands(self) -> bool:
        changed = self._cancel_loads()
        while self._queue:
            number, command = self._queue[0]
            if isinstance(command, commands.Load):
                if not self._loaded(number, command):
                    break
                if self._cancel_loads():  # what was sent before it was there counts
                    changed = True
                    continue
            self._queue.popleft()
            self._carry_out(number, command)
            self._hurry()
            changed = True
        return changed

    def _loaded(self, number: int, command: commands.Load) -> bool:
        """Whether the experiment is there, or can't be had; it is begun to be loaded where it was not."""
        player = self._player
        if player.loader is None:
            player.begin_load(number, command.experiment, self._call_wake, command.kept)
        return player.loader is not None and player.loader.over

    def _cancel_loads(self) -> bool:
        """Refuse what was sent for an experiment that is no longer wanted, and the loads themselves."""
        with self._asking:
            waiting = [command for _, command in self._queue]
        cancels = [place for place, command in enumerate(waiting) if isinstance(command, commands.CancelLoad)]
        loads = [place for place, command in enumerate(waiting) if isinstance(command, commands.Load)]
        if not cancels or not loads or loads[0] > cancels[-1]:
            return False
        self._player.leave_load()
        for place in range(cancels[-1]):
            number, command = self._queue.popleft()
            if place < loads[0]:
                self._carry_out(number, command)
            else:
                self._refused.append(Refusal(number, CANCELLED, cancelled=True))
                self._acknowledged = number
        return True

    def _carry_out(self, number: int, command: Command) -> None:
        self._player.message = None
        try:
            HANDLERS[type(command)](self._player, command)
        except ExperimentError as error:
            self._player.message = str(error)
            self._refused.append(Refusal(number, str(error), error))
        except Exception as error:
            self._refused.append(Refusal(number, f"{type(error).__name__}: {error}"))
            raise
        finally:
            self._acknowledged = number

    def _answer_request(self) -> bool:
        with self._asking:
            if not self._requests:
                return False
            asker = next(iter(self._requests))
            branch, lo, hi = self._requests.pop(asker)
        run = self._player.run
        if branch not in run.history.branches:
            return True
        if asker == WATCHES:
            if branch is self._player.branch:
                self._player.watches.bring(self._player.place, lo, hi)
        else:
            run.history.recover(branch, lo, hi)
        return True

    # --- what is shown

    def _take_snapshot(self, known: Snapshot | None) -> Snapshot:
        self._version += 1
        player = self._player
        return take_snapshot(
            player.place,
            known=known,
            version=self._version,
            playing=player.playing,
            speed=player.pace.speed,
            verdict=self._found.value.verdict(self._advisor.tried, self._advisor.pending),
            comparison=player.comparison,
            stage=player.inspector.at(player.place, player.stage, player.focus),
            lines=self._lines.value,
            message=player.message,
            range_test=player.background.range_test,
            busy="reverse" if player.reversing else player.background.busy,
            breakpoints=player.breakpoints.shown(),
            watches=player.watches.shown(player.place, player.playing),
            fence=player.breakpoints.fence,
            backwards=player.backwards,
            loop=player.loop,
            seeking=player.way.shown,
            log=tuple(player.breakpoints.log),
            loading=self._loading,
            acknowledged=self._acknowledged,
            refused=tuple(self._refused),
            done=player.journal.done,
            undone=player.journal.undone,
        )


def _find(place: Place) -> Found:
    """What is found at a place; where early stopping has taken back its best step, that of the run it ended."""
    run, branch, step = place.run, place.branch, place.step
    if step == branch.tip or (branch.finished is not None and step == branch.restored):
        return run.judgement.at(branch, branch.tip, branch.finished)
    return run.judgement.at(branch, step, None)


def _explain(place: Place) -> tuple[Line, ...]:
    return explain.lines_at(place.run.history, place.branch, place.step)
