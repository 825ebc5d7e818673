"""Where a condition is typed: the expression, which of the times count, and what is logged instead of a stop."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from lrsim.gui.widgets.entry import Entry, FieldWords

EXAMPLE = "loss > 2 * prev(loss)"


class ConditionEntry(Entry):
    """The fields of one condition: `text`, `hits` and `log`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        names = self.tr(
            "For example {0}. It can name step, epoch, lr, loss, error, grad_norm, a weight such as {1}, a watch by "
            "its name; prev(x), mean(x, n), rising(x, n), sign_flips(x) and others. It counts where it comes true."
        )
        times = self.tr(
            "Which of the times count: every one where empty, 5 the fifth, >=5 from the fifth on, %5 each fifth"
        )
        line = self.tr("A line that is written, such as loss {0} at {1}; where empty, it stops the run")
        words = (
            FieldWords(self.tr("Condition"), EXAMPLE, names.format(EXAMPLE, "W1[0,3]")),
            FieldWords(self.tr("Times"), self.tr("every"), times),
            FieldWords(self.tr("Log instead"), self.tr("stops the run"), line.format("{loss}", "{step}")),
        )
        super().__init__(words, self.tr("Conditions that need no typing"), parent)
        self.text, self.hits, self.log = self.fields
