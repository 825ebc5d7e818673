"""Whether a window can be opened here, found out without loading Qt: Qt itself aborts the process where it can't."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import socket
import sys

WINDOWLESS_PLATFORMS = ("offscreen", "minimal", "vnc", "linuxfb", "eglfs", "vkkhrdisplay")


def why_no_window() -> str | None:
    """The reason in words, or None where nothing speaks against a window."""
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]
    if not sys.platform.startswith("linux") or platform in WINDOWLESS_PLATFORMS:
        return None
    display, wayland = os.environ.get("DISPLAY", ""), os.environ.get("WAYLAND_DISPLAY", "")
    if not display and not wayland:
        return "no display (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    if wayland and _answers(os.path.join(os.environ.get("XDG_RUNTIME_DIR", ""), wayland)):
        return None
    if not display or not _x_server_answers(display):
        return f"the display {display or wayland} does not answer"
    try:
        ctypes.CDLL("libxcb-cursor.so.0")
    except OSError:
        return "a library that Qt needs is missing: libxcb-cursor.so.0 (Debian and Ubuntu: libxcb-cursor0)"
    return None


def _x_server_answers(display: str) -> bool:
    found = re.fullmatch(r"(?:(?P<host>[^:/]*)(?:/unix)?):(?P<number>\d+)(?:\.\d+)?", display)
    if not found:
        return os.path.exists(display)
    number = int(found["number"])
    if found["host"] in ("", "unix"):
        path = f"/tmp/.X11-unix/X{number}"
        return _answers(path) or _answers("\0" + path)
    try:
        with socket.create_connection((found["host"], 6000 + number), timeout=3):
            return True
    except OSError:
        return False


def _answers(path: str) -> bool:
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as connection:
        connection.settimeout(3)
        try:
            connection.connect(path)
        except (OSError, ValueError):
            return False
    return True
