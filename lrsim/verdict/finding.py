"""What a rule finds: a code, figures, and the ids of messages, without a word of any language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lrsim.verdict.codes import TONES, VerdictCode
from lrsim.verdict.tried import FROM_START, Tried

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
    """What to try.

    Attributes
    ----------
    message
        None where nothing need be tried. Where the rate is in question, what else to try.
    rate
        The learning rate in it.
    asks_rate
        Whether another rate may do better: a question that trials answer, see `advise`.
    guess
        A rate to try first where it is in question, such as one that suits the curvature. It is never told untried.
    falling, start
        How `rate` was tried, see `tried.Candidate`.
    cure
        What to do first, whatever the rate; None where there is nothing.
    instead
        What else to try where no rate does better; None leaves it to the evidence.
    """

    message: Message | None = None
    rate: float | None = None
    asks_rate: bool = False
    guess: float | None = None
    falling: bool = False
    start: str = FROM_START
    cure: Message | None = None
    instead: Message | None = None


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
    why
        The cause, where one is known that is not the rate, or not the rate alone.
    """

    code: VerdictCode | None
    message: Message
    facts: Mapping[str, Fact] = field(default_factory=dict)
    advice: Advice = Advice()
    tone: str = ""
    why: Message | None = None

    @property
    def asks_rate(self) -> bool:
        """Whether the rate may be the reason, so that rates are worth trying; False where the cause is another."""
        return self.advice.asks_rate


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
    falling, start
        Whether it falls to zero, and whether it is to be taken from the start on or from here, see `tried.Candidate`.
    message, why, cure, advised
        What `text` and `advice` were made from, for other languages.
    asks_rate, guess
        Whether rates are worth trying, and the one to try first, see `Advice`.
    tried
        The rates that were tried for it; None where none were.
    """

    code: VerdictCode | None
    text: str
    evidence: Mapping[str, Fact]
    advice: str
    tone: str
    suggested_rate: float | None
    message: Message
    advised: Message | None
    asks_rate: bool = False
    guess: float | None = None
    falling: bool = False
    start: str = FROM_START
    tried: Tried | None = None
    why: Message | None = None
    cure: Message | None = None


def tone_of(finding: Finding) -> str:
    """How a finding is shown."""
    return finding.tone or ("neutral" if finding.code is None else TONES[finding.code])
