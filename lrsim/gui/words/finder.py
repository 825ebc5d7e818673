"""What a range test suggests, in words: the rules by their names, and on what ground one rate is recommended."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from lrsim.common.numbers import short
from lrsim.instruments.range_test import RangeTest, Suggestion, recommended

CONTEXT = "RangeTest"
FAR_APART = 30.0
"""Highest over lowest suggested rate from which the rules are said to disagree."""


def rule_name(name: str) -> str:
    """A rule as people read it."""
    translate = QCoreApplication.translate
    names = {
        "steepest": translate(CONTEXT, "steepest"),
        "minimum / 10": translate(CONTEXT, "minimum / 10"),
        "valley": translate(CONTEXT, "valley"),
    }
    return names[name]


def rule_words(name: str) -> str:
    """Where a rule finds its rate."""
    translate = QCoreApplication.translate
    words = {
        "steepest": translate(CONTEXT, "Where the loss falls fastest"),
        "minimum / 10": translate(CONTEXT, "A tenth of the rate with the lowest loss"),
        "valley": translate(CONTEXT, "The middle of the longest fall of the loss"),
    }
    return words[name]


def two_digits(rate: float) -> float:
    """A test tells no more."""
    return float(f"{rate:.1e}")


def others(test: RangeTest) -> list[Suggestion]:
    """The suggestions beside the recommended one, the lowest rate first."""
    best = recommended(test)
    return sorted((item for item in test.suggestions if item is not best), key=lambda item: item.rate)


def ground(test: RangeTest) -> str:
    """On what ground the recommended rate is; empty where there is none."""
    translate = QCoreApplication.translate
    best = recommended(test)
    if best is None:
        return ""
    rates = [short(two_digits(item.rate)) for item in others(test)]
    if not rates:
        return translate(CONTEXT, "{0}. No other rule finds a rate.").format(rule_words(best.name))
    if len(rates) == 1:
        text = translate(CONTEXT, "{0}, below the other rule's {1}.")
    else:
        text = translate(CONTEXT, "{0}, between the other rules' {1} and {2}.")
    text = text.format(rule_words(best.name), *rates)
    found = [item.rate for item in test.suggestions]
    if max(found) > FAR_APART * min(found):
        text += " " + translate(CONTEXT, "The rules are far apart: watch the first epochs.")
    return text
