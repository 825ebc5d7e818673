"""What the program runs on: versions, instruction sets, BLAS, Qt, display, cluster; one line each, problems marked."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from importlib import metadata
from typing import Any, NamedTuple

import numpy as np

from lrsim import __version__
from lrsim.cli.display import why_no_window
from lrsim_core import simd_level

QT_PROBE = "from PySide6.QtWidgets import QApplication"
PROBE_SECONDS = 60


class Finding(NamedTuple):
    """One line of the report; `problem` says that something will not work."""

    topic: str
    text: str
    problem: bool = False


def examine() -> list[Finding]:
    """Look at everything; never raises, and loads Qt only in a process of its own."""
    return [
        Finding("lrsim", __version__),
        Finding("Python", f"{platform.python_version()} on {platform.platform()}"),
        *(_package(name) for name in required()),
        *_machine(),
        _qt(),
        _window(),
        _cluster(),
    ]


def report(findings: list[Finding]) -> str:
    """The findings as aligned lines."""
    width = max(len(finding.topic) for finding in findings)
    return "\n".join(
        f"{'!' if finding.problem else ' '} {finding.topic:<{width}}  {finding.text}" for finding in findings
    )


def required() -> list[str]:
    """The packages that the program needs, by its own metadata; those of the extras are left out."""
    try:
        found = metadata.requires("lrsim") or []
    except metadata.PackageNotFoundError:
        return []
    needed = (text.partition(";") for text in found)
    names = [re.split(r"[^\w.-]", name.strip())[0] for name, _, marker in needed if "extra" not in marker]
    return list(dict.fromkeys(names))


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _package(name: str) -> Finding:
    version = _version(name)
    if version is None:
        return Finding(name, "not installed", problem=True)
    if name == "PySide6-Essentials" and sys.version_info < (3, 12) and version.split(".")[:2] == ["6", "12"]:
        return Finding(name, f"{version}: aborts on Python 3.11, install a version below 6.12", problem=True)
    return Finding(name, version)


def _machine() -> list[Finding]:
    config: dict[str, Any] = np.show_config(mode="dicts") or {}  # type: ignore[assignment]
    blas = config.get("Build Dependencies", {}).get("blas", {})
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return [
        Finding("Processor", f"{platform.machine()}, {cores} core{'s' if cores != 1 else ''} usable"),
        Finding("SIMD", f"{simd_level()} (LRSIM_SIMD=baseline, avx2 or avx512 chooses another)"),
        Finding(
            "BLAS",
            f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip() + " (NumPy's; the kernel has its own)",
        ),
    ]


def _qt() -> Finding:
    try:
        probe = subprocess.run(
            [sys.executable, "-c", QT_PROBE], capture_output=True, text=True, timeout=PROBE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("Qt", f"could not be tried: {error}", problem=True)
    if probe.returncode:
        lines = probe.stderr.strip().splitlines() or [f"the trial ended with status {probe.returncode}"]
        return Finding("Qt", f"does not load: {lines[-1]}", problem=True)
    chosen = os.environ.get("QT_QPA_PLATFORM")
    return Finding("Qt", f"loads, platform {chosen} (QT_QPA_PLATFORM)" if chosen else "loads, platform by default")


def _window() -> Finding:
    reason = why_no_window()
    if reason:
        return Finding("Display", f"{reason}; lrsim run and lrsim shot work without", problem=True)
    named = [f"{name}={os.environ[name]}" for name in ("DISPLAY", "WAYLAND_DISPLAY") if os.environ.get(name)]
    return Finding("Display", ", ".join(named) or "nothing speaks against a window")


def _cluster() -> Finding:
    version = _version("distributed")
    return Finding("Cluster", f"distributed {version}" if version else "distributed is not installed (extra: cluster)")
