"""Steps, rates and speeds as people type and read them."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import QCoreApplication

from lrsim.common.epoch_grid import EpochGrid
from lrsim.common.numbers import count


def parse_count(text: str) -> int:
    """A whole number >= 0 as people write it: `12345`, `12 345`, `1e6`; ValueError says what is wrong."""
    bare = "".join(text.split()).replace("_", "").replace(",", "")
    try:
        number = float(bare)
        whole = int(number) if not bare.isdigit() else int(bare)
    except (ValueError, OverflowError):
        words = QCoreApplication.translate("entries", 'expected a step, got "{0}"')
        raise ValueError(words.format(text.strip())) from None
    if number != whole or whole < 0:
        words = QCoreApplication.translate("entries", "expected a whole step from 0 on, got {0}")
        raise ValueError(words.format(text.strip()))
    return whole


def parse_position(text: str, step: int, tip: int, grid: EpochGrid) -> int:
    """A step as people name it: `12 345`, `epoch 40` (its end), `50 %` of what is recorded, `-100` from here.

    Raises
    ------
    ValueError
        It is none; says what is wrong.
    """
    bare = text.strip()
    epoch = QCoreApplication.translate("entries", "epoch")
    found = re.fullmatch(rf"(?:epoch|{re.escape(epoch)})\s*(.*)", bare, re.IGNORECASE)
    if found is not None:
        try:
            return grid.end_of(parse_count(found[1]))
        except ValueError:
            words = QCoreApplication.translate("entries", 'expected a whole epoch, as in epoch 40, got "{0}"')
            raise ValueError(words.format(bare)) from None
    if bare.endswith("%"):
        return round(tip * _share(bare[:-1]))
    if bare[:1] in ("+", "-", "\u2212"):
        away = parse_count(bare[1:])
        if bare[0] != "+" and away > step:
            words = QCoreApplication.translate("entries", "{0} from step {1} lies before the start")
            raise ValueError(words.format(bare, count(step)))
        return step + away if bare[0] == "+" else step - away
    return parse_count(bare)


def _share(text: str) -> float:
    try:
        share = float(text.strip().replace(",", ".")) / 100
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        words = QCoreApplication.translate("entries", "expected 0 % to 100 %, got {0} %")
        raise ValueError(words.format(text.strip()))
    return share


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


def speed_in_full(speed: float, steps_per_epoch: int) -> str:
    """Steps a second in words, with the epochs that they make where an epoch is more than a step."""
    if math.isinf(speed):
        return speed_words(speed)
    thousands = f"{speed / 1000:g}k" if speed >= 1000 else f"{speed:g}"
    words = QCoreApplication.translate("entries", "{0} steps/s").format(
        thousands if speed < 1_000_000 else f"{speed / 1_000_000:g}M"
    )
    if steps_per_epoch == 1:
        return words
    epochs = speed / steps_per_epoch
    shown = f"{epochs:.2g}" if epochs < 100 else count(round(epochs))
    return f"{words} · " + QCoreApplication.translate("entries", "{0} epochs/s").format(shown)
