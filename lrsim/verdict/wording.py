"""The sentence of each message, and findings in words. Another language is another table.

Placeholders name the facts of a message. Numbers are written by `common.numbers`, shares of one with `:%` as percent;
a fact that is itself a message is put in words, and one that is None leaves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any

from lrsim.common.numbers import percent, short
from lrsim.verdict.causes_in_words import CAUSES
from lrsim.verdict.finding import Finding, Message, Verdict, tone_of
from lrsim.verdict.tried import Tried

ENGLISH: Mapping[str, str] = {
    **CAUSES,
    # any run
    "not_trained": "Not trained yet.",
    "diverged": "Diverged: {what} is not finite from step {step} on{limit}.",
    "the_loss": "the loss",
    "recovered": "{said} It had diverged at step {step}.",
    "diverged_though_finite": "Diverged: the loss is {loss}, {held}{limit}.",
    "held_by_gradient_limit": "only the limit on its gradient keeps it finite",
    "times_that_of_guessing": "{times} times that of guessing",
    "sample_limit": " (rate x curvature of the sharpest sample = {rate_x_curvature}, limit 2)",
    "training_set_limit": " (rate x curvature of the whole training set = {rate_x_curvature}, limit 2)",
    "oscillating_so_far": "Oscillating: {seen}{limit}.",
    "error_has_reached": "the error has reached {highest}",
    "steps_overshoot": "steps on the sharpest sample overshoot",
    "too_slow": "Too slow: {said}{limit}.",
    "share_removed_an_epoch": "an epoch removes about {share:%} of the error",
    "converging_so_far": "Converging so far: no sign of trouble in {done}.",
    "one_step": "{steps} step",
    "first_steps": "the first {steps} steps",
    "last_steps": "the last {steps} steps",
    "converging": "Converging: {said}.",
    "peaks_fall": "momentum makes the loss swing, and its peaks halve every {half_life} epochs",
    "give_or_take": ", give or take {noise}",
    # overfitting
    "overfitting": (
        "Overfitting: the held-out loss was lowest, {lowest}, after epoch {epoch} and is {now} now, while the training "
        "loss has gone on falling to {training}."
    ),
    # models that tell classes apart
    "at_the_edge": (
        "Training at the edge of stability: rate x sharpness is {product} (limit {limit}); the loss rises in {rises:%} "
        "of the last {steps} steps and falls all the same."
    ),
    "loss_jumps": "Oscillating: the loss of an epoch jumps between {lowest} and {highest}.",
    "loss_climbs_and_jumps": (
        "Oscillating: the loss of an epoch no longer falls but climbs and jumps between {lowest} and {highest}."
    ),
    "no_better_than_guessing": " (naming the most frequent class gives {chance:%})",
    "accuracy_on_held_out": ", {accuracy:%} on held-out samples",
    "classes_converged": "Converged: accuracy {accuracy:%}{guessed}{held_out}, loss {loss}.",
    "classes_still_falling": "Converging: accuracy {accuracy:%}{guessed}{held_out}, loss {loss}, still falling.",
    "classes_creep": (
        "not yet fitted after {epochs} epochs, accuracy {accuracy:%}{guessed}{held_out}, loss {loss} halves every "
        "{half_life} epochs"
    ),
    "classes_pace": (
        "accuracy {accuracy:%}{guessed}{held_out} after {epochs} epochs, the loss {loss} halves every "
        "{half_life} epochs"
    ),
    "not_yet_fitted": "not yet fitted, {said}",
    "classes_stuck": (
        "Stuck: the accuracy is never above {highest:%}, where always guessing the most frequent class gives "
        "{chance:%}, and the loss stays about {loss}.{clips}"
    ),
    "clipped_loss_has_no_gradient": " Probabilities that the loss clips have no gradient, so it can't get away.",
    "classes_rest": "Converged: the parameters no longer move, at an accuracy of {accuracy:%}.",
    "classes_early": "Too early to tell: accuracy {accuracy:%}{guessed}{held_out}, loss {loss} after {epochs} epochs.",
    "classes_plateaued": "Plateaued: accuracy {accuracy:%}{guessed}{held_out}, the loss stays at {loss}{noise}.",
    # models that give values
    "error_grows": "Oscillating: {flips}the error grows {growth}x an epoch{limit}.",
    "weight_flips": "the weight flips sign every {steps} steps and ",
    "converged": "Converged: the mean error of an epoch is {error}, {share:%} of the first one's.",
    "converged_to_least": "Converged: the mean loss of an epoch is {loss}, and {least} is the least this model has.",
    "converged_to_little": "Converged: the mean loss of an epoch is {loss}, {share:%} of that of guessing.",
    "steps_undo_each_other": "Oscillating: every step undoes the last, the error stays at {error}{limit}.",
    "epochs_undo_each_other": "Oscillating: every epoch undoes the last, the error stays at {error}{limit}.",
    "stuck": "Stuck: the mean error of an epoch stays at {error}, no better than at the start.",
    "rest": "Converged: the parameters no longer move, at an error of {error}.",
    "early": "Too early to tell: the mean error of an epoch is {error} after {epochs} epochs.",
    "plateaued": "Plateaued: the mean error of an epoch stays at {error}{aside}{why}.",
    "target_was_met_on_it_alone": ", the target {target} was met on {where} alone",
    "a_single_step": "one step",
    "one_sample": "sample {sample}",
    "sample_contradicts": "; sample {sample} contradicts the others, a line fitted to all leaves {least}",
    "less_is_possible": "; the loss is {loss}, where {least} is possible",
    "no_pace": "the mean error of an epoch is {error} and does not fall",
    "pace": "the mean error of an epoch is {error} and halves every {half_life} epochs",
    "though_target_was_met": "{said}, though the target {target} was met on {where}",
    # rates that were tried
    "rates_are_being_tried": "Other rates are being tried.",
    "rates_were_not_tried": "Other rates were not tried.",
    "rate_does_better": "Try {rate}{falls}{here}: {figure} comes to {better} after {epochs}, {own}.",
    "falling_to_zero": ' falling to zero (schedule.name = "cosine")',
    "from_here_on": " from here on",
    "held_out_loss": "the held-out loss",
    "training_loss": "the loss",
    "one_epoch": "one epoch",
    "so_many_epochs": "{epochs} epochs",
    "own_comes_to": "not {figure}",
    "own_diverges": "where this rate diverges",
    "no_rate_does_better": "No rate does better: none of {count} from {lowest} to {highest} lowers {figure}{within}.",
    "one_rate_does_no_better": "{rate} does no better{within}.",
    "within_epochs": " within {epochs}",
    "and_else": "{first} {second}",
    "more_epochs": "Train for more epochs.",
    "another_start": "Try another start (training.seed) or a model that can bend further.",
    "larger_batches": "Larger batches make the loss jump less.",
    # advice
    "reset": "Reset, and see what this rate does from the start on.",
    "go_back": "Go back to before step {step} with this rate, or reset: parameters that are no numbers stay so.",
    "wait_for_an_epoch": "Train on: an epoch shows whether {rate} brings it back.",
    "scale": 'Scale the features (data.scale = "standard").',
    "scale_as_rates_have_no_room": "Scale the inputs, a higher rate has no room.",
    "let_rate_fall_slower": "Let the rate fall more slowly: {rate_left:%} of it is left.",
    "better_model": "Try a model that can bend further, or more features.",
    "another_loss_does_not_clip": "The loss cross_entropy does not clip.",
    "leave_out_sample": "Correct or leave out sample {sample}.",
    "stop_at_epoch": "Stop at epoch {epoch} (early stopping).",
}


class _Words(Formatter):
    """Sets facts into a sentence of one table."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._table = table

    def of(self, message: Message | None) -> str:
        return "" if message is None else self.vformat(self._table[message.id], (), message.facts)

    def format_field(self, value: Any, format_spec: str) -> str:
        if value is None or isinstance(value, Message):
            return self.of(value)
        if format_spec == "%":
            return percent(value)
        return short(value) if isinstance(value, float) else str(value)


def words(message: Message | None, table: Mapping[str, str] = ENGLISH) -> str:
    """A message as a sentence, or as the part of one that it is.

    Raises
    ------
    KeyError
        The table does not have the message, or it names a fact that the message does not have.
    """
    return _Words(table).of(message)


def in_words(finding: Finding, tried: Tried | None = None, table: Mapping[str, str] = ENGLISH) -> Verdict:
    """The verdict that a finding comes to: what happens, how that shows, and what to try; `tried` goes with it."""
    first, then = (words(message, table) for message in (finding.advice.cure, finding.advice.message))
    advice = f"{first} {then}".strip()
    return Verdict(
        code=finding.code,
        text=" ".join(filter(None, (words(finding.message, table), words(finding.why, table), advice))),
        evidence=finding.facts,
        advice=advice,
        tone=tone_of(finding),
        suggested_rate=finding.advice.rate,
        message=finding.message,
        advised=finding.advice.message,
        asks_rate=finding.asks_rate,
        guess=finding.advice.guess,
        falling=finding.advice.falling,
        start=finding.advice.start,
        tried=tried,
        why=finding.why,
        cure=finding.advice.cure,
    )
