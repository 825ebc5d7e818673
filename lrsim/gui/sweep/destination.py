"""Where the runs are computed and kept: threads here or a cluster, and a folder for the results."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QFormLayout, QLabel, QLineEdit, QWidget

from lrsim.common.validation import ExperimentError
from lrsim.gui.sweep.folder_field import WHERE as FOLDER
from lrsim.gui.sweep.folder_field import FolderField, PathField
from lrsim.gui.widgets.choice_box import ChoiceBox
from lrsim.gui.widgets.labels import name_box
from lrsim.gui.words.keys import refusal
from lrsim.sweep import executors
from lrsim.sweep.job import OpenExecutor

HERE, CLUSTER = "here", "cluster"
MOST_THREADS = 1024


class Place(QWidget):
    """Fields for executor and folder.

    Signals
    -------
    edited()
    """

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = ChoiceBox(self)
        self.kind.offer([(self.tr("This computer"), HERE), (self.tr("Connect to cluster"), CLUSTER)])
        name_box(self.kind, self.tr("Where the runs are computed"))
        self.threads = QLineEdit(str(executors.default_jobs()), self)
        self.threads.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.threads.setToolTip(self.tr("Runs trained at the same time, each on one processor"))
        self.address = QLineEdit(self)
        self.address.setPlaceholderText("tcp://10.0.0.1:8786")
        self.address.setToolTip(self.tr("Address of a Dask scheduler; its workers train the runs"))
        self.tls = {name: PathField(self._ask_for_file, self) for name in ("ca", "cert", "key")}
        self.folder = FolderField(self)
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(8)
        self._form.setVerticalSpacing(6)
        self._form.addRow(self.kind)
        rows: list[tuple[str, QWidget, QWidget]] = [
            (self.tr("Threads"), self.threads, self.threads),
            (self.tr("Address"), self.address, self.address),
            (self.tr("TLS authority"), self.tls["ca"], self.tls["ca"].field),
            (self.tr("TLS certificate"), self.tls["cert"], self.tls["cert"].field),
            (self.tr("TLS key"), self.tls["key"], self.tls["key"].field),
            (self.tr("Keep in"), self.folder, self.folder.field),
        ]
        for name, widget, field in rows:
            label = QLabel(name)
            label.setProperty("role", "muted")
            field.setAccessibleName(name)
            self._form.addRow(label, widget)
        self.kind.chosen.connect(self._choose)
        for field in (self.threads, self.address):
            field.textEdited.connect(lambda _: self.edited.emit())
        self.folder.edited.connect(self.edited)
        self._choose(HERE)

    def _choose(self, kind: object) -> None:
        here = kind == HERE
        self._form.setRowVisible(self.threads, here)
        for widget in (self.address, *self.tls.values()):
            self._form.setRowVisible(widget, not here)
        self.edited.emit()

    @property
    def clustered(self) -> bool:
        """Whether the runs are to be carried out on a cluster."""
        return self.kind.currentData() == CLUSTER

    def jobs(self) -> int:
        """Threads of this computer; ExperimentError where they are no whole number."""
        text = self.threads.text().strip()
        if not text.isdigit() or not 1 <= int(text) <= MOST_THREADS:
            raise ExperimentError("threads", f"expected a whole number from 1 to {MOST_THREADS}", text)
        return int(text)

    def opener(self) -> Callable[[Callable[[str], None]], OpenExecutor]:
        """The executor that is asked for; ExperimentError where a field is not filled in."""
        if not self.clustered:
            open_threads = partial(executors.threads, self.jobs())
            return lambda on_notice: open_threads
        address = self.address.text().strip()
        if not address:
            raise ExperimentError("cluster", "expected the address of a scheduler, such as tcp://10.0.0.1:8786")
        files = {name: path.text() or None for name, path in self.tls.items()}
        tls = executors.Tls(**files)
        return lambda on_notice: partial(executors.dask_cluster, address, tls, on_notice=on_notice)

    def check(self) -> None:
        """ExperimentError says which field can't be used."""
        self.opener()
        self.folder.path()

    def words_for(self, error: ExperimentError) -> str:
        """A refusal with the names of these fields instead of the command line's options."""
        names = {"--dask": self.tr("Cluster"), "--tls-ca": self.tr("TLS authority"),
                 "--tls-cert": self.tr("TLS certificate"), "--tls-key": self.tr("TLS key"),
                 "cluster": self.tr("Cluster"), "threads": self.tr("Threads"), FOLDER: self.tr("Keep in")}  # fmt: skip
        name = names.get(error.where)
        what = refusal(error) if name is None else name + str(error)[len(error.where) :]
        return what.replace("--tls-ca, --tls-cert and --tls-key", self.tr("the three files below"))

    def _ask_for_file(self) -> str:
        return QFileDialog.getOpenFileName(self, self.tr("A file in PEM format"))[0]
