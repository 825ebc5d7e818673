"""What leaves a chart: a picture, as pixels or as SVG, and the shown data as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QBuffer, QByteArray, QCoreApplication, QIODevice, QRect, QSize
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from lrsim.common.output import write_bytes
from lrsim.common.validation import ExperimentError
from lrsim.gui.look.painting import painting

PIXEL_RATIO = 2
QUICK = 75
"""Packs a picture in two thirds of the usual time, a fifth larger."""


class Drawable(Protocol):
    """Something that draws itself at a size, without its buttons."""

    def draw_exported(self, painter: QPainter, size: QSize) -> None: ...


def save_image(chart: Drawable, path: Path, size: QSize, background: str, title: str) -> None:
    """Write a chart as SVG where the name ends so, else as pixels (PNG), twice as fine as on screen.

    Raises
    ------
    ExperimentError, OSError
        The file can't be written; an existing one is left as it was.
    """
    content = _svg(chart, size, title) if path.suffix.lower() == ".svg" else _png(chart, size, background)
    write_bytes(path, bytes(content.data()))


def _png(chart: Drawable, size: QSize, background: str) -> QByteArray:
    image = QImage(size * PIXEL_RATIO, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(PIXEL_RATIO)
    image.fill(QColor(background))
    with painting(image) as painter:
        chart.draw_exported(painter, size)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG", QUICK)  # type: ignore[call-overload]  # its stub asks for bytes, which it refuses
    return buffer.data()


def _svg(chart: Drawable, size: QSize, title: str) -> QByteArray:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRect(0, 0, size.width(), size.height()))
    generator.setTitle(title)
    with painting(generator) as painter:
        chart.draw_exported(painter, size)
    return buffer.data()


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lines of comma-separated values; floats are written so that they read back to the same number.

    A cell with a comma in it, such as the name of a weight, stands in quotes (RFC 4180).
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([repr(value) if isinstance(value, float) else value for value in row] for row in rows)
    return text.getvalue()


def ask_and_save(owner: QWidget, save: Callable[[Path], None]) -> None:
    """Let the user name a file, and write it there; say what went wrong where that fails."""
    title = QCoreApplication.translate("Chart", "Save image")
    name, _ = QFileDialog.getSaveFileName(
        owner, title, f"{owner.objectName()}.png", QCoreApplication.translate("Chart", "Pictures (*.png *.svg)")
    )
    if not name:
        return
    path = Path(name)
    try:
        save(path if path.suffix else path.with_suffix(".png"))
    except (ExperimentError, OSError) as error:
        QMessageBox.warning(owner, title, str(error))
