"""The view of a run's branches: going to them, naming, hiding, and holding two against each other."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QCheckBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from lrsim.charts.look import PADDING_PX
from lrsim.gui.bridge.bridge import Bridge
from lrsim.gui.look.theme import Theme, ThemeSource
from lrsim.gui.views.branches.tree import BranchTree, rows_of
from lrsim.gui.widgets.scroll_column import Tall
from lrsim.gui.widgets.sentence import Sentence
from lrsim.gui.widgets.side_by_side import Beside
from lrsim.gui.words.branches import comparison_lines
from lrsim.session import commands
from lrsim.session.snapshot import Snapshot

SIDE_EM = (18, 26)
"""Least and greatest width of what stands beside the tree, in text sizes."""


class NameField(QLineEdit):
    """Lies over a branch while it is named; Return takes the name, Escape leaves the old one."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)
        event.accept()  # no key that is meant for the name goes on to the tree


class BranchesView(Beside):
    """A tree of all that was trained from one start, and what distinguishes two branches of it."""

    NAME = "branches"

    def __init__(self, bridge: Bridge, themes: ThemeSource) -> None:
        super().__init__()
        self._session = bridge.session
        self._theme = themes.theme
        self._snapshot = bridge.reader.snapshot()
        self._marked = -1
        self.tree = BranchTree(themes)
        self.tree.chosen.connect(self._session.go_to)
        self.tree.rename_asked.connect(self.rename)
        self.tree.hide_asked.connect(self.hide_or_show)
        self.tree.mark_asked.connect(self.mark)
        self.tree.selected.connect(lambda _: self._offer())
        self._name = NameField(self.tree)
        self._name.setAccessibleName(self.tr("Name of the branch"))
        self._name.hide()
        self._name.returnPressed.connect(self._take_name)
        self._says = Sentence(themes.theme.text, self, lines=14, align=Qt.AlignmentFlag.AlignTop)
        self.renames = self._button(
            self.tr("Rename"), self.tr("Calls the branch by a name of its own (F2)"), self.rename
        )
        self.hides = self._button(
            self.tr("Hide"), self.tr("Puts the branch out of sight; nothing of it is lost (Delete)"), self.hide_or_show
        )
        self.marks = self._button(
            self.tr("Compare"), self.tr("Marks the branch; then another one is held against it (M)"), self.mark
        )
        self.all = QCheckBox(self.tr("Show hidden"), self)
        self.all.toggled.connect(lambda _: self.refresh())
        self._lay_out()
        themes.follow(self._set_theme)
        bridge.changed.connect(self.show_snapshot)
        bridge.run_changed.connect(self._begin_anew)
        self.refresh()

    @staticmethod
    def title() -> str:
        """What it is called for people."""
        return QCoreApplication.translate("BranchesView", "Branches")

    def _button(self, text: str, tip: str, act: object) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(tip)
        button.clicked.connect(act)
        return button

    def _lay_out(self) -> None:
        holder = QWidget()
        rows = QVBoxLayout(holder)
        rows.setContentsMargins(0, PADDING_PX, 0, PADDING_PX)
        rows.addWidget(self.tree)
        rows.addStretch(1)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(PADDING_PX, 6, PADDING_PX, PADDING_PX)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(6)
        for button in (self.renames, self.hides, self.marks):
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.all)
        column.addWidget(self._says, 1)
        self.place(Tall(holder), content, SIDE_EM, QBoxLayout.Direction.BottomToTop)

    def _set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.fit(theme)
        self._say()

    # --- what is shown

    def _begin_anew(self, snapshot: Snapshot) -> None:
        self._marked = -1
        self.show_snapshot(snapshot)

    def message(self) -> str:
        """What is said beside the tree."""
        return self._says.text()

    def refresh(self) -> None:
        self.tree.show_rows(self._snapshot, rows_of(self._snapshot, hidden=self.all.isChecked()), self._marked)
        self.all.setVisible(any(each.hidden for each in self._snapshot.branches))
        self._offer()
        self._say()

    def _offer(self) -> None:
        chosen = self.tree.selection
        several = len(self._snapshot.branches) > 1
        self.renames.setEnabled(chosen is not None)
        self.hides.setEnabled(chosen is not None and not chosen.current)
        self.hides.setText(self.tr("Show") if chosen is not None and chosen.hidden else self.tr("Hide"))
        marking = self._marked >= 0 and chosen is not None and chosen.number != self._marked
        self.marks.setEnabled(several and chosen is not None)
        self.marks.setText(self.tr("Compare with it") if marking else self.tr("Compare"))

    def _say(self) -> None:
        found, names = self._snapshot.comparison, {each.number: each.title for each in self._snapshot.branches}
        if len(self._snapshot.branches) < 2:
            text = self.tr("One line so far. Change the rate in the past, or fork (F), and the old future stays.")
        elif self._marked in names and (found is None or self._marked not in (found.first, found.second)):
            text = self.tr("{0} is marked: choose another branch and press M.").format(names[self._marked])
        elif found is not None and {found.first, found.second} <= names.keys():
            text = "\n".join(comparison_lines(found, names[found.first], names[found.second]))
        else:
            text = self.tr("A click goes there. Mark two (M) to compare them.")
        self._says.set_text(text, self._theme.text if found is not None else self._theme.muted)

    # --- the hand

    def rename(self) -> None:
        """Put a field over the selected branch."""
        chosen = self.tree.selection
        if chosen is None:
            return
        box = self.tree.row_box(chosen.number).toRect()
        self._name.setProperty("branch", chosen.number)
        self._name.setText(chosen.title)
        self._name.setPlaceholderText(chosen.label)
        self._name.setGeometry(PADDING_PX, box.top(), box.width() - 2 * PADDING_PX, self._name.sizeHint().height())
        self._name.selectAll()
        self._name.show()
        self._name.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take_name(self) -> None:
        number, text = self._name.property("branch"), self._name.text().strip()
        chosen = self.tree.branch(number)
        self._name.hide()
        self.tree.setFocus(Qt.FocusReason.OtherFocusReason)
        if chosen is not None and text != chosen.title:
            self._session.send(commands.NameBranch(number, "" if text == chosen.label else text))

    def hide_or_show(self) -> None:
        """Put the selected branch out of sight, or show it again."""
        chosen = self.tree.selection
        if chosen is not None and not chosen.current:
            self._session.send(commands.HideBranch(chosen.number, not chosen.hidden))

    def mark(self) -> None:
        """Mark the selected branch, or hold it against the one that is marked."""
        chosen = self.tree.selection
        if chosen is None:
            return
        if self._marked in (-1, chosen.number):
            self._marked = -1 if self._marked == chosen.number else chosen.number
        else:
            self._session.send(commands.Compare(self._marked, chosen.number))
            self._marked = -1
        self.refresh()
