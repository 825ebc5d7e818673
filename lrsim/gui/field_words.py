"""Labels and explanations of an experiment's keys in the language of the window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from lrsim import field_texts
from lrsim.field_texts import FieldText

CONTEXT = "FieldTexts"


def text_of(key: str) -> FieldText:
    """What a key is called and what it does."""
    text = field_texts.text_of(key)
    return FieldText(*(QCoreApplication.translate(CONTEXT, words) if words else "" for words in text))


def group_title(group: str) -> str:
    """The title of one of the format's tables."""
    return QCoreApplication.translate(CONTEXT, field_texts.GROUPS[group])
