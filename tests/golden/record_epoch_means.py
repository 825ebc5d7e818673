"""Train with Keras where the last batch of each epoch is short, and write its epochs to epoch_means.json.

Run by hand, in an environment with NumPy and Keras on TensorFlow (neither library is needed by the tests):

    python tests/golden/record_epoch_means.py

All in float64 and without shuffling. For each case: ``rows`` and ``batch_size``, the rate of plain SGD, the callbacks'
settings; then ``loss`` of each epoch as ``fit`` reports it, the ``rates`` in effect, and ``weight`` and ``bias`` at the
end of one linear unit that began with 0.3 and 0. Inputs are 0, 0.5, 1 ...; targets 2 x + 0.3 sin(7 k), the last one 1.5
higher.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0")

import keras
import numpy as np
import tensorflow as tf

keras.config.set_floatx("float64")

CASES: tuple[dict[str, Any], ...] = (
    {"rows": 9, "batch_size": 8, "rate": 0.04, "plateau": {"patience": 2, "factor": 0.5, "min_delta": 0.01}},
    {"rows": 9, "batch_size": 4, "rate": 0.03, "plateau": {"patience": 1, "factor": 0.3, "min_delta": 0.001}},
    {"rows": 11, "batch_size": 3, "rate": 0.01, "plateau": {"patience": 3, "factor": 0.5, "min_delta": 0.005}},
    {"rows": 7, "batch_size": 5, "rate": 0.05, "early": {"patience": 4, "min_delta": 0.002}},
    {"rows": 13, "batch_size": 6, "rate": 0.01, "early": {"patience": 2, "min_delta": 0.01}},
)
EPOCHS = 40


def record(case: dict[str, Any]) -> dict[str, Any]:
    x = 0.5 * np.arange(case["rows"])[:, None]
    y = 2 * x + 0.3 * np.sin(7 * np.arange(case["rows"])[:, None])
    y[-1] += 1.5
    model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    model.layers[-1].set_weights([np.array([[0.3]]), np.array([0.0])])
    model.compile(keras.optimizers.SGD(case["rate"]), "mse")
    rates: list[float] = []
    noted = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: rates.append(float(model.optimizer.learning_rate.numpy()))
    )
    callbacks: list[keras.callbacks.Callback] = [noted]
    if "plateau" in case:
        callbacks.append(keras.callbacks.ReduceLROnPlateau(monitor="loss", **case["plateau"]))
    if "early" in case:
        callbacks.append(keras.callbacks.EarlyStopping(monitor="loss", **case["early"]))
    done = model.fit(
        x, y, batch_size=case["batch_size"], epochs=EPOCHS, shuffle=False, verbose=0, callbacks=callbacks
    )  # fmt: skip
    weight, bias = model.layers[-1].get_weights()
    found = {"loss": done.history["loss"], "rates": rates, "weight": float(weight[0, 0]), "bias": float(bias[0])}
    return {**case, **found}


def main() -> None:
    found = {
        "versions": {"keras": keras.__version__, "tensorflow": tf.__version__, "numpy": np.__version__},
        "epochs": EPOCHS,
        "cases": [record(case) for case in CASES],
    }
    Path(__file__).with_name("epoch_means.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
