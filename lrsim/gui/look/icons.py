"""The project's own line icons, drawn in the colours of the theme."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

SIZES = (16, 20, 24, 32, 48)


@lru_cache(maxsize=64)
def _source(name: str) -> str:
    return files("lrsim.resources").joinpath("icons", f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=2048)
def pixmap(name: str, colour: str, size: int, ratio: float = 1.0) -> QPixmap:
    """Icon `name` in one colour, `size` logical pixels wide and high."""
    renderer = QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))
    drawn = QPixmap(round(size * ratio), round(size * ratio))
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(drawn.rect()))
    painter.end()
    drawn.setDevicePixelRatio(ratio)
    return drawn


@lru_cache(maxsize=512)
def icon(name: str, colour: str, disabled: str, ratio: float = 1.0) -> QIcon:
    """Icon `name` in the theme's colours; what is disabled is drawn in `disabled`."""
    built = QIcon()
    for size in SIZES:
        built.addPixmap(pixmap(name, colour, size, ratio), QIcon.Mode.Normal)
        built.addPixmap(pixmap(name, disabled, size, ratio), QIcon.Mode.Disabled)
    return built


def clear() -> None:
    """Forget what is drawn; it must not outlive the application."""
    icon.cache_clear()
    pixmap.cache_clear()
