"""What may stand in a condition, and how one that can't be used is refused: why, and where."""

from __future__ import annotations

import ast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lrsim.debugger.conditions.condition import condition, expression, hit_rule, message
from lrsim.debugger.conditions.refusal import Refused
from lrsim.experiment import files
from lrsim.training import engine
from lrsim.training.engine import Problem

LINE = engine.build(files.load("clip250"))
NETWORK = engine.build(files.load("spiral"))


def refusal(text: str, problem: Problem = LINE) -> Refused:
    with pytest.raises(Refused) as found:
        expression(problem, text)
    return found.value


@pytest.mark.parametrize(
    ("text", "why", "at"),
    [
        ("", "missing, expected such as loss > 10", 0),
        ("loss > los", "unknown name los, did you mean loss", 7),
        ("loss = 3", "write == to compare", 5),
        ("loss > 1 && lr < 2", "no &&, write and", 9),
        ("loss > 1 || lr < 2", "no ||, write or", 9),
        ("!nonfinite", "no !, write not", 0),
        ("loss >", "not an expression", 6),
        ("1 + loss.real > 1", "no attributes", 4),
        ("__import__('os').system('ls')", "no attributes", 0),
        ("exp(loss) > 1", "no function exp", 0),
        ("loss > 1 and min(loss) > 2", "min takes a value and a number of steps, got 1 values", 13),
        ("abs(loss, 2) > 2", "abs takes one value, got 2 values", 0),
        ("prev(loss, 0) > 1", "expected a whole number of steps from 1 to 10000 in prev", 11),
        ("mean(loss, step) > 1", "expected a whole number of steps", 11),
        ("mean(loss, 99999999) > 1", "expected a whole number of steps", 11),
        ("mean(loss, n=3) > 1", "expected plain values between the brackets of mean", 0),
        ("rising > 1", "rising is a function, write such as rising(loss)", 0),
        ("W1[0,3] > 1", "no parameter W1[0,3], there are W, b", 0),
        ("1 > 0", "never changes", 0),
        ("loss > sqrt(-1)", "is never a number", 0),
        ("loss > 0 / 0", "is never a number", 0),
        ("loss ^ 2 > 1", "write ** for a power", 0),
        ("loss > 1 & error > 1", "no &, write and", 7),
        ("[loss]", "no list", 0),
        ("'a' > loss", "expected a number, got 'a'", 0),
        ("lambda: loss", "no lambda", 0),
        ("loss > True", "expected a number, got True", 7),
        ("loss > 1e999", "expected a number that a float can hold", 7),
        ("9" * 5000 + " > loss", "expected at most 500 characters", 500),
        ("-" * 60 + "loss", "expected at most 40 nested operations", 41),
        ("(" * 300 + "loss" + ")" * 150, "not an expression", 0),
        ("val_loss > 1", "unknown name val_loss", 0),
        ("\x00 > loss", "not an expression", 0),
        ("loss > ä", "unknown name ä", 7),
        ("ä[0] > loss", "no parameter ä[0]", 0),
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_refused_with_its_reason_and_its_place(text, why, at):
    found = refusal(text)
    assert why in found.why
    assert found.at == at or why.startswith("not an expression")


def test_a_caret_stands_under_the_place():
    assert refusal("loss > los").pointed() == "loss > los\n       ^"
    assert str(refusal("loss > los")) == "unknown name los, did you mean loss (at character 8)"


def test_a_parameter_of_a_network_is_named_as_in_the_trace():
    name = NETWORK.parameter_names[3]
    assert expression(NETWORK, f" {name.replace(',', ' , ')} > 0").names == {name}
    assert "no parameter W1[0,9], did you mean W1[0," in refusal("W1[0,9] > 0", NETWORK).why


@pytest.mark.parametrize(
    ("text", "steps"),
    [("loss > 1", 0), ("prev(loss)", 1), ("mean(loss, 10)", 9), ("rising(loss, 3)", 3), ("sign_flips(W)", 1),
     ("prev(mean(loss, 10), 5) > loss", 14), ("rising(max(loss, 4), 2) and prev(W, 3)", 5)],
)  # fmt: skip
def test_it_knows_how_far_it_looks_back(text, steps):
    assert expression(LINE, text).lookback == steps


@settings(max_examples=300)
@given(st.text(st.sampled_from("loswprevan(),.[]{}'\"<>=+-*/ 0123_:#\\\n%&|^~@!"), max_size=40))
@example("loss if loss else loss")
@example("*loss")
@example("loss[0]")
@example("f'{loss}'")
@example("loss := 3")
@example("(loss for loss in loss)")
@example("await loss")
@example("loss < loss in loss")
def test_any_text_is_an_expression_or_refused_within_it(text):
    try:
        found = condition(LINE, text)
    except Refused as refused:
        why, at = refused.why, refused.at
    else:
        why, at = "used", len(found.expression.names)
    assert why
    assert "\n" not in why
    assert 0 <= at <= len(text)


@pytest.mark.parametrize(
    ("text", "counted"),
    [("", [1, 2, 3, 4, 5, 6]), ("5", [5]), ("==2", [2]), (">= 4", [4, 5, 6]), ("%3", [3, 6])],
)
def test_hit_counts_are_written_as_in_debuggers(text, counted):
    rule = hit_rule(text)
    assert [time for time in range(1, 7) if rule(time)] == counted
    assert hit_rule(str(rule)) == rule


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "x", ">", "%0", "<3", "9" * 99])
def test_a_hit_count_that_is_none_is_refused(text):
    with pytest.raises(Refused, match="expected a hit count such as 5, >=5 or %5"):
        hit_rule(text)


