"""The kernel and its NumPy twin against Keras and PyTorch, as recorded by the scripts in tests/golden.

Tolerances, relative to the largest parameter of the case:

- float32: 1e-5 over 50 steps. The libraries add up in another order, and Keras takes settings through float32 first
  (beta_2 = 0.999 alone moves Adam's first steps by 1e-5 of their length).
- float64: 1e-10. Nadam 5e-8: Keras takes 0.96 through float32, PyTorch keeps the product of momenta in float32.
- single values and slopes, float64: 1e-12, and 1e-15 absolute. Keras' gelu 1e-7: its square root of 2 is a float32.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lrsim_core import Layer, Network, Optimizer, default_lr, loss_and_gradient, predict, reference, run_steps

GOLDEN = Path(__file__).parents[1] / "golden"
OPTIMIZERS = json.loads((GOLDEN / "optimizers.json").read_text())
FUNCTIONS = json.loads((GOLDEN / "functions.json").read_text())
STEPS = 50

TOLERANCES = {"float32": 1e-5, "float64": 1e-10}
NADAM_FLOAT64 = 5e-8


def tolerance(case: dict[str, Any]) -> float:
    nadam = case["optimizer"]["name"] == "nadam" and case["dtype"] == "float64"
    return NADAM_FLOAT64 if nadam else TOLERANCES[case["dtype"]]


def network_of(case: dict[str, Any]) -> Network:
    described = OPTIMIZERS["networks"][case["network"]]
    return Network(
        described["inputs"],
        tuple(Layer(**layer) for layer in described["layers"]),
        loss=described["loss"],
        l1=case.get("l1", 0.0),
        l2=case.get("l2", 0.0),
        dtype=case["dtype"],
        huber_delta=described.get("huber_delta", 1.0),
    )


def arguments(case: dict[str, Any]) -> dict[str, Any]:
    """What `run_steps` of the kernel and of the twin are given alike."""
    network = network_of(case)
    described = OPTIMIZERS["networks"][case["network"]]
    rates = np.empty(STEPS)
    for first, rate in case["rates"]:
        rates[first - 1 :] = rate
    optimizer = Optimizer.make(flavor=case["library"], **case["optimizer"])
    found = {
        "network": network,
        "theta": network.pack(described["weights"]),
        "X": np.array(described["X"], case["dtype"]),
        "Y": np.array(described["Y"], case["dtype"]),
        "rates": rates,
        "optimizer": optimizer,
        "slots": optimizer.new_slots(network),
        "batch_size": described["batch_size"],
    }
    return found | {key: np.array(case[key]) for key in ("multipliers", "momenta") if key in case}


def assert_same(case: dict[str, Any], step: str, parameters: Any, loss: float) -> None:
    wanted = np.array(case["parameters"][step])
    scale = np.abs(wanted).max()
    np.testing.assert_allclose(parameters, wanted, rtol=0, atol=tolerance(case) * scale, err_msg=f"step {step}")
    assert loss == pytest.approx(case["losses"][step], rel=tolerance(case), abs=tolerance(case)), f"step {step}"


CASES = pytest.mark.parametrize("case", OPTIMIZERS["cases"], ids=lambda case: case["id"])


@CASES
def test_kernel_follows_library(case):
    given = arguments(case)
    network = given["network"]
    record = np.empty((len(network.metrics) + network.n_parameters, STEPS), case["dtype"])
    run_steps(**given, record=record)
    for step in case["parameters"]:
        column = record[:, int(step) - 1]
        assert_same(case, step, column[len(network.metrics) :], column[0])


@CASES
def test_twin_follows_library(case):
    for step in case["parameters"]:
        given = arguments(case)
        given["rates"] = given["rates"][: int(step)]
        theta, record = reference.run_steps(**given)[:2]
        assert_same(case, step, theta, record[-1, 0])


@pytest.mark.parametrize("flavor", ["keras", "torch"])
@pytest.mark.parametrize("name", OPTIMIZERS["defaults"]["keras"])
def test_defaults_are_the_library_s(flavor, name):
    wanted = dict(OPTIMIZERS["defaults"][flavor][name])
    assert default_lr(name, flavor) == wanted.pop("lr")
    optimizer = Optimizer.make(name, flavor)
    assert {key: getattr(optimizer, key) for key in wanted} == wanted


def close(case: dict[str, Any], got: Any, wanted: Any) -> None:
    rough = case["library"] == "keras" and case.get("activation") == "gelu"
    np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-7 if rough else 1e-15)


TWIN = pytest.mark.parametrize("twin", [False, True], ids=["kernel", "twin"])


@TWIN
@pytest.mark.parametrize(
    "case", FUNCTIONS["activations"], ids=lambda case: f"{case['library']}-{case['activation']}-{case['alpha']}"
)
def test_activation_and_slope(case, twin):
    # A unit of the activation under a linear one, both the identity: dL/d(b1) is the slope while dL/d(output) is 1.
    network = Network(1, (Layer(1, case["activation"], alpha=case["alpha"]), Layer(1, "linear")), loss="mae")
    theta = network.pack([[[1]], [0], [[1]], [0]])
    X = np.array(FUNCTIONS["points"])[:, np.newaxis]
    values = reference.outputs(network, theta, X)[-1] if twin else predict(network, theta, X)
    close(case, values[:, 0], case["values"])
    for x, value, slope in zip(X, values, case["slopes"]):
        row, below = x[np.newaxis], value[np.newaxis] - 1
        if twin:
            gradient = reference.gradient(network, theta, row, below)
        else:
            gradient = loss_and_gradient(network, theta, row, below)[2]
        close(case, gradient[1], slope)


OUTPUTS = {"cross_entropy": "softmax", "cross_entropy_clipped": "softmax", "binary_cross_entropy": "sigmoid"}


@TWIN
@pytest.mark.parametrize(
    "case", FUNCTIONS["losses"], ids=lambda case: f"{case['library']}-{case['loss']}-{case.get('huber_delta', '')}"
)
def test_loss_and_slope(case, twin):
    # One layer that hands its inputs on: dL/d(b) is the derivative by the inputs.
    width = len(case["inputs"][0])
    network = Network(
        width, (Layer(width, OUTPUTS.get(case["loss"], "linear")),), loss=case["loss"],
        huber_delta=case.get("huber_delta", 1.0),
    )  # fmt: skip
    theta = network.pack([np.eye(width), np.zeros(width)])
    for inputs, targets, value, slope in zip(case["inputs"], case["targets"], case["values"], case["gradients"]):
        X, Y = np.array([inputs]), np.array([targets], float)
        if twin:
            z, outputs = reference.forward(network, theta, X)
            loss = reference.metrics(network, z[-1], outputs[-1], Y)[0]
            gradient = reference.gradient(network, theta, X, Y)
        else:
            loss, _, gradient = loss_and_gradient(network, theta, X, Y)
        close(case, loss, value)
        close(case, gradient[-width:], slope)


@pytest.mark.parametrize("case", FUNCTIONS["penalties"], ids=lambda case: f"l1={case['l1']:g}-l2={case['l2']:g}")
def test_penalty_moves_the_gradient_and_not_the_loss(case):
    W = np.array(case["weights"])
    X, Y = np.array([[0.5, -1.0]]), np.array([[0.25, 0.5, -0.5]])

    def at(**penalty: float) -> tuple[float, Any]:
        network = Network(W.shape[0], (Layer(W.shape[1]),), **penalty)
        loss, _, gradient = loss_and_gradient(network, network.pack([W, np.full(W.shape[1], 0.75)]), X, Y)
        return loss, gradient

    (loss, gradient), (bare_loss, bare_gradient) = at(l1=case["l1"], l2=case["l2"]), at()
    assert loss == bare_loss
    wanted = np.concatenate([np.ravel(case["gradient"]), np.zeros(W.shape[1])])
    np.testing.assert_allclose(gradient - bare_gradient, wanted, rtol=0, atol=1e-13)
