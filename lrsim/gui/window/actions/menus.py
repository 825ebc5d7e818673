"""The menus of the window, made of its actions."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from lrsim.gui.window.actions.catalogue import WindowActions


def window_menus(registry: WindowActions, recent: QMenu, parent: QWidget) -> dict[str, QMenu]:
    """Those of the theme and of everything, by name; `recent` lists the files of late."""
    theme = _menu("", registry.theme_actions(), parent)
    theme.addSeparator()
    theme.addAction(registry["present"])
    main = _menu("", [registry["choose"], *registry.file_actions()], parent)
    main.addMenu(recent)
    main.addActions(registry.keeping_actions())
    main.addSeparator()
    for title, groups in ((_tr("Run"), ["run"]), (_tr("Rate"), ["rate"]), (_tr("Sweep"), ["sweep"]),
                          (_tr("Edit"), ["edit"]),
                          (_tr("View"), ["layout", "panels", "pictures", "theme"])):  # fmt: skip
        main.addMenu(_menu(title, [action for group in groups for action in registry.group(group)], parent))
    main.addSeparator()
    main.addActions(registry.group("program"))
    return {"theme": theme, "main": main}


def _menu(title: str, actions: Sequence[QAction], parent: QWidget) -> QMenu:
    menu = QMenu(title, parent)
    menu.addActions(list(actions))
    return menu


def _tr(text: str) -> str:
    return QCoreApplication.translate("MainWindow", text)
