"""No exception leaves a method that Qt calls: on its way through C++ it could end the process.

What is raised in such a method goes where all goes that nobody expected, to `sys.excepthook`, and Qt is answered as if
there were no such method.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import sys
import traceback
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

from PySide6.QtCore import QRectF
from shiboken6 import Shiboken

import lrsim.gui

ANSWERS: dict[str, Callable[[], object]] = {
    "None": lambda: None, "object": lambda: None, "bool": lambda: False, "int": lambda: 0, "str": str, "QRectF": QRectF,
}  # fmt: skip
"""What Qt gets from a method that failed, by the type that it is annotated with."""
INHERITED = ("QSize",)
"""For these it gets what the next class in line says."""


def protect() -> None:
    """Guard all overrides in the classes of `lrsim.gui`; called once, before the first widget is made.

    One that says nothing of the type of its result, or one that there is no answer for, stays as it is and among the
    `unguarded`; a test sees to it that there is none.
    """
    for module in pkgutil.walk_packages(lrsim.gui.__path__, f"{lrsim.gui.__name__}."):
        importlib.import_module(module.name)
    for owner, name in list(unguarded()):
        if _returns(vars(owner)[name]) in (*ANSWERS, *INHERITED):
            setattr(owner, name, _guarded(owner, vars(owner)[name]))


def unguarded() -> Iterator[tuple[type, str]]:
    """Classes of the window and their methods that Qt may call and that are not guarded."""
    for owner in set(_subclasses(Shiboken.Object)):
        if owner.__module__.startswith(lrsim.gui.__name__):
            for name, method in vars(owner).items():
                if isinstance(method, FunctionType) and _is_of_qt(owner, name) and not hasattr(method, "guarded"):
                    yield owner, name


def _subclasses(base: type[Any]) -> Iterator[type[Any]]:
    for each in base.__subclasses__():
        yield each
        yield from _subclasses(each)


def _is_of_qt(owner: type, name: str) -> bool:
    """Whether a method stands for one of the same name that Qt knows."""
    bases = (base for base in owner.__mro__ if base.__module__.startswith("PySide6."))
    return not name.startswith("__") and any(name in vars(base) for base in bases)


def _returns(method: FunctionType) -> str:
    return str(method.__annotations__.get("return", ""))


def _guarded(owner: type, method: FunctionType) -> Callable[..., object]:
    returns = _returns(method)

    @functools.wraps(method)
    def guarded(self: Any, *args: Any, **named: Any) -> object:
        try:
            return method(self, *args, **named)
        except Exception as error:
            tell(error)
        if returns in INHERITED:
            return getattr(super(owner, self), method.__name__)(*args, **named)
        return ANSWERS[returns]()

    guarded.guarded = True  # type: ignore[attr-defined]
    return guarded


def tell(error: Exception) -> None:
    """Hand an exception to `sys.excepthook` and let go of what it held: a painter ends before its paint event does."""
    sys.excepthook(type(error), error, error.__traceback__)
    traceback.clear_frames(error.__traceback__)
