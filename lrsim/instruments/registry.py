"""All instruments: what each measures at a moment, in a sentence, and where its definition comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lrsim.instruments import movement, noise, units
from lrsim.instruments.alpha import alpha
from lrsim.instruments.moment import Moment
from lrsim.instruments.stability import sharpness, stability
from lrsim.training.engine import Problem

COHEN = "Cohen et al., 2021, arXiv:2103.00065"
COHEN_ADAPTIVE = "Cohen et al., 2022, arXiv:2207.14484"
COCKPIT = "Schneider et al., Cockpit, 2021, arXiv:2102.06604"


@dataclass(frozen=True)
class Instrument:
    """One measure of a moment: of the parameters before a step, and of that step.

    Attributes
    ----------
    name
        In conditions, watches and files.
    title
        For people.
    sentence
        What it says.
    source
        Of the definition.
    measure
        Its value; NaN where there is none.
    passes
        Gradients over the rows that it looks at which a value takes, about.
    whole
        Whether these rows are those of the training set, as many as curvature is measured at, and not of a batch.
    """

    name: str
    title: str
    sentence: str
    source: str
    measure: Callable[[Moment], float]
    passes: int
    whole: bool = True

    def nanoseconds(self, problem: Problem) -> float:
        """What a value takes, about."""
        batches = -(-problem.samples // problem.batch_size) if self.whole else 1
        return problem.step_nanoseconds * (1 + self.passes * batches)


INSTRUMENTS: dict[str, Instrument] = {
    each.name: each
    for each in (
        Instrument(
            "sharpness",
            "Sharpness",
            "Largest eigenvalue of the Hessian of the training loss: how strongly it bends where it bends most.",
            COHEN,
            lambda moment: sharpness(moment).largest,
            60,
        ),
        Instrument(
            "lr_sharpness",
            "Rate x sharpness",
            "The rate of the next step times the sharpness, as the optimizer scales it; above its limit (of plain "
            "descent 2) a step overshoots farther each time.",
            f"{COHEN}; {COHEN_ADAPTIVE}",
            lambda moment: stability(moment).product,
            60,
        ),
        Instrument(
            "stable_rate",
            "Largest stable rate",
            "The rate at which rate x sharpness reaches its limit; with small batches the true limit is lower.",
            f"{COHEN}; {COHEN_ADAPTIVE}",
            lambda moment: stability(moment).largest_rate,
            60,
        ),
        Instrument(
            "least_curvature",
            "Least curvature",
            "Smallest eigenvalue of the Hessian; below 0 the loss falls away to both sides somewhere.",
            COHEN,
            lambda moment: sharpness(moment).smallest,
            60,
        ),
        Instrument(
            "alpha",
            "Alpha",
            "Where the next step ends on the parabola along it: -1 its start, 0 the floor, 1 as high on the other "
            "side. The best rates overshoot a little: above 0 is no fault by itself.",
            COCKPIT,
            alpha,
            4,
            whole=False,
        ),
        Instrument(
            "grad_norm",
            "Gradient norm",
            "Length of the gradient of the next step's batch.",
            "definition",
            lambda moment: movement.length(moment.gradient),
            1,
            whole=False,
        ),
        Instrument(
            "update_ratio",
            "Update ratio",
            "Length of the next step over that of the parameters; about 0.001 is usual, which is a rule of thumb.",
            "rule of thumb of practice",
            movement.update_ratio,
            1,
            whole=False,
        ),
        Instrument(
            "flips",
            "Sign flips",
            "Share of the parameters whose update has the other sign than the one before; near 1 they swing.",
            "definition",
            movement.flips,
            1,
            whole=False,
        ),
        Instrument(
            "grad_noise",
            "Gradient noise",
            "Variance of the gradients of single samples over the squared length of their mean; above the batch size "
            "a batch's gradient is more noise than signal.",
            COCKPIT,
            lambda moment: noise.gradient_noise(moment).ratio,
            2,
        ),
        Instrument(
            "norm_test",
            "Norm test",
            "Noise of a batch's gradient over its length, sqrt(variance / batch) / length; below 1 the batch is large "
            "enough.",
            "Byrd et al., Sample Size Selection in Optimization Methods for Machine Learning, 2012",
            lambda moment: noise.gradient_noise(moment).test,
            2,
        ),
        Instrument(
            "dead_units",
            "Dead units",
            "Units of ReLU and its kin that answer 0 to every training row looked at: they learn nothing.",
            "definition",
            units.dead_units,
            1,
        ),
        Instrument(
            "saturated_units",
            "Saturated units",
            "Units of tanh and sigmoid beyond 0.97 of their range for 95 % of the rows: they hardly learn.",
            "definition",
            units.saturated_units,
            1,
        ),
        Instrument(
            "distance",
            "Distance",
            "Length of the way from the start parameters to those of now, as the crow flies.",
            "definition",
            lambda moment: movement.distance(moment.problem, moment.state.theta),
            0,
            whole=False,
        ),
    )
}
"""By name, in the order in which they are shown."""
