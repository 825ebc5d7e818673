"""The rules that hold the house up: who may import whom, read from the source, imports inside functions too."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
QT = {"PySide6", "shiboken6", "pyqtgraph", "PyQt5", "PyQt6", "qtpy", "qtawesome"}
CLUSTER = {"distributed", "dask"}
DYNAMIC = {"import_module", "__import__"}
KERNEL_CALLS = {"run_steps", "predict"}


def module_name(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


FILES = {module_name(path): path for package in ("lrsim", "lrsim_core") for path in (ROOT / package).rglob("*.py")}


class WithoutTypeChecking(ast.NodeTransformer):
    """Drops what is imported for annotations alone."""

    def visit_If(self, node: ast.If) -> ast.AST | None:
        return None if getattr(node.test, "id", "") == "TYPE_CHECKING" else self.generic_visit(node)


def imports(module: str, for_types: bool = True) -> set[str]:
    """Full names of all that the module imports: ``a.b`` for ``import a.b`` and for ``from a import b``."""
    found: set[str] = set()
    path = FILES[module]
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    tree: ast.AST = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree if for_types else WithoutTypeChecking().visit(tree)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            found.update({source, *(f"{source}.{alias.name}" for alias in node.names)})
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in DYNAMIC:
                found.add(str(node.args[0].value))
    return found


IMPORTS = {module: imports(module) for module in FILES}


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def offences(modules, packages) -> list[str]:
    """Which of the modules import anything from the packages."""
    return [
        f"{module} imports {name}"
        for module in sorted(modules)
        for name in sorted(IMPORTS[module])
        if any(within(name, package) for package in packages)
    ]


GUI = {module for module in FILES if within(module, "lrsim.gui")}
VIEWS = {module for module in FILES if module.startswith("lrsim.gui.views.")}
CORE = {module for module in FILES if within(module, "lrsim_core")}
PLAIN = set(FILES) - GUI - CORE
DOORS = {"lrsim.cli", "lrsim.__main__"}


def test_there_is_something_to_read():
    assert {"lrsim.engine", "lrsim.session", "lrsim.cli", "lrsim_core.network"} <= set(FILES)
    assert VIEWS
    assert "lrsim.engine" in IMPORTS["lrsim.session"]
    assert "lrsim.gui.app" in IMPORTS["lrsim.cli"], "dynamic imports are not seen"


def test_the_core_knows_arrays_and_nothing_else():
    allowed = {"numpy", "scipy", "lrsim_core"} | set(sys.stdlib_module_names)
    foreign = [f"{m} imports {n}" for m in CORE for n in IMPORTS[m] if n.partition(".")[0] not in allowed]
    assert not foreign


def test_only_the_gui_knows_qt():
    assert not offences(PLAIN | CORE, QT)


def test_nothing_below_knows_the_gui():
    assert not offences((PLAIN | CORE) - DOORS, ["lrsim.gui"])


def test_dask_is_known_to_the_executors_alone():
    assert not offences(set(FILES) - {"lrsim.executors"}, CLUSTER)


def test_views_know_neither_each_other_nor_engine_nor_kernel():
    for view in VIEWS:
        others = [*(VIEWS - {view}), "lrsim.engine", "lrsim_core"]
        assert not offences([view], others)


def test_the_gui_trains_through_the_session():
    assert not offences(GUI, ["lrsim.engine", "lrsim.history", "lrsim_core", "lrsim.runs"])


def test_the_session_serves_the_gui_alone():
    assert not offences(PLAIN - {"lrsim.session"}, ["lrsim.session"])


def test_the_engine_knows_nothing_above_it():
    above = ["lrsim.session", "lrsim.history", "lrsim.runs", "lrsim.sweep", "lrsim.cli", "lrsim.verdict"]
    assert not offences(["lrsim.engine"], above)
    assert not offences(["lrsim.history"], ["lrsim.session", "lrsim.runs", "lrsim.cli"])


def test_the_experiment_format_needs_nothing_that_runs_it():
    names = ("validation", "specs", "optimizer_keys", "consistency", "experiment")
    format_modules = [f"lrsim.{name}" for name in names]
    assert not offences(format_modules, ["lrsim.engine", "lrsim.datasets", "lrsim.session"])


def test_the_engine_alone_calls_the_kernel():
    calls = [f"lrsim_core.{name}" for name in KERNEL_CALLS]
    assert not offences((PLAIN | GUI) - {"lrsim.engine"}, calls)


@pytest.mark.parametrize("package", ["lrsim", "lrsim_core"])
def test_there_are_no_import_cycles(package):
    graph = {}
    for module in FILES:
        if within(module, package):
            used = {name for name in imports(module, for_types=False) if name in FILES and name != module}
            graph[module] = {name for name in used if FILES[name].name != "__init__.py" or not within(module, name)}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_everything_but_the_gui_runs_without_qt_and_dask():
    modules = sorted(module for module in PLAIN | CORE if not module.endswith("__main__"))
    script = f"import importlib, sys\nfor name in {modules!r}: importlib.import_module(name)\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "lrsim_core" in loaded
    assert not loaded & (QT | CLUSTER)
