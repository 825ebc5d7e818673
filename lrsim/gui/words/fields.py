"""Values of the experiment's fields as people type and read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from lrsim.common.numbers import full, short
from lrsim.experiment import field_texts
from lrsim.experiment.field_texts import FieldText
from lrsim.experiment.fields import Field


def parse(field: Field, text: str) -> Any:
    """The value that a text stands for, None for a field left empty; ValueError says what is wrong."""
    bare = text.strip()
    if not bare and (field.optional or field.kind in ("texts", "numbers", "text")):
        return None if field.optional else "" if field.kind == "text" else ()
    if field.kind == "text":
        return bare
    if field.kind == "texts":
        return tuple(word.strip() for word in bare.split(",") if word.strip())
    try:
        if field.kind == "numbers":
            value: Any = tuple(float(word) for word in bare.replace(",", " ").split())
        elif field.kind == "whole":
            value = _whole(bare)
        else:
            value = float(bare.replace(",", "."))
        return value if field.rule is None else field.rule.convert(value)
    except (ValueError, OverflowError) as problem:
        raise ValueError(_expectation(field, bare, problem)) from None


def _whole(text: str) -> int:
    bare = "".join(text.split()).replace("_", "")
    if bare.lstrip("+-").isdecimal():
        return int(bare)
    number = float(bare)
    if number != int(number):
        raise ValueError
    return int(number)


def _expectation(field: Field, text: str, problem: Exception) -> str:
    said = str(problem)
    if not said.startswith("expected"):  # of the rule, not of Python
        said = QCoreApplication.translate("FieldEntry", "expected {0}").format(field.expected)
    return QCoreApplication.translate("FieldEntry", '{0}, got "{1}"').format(said, text)


def show(field: Field, value: Any) -> str:
    """A value at rest."""
    if value is None:
        return ""
    if field.kind == "texts":
        return ", ".join(value)
    if field.kind == "numbers":
        return ", ".join(short(number) for number in value)
    return short(value) if field.kind == "number" else str(value)


def edit(field: Field, value: Any) -> str:
    """A value under the hand, with all digits."""
    if field.kind == "numbers" and value is not None:
        return ", ".join(full(number) for number in value)
    return full(value) if field.kind == "number" and value is not None else show(field, value)


_MARKS = {
    ",": QT_TRANSLATE_NOOP("FieldEntry", "comma"),
    ";": QT_TRANSLATE_NOOP("FieldEntry", "semicolon"),
    "\t": QT_TRANSLATE_NOOP("FieldEntry", "tab"),
    "|": QT_TRANSLATE_NOOP("FieldEntry", "bar"),
    " ": QT_TRANSLATE_NOOP("FieldEntry", "spaces"),
    ".": QT_TRANSLATE_NOOP("FieldEntry", "point"),
}
"""What is hard to see, or to read aloud, by its name."""


def choice_items(field: Field, choices: Sequence[str]) -> list[tuple[str, object]]:
    """What there is to choose from in words, each with its value; yes and no where no words are declared."""
    if not choices:
        yes, no = QCoreApplication.translate("FieldEntry", "yes"), QCoreApplication.translate("FieldEntry", "no")
        return [(yes, True), (no, False)]
    return [(QCoreApplication.translate("FieldEntry", str(_MARKS.get(word, word))), word) for word in choices]


def default_words(value: Any) -> str:
    """What an empty field stands for."""
    if value is None or value == ():
        return QCoreApplication.translate("FieldEntry", "automatic")
    if isinstance(value, bool):
        on, off = QCoreApplication.translate("FieldEntry", "on"), QCoreApplication.translate("FieldEntry", "off")
        return on if value else off
    return short(value) if isinstance(value, int | float) else str(value)


CONTEXT = "FieldTexts"


def text_of(key: str) -> FieldText:
    """What a key is called and what it does."""
    text = field_texts.text_of(key)
    return FieldText(*(QCoreApplication.translate(CONTEXT, words) if words else "" for words in text))


def group_title(group: str) -> str:
    """The title of one of the format's tables."""
    return QCoreApplication.translate(CONTEXT, field_texts.GROUPS[group])
