"""Run the schedules and callbacks of Keras and PyTorch and write what they did to schedules.json.

Run by hand, in an environment with NumPy, PyTorch and Keras on TensorFlow (none of them is needed by the tests):

    python tests/golden/record_schedules.py

All in float64. Not-a-number and infinity are the strings "nan", "inf": ``float(x)`` reads every number here.

- ``schedules``: ``name`` and ``settings`` are the library's own. ``rates[k]`` (and ``momenta[k]``) is what update
  ``steps[k]``, counted from 0, was given. Of 1000 steps every 20th is kept and all near the corners.
- ``metrics``: named sequences, one value an epoch.
- ``plateau``: ReduceLROnPlateau on one of the sequences, starting from ``lr``; ``rates`` holds the rate after each
  epoch, ``wait`` and ``cooldown`` the counters, ``best`` the best value of all.
- ``early_stopping``: epochs counted from 0. ``stopped`` is the last epoch that ran, null when the sequence ran out;
  ``best_epoch`` and ``best`` as the callback has them, ``restored`` the epoch whose weights are in the model at the
  end with ``restore_best_weights`` on; ``wait`` the counter after each epoch that ran.
"""

from __future__ import annotations

import json
import math
import os
import platform
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0")

import keras
import numpy as np
import tensorflow as tf
import torch

keras.config.set_floatx("float64")

# Class, settings, number of steps, steps where the curve has a corner.
KERAS_SCHEDULES: tuple[tuple[str, dict[str, Any], int, tuple[int, ...]], ...] = (
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 100, "decay_rate": 0.9}, 1000, ()),
    ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 64, "decay_rate": 0.7, "staircase": True},
     1000, (64, 128, 640)),
    ("PiecewiseConstantDecay", {"boundaries": [100, 250, 600], "values": [0.5, 0.1, 0.02, 0.001]}, 1000,
     (100, 250, 600)),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 50, "decay_rate": 0.5}, 1000, ()),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 64, "decay_rate": 0.5, "staircase": True},
     1000, (64, 128, 640)),
    ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 1, "decay_rate": 0.01}, 1000, ()),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 600, "end_learning_rate": 0.001, "power": 1.0},
     1000, (600,)),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 600, "end_learning_rate": 0.001, "power": 2.0},
     1000, (600,)),
    ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 200, "end_learning_rate": 0.01, "power": 0.5,
                         "cycle": True}, 1000, (200, 400, 600, 800)),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 800}, 1000, (800,)),
    ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 800, "alpha": 0.1}, 1000, (800,)),
    ("CosineDecay", {"initial_learning_rate": 0.001, "decay_steps": 700, "alpha": 0.01, "warmup_target": 0.1,
                     "warmup_steps": 128}, 1000, (128, 828)),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 100, "t_mul": 2.0, "m_mul": 0.8,
                             "alpha": 0.01}, 1000, (100, 300, 700)),
    ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 128, "t_mul": 1.0}, 1000,
     (128, 256, 896)),
)  # fmt: skip

# Class, start rate of the optimizer, settings, number of steps, corners.
TORCH_SCHEDULES: tuple[tuple[str, float, dict[str, Any], int, tuple[int, ...]], ...] = (
    ("StepLR", 0.1, {"step_size": 30, "gamma": 0.1}, 100, ()),
    ("StepLR", 0.1, {"step_size": 7, "gamma": 0.5}, 100, ()),
    ("MultiStepLR", 0.1, {"milestones": [20, 50, 80], "gamma": 0.3}, 100, ()),
    ("ExponentialLR", 0.1, {"gamma": 0.95}, 100, ()),
    ("CosineAnnealingLR", 0.1, {"T_max": 99}, 100, ()),
    ("CosineAnnealingLR", 0.1, {"T_max": 100, "eta_min": 0.001}, 100, ()),
    ("CosineAnnealingWarmRestarts", 0.1, {"T_0": 10, "T_mult": 2, "eta_min": 0.001}, 100, ()),
    ("CosineAnnealingWarmRestarts", 0.1, {"T_0": 25}, 100, ()),
    ("CyclicLR", 0.001, {"base_lr": 0.001, "max_lr": 0.1, "step_size_up": 100}, 1000, (100, 200, 300)),
    ("CyclicLR", 0.001, {"base_lr": 0.001, "max_lr": 0.1, "step_size_up": 60, "step_size_down": 140,
                         "mode": "triangular2"}, 1000, (60, 200, 260, 400)),
    ("CyclicLR", 0.001, {"base_lr": 0.001, "max_lr": 0.1, "step_size_up": 100, "mode": "exp_range", "gamma": 0.998},
     1000, (100, 200, 300)),
    ("OneCycleLR", 0.1, {"max_lr": 0.1, "total_steps": 1000}, 1000, (299, 999)),
    ("OneCycleLR", 0.1, {"max_lr": 0.1, "total_steps": 100}, 100, ()),
    ("OneCycleLR", 0.1, {"max_lr": 0.1, "total_steps": 97, "pct_start": 0.25, "anneal_strategy": "linear",
                         "div_factor": 10.0, "final_div_factor": 100.0, "base_momentum": 0.8, "max_momentum": 0.9},
     97, ()),
    ("OneCycleLR", 0.1, {"max_lr": 0.1, "total_steps": 100, "three_phase": True}, 100, ()),
    ("LinearLR", 0.1, {"start_factor": 0.01, "total_iters": 20}, 100, ()),
    ("LinearLR", 0.1, {}, 100, ()),
    ("PolynomialLR", 0.1, {"total_iters": 80, "power": 2.0}, 100, ()),
)  # fmt: skip


