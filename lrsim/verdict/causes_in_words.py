"""The sentences of causes and of their cures; a part of `wording.ENGLISH`."""

from __future__ import annotations

from collections.abc import Mapping

CAUSES: Mapping[str, str] = {
    # before the first step, and of the schedule
    "diverged_before_the_first_step": "Diverged before the first step: the loss of the start weights is not finite.",
    "targets_overflow": "The targets are about {size} in size, too large for the loss.",
    "features_overflow": "The features are too large.",
    "start_overflows": "The start weights are too large.",
    "schedule_has_raised": "The schedule has raised the rate to {used}, {factor} times what was set.",
    # data
    "held_out_classes_are_missing": (
        "{share:%} of the held-out rows are of classes that training hardly has: {rows} of its rows are of {name}."
    ),
    "held_out_targets_lie_beyond": (
        "{share:%} of the held-out targets lie outside {low} to {high}, the range of those in training."
    ),
    "targets_out_of_reach": (
        "{share:%} of the targets ({least} to {most}) are out of reach of {activation}, whose outputs are {reach}."
    ),
    "between": "between {low} and {high}",
    "no_less_than": "never below {low}",
    "no_more_than": "never above {high}",
    "converged_to_floor": "Converged: the loss is {loss}, and no function of the inputs gets below {floor}.",
    "rows_are_torn": "{torn} of {samples} training rows have the same inputs as another one and a different target.",
    "targets_are_large": "The targets are about {size} in size, where a network starts near 0.",
    "targets_are_small": "The targets differ by about {size}, far less than the outputs that a network starts with.",
    "features_are_large": "The features are in large units.",
    # the network
    "stuck_at_a_loss": "Stuck: the loss stays at {loss}, {share:%} of that of guessing.",
    "units_start_alike": "All units of layer {layer} start with the same weights, so they all learn the same.",
    "units_are_dead": "{count} of {units} units of layer {number} are dead, without a slope for any sample{same}.",
    "units_are_saturated": (
        "{count} of {units} units of layer {number} are saturated, nearly without a slope for any sample{same}."
    ),
    "answers_are_all_the_same": ", so the network answers the same to all",
    "weights_have_shrunk": "The penalty ({penalties}) has shrunk the weights to {shrunk:%} of their size at the start.",
    "rests_above": "Plateaued: the parameters no longer move, at a loss of {loss}.",
    "penalty_holds_weights": (
        "The penalty ({penalties}) holds the weights: it comes to {penalty} beside a loss of {loss}."
    ),
    "no_line_does_better": (
        "The network can't bend, and no straight line does better than {line}, where guessing has {chance}."
    ),
    "converged_to_line": "Converged: the loss is {loss}, and {least} is the least this model has.",
    "hardly_moved": "in {epochs} epochs the parameters have moved by {moved:%} of their size, the loss is {loss}",
    "class_is_rare": "Only {rows} of {samples} training rows are of {name}.",
    # cures
    "scale_target": 'Scale the target (data.scale_target = "standard").',
    "scale_both": 'Scale features and target (data.scale and data.scale_target = "standard").',
    "scale_target_to_reach": 'Take a linear output, or scale the target (data.scale_target = "minmax").',
    "linear_output": "Take a linear output.",
    "smaller_start": "Start with smaller weights (model.init).",
    "let_schedule_raise_less": "Let the schedule end its rise below {used}.",
    "stratify": 'Hold out some of each class (data.split = "stratify").',
    "split_by_chance": 'Hold out rows by chance (data.split = "shuffle").',
    "neighbours_differ_as_much": (
        "Rows nearest to each other differ by as much (answering with the mean of twenty leaves a loss of {loss}): "
        "more features or rows are what it takes."
    ),
    "more_features": "More features could tell these rows apart.",
    "start_by_chance": 'Start with random weights (model.init = "glorot_uniform").',
    "dead_from_the_start": (
        "{count} of them were so from the start: take another start (model.init, training.seed), or leaky_relu."
    ),
    "raise_further": "It takes one that is higher still.",
    "leaky_units": "Take leaky_relu, which always has a slope.",
    "scale_as_large": 'The features are in large units: scale them (data.scale = "standard").',
    "smaller_weights_or_relu": "Start with smaller weights, or take relu.",
    "weaker_penalty": "Lower {keys}.",
    "hidden_layer": "Put a hidden layer before the output.",
    "bending_activation": "Give the hidden layers an activation that bends, such as tanh or relu.",
    "more_of_class": "More rows of {name}, or features that tell it apart, are what it takes.",
}
