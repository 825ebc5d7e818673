"""The main window: puts the parts together and tells them of the theme and the layout."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QIcon, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QMainWindow,
)

from lrsim.common.validation import ExperimentError
from lrsim.experiment.specs import Experiment
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.commands.actions import MANY_RUNS, ONE_RUN
from lrsim.gui.commands.edits import Commands
from lrsim.gui.look import icons
from lrsim.gui.look.dress import apply, dress
from lrsim.gui.look.theme import Theme, ThemeSource, sized
from lrsim.gui.panels.answers.panel import AnswersPanel
from lrsim.gui.panels.banner import Banner
from lrsim.gui.panels.bookmarks import BookmarkSheet
from lrsim.gui.panels.choose.sheet import ChooseSheet
from lrsim.gui.panels.claim_line import ClaimLine
from lrsim.gui.panels.conditions.panel import ConditionsPanel
from lrsim.gui.panels.ending_line import EndingLine
from lrsim.gui.panels.experiment.panel import ExperimentPanel
from lrsim.gui.panels.fork import ForkForm
from lrsim.gui.panels.instruments.panel import InstrumentsPanel
from lrsim.gui.panels.keys import KeysPanel
from lrsim.gui.panels.schedule.panel import SchedulePanel
from lrsim.gui.panels.settings import SettingsPanel
from lrsim.gui.panels.strip.rate import RateStrip
from lrsim.gui.panels.strip.transport import Transport
from lrsim.gui.panels.this_step.panel import ThisStepPanel
from lrsim.gui.panels.top_bar import TopBar
from lrsim.gui.panels.try_it.panel import TryItPanel
from lrsim.gui.panels.watches.panel import WatchesPanel
from lrsim.gui.settings import Settings
from lrsim.gui.views.branches.view import BranchesView
from lrsim.gui.views.finder import FinderView
from lrsim.gui.views.switches import Switches
from lrsim.gui.views.tried import TriedView
from lrsim.gui.window.actions.catalogue import WindowActions
from lrsim.gui.window.actions.menus import window_menus
from lrsim.gui.window.arrange_sheet import ArrangeSheet
from lrsim.gui.window.bars import Bars
from lrsim.gui.window.desk import Desk
from lrsim.gui.window.docks import Docks, kept_still
from lrsim.gui.window.failures import log_file
from lrsim.gui.window.files import file_in
from lrsim.gui.window.layouts import STEP, SWEEP, Center
from lrsim.gui.window.loading import LoadingBar
from lrsim.gui.window.notice import Notice
from lrsim.gui.window.on_screen import FRAMED_MS, room_on, stay_on_screen
from lrsim.gui.window.palette import Palette
from lrsim.gui.window.remembered import Remembered
from lrsim.gui.window.tab_order import TabOrder
from lrsim.session.session import Session
from lrsim.session.snapshot import Snapshot

log = logging.getLogger(__name__)

USUAL_SIZE = QSize(1440, 900)
MEDIUM_EM = 72
HIGH_EM = 40
"""Below these many times the text size a window folds what it can do without."""
LEAST_EM = 7
"""Least height of the views."""
OF_ONE_RUN = (
    "experiment", "this_step", "try_it", "schedule", "finder", "tried", "conditions", "watches", "instruments",
    "answers", "branches",
)  # fmt: skip
"""Panels that step aside for many runs."""


class MainWindow(QMainWindow):
    """Top bar, views in the middle, panels at the sides, and the strip with rate and transport below."""

    closed = Signal()

    def __init__(
        self, bridge: Bridge, settings: Settings, theme_name: str | None = None, path: Path | None = None
    ) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setDockOptions(QMainWindow.DockOption.AllowNestedDocks | QMainWindow.DockOption.AllowTabbedDocks)
        self._bridge = bridge
        self._settings = settings
        self._theme_name = theme_name or settings.choices.theme
        self._themes = ThemeSource(self._sized(self._theme_name), self)
        self._themes.follow(self._dress)
        self._inside = False  # whether a stage of an update stands open
        self._before_presenting: tuple[str, bool] | None = None
        self._sweeping = False
        self._message: str | None = None
        self._arranged = False
        self.commands = Commands(bridge, self)
        self._build(path)
        self._build_bars()
        self._tab_order = TabOrder(self, self.rate.slider)
        self._connect()
        self._tell_theme()
        self._take_measures()
        bridge.pull()
        self.desk.document.changed.emit()
        self.resize(USUAL_SIZE.boundedTo(room_on(self.screen())))
        self.choose_layout(STEP)
        self._restore()

    @property
    def session(self) -> Session:
        """What is trained."""
        return self._bridge.session

    # --- parts

    def _build(self, path: Path | None) -> None:
        bridge, themes = self._bridge, self._themes
        self._switches = Switches.of(bridge)
        self._switches.restore(self._settings.choices.pictures)
        self.center = Center(bridge, themes, self)
        self.stage, self.sweep = self.center.stage, self.center.sweep
        self.stage.arrangements.restore(self._settings.choices.views)
        self.setCentralWidget(self.center)
        self.experiment = ExperimentPanel(bridge, self.commands, themes)
        self.desk = Desk(self, bridge, self.commands, self.experiment, self._settings, themes, path)
        self.files, self.saving, self.sessions = self.desk.files, self.desk.saving, self.desk.sessions
        self.this_step = ThisStepPanel(bridge, themes)
        self.this_step.refused.connect(self.complain)
        self.try_it = TryItPanel(bridge, themes)
        self.schedule = SchedulePanel(bridge, self.commands, themes)
        self.finder = FinderView(bridge, themes)
        self.tried = TriedView(bridge, themes)
        self.conditions = ConditionsPanel(bridge, themes)
        self.watches = WatchesPanel(bridge, themes)
        self.instruments = InstrumentsPanel(bridge, themes)
        self.answers = AnswersPanel(bridge, themes)
        self.branches = BranchesView(bridge, themes)
        self.docks = Docks(self, self.experiment, self.this_step, self.try_it, themes)
        self.docks.add_below("schedule", self.tr("Schedule"), self.schedule)
        self.docks.add_below("finder", self.tr("Find a rate"), self.finder)
        self.docks.add_below("tried", self.tr("Rates tried"), self.tried)
        self.docks.add_below("conditions", self.tr("Conditions"), self.conditions)
        self.docks.add_below("watches", self.tr("Watches"), self.watches)
        self.docks.add_below("instruments", self.tr("Instruments"), self.instruments)
        self.docks.add_below("answers", self.tr("Answers"), self.answers)
        self.docks.add_below("branches", self.tr("Branches"), self.branches)
        self._remembered = Remembered(self, self.docks, self.center, bridge, self._switches, self._settings)
        self.banner = Banner(bridge, themes)
        self.ending = EndingLine(bridge, themes)
        self.claim = ClaimLine(themes)
        self.notice = Notice(themes, self.center, self)
        self.loading = LoadingBar(bridge, self.commands, themes, self.center, self)
        self.settings_panel = SettingsPanel(self._settings.choices, themes, self)
        panels = {**self.docks.toggle_actions(), "panel_claim": self.claim.toggle}
        self.registry = WindowActions(self, panels, self._switches, self.commands, themes)
        self.choose_panel = ChooseSheet(self.desk.offered, self.registry.file_actions(), themes, self)
        self.palette_panel = Palette(self.registry, themes, self)
        self.keys_panel = KeysPanel(self.registry, themes, self)
        self.fork_panel = ForkForm(bridge, themes, self)
        self.bookmarks = BookmarkSheet(bridge, themes, self)
        self.arrange_panel = ArrangeSheet(self.stage, themes, self)
        self._sheets = (
            self.settings_panel, self.choose_panel, self.keys_panel, self.fork_panel, self.bookmarks, self.arrange_panel
        )  # fmt: skip

    def _build_bars(self) -> None:
        bridge, themes, registry = self._bridge, self._themes, self.registry
        menus = window_menus(registry, self.desk.recent_menu(), self)
        self.top_bar = TopBar(registry, self.banner, menus, themes, self)
        self.rate = RateStrip(bridge, self.commands, registry, themes)
        self.transport = Transport(bridge, registry, themes)
        self._bars = Bars(self, (self.top_bar, self.ending, self.claim), (self.rate, self.transport))

    def _connect(self) -> None:
        bridge = self._bridge
        bridge.run_changed.connect(self._show_experiment)
        bridge.changed.connect(self._show_message)
        bridge.changed.connect(self._make_room_for_stage)
        bridge.failed.connect(self._offer_to_go_on)
        self.commands.refused.connect(self.complain)
        self.commands.loading_changed.connect(self._grant_escape)
        self.commands.load_refused.connect(self.stage.give_up)
        self.commands.load_cancelled.connect(self.stage.give_up)
        self.banner.rate_suggested.connect(self.commands.set_rate)
        self.banner.candidate_suggested.connect(self.commands.take)
        self.banner.trials_asked.connect(lambda: self.docks.toggle("tried"))
        self.tried.chosen.connect(self.commands.take)
        self.stage.rate_chosen.connect(self.commands.set_rate)
        for over_steps in (self.stage, self.schedule.view, self.watches.plot):
            over_steps.seek_requested.connect(bridge.session.seek)
            over_steps.rate_moved.connect(self.commands.move_rate)
        self.stage.experiment_wanted.connect(self.commands.load)
        self.stage.refused.connect(self.complain)
        self.sweep.open_requested.connect(self._open_run)
        self.sweep.problem.connect(self.complain)
        self.files.refused.connect(self.complain)
        self.saving.refused.connect(self.complain)
        self.saving.told.connect(self.notice.tell)
        self.sessions.refused.connect(self.complain)
        self.sessions.told.connect(self.notice.tell)
        self.desk.document.changed.connect(self._show_document)
        self.schedule.edit_requested.connect(self._edit_schedule)
        self.experiment.drafted.connect(self.schedule.show_draft)
        self.experiment.told.connect(self.notice.tell)
        self.finder.rate_chosen.connect(self.commands.set_rate)
        self.instruments.rate_chosen.connect(self.commands.set_rate)
        self.instruments.followed.connect(lambda: self.docks.open("watches"))
        self.settings_panel.changed.connect(self._apply_settings)
        for sheet in self._sheets:
            sheet.shown_changed.connect(self._grant_escape)

    # --- what is shown

    def complain(self, sentence: str) -> None:
        """Say what went wrong, for a while, over the content."""
        self.notice.say(sentence)

    def _show_experiment(self, snapshot: Snapshot) -> None:
        self.claim.show_experiment(self._bridge.reader.problem_of(snapshot).experiment)

    def _make_room_for_stage(self, snapshot: Snapshot) -> None:
        """What stands below the step is folded while a stage of it is open."""
        if (snapshot.stage is not None) != self._inside:
            self._inside = snapshot.stage is not None
            self._fold_for_room()

    def _show_document(self) -> None:
        document = self.desk.document
        self.top_bar.show_experiment(document.name, document.path, document.modified)

    def _show_message(self, snapshot: Snapshot) -> None:
        if snapshot.message != self._message:
            self._message = snapshot.message
            if snapshot.message and self._bridge.failure is None:
                self.complain(snapshot.message)

    def _offer_to_go_on(self, why: str) -> None:
        """Training has ended in an error: say so until somebody goes on or closes it."""
        text = self.tr("Training stopped ({0}). All that was trained is kept; details are in {1}.")
        self.notice.say(text.format(why, log_file()), (self.tr("Go on"), self._bridge.go_on))

    def offer_what_was_left(self) -> None:
        """Where a program before this one ended without being closed, offer the session that it had."""
        left = self.sessions.left_behind()
        if left is not None:
            text = self.tr("The program ended unexpectedly the last time. The session that it had was kept.")
            self.notice.say(text, (self.tr("Open it"), lambda: self.sessions.bring_back(left)))

    def _edit_schedule(self) -> None:
        """Bring the fields of the schedule up."""
        self.docks.open("experiment")
        self.experiment.open_group("schedule")

    # --- theme

    def choose_theme(self, name: str) -> None:
        """Change the look, now and for the next start."""
        self._settings.choices.theme = name
        self._wear(name)

    @staticmethod
    def _application() -> QApplication:
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            raise RuntimeError("the window needs a QApplication")
        return app

    def _sized(self, name: str) -> Theme:
        return sized(name, self._settings.choices.text_percent)

    def _dress(self, theme: Theme) -> None:
        """Show the theme in what all parts share; first of all, as they measure their texts."""
        apply(self._application(), theme)
        dress(self, theme)
        self.setWindowIcon(QIcon(icons.pixmap("lrsim", theme.text, 64)))

    def _wear(self, name: str) -> None:
        self._theme_name = name
        before = self._themes.theme
        with kept_still(self):
            self._themes.wear(self._sized(name))
        self._tell_theme()
        if self._themes.theme.base_px != before.base_px:
            self._take_measures()
            self._fold_for_room()

    def _tell_theme(self) -> None:
        """Show which theme was chosen."""
        self.registry[f"theme_{self._theme_name}"].setChecked(True)

    def _apply_settings(self) -> None:
        self._wear(self._theme_name)

    # --- layout

    def choose_layout(self, name: str) -> None:
        """Show one of `layouts`; that of many runs has panels of its own."""
        self._sweeping = name == SWEEP
        if self._sweeping:  # first, so that there is room
            self._fold_for_room()
        self.center.choose(name)
        self._show_parts_of_one_run(not self._sweeping)
        self._fold_for_room()
        self.registry[f"layout_{name}"].setChecked(True)

    def _show_parts_of_one_run(self, shown: bool) -> None:
        """Verdict, rate and transport of the one run; while many are seen, the keys drive those."""
        self._bars.below.setVisible(shown)
        self.banner.setVisible(shown)
        self.ending.set_aside(not shown)
        self.registry.show(ONE_RUN if shown else MANY_RUNS)

    def _open_run(self, experiment: Experiment, step: int, name: str) -> None:
        """Show a run of a sweep in the stepper."""
        self.desk.document.edited(experiment)
        self.commands.load(experiment, self.tr("open {0}").format(name), step)
        self.choose_layout(STEP)

    def reset_layout(self) -> None:
        """Every panel and view in its usual place."""
        self.docks.reset()
        self.stage.arrangements.forget()
        self.center.reset()
        self._fold_for_room()

    def _take_measures(self) -> None:
        """A window can be made as small as its bars get; what it holds folds, and never makes it larger."""
        least = self._bars.least() + QSize(0, LEAST_EM * self._themes.theme.base_px)
        self.setMinimumSize(least.boundedTo(room_on(self.screen())))

    def _fold_for_room(self) -> None:
        """Fold what there is no room for, and bring it back once there is."""
        em = self._themes.theme.base_px
        presenting = self._before_presenting is not None
        low = self.height() < HIGH_EM * em
        self.claim.set_tight(low)
        room = QSize(self.width(), self.height() - self._bars.height())
        unwelcome = OF_ONE_RUN if self._sweeping else (
            *(("experiment",) if presenting else ()), *(("try_it",) if presenting or low or self._inside else ())
        )  # fmt: skip
        self.docks.fit(room, unwelcome)
        self.stage.fit(room, self.width() < MEDIUM_EM * em)

    def appear(self) -> None:
        """Show the window, no larger with its frame than the screen."""
        self.show()
        QTimer.singleShot(FRAMED_MS, self, lambda: stay_on_screen(self))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._arranged:  # shares can be given only once there is a size to share
            self._arranged = True
            self.docks.settle()
            self.center.reset()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold_for_room()

    def present(self) -> None:
        """Full screen in the projector's look, panels folded."""
        if self._before_presenting is None:
            self._before_presenting = (self._theme_name, self.isMaximized())
            with kept_still(self):
                self._fold_for_room()  # first: what is folded away need not be restyled
            self._wear("projector")
            self._grant_escape()
            self.showFullScreen()

    def leave_presentation(self) -> None:
        """Back to the window as it was before."""
        if self._before_presenting is not None:
            name, maximized = self._before_presenting
            self._before_presenting = None
            self._grant_escape()
            with kept_still(self):  # laid out once, for the other look and the other size
                self._wear(name)
                if maximized:
                    self.showMaximized()
                else:
                    self.showNormal()

    def _grant_escape(self) -> None:
        """Escape is a key of the window while there is something to step out of."""
        loading = self.commands.waiting
        self.registry["cancel_load"].setEnabled(loading)
        sheet = any(sheet.isVisible() for sheet in self._sheets)
        self.registry["leave"].setEnabled(self._before_presenting is not None or loading or sheet)

    def step_out(self) -> None:
        """Cancel a load or the way to a step; else close a sheet; with none open, leave the presentation."""
        if self.commands.waiting:
            self.commands.cancel_load()
        elif opened := [sheet for sheet in self._sheets if sheet.isVisible()]:
            opened[-1].hide()
        else:
            self.leave_presentation()

    def _restore(self) -> None:
        layout = self._remembered.restore()
        if layout is not None:
            self._arranged = True
            self.choose_layout(layout)

    def _save(self) -> None:
        self.leave_presentation()
        self.docks.unfold()
        self._remembered.keep()

    # --- files

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if file_in(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = file_in(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.files.open(path)

    # --- keys and the end

    def focusNextPrevChild(self, forward: bool) -> bool:
        return self._tab_order.walk(forward=forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Space always plays, so Return is the key that presses the button with the focus.
        focused = QApplication.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, QAbstractButton):
            focused.click()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.sweep.stop()
        self._bridge.stop()
        self.desk.keep_draft()
        self.sessions.close()
        try:
            self._save()
        except (ExperimentError, OSError) as error:
            log.warning("settings not saved: %s", error)
        super().closeEvent(event)
        self.closed.emit()