def metric_sequences() -> dict[str, list[float]]:
    """One value an epoch; a loss, except for the accuracy."""
    epochs = np.arange(60)
    noise = np.random.default_rng(11).normal(0, 1, 60)
    falling = np.exp(-epochs / 15)
    sequences = {
        "improving": falling,
        "flat": np.full(60, 0.5),
        "noisy": 0.4 + 0.6 * falling + 0.03 * noise,
        "overfitting": 0.3 + 0.7 * np.exp(-epochs / 5) + 0.004 * epochs,
        "stairs": 0.5 ** (epochs // 14),
        "small steps": 0.5 - 4e-5 * epochs,
        "large": 1000.0 - 0.05 * epochs,
        "negative": -1 + 0.8 * falling + 0.01 * noise,
        "nan once": np.where(epochs == 7, np.nan, 0.4 + 0.6 * falling + 0.02 * noise),
        "nan first": np.where(epochs == 0, np.nan, falling),
        "nan from 20": np.where(epochs >= 20, np.nan, falling),
        "inf first": np.where(epochs == 0, np.inf, 0.4 + 0.6 * falling),
        "accuracy": 0.9 - 0.6 * falling + 0.01 * noise,
    }
    return {name: values.round(6).tolist() for name, values in sequences.items()}


METRICS = metric_sequences()

# Sequence, mode, settings.
KERAS_PLATEAU: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("flat", "min", {}),
    ("noisy", "min", {"factor": 0.5, "patience": 3}),
    ("noisy", "min", {"factor": 0.5, "patience": 2, "cooldown": 4}),
    ("noisy", "min", {"factor": 0.1, "patience": 1, "min_lr": 2e-4}),
    ("flat", "min", {"factor": 0.5, "patience": 1, "min_lr": 0.02, "cooldown": 2}),
    ("improving", "min", {"patience": 2}),
    ("improving", "min", {"patience": 2, "min_delta": 0.03}),
    ("overfitting", "min", {"factor": 0.2, "patience": 5}),
    ("stairs", "min", {"factor": 0.5, "patience": 5, "cooldown": 1}),
    ("small steps", "min", {"factor": 0.5, "patience": 4}),
    ("large", "min", {"factor": 0.5, "patience": 4}),
    ("negative", "min", {"factor": 0.5, "patience": 4}),
    ("nan once", "min", {"factor": 0.5, "patience": 2}),
    ("nan first", "min", {"factor": 0.5, "patience": 4}),
    ("nan from 20", "min", {"factor": 0.5, "patience": 4, "cooldown": 3}),
    ("inf first", "min", {"factor": 0.5, "patience": 4}),
    ("accuracy", "max", {"factor": 0.5, "patience": 3, "min_delta": 0.001}),
)
TORCH_PLATEAU: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("flat", "min", {}),
    ("noisy", "min", {"factor": 0.5, "patience": 3}),
    ("noisy", "min", {"factor": 0.5, "patience": 2, "cooldown": 4}),
    ("noisy", "min", {"factor": 0.1, "patience": 1, "min_lr": 2e-4}),
    ("noisy", "min", {"factor": 0.1, "patience": 0}),
    ("flat", "min", {"factor": 0.5, "patience": 1, "min_lr": 0.02, "cooldown": 2}),
    ("improving", "min", {"patience": 2}),
    ("improving", "min", {"patience": 2, "threshold": 0.03, "threshold_mode": "abs"}),
    ("improving", "min", {"factor": 0.5, "patience": 2, "threshold": 0.1}),
    ("overfitting", "min", {"factor": 0.2, "patience": 5}),
    ("stairs", "min", {"factor": 0.5, "patience": 5, "cooldown": 1}),
    ("small steps", "min", {"factor": 0.5, "patience": 4}),
    ("large", "min", {"factor": 0.5, "patience": 4}),
    ("negative", "min", {"factor": 0.5, "patience": 4}),
    ("nan once", "min", {"factor": 0.5, "patience": 2}),
    ("nan first", "min", {"factor": 0.5, "patience": 4}),
    ("nan from 20", "min", {"factor": 0.5, "patience": 4, "cooldown": 3}),
    ("inf first", "min", {"factor": 0.5, "patience": 4}),
    ("accuracy", "max", {"factor": 0.5, "patience": 3, "threshold": 0.001}),
)
EARLY_STOPPING: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("improving", "min", {"patience": 3}),
    ("improving", "min", {"patience": 3, "min_delta": 0.03}),
    ("flat", "min", {}),
    ("flat", "min", {"patience": 15}),
    ("noisy", "min", {}),
    ("noisy", "min", {"patience": 1}),
    ("noisy", "min", {"patience": 5}),
    ("noisy", "min", {"patience": 5, "min_delta": 0.05}),
    ("overfitting", "min", {"patience": 15}),
    ("overfitting", "min", {"patience": 5, "start_from_epoch": 30}),
    ("stairs", "min", {"patience": 14}),
    ("stairs", "min", {"patience": 13}),
    ("small steps", "min", {"patience": 4, "min_delta": 1e-4}),
    ("nan once", "min", {"patience": 2}),
    ("nan first", "min", {"patience": 4}),
    ("nan from 20", "min", {"patience": 4}),
    ("inf first", "min", {"patience": 4}),
    ("accuracy", "max", {"patience": 4}),
    ("accuracy", "max", {"patience": 4, "min_delta": 0.01}),
)


