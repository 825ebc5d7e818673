"""Dotted keys in the words of the Experiment panel: alone, in titles, and wherever a sentence names one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from lrsim.common.validation import ExperimentError
from lrsim.experiment.field_texts import GROUPS, OF_A_LAYER, TEXTS, in_a_layer
from lrsim.gui.words.fields import CONTEXT, group_title, text_of
from lrsim.sweep import words

_KEY = re.compile(rf"\b(?:{'|'.join(GROUPS)})(?:\.\w+|\[\d+\])+")


def label_of(key: str) -> str:
    """What the field of a key is called, of one layer with its place; a key that there is not stays as it is."""
    layer = in_a_layer(key)
    if layer is not None:
        return QCoreApplication.translate(CONTEXT, OF_A_LAYER).format(text_of(layer[0]).label, layer[1])
    if key in GROUPS:
        return group_title(key)
    return text_of(key).label if key in TEXTS else key


def explanation_of(key: str) -> str:
    """What a key does to training, and how it is written in a file; empty for a key that there is not."""
    layer = in_a_layer(key)
    known = key if layer is None else layer[0]
    if key in GROUPS:
        return QCoreApplication.translate("KeyWords", "All of its fields together ({0})").format(key)
    return f"{text_of(known).explanation} ({key})" if known in TEXTS else ""


def key_labels(keys: Sequence[str]) -> dict[str, str]:
    """For each dotted key its words in a title."""
    return words.key_labels(keys, label_of)


def in_words(text: str) -> str:
    """A text with the names of fields in place of the dotted keys in it."""
    return _KEY.sub(lambda found: label_of(found[0]), text)


def refusal(error: ExperimentError) -> str:
    """A refusal that names the field in place of the key."""
    return label_of(error.where) + str(error)[len(error.where) :]
