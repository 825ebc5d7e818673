"""What a rule finds: a code, figures, and the ids of messages, without a word of any language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lrsim.verdict.codes import TONES, VerdictCode

Fact = float | int | str


@dataclass(frozen=True)
class Message:
    """Words by their id, and what is set into them by name: numbers, texts, other messages; None leaves a gap."""

    id: str
    facts: Mapping[str, Fact | Message | None] = field(default_factory=dict)


def say(message: str, /, **facts: Fact | Message | None) -> Message:
    """The message of that id with these facts."""
    return Message(message, facts)


@dataclass(frozen=True)
class Advice:
    """What to try, and the learning rate in it where there is one; no message where nothing need be tried."""

    message: Message | None = None
    rate: float | None = None


@dataclass(frozen=True)
class Finding:
    """What a rule has found.

    Attributes
    ----------
    code
        None before the first step.
    message
        What happens and how that shows.
    facts
        The figures that it rests on, by the names that they have in JSON.
    tone
        Good, warn, bad or neutral; empty for the usual one of the code.
    """

    code: VerdictCode | None
    message: Message
    facts: Mapping[str, Fact] = field(default_factory=dict)
    advice: Advice = Advice()
    tone: str = ""


@dataclass(frozen=True)
class Verdict:
    """A finding in words.

    Attributes
    ----------
    code
        None before the first step.
    text
        The whole sentence; it ends with `advice`.
    evidence
        The figures that it rests on.
    tone
        Good, warn, bad or neutral.
    suggested_rate
        The learning rate in the advice.
    message, advised
        What `text` and `advice` were made from, for other languages.
    """

    code: VerdictCode | None
    text: str
    evidence: Mapping[str, Fact]
    advice: str
    tone: str
    suggested_rate: float | None
    message: Message
    advised: Message | None


def tone_of(finding: Finding) -> str:
    """How a finding is shown."""
    return finding.tone or ("neutral" if finding.code is None else TONES[finding.code])
