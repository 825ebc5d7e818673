"""Messages in words: a sentence for each, numbers as everywhere, and another language as another table."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import lrsim.verdict
from lrsim.experiment import files as ex
from lrsim.experiment.keys import with_value
from lrsim.runs import run
from lrsim.training import engine
from lrsim.verdict.codes import VerdictCode, code_words
from lrsim.verdict.finding import Advice, Finding, Message, say
from lrsim.verdict.wording import ENGLISH, in_words, words

ROOM = Path(lrsim.verdict.__file__).parent


def said_by_rules() -> set[str]:
    """Every text that stands as the id of a message in a call of `say`, with both sides of a choice."""
    calls = [node for path in ROOM.glob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
             if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say"]  # fmt: skip
    first = [call.args[0] for call in calls]
    choices = [side for node in first for side in ([node.body, node.orelse] if isinstance(node, ast.IfExp) else [node])]
    return {ast.literal_eval(side) for side in choices}


def test_each_message_of_a_rule_has_its_sentence_and_no_other_is_kept():
    assert said_by_rules() == set(ENGLISH)


def test_numbers_shares_and_messages_within_messages():
    table = {"outer": "{a}, {b:%}, {count} of {name}{inner}{nothing}.", "inner": " ({c})"}
    message = say("outer", a=1234.5678, b=0.12345, count=123456, name="W1", inner=say("inner", c=2e-5), nothing=None)
    assert words(message, table) == "1235, 12.35 %, 123456 of W1 (2e-05)."
    assert words(None) == ""


@pytest.mark.parametrize("message", [say("unheard_of"), say("rate_does_better")])
def test_a_message_or_a_fact_that_is_missing_is_noticed(message):
    with pytest.raises(KeyError):
        words(message)


def test_a_finding_in_words_ends_with_its_advice_and_has_the_tone_of_its_code():
    verdict = in_words(Finding(VerdictCode.STUCK, say("stuck", error=7.0), {"step": 3}, Advice(say("scale"), 0.5)))
    assert verdict.text == (
        "Stuck: the mean error of an epoch stays at 7, no better than at the start. "
        'Scale the features (data.scale = "standard").'
    )
    assert (verdict.tone, verdict.advice, verdict.suggested_rate) == ("bad", ENGLISH["scale"], 0.5)
    assert in_words(Finding(VerdictCode.STUCK, say("stuck", error=7.0), tone="warn")).tone == "warn"
    assert in_words(Finding(None, say("not_trained"))).tone == "neutral"


def test_a_verdict_can_be_put_in_another_language():
    german = {
        "diverged": "Divergiert: {what} ist ab Schritt {step} nicht endlich{limit}.",
        "the_loss": "der Verlust",
        "sample_limit": " (Rate x Krümmung {rate_x_curvature})",
        "features_are_large": "Die Eingaben haben große Einheiten.",
        "scale": "Skalieren.",
        "rates_were_not_tried": "Andere Raten wurden nicht versucht.",
    }
    verdict = run.run(engine.build(with_value(ex.load("clip250"), "optimizer.lr", 1.0))).verdict
    assert isinstance(verdict.message, Message)
    assert words(verdict.message, german).startswith("Divergiert: ")
    assert f"ab Schritt {verdict.evidence['diverged_at']} nicht endlich (Rate x Krümmung " in words(
        verdict.message, german
    )
    assert words(verdict.advised, german) == "Andere Raten wurden nicht versucht."
    said = (verdict.message, verdict.why, verdict.cure, verdict.advised)
    assert [words(part, german) for part in said[1:3]] == ["Die Eingaben haben große Einheiten.", "Skalieren."]
    assert " ".join(map(words, said)) == verdict.text


def test_codes_in_words():
    assert [code_words(code) for code in ("too_slow", "never_heard_of", "")] == [
        "too slow", "never heard of", "not trained",
    ]  # fmt: skip
