"""Steps, rates and speeds as people type and read them."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication


def parse_count(text: str) -> int:
    """A whole number >= 0 as people write it: `12345`, `12 345`, `1e6`; ValueError says what is wrong."""
    bare = "".join(text.split()).replace("_", "").replace(",", "")
    try:
        number = float(bare)
        count = int(number) if not bare.isdigit() else int(bare)
    except (ValueError, OverflowError):
        words = QCoreApplication.translate("entries", 'expected a step, got "{0}"')
        raise ValueError(words.format(text.strip())) from None
    if number != count or count < 0:
        words = QCoreApplication.translate("entries", "expected a whole step from 0 on, got {0}")
        raise ValueError(words.format(text.strip()))
    return count


def parse_rate(text: str) -> float:
    """A finite rate above 0; ValueError says what is wrong."""
    try:
        rate = float(text.strip().replace(",", "."))
    except ValueError:
        words = QCoreApplication.translate("entries", 'expected a number > 0, got "{0}"')
        raise ValueError(words.format(text.strip())) from None
    if not (math.isfinite(rate) and rate > 0):
        words = QCoreApplication.translate("entries", "expected a number > 0, got {0}")
        raise ValueError(words.format(text.strip()))
    return rate


def parse_input(text: str) -> float:
    """Any finite number; ValueError says what is wrong."""
    try:
        given = float(text.strip().replace(",", "."))
    except ValueError:
        given = math.nan
    if not math.isfinite(given):
        words = QCoreApplication.translate("entries", 'expected a finite number, got "{0}"')
        raise ValueError(words.format(text.strip()))
    return given


def speed_words(speed: float) -> str:
    """Steps a second in words."""
    if math.isinf(speed):
        return QCoreApplication.translate("entries", "unlimited")
    if speed < 1000:
        return QCoreApplication.translate("entries", "{0}/s").format(f"{speed:g}")
    if speed < 1_000_000:
        return QCoreApplication.translate("entries", "{0}k/s").format(f"{speed / 1000:g}")
    return QCoreApplication.translate("entries", "{0}M/s").format(f"{speed / 1_000_000:g}")
