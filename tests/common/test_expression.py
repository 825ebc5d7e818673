"""Expressions compute, and nothing else."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrsim.common.expression import FUNCTIONS, VARIABLES, Compiled, compiled
from lrsim.common.validation import ExperimentError


def value(text, **names):
    return compiled(text)(**{"step": 30, "epoch": 3, "lr": 0.05, "lr0": 0.1, **names})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("0.01 if epoch < 5 else 0.01 * exp(0.1 * (10 - epoch))", 0.01),
        ("lr0 * 0.5 ** (epoch // 2)", 0.05),
        ("lr + lr0 / step", 0.05 + 0.1 / 30),
        ("1", 1.0),
        ("-(-2)", 2.0),
        ("7 % 4 + 7 // 4", 4.0),
        ("min(1, lr, 3)", 0.05),
        ("max(lr, lr0)", 0.1),
        ("floor(2.5) + ceil(2.5) + round(2.6) + round(2.125, 2)", 2 + 3 + 3 + 2.12),
        ("sqrt(4) + log(e) + log(8, 2) + log10(100) + log2(8) + abs(-1)", 2 + 1 + 3 + 2 + 3 + 1),
        ("0.05 * (1 + cos(pi * epoch / 3)) + 1", 1.0),
        ("sin(pi / 2) + tan(0) + tanh(0) + pow(2, 3)", 9.0),
        ("0.1 if 2 < epoch <= 3 and not step == 1 or epoch != 3 else 0.2", 0.1),
        ("(epoch > 2) * 0.1", 0.1),
        ("1e-3 if True else 0", 1e-3),
        ("  0.1  ", 0.1),
        ("(0.1\n + 0.2)", 0.1 + 0.2),
        ("1_000", 1000.0),
    ],
)
def test_values(text, wanted):
    found = value(text)
    assert type(found) is float
    assert found == pytest.approx(wanted, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "missing, expected such as"),
        ("  ", "missing, expected such as"),
        ("0.1 *", "not an expression, invalid syntax"),
        ("0.1\n0.2", "not an expression"),
        ("lr = 3", "not an expression"),
        ("rate * 2", "unknown name rate"),
        ("epochs", "unknown name epochs, did you mean epoch"),
        ("exp", "exp is a function, write exp(x)"),
        ("sigmoid(1)", "no function sigmoid"),
        ("math.exp(1)", "write exp(x) and not math.exp(x)"),
        ("math.pi", "no attributes"),
        ("2 ^ 3", "write ** for a power"),
        ("lambda epoch: 0.1", "no lambda"),
        ("[1, 2]", "no list"),
        ("{}", "no dict"),
        ("(1, 2)", "no tuple"),
        ("[x for x in step]", "no listcomp"),
        ("(x := 3)", "no namedexpr"),
        ("f'{lr}'", "no joinedstr"),
        ("epoch[0]", "no subscript"),
        ("'a' * 100", "expected numbers"),
        ("1j", "expected numbers"),
        ("None", "expected numbers"),
        ("...", "expected numbers"),
        ("1" * 400, "expected numbers"),
        ("1" * 501, "expected at most 500 characters"),
        ("-" * 100 + "1", "nested"),
        ("(" * 300 + "1" + ")" * 300, ""),
        ("exp(x=1)", "plain numbers"),
        ("exp(*[1])", "plain numbers"),
        ("1 << 100", "no lshift"),
        ("1 is 1", "no is"),
        ("1 in 2", "no in"),
        ("~1", "no invert"),
        ("exp(1)(2)", "no function here"),
        ("(lambda: 1)()", "no function here"),
        ("__import__('os')", "no function __import__"),
        ("open(1)", "no function open"),
        ("a\0b", "not an expression"),
    ],
)
def test_what_is_not_arithmetic_is_refused(text, line):
    with pytest.raises(ExperimentError) as caught:
        compiled(text)
    assert str(caught.value).startswith("schedule.expression: ")
    assert line in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("0", "expected a finite number > 0 at epoch 3, got 0.0"),
        ("-lr", "expected a finite number > 0 at epoch 3, got -0.05"),
        ("1e400", "expected a finite number > 0 at epoch 3, got inf"),
        ("1e400 - 1e400", "expected a finite number > 0 at epoch 3, got nan"),
        ("epoch < 5", "expected a finite number > 0 at epoch 3, got true"),
        ("1 / (epoch - 3)", "can't be computed at epoch 3: "),
        ("9 ** 9 ** 9 ** 9", "can't be computed at epoch 3: "),
        ("(0 - 8) ** 0.5", "can't be computed at epoch 3: "),
        ("log(0)", "can't be computed at epoch 3: "),
        ("exp(10000)", "can't be computed at epoch 3: "),
        ("min(1)", "can't be computed at epoch 3: "),
        ("exp()", "can't be computed at epoch 3: "),
        ("exp(1, 2)", "can't be computed at epoch 3: "),
        ("floor(1e400)", "can't be computed at epoch 3: "),
        ("round(1, 1e400)", "can't be computed at epoch 3: "),
    ],
)
def test_what_gives_no_rate_names_the_epoch(text, line):
    with pytest.raises(ExperimentError) as caught:
        value(text)
    assert str(caught.value).startswith("schedule.expression: " + line)


def test_it_knows_whether_it_needs_the_rate_before():
    assert compiled("lr * 0.9").recurrent
    assert not compiled("lr0 * 0.9 + step").recurrent


words = st.sampled_from([*FUNCTIONS, *VARIABLES, "pi", "if", "else", "and", "not", "(", ")", "**", "*", "+", "-", "/",
                         "//", "%", "<", "==", ",", ".", "9", "1e300", "0.5", "'a'", "[", "]", "lambda", ":",
                         "__class__", "for", "in", "x", "^", "~", "=", "\n", "#", "\\", "0x", "1or", "j"])  # fmt: skip


def refusal(text):
    """The line that refuses a text; None for one that gives a rate."""
    try:
        assert 0 < Compiled(text)(step=7, epoch=2, lr=0.1, lr0=0.1) < math.inf
    except ExperimentError as error:
        return str(error)
    return None


@settings(max_examples=400)
@given(st.text(max_size=600) | st.lists(words, max_size=60).map(" ".join) | st.lists(words, max_size=60).map("".join))
def test_any_text_gives_a_rate_or_one_clear_line(text):
    line = refusal(text)
    assert line is None or (line.startswith("schedule.expression: ") and len(line.splitlines()) == 1)
