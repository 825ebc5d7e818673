"""What the keys of an experiment are called on screen, and what each does to training, in one short sentence."""

from __future__ import annotations

import re
from typing import NamedTuple


class FieldText(NamedTuple):
    """A key's label and what it does to training."""

    label: str
    explanation: str


GROUPS = {
    "data": "Data",
    "model": "Model",
    "optimizer": "Optimizer",
    "schedule": "Schedule",
    "training": "Training",
    "stop": "Stop",
}
"""The tables of the format, in the order in which they are shown."""

TEXTS: dict[str, FieldText] = {
    key: FieldText(*text)
    for key, text in {
        "name": ("Name", "Titles the run; training does not depend on it."),
        "description": ("Description", "Says what to look for; training does not depend on it."),
        "source": ("From", "Says where the experiment comes from; training does not depend on it."),
        "claim": ("Claim", "What the source says should happen; training does not depend on it."),
        # data
        "data.source": ("Source", "Chooses what there is to learn from."),
        "data.path": ("File or folder", "Says where the samples are read from."),
        "data.features": ("Inputs", "Columns that the network is given, with commas between; empty means all others."),
        "data.target": ("Target", "The column that is to be learnt."),
        "data.missing": ("Missing values", "Refuses rows with a gap, or drops them."),
        "data.missing_values": (
            "Also missing",
            "Texts that stand for a gap, with commas between, beside NA and such.",
        ),
        "data.header": ("First row", "Whether it names the columns, or is data already; automatic looks at the file."),
        "data.delimiter": ("Between cells", "What tells cells apart; automatic takes what most rows agree on."),
        "data.decimal": (
            "Decimal mark",
            "Whether 1,234 is about 1 or over 1000; automatic asks the cells.",
        ),
        "data.encoding": ("Encoding", "How bytes are read as letters; automatic knows UTF-8 and guesses others."),
        "data.limit": ("Rows at most", "Reads the first so many rows, which makes epochs shorter; 0 reads all."),
        "data.download": ("May download", "Fetches the files where they are missing."),
        "data.samples": ("Samples", "How many points are drawn; more make the shape clearer and epochs longer."),
        "data.noise": ("Noise", "How far points stray; from about 0.3 on no network tells all of them apart."),
        "data.seed": ("Seed of the points", "Another number draws other points of the same shape."),
        "data.inputs": ("Inputs", "The rows that the network is given."),
        "data.targets": ("Targets", "What the network should answer to each row."),
        "data.trials": ("Trials", "Inputs to try after training, with the wanted answers."),
        "data.task": ("Task", "Learns a number, or tells classes apart; automatic follows the source and the loss."),
        "data.test_fraction": ("Held out", "Share of the rows kept from training, to test what is learnt."),
        "data.split": ("Split", "Holds out random rows, a fair share of each class, or the last rows."),
        "data.split_seed": ("Seed of the split", "Another number holds out other rows."),
        "data.basis": (
            "Features",
            "Squares, product or sines of two inputs in their place; what bends may then need no hidden layer.",
        ),
        "data.scale": ("Scaling", "Brings inputs to a common size, so that one rate suits all of them."),
        "data.scale_target": (
            "Target scaling",
            "Brings targets to the size of 1, so that usual rates suit; predictions keep their units.",
        ),
        "data.order": ("Order", "Always the same order, or a new one each epoch, which keeps cycles from forming."),
        # model
        "model.layers": ("Layers", "From the input to the output; more units bend finer, and need a smaller rate."),
        "model.layers.units": ("Units", "Outputs of the layer; the last layer has one for each target."),
        "model.layers.activation": ("Activation", "Bends what the layer puts out; without it layers add up to a line."),
        "model.layers.limit": ("Limit", "The output is cut off above this."),
        "model.layers.straight_through": ("Straight through", "Learns above the limit as well, as if nothing was cut."),
        "model.layers.alpha": ("Alpha", "Slope below 0 (leaky_relu), or how far below 0 it may go (elu)."),
        "model.init": ("Start weights", "Draws the weights of step 0; too large or small ones stall deep networks."),
        "model.init_std": ("Spread", "How far the start weights are apart."),
        "model.weights": ("Given weights", "Starts from the weights that the experiment gives instead of drawn ones."),
        "model.dtype": ("Precision", "float32 is faster, float64 keeps 16 digits."),
        # training
        "training.loss": ("Loss", "What is made small; it decides how much each mistake pulls."),
        "training.batch_size": ("Batch", "Samples in each step; more make steps steadier and fewer."),
        "training.epochs": ("Epochs", "Passes over the data after which training ends."),
        "training.seed": ("Seed", "Another number draws other start weights and another order."),
        "training.l1": ("L1 penalty", "Pulls every weight towards 0 at the same pace; many end near it."),
        "training.l2": ("L2 penalty", "Pulls large weights towards 0, which smooths what is learnt."),
        "training.clip_gradient": ("Gradient limit", "Cuts off large gradients at the output; 0 cuts nothing."),
        "training.bias_rule": (
            "Bias rule",
            "Moves the bias as the gradient says, or by the inputs' share as well, or not at all.",
        ),
        "training.huber_delta": ("Huber delta", "Errors above this pull no harder: outliers matter less."),
        # optimizer
        "optimizer.name": ("Optimizer", "Turns a gradient into a step; all but sgd adapt the step to each weight."),
        "optimizer.lr": ("Learning rate", "How far each step goes; it changes at once, in mid-run."),
        "optimizer.flavor": ("Flavor", "Whose formulas and defaults are used: those of Keras or of PyTorch."),
        "optimizer.multipliers": ("Layer factors", "Multiplies the rate layer by layer, with commas between."),
        "optimizer.momentum": ("Momentum", "Share of the last step that is kept: faster along valleys, may overshoot."),
        "optimizer.beta_1": ("Beta 1", "How long past gradients count in the direction."),
        "optimizer.beta_2": ("Beta 2", "How long past gradients count in the size of the step."),
        "optimizer.rho": ("Rho", "How long past gradients count in the size of the step."),
        "optimizer.epsilon": ("Epsilon", "Keeps steps bounded where gradients are tiny; larger means smaller steps."),
        "optimizer.nesterov": ("Nesterov", "Looks ahead along the momentum, which dampens overshooting."),
        "optimizer.decay": ("Decay", "Shrinks the rate with every step: divided by 1 + decay x steps."),
        "optimizer.weight_decay": ("Weight decay", "Shrinks every weight a little in each step."),
        "optimizer.momentum_decay": ("Momentum decay", "How fast the momentum of nadam warms up."),
        "optimizer.initial_accumulator": ("Accumulator", "Where the sum of squares starts; more means smaller steps."),
        # schedule
        "schedule.name": ("Schedule", "Changes the rate by itself while training goes on."),
        "schedule.expression": ("Expression", "The rate as a formula of step, epoch, lr and lr0."),
        "schedule.per": ("Counted in", "Moves the rate with every step, or with every epoch."),
        "schedule.every": ("Every", "After how many steps or epochs the rate changes."),
        "schedule.milestones": ("Milestones", "Steps or epochs at which the rate changes, with commas between."),
        "schedule.factor": ("Factor", "What the rate is multiplied by each time."),
        "schedule.decay_rate": ("Decay rate", "How much of the rate is left, or how fast it shrinks."),
        "schedule.staircase": ("Staircase", "Changes the rate in jumps instead of smoothly."),
        "schedule.length": ("Length", "Steps or epochs until the end of the schedule; empty is the whole training."),
        "schedule.end_lr": ("End rate", "Where the rate ends."),
        "schedule.power": ("Power", "1 falls in a straight line, more falls early."),
        "schedule.cycle": ("Cycle", "Starts over, with a longer way down, instead of staying at the end rate."),
        "schedule.alpha": ("Floor", "Share of the rate that is left at the end."),
        "schedule.t_mul": ("Longer each time", "What the length is multiplied by at each restart."),
        "schedule.m_mul": ("Lower each time", "What the rate is multiplied by at each restart."),
        "schedule.policy": ("Policy", "Keeps the height of the cycles, halves it, or lets it shrink."),
        "schedule.base_lr": ("Lowest rate", "Where each cycle begins and ends."),
        "schedule.step_size_up": ("Way up", "Steps or epochs from the lowest rate to the highest."),
        "schedule.step_size_down": ("Way down", "Steps or epochs from the highest rate to the lowest."),
        "schedule.gamma": ("Gamma", "What the height of the cycle is multiplied by at each step."),
        "schedule.pct_start": ("Way up", "Share of the schedule in which the rate rises."),
        "schedule.anneal": ("Shape", "Rises and falls along a cosine, or in straight lines."),
        "schedule.three_phase": ("Three phases", "Comes down as it went up, then falls to the end."),
        "schedule.div_factor": ("Start divisor", "The schedule starts from the rate divided by this."),
        "schedule.final_div_factor": ("End divisor", "The schedule ends at its start divided by this."),
        "schedule.cycle_momentum": ("Cycle momentum", "Lowers the momentum while the rate is high."),
        "schedule.base_momentum": ("Lowest momentum", "Momentum at the highest rate."),
        "schedule.max_momentum": ("Highest momentum", "Momentum at the lowest rate."),
        "schedule.monitor": ("Watched", "The figure that has to improve."),
        "schedule.mode": ("Better is", "Whether the watched figure should fall or rise."),
        "schedule.patience": ("Patience", "Epochs without improvement before the rate is lowered."),
        "schedule.min_delta": ("Least gain", "Smaller improvements do not count."),
        "schedule.threshold_mode": ("Gain counted as", "An absolute difference, or a share of the best."),
        "schedule.cooldown": ("Cooldown", "Epochs after a change in which nothing is counted."),
        "schedule.min_lr": ("Lowest rate", "The rate is not lowered beyond this."),
        "schedule.warmup_steps": ("Warm-up steps", "Steps in which the rate rises to its value: calms the start."),
        "schedule.warmup_epochs": ("Warm-up epochs", "Epochs in which the rate rises to its value: calms the start."),
        "schedule.warmup_start": ("Warm-up from", "Share of the rate that the warm-up begins with."),
        # stop
        "stop.target_error": (
            "Error below",
            "Ends training once the error of a step, of targets as scaled, is below this; 0 never does.",
        ),
        "stop.min_steps": ("After at least", "Steps before the error may end training."),
        "stop.divergence": ("At divergence", "Ends training at the first value that is not finite."),
        "stop.early_stopping": ("Early stopping", "Ends training once a figure has stopped improving."),
        "stop.early_stopping.monitor": ("Watched", "The figure that has to improve."),
        "stop.early_stopping.mode": ("Better is", "Whether the watched figure should fall or rise."),
        "stop.early_stopping.min_delta": ("Least gain", "Smaller improvements do not count."),
        "stop.early_stopping.patience": ("Patience", "Epochs without improvement before training ends."),
        "stop.early_stopping.start_from_epoch": ("From epoch", "Epochs before this are not judged."),
        "stop.early_stopping.restore_best": ("Restore the best", "Ends with the best parameters, not with the last."),
        # sweep
        "sweep": ("Sweep", "The runs that are compared; a single run does not depend on it."),
        "sweep.over": ("Over", "The keys that differ between runs, and their values."),
        "sweep.seeds": ("Seeds", "Runs each combination from so many starts, which shows what is luck."),
    }.items()
}
"""By dotted key; those of layers without an index, as in ``model.layers.units``."""


OF_A_LAYER = "{0} of layer {1}"
"""What a key of one layer is called; layers are counted from 1, as they are shown."""
_LAYER_KEY = re.compile(r"model\.layers(?:\[(\d+)\]|\.(\d+))\.(\w+)")


def in_a_layer(key: str) -> tuple[str, int] | None:
    """Of a key of one layer, as ``model.layers[0].units``: the key without its index, and the layer counted from 1."""
    found = _LAYER_KEY.fullmatch(key)
    return (f"model.layers.{found[3]}", int(found[1] or found[2]) + 1) if found else None


def text_of(key: str) -> FieldText:
    """Label and explanation of a key; the key's own last word where the table has none."""
    found = TEXTS.get(key)
    return FieldText(key.rpartition(".")[2].replace("_", " ").capitalize(), "") if found is None else found


def label_of(key: str) -> str:
    """What the field of a key is called, of one layer with its place."""
    layer = in_a_layer(key)
    return text_of(key).label if layer is None else OF_A_LAYER.format(text_of(layer[0]).label, layer[1])
