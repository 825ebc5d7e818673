"""The rules that hold the house up: who may import whom.

The floors, and which rooms know Qt or Dask, are contracts in pyproject.toml, kept by import-linter. What it can't see
is read from the source here: calls of the kernel under any name, and modules that are imported by their name as a text.
"""

from __future__ import annotations

import ast
import contextlib
import io
import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest
from grimp import ImportGraph, build_graph
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[1]
QT = {"PySide6", "shiboken6", "pyqtgraph"}
CLUSTER = {"distributed", "dask"}
DYNAMIC = {"import_module", "__import__"}
KERNEL = {"HeldOut", "evaluate", "hessian_vector_product", "layer_outputs", "loss_and_gradient", "open_step", "predict",
          "run_steps"}  # fmt: skip
"""What `lrsim_core` offers that computes; its names for things (`Network`, `LOSSES`, ...) are free to all."""

OF_A_RUN, LIVE = {"problem", "history", "log"}, re.compile(r"\b_?(reader|session|place\.run)$")
"""What a run has, and by whom the window could get it in passing; `SessionReader` gives it for a snapshot."""

SHOWING = ("lrsim.gui.views", "lrsim.gui.panels", "lrsim.gui.chart", "lrsim.gui.widgets", "lrsim.gui.sweep")
BEGINNINGS = {"__init__", "follow"}
"""Where these may ask for the newest snapshot; from then on they are told of each."""

MOST_MODULES = 25
"""In one folder; beyond it rooms are missing."""

OPENED_BY_NAME = {"lrsim.cli": {"lrsim.gui.app", "lrsim.gui.window.shot"}, "lrsim.gui.window": {"module.name"}}
"""Modules that are imported by their name as a text, so that no command but these loads Qt; the guard opens all of the
window."""


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


TREES = {
    module_name(path): ast.parse(path.read_text(encoding="utf-8"))
    for package in ("lrsim", "lrsim_core")
    for path in sorted((ROOT / package).rglob("*.py"))
}


@pytest.fixture(scope="module")
def graph() -> ImportGraph:
    return build_graph("lrsim", "lrsim_core", cache_dir=None, include_external_packages=True)


@pytest.fixture
def _loggers_kept():
    """import-linter silences all loggers that it did not make, for every test after it too."""
    before = {name: logger.disabled for name, logger in _loggers()}
    yield
    for name, logger in _loggers():
        logger.disabled = before.get(name, False)


def _loggers():
    found = logging.Logger.manager.loggerDict
    return [(name, logger) for name, logger in found.items() if isinstance(logger, logging.Logger)]


@pytest.mark.usefixtures("_loggers_kept")
def test_contracts():
    said = io.StringIO()
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(said):
        status = lint_imports(no_cache=True)
    assert status == 0, said.getvalue()


def test_there_is_something_to_read(graph):
    assert {"lrsim.training.engine", "lrsim.session.session", "lrsim.gui.views.error", "lrsim_core"} <= graph.modules
    assert graph.direct_import_exists(importer="lrsim.training.engine", imported="lrsim_core")


def test_every_room_has_its_floor():
    """A room that no contract names could import what it likes."""
    rooms = {path.parent.name for path in (ROOT / "lrsim").glob("*/__init__.py")}
    contracts = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    missing = {room for room in rooms if f"lrsim.{room}" not in contracts}
    assert not missing


def kernel_uses(tree: ast.AST) -> set[str]:
    """Names of `KERNEL` that a module takes from lrsim_core, whatever the form of the import."""
    found, aliases = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            aliases |= {alias.asname or "lrsim_core" for alias in node.names if _is_core(alias.name)}
        elif isinstance(node, ast.ImportFrom) and _is_core(node.module or "") and not node.level:
            found |= {alias.name for alias in node.names} & (KERNEL | {"*", "train"})
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in KERNEL and _root(node) in aliases:
            found.add(node.attr)
    return found


def _is_core(module: str) -> bool:
    return module == "lrsim_core" or module.startswith("lrsim_core.")


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize(
    "source",
    [
        "from lrsim_core import predict",
        "from lrsim_core.train import run_steps",
        "from lrsim_core import run_steps as go",
        "from lrsim_core import *",
        "from lrsim_core import train",
        "import lrsim_core\nlrsim_core.evaluate(1)",
        "import lrsim_core as core\ncore.evaluate(1)",
        "import lrsim_core.train\nlrsim_core.train.run_steps(1)",
        "def f():\n    import lrsim_core as c\n    return c.open_step",
    ],
)
def test_every_form_of_a_kernel_call_is_seen(source):
    assert kernel_uses(ast.parse(source))


def test_the_engine_alone_calls_the_kernel():
    users = {name: found for name, tree in TREES.items() if (found := kernel_uses(tree)) and name.startswith("lrsim.")}
    assert set(users) == {"lrsim.training.engine"}, users


def live_reads(name: str, tree: ast.AST) -> list[str]:
    """Where a module of the window reads what a session has now, rather than what a snapshot shows."""
    found = [
        f"{name}:{node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in OF_A_RUN and LIVE.search(ast.unparse(node.value))
    ]
    if name.startswith(SHOWING):
        for method in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            if method.name not in BEGINNINGS:
                found += [
                    f"{name}:{node.lineno}: {ast.unparse(node)}"
                    for node in ast.walk(method)
                    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                    and node.func.attr == "snapshot" and not node.args
                ]  # fmt: skip
    return found


@pytest.mark.parametrize(
    "source",
    [
        "def f(self): return self._reader.problem",
        "def f(self): return self._bridge.reader.problem.data",
        "def f(window): return window.session.problem",
        "def f(self, snapshot): return snapshot.place.run.history",
        "def f(self, snapshot): return snapshot.place.run.problem",
        "def paintEvent(self, event): tip = self._reader.snapshot().tip",
    ],
)
def test_every_form_of_a_live_read_is_seen(source):
    assert live_reads("lrsim.gui.views.some", ast.parse(source))


def test_what_is_shown_is_of_one_snapshot():
    """Training goes on while a frame is drawn: two reads of what is there now would not fit together."""
    assert not [read for name, tree in TREES.items() if name.startswith("lrsim.gui") for read in live_reads(name, tree)]


def test_modules_opened_by_name_are_known():
    found: dict[str, set[str]] = {}
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called in DYNAMIC:
                    argument = node.args[0]
                    text = str(argument.value) if isinstance(argument, ast.Constant) else ast.unparse(argument)
                    found.setdefault(name.rpartition(".")[0], set()).add(text)
    assert found == OPENED_BY_NAME


def test_no_folder_is_crowded():
    counts: dict[Path, int] = {}
    for package in ("lrsim", "lrsim_core"):
        for path in (ROOT / package).rglob("*.py"):
            counts[path.parent] = counts.get(path.parent, 0) + 1
    assert not {str(folder): n for folder, n in counts.items() if n > MOST_MODULES}


def test_everything_but_the_gui_runs_without_qt_and_dask():
    modules = sorted(name for name in TREES if not name.startswith("lrsim.gui") and not name.endswith("__main__"))
    script = f"import importlib, sys\nfor name in {modules!r}: importlib.import_module(name)\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "lrsim_core" in loaded
    assert not loaded & (QT | CLUSTER)