def test_a_message_holds_expressions_and_braces():
    found = message(LINE, "{{loss}} {loss} at {step}")
    values = {"loss": 0.5, "step": 12.0}
    assert found.filled(lambda item: values[item.text]) == "{loss} 0.5 at 12"


@pytest.mark.parametrize(
    ("text", "why", "at"),
    [("loss {los}", "unknown name los", 6), ("loss {", "expected a closing brace", 6),
     ("a } b", "without an opening", 2),
     ("{ }", "missing", 2), (" ", "missing", 0), ("{loss} {lr >}", "not an expression", 12)],
)  # fmt: skip
def test_a_message_that_can_not_be_used_is_refused_at_its_place(text, why, at):
    with pytest.raises(Refused) as found:
        message(LINE, text)
    assert why in found.value.why
    assert (found.value.text, found.value.at) == (text, at)


def test_a_watch_stands_for_what_it_is_and_looks_back_as_far():
    ratio = expression(LINE, "update_norm / weight_norm")
    rise = expression(LINE, "ratio - prev(ratio, 3)", {"ratio": ratio})
    found = expression(LINE, "mean(rise, 5) > abs(ratio)", {"ratio": ratio, "rise": rise})
    assert (found.names, found.lookback) == ({"update_norm", "weight_norm"}, 7)
    assert (found.watches, rise.watches, ratio.watches) == ({"ratio", "rise"}, {"ratio"}, set())
    spelt = "mean(update_norm / weight_norm - prev(update_norm / weight_norm, 3), 5) > abs(update_norm / weight_norm)"
    assert ast.dump(found.tree) == ast.dump(expression(LINE, spelt).tree)


def test_watches_of_watches_can_not_grow_without_end():
    known = {"w0": expression(LINE, "loss + error")}
    for place in range(7):
        known[f"w{place + 1}"] = expression(LINE, f"w{place} + w{place}", known)
    with pytest.raises(Refused, match="expected at most 2000 parts"):
        expression(LINE, "w7 + w7", known)


def test_a_message_takes_no_format():
    with pytest.raises(Refused, match="no :, a value is written in full") as found:
        message(LINE, "loss {loss:.3f}")
    assert found.value.at == 10
