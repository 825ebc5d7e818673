"""Experiments of all kinds, for whoever checks that something holds for each of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from lrsim.data.losses import LOSSES
from lrsim.experiment.files import from_dict
from lrsim.experiment.specs import Experiment
from lrsim.schedules.shapes import SCHEDULES
from lrsim_core import ACTIVATIONS, BIAS_RULES, FLAVORS, OPTIMIZER_KEYS, OPTIMIZERS, output_needed

_HIDDEN = [name for name in ACTIVATIONS if name != "softmax"]
_SHARES = st.sampled_from([0.0, 0.5, 0.8, 0.9, 0.99])


def _sometimes(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


@st.composite
def _data(draw: st.DrawFn, loss: str, inputs: int, outputs: int) -> dict[str, Any]:
    rows = draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    scale = draw(st.sampled_from([0.1, 1.0, 30.0]))
    X = np.round(rng.normal(0, scale, (rows, inputs)), 3)
    if LOSSES[loss].for_classes:
        classes = rng.integers(0, max(outputs, 2), rows)
        Y = np.eye(outputs)[classes] if outputs > 1 else classes[:, None] % 2
    else:
        Y = np.round(rng.normal(0, 3, (rows, outputs)), 3)
    order = draw(st.sampled_from(["cyclic", "shuffle"]))
    found = {"source": "table", "inputs": X.tolist(), "targets": Y.astype(float).tolist(), "order": order}
    if not LOSSES[loss].for_classes:
        found["scale_target"] = draw(st.sampled_from(["none", "none", "standard", "minmax"]))
    return found


@st.composite
def _optimizer(draw: st.DrawFn, layers: int) -> dict[str, Any]:
    name, flavor = draw(st.sampled_from(OPTIMIZERS)), draw(st.sampled_from(FLAVORS))
    found: dict[str, Any] = {"name": name, "flavor": flavor, "lr": draw(st.sampled_from([1e-4, 0.003, 0.05, 0.2]))}
    choices = {
        "momentum": _SHARES, "nesterov": st.booleans(), "beta_1": _SHARES, "rho": _SHARES,
        "beta_2": st.sampled_from([0.9, 0.999, 0.99999]), "epsilon": st.sampled_from([1e-8, 1e-3]),
        "momentum_decay": st.sampled_from([0.0, 0.004, 1.0]), "initial_accumulator": st.sampled_from([0.0, 0.1]),
    }  # fmt: skip
    wanted = {key: choices[key] for key in OPTIMIZER_KEYS[name]}
    wanted |= {"decay": st.sampled_from([0.01, 0.5]), "weight_decay": st.sampled_from([0.001, 0.1])}
    for key, values in wanted.items():
        value = draw(_sometimes(values))
        if value is not None:
            found[key] = value
    if not found.get("momentum"):
        found.pop("nesterov", None)
    multipliers = draw(_sometimes(st.lists(st.sampled_from([0.0, 0.1, 1.0, 10.0]), min_size=layers, max_size=layers)))
    return found if multipliers is None else found | {"multipliers": multipliers}


@st.composite
def _schedule(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from([*SCHEDULES]))
    found: dict[str, Any] = {"name": name}
    if name == "plateau":
        found |= {"monitor": "loss", "patience": draw(st.integers(0, 2)), "factor": 0.5}
    if name == "expression":
        found["expression"] = draw(st.sampled_from(["lr0 * 0.9 ** epoch", "lr * 0.97", "0.1 / (1 + step)"]))
    if name == "step":
        found["every"] = 2.0
    if name == "cyclic":
        found |= {"base_lr": 1e-5, "step_size_up": 3.0}
    if name == "warmup" or draw(st.booleans()):
        found["warmup_steps"] = draw(st.integers(0, 8))
    return found


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    """Any optimizer, flavor, loss, schedule, penalty, gradient limit, factors of layers, and shape of a small model."""
    loss = draw(st.sampled_from([*LOSSES]))
    several = output_needed(loss) == "softmax"
    single = not several and draw(st.booleans())
    inputs = 1 if single else draw(st.integers(1, 3))
    outputs = 1 if single else draw(st.integers(2 if several else 1, 3))
    last = output_needed(loss) or draw(st.sampled_from(_HIDDEN))
    hidden = [] if single else draw(st.lists(st.sampled_from(_HIDDEN), max_size=2))
    layers = [{"units": draw(st.integers(1, 4)), "activation": name} for name in hidden]
    layers.append({"units": outputs, "activation": last})
    if last == "clip":
        layers[-1] |= {"limit": draw(st.sampled_from([0.5, 250.0])), "straight_through": draw(st.booleans())}
    training = {
        "loss": loss,
        "batch_size": 1 if single else draw(st.integers(1, 6)),
        "epochs": 60,
        "bias_rule": draw(st.sampled_from(BIAS_RULES)),
        "l1": draw(st.sampled_from([0.0, 0.0, 0.01])),
        "l2": draw(st.sampled_from([0.0, 0.0, 0.1])),
        "clip_gradient": draw(st.sampled_from([0.0, 0.0, 0.3, 2.0])),
        "huber_delta": draw(st.sampled_from([0.5, 2.0])),
    }
    return from_dict(
        {
            "data": draw(_data(loss, inputs, outputs)),
            "model": {"layers": layers, "dtype": draw(st.sampled_from(["float32", "float64"]))},
            "training": training,
            "optimizer": draw(_optimizer(len(layers))),
            "schedule": draw(_schedule()),
        }
    )