def kept_steps(count: int, corners: Iterable[int]) -> list[int]:
    if count <= 100:
        return list(range(count))
    near = {corner + shift for corner in corners for shift in range(-2, 3)}
    return sorted(step for step in {*range(0, count, 20), 1, 2, count - 1, *near} if step < count)


def in_float64(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings as Keras must have them: it computes in the dtype of the rate and takes a plain float as float32."""
    typed = {}
    for key, value in settings.items():
        if isinstance(value, list) and isinstance(value[0], float):
            value = [np.float64(item) for item in value]
        typed[key] = np.float64(value) if isinstance(value, float) else value
    return typed


def keras_schedules() -> list[dict[str, Any]]:
    found = []
    for name, settings, count, corners in KERAS_SCHEDULES:
        schedule = getattr(keras.optimizers.schedules, name)(**in_float64(settings))
        steps = kept_steps(count, corners)
        found.append({"library": "keras", "name": name, "settings": settings, "steps": steps,
                      "rates": [float(schedule(step)) for step in steps]})  # fmt: skip
    return found


def torch_optimizer(lr: float) -> torch.optim.SGD:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))], lr=lr, momentum=0.9)


def torch_run(optimizer: torch.optim.SGD, scheduler: Any, count: int, steps: list[int]) -> dict[str, list[float]]:
    rates, momenta = [], []
    for step in range(count):
        rates.append(optimizer.param_groups[0]["lr"])
        momenta.append(optimizer.param_groups[0]["momentum"])
        optimizer.step()
        if step < count - 1:  # OneCycleLR refuses to be asked for one step more than its total
            scheduler.step()
    kept = {"rates": [rates[step] for step in steps]}
    if len(set(momenta)) > 1:
        kept["momenta"] = [momenta[step] for step in steps]
    return kept


def torch_schedules() -> list[dict[str, Any]]:
    found = []
    for name, lr, settings, count, corners in TORCH_SCHEDULES:
        optimizer = torch_optimizer(lr)
        scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, **settings)
        steps = kept_steps(count, corners)
        found.append({"library": "torch", "name": name, "lr": lr, "settings": settings, "steps": steps,
                      **torch_run(optimizer, scheduler, count, steps)})  # fmt: skip
    return [*found, torch_warmup()]


def torch_warmup() -> dict[str, Any]:
    """A linear warm-up that hands over to another schedule, which then counts from its own 0."""
    settings = {"start_factor": 0.1, "total_iters": 10, "then": "CosineAnnealingLR", "T_max": 90, "milestones": [10]}
    optimizer = torch_optimizer(0.1)
    library = torch.optim.lr_scheduler
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SequentialLR calls its parts in a way that PyTorch itself deprecates
        parts = [library.LinearLR(optimizer, 0.1, total_iters=10), library.CosineAnnealingLR(optimizer, 90)]
        scheduler = library.SequentialLR(optimizer, parts, milestones=[10])
        kept = torch_run(optimizer, scheduler, 100, list(range(100)))
    return {"library": "torch", "name": "SequentialLR", "lr": 0.1, "settings": settings, "steps": list(range(100)),
            **kept}  # fmt: skip


class Model:
    """What a callback wants of a model: an optimizer with a rate, weights (here the number of the epoch), a flag."""

    def __init__(self, lr: float) -> None:
        self.optimizer = keras.optimizers.SGD(learning_rate=lr)
        self.stop_training = False
        self.epoch = 0

    def get_weights(self) -> int:
        return self.epoch

    def set_weights(self, weights: int) -> None:
        self.epoch = weights


def keras_plateau() -> list[dict[str, Any]]:
    found = []
    for metric, mode, settings in KERAS_PLATEAU:
        model = Model(0.1)
        callback = keras.callbacks.ReduceLROnPlateau(monitor="metric", mode=mode, **settings)
        callback.set_model(model)
        callback.on_train_begin()
        rows = []
        for epoch, value in enumerate(METRICS[metric]):
            callback.on_epoch_end(epoch, {"metric": value})
            rows.append((float(model.optimizer.learning_rate), callback.wait, callback.cooldown_counter, callback.best))
        found.append(plateau_case("keras", metric, mode, settings, rows))
    return found


def torch_plateau() -> list[dict[str, Any]]:
    found = []
    for metric, mode, settings in TORCH_PLATEAU:
        optimizer = torch_optimizer(0.1)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode, **settings)
        rows = []
        for value in METRICS[metric]:
            optimizer.step()
            scheduler.step(value)
            rows.append((optimizer.param_groups[0]["lr"], scheduler.num_bad_epochs, scheduler.cooldown_counter,
                         scheduler.best))  # fmt: skip
        found.append(plateau_case("torch", metric, mode, settings, rows))
    return found


def plateau_case(library: str, metric: str, mode: str, settings: dict[str, Any], rows: list[Any]) -> dict[str, Any]:
    rates, wait, cooldown, best = (list(column) for column in zip(*rows))
    return {"library": library, "metric": metric, "mode": mode, "lr": 0.1, "settings": settings, "rates": rates,
            "wait": wait, "cooldown": cooldown, "best": float(best[-1])}  # fmt: skip


def early_stopping() -> list[dict[str, Any]]:
    found = []
    for metric, mode, settings in EARLY_STOPPING:
        model, wait = Model(0.1), []
        callback = keras.callbacks.EarlyStopping(monitor="metric", mode=mode, restore_best_weights=True, **settings)
        callback.set_model(model)
        callback.on_train_begin()
        for epoch, value in enumerate(METRICS[metric]):
            model.epoch = epoch
            callback.on_epoch_end(epoch, {"metric": value})
            wait.append(callback.wait)
            if model.stop_training:
                break
        callback.on_train_end()
        found.append({
            "metric": metric, "mode": mode, "settings": settings, "stopped": epoch if model.stop_training else None,
            "best_epoch": callback.best_epoch, "best": callback.best, "restored": model.epoch, "wait": wait,
        })  # fmt: skip
    return found


def plain(value: Any) -> Any:
    """The value with not-a-number and infinity as words, floats to 15 significant digits."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.15g}") if math.isfinite(value) else str(value)
    return value


def main() -> None:
    versions = {"keras": keras.__version__, "tensorflow": tf.__version__, "torch": torch.__version__,
                "numpy": np.__version__, "python": platform.python_version()}  # fmt: skip
    sections = {"schedules": keras_schedules() + torch_schedules(), "plateau": keras_plateau() + torch_plateau(),
                "early_stopping": early_stopping()}  # fmt: skip

    def text(value: Any) -> str:
        return json.dumps(plain(value), separators=(",", ":"), allow_nan=False)

    parts = [f'"versions":{text(versions)}', f'"metrics":{text(METRICS)}']
    parts += [f'"{name}":[\n' + ",\n".join(map(text, cases)) + "]" for name, cases in sections.items()]
    Path(__file__).with_name("schedules.json").write_text("{" + ",\n".join(parts) + "}\n")


if __name__ == "__main__":
    main()
