"""The compiled kernel does what its readable twin says."""

import math

import numpy as np
import pytest

import lrsim_core
from lrsim_core import Optimizer, reference
from tests.core import problems

DTYPES = lrsim_core.DTYPES
RATES = np.array([0.05, 0.04, 0.03, 0.06, 0.02])

VARIANTS = [
    *((name, flavor, {}) for name in lrsim_core.OPTIMIZERS for flavor in lrsim_core.FLAVORS),
    *(("sgd", flavor, {"momentum": 0.9}) for flavor in lrsim_core.FLAVORS),
    *(("sgd", flavor, {"momentum": 0.9, "nesterov": True}) for flavor in lrsim_core.FLAVORS),
    *(("rmsprop", flavor, {"momentum": 0.8}) for flavor in lrsim_core.FLAVORS),
    *((name, "keras", {"weight_decay": 0.1, "decay": 0.2}) for name in lrsim_core.OPTIMIZERS),
    *((name, "torch", {"weight_decay": 0.1, "decay": 0.2}) for name in lrsim_core.OPTIMIZERS),
]  # fmt: skip


def train_both(net, X, Y, rates=RATES, *, optimizer=None, batch_size=3, factor=1.0, **given):
    """Train with kernel and twin from one start; compare parameters, slots and record."""
    optimizer = optimizer or Optimizer()
    theta, slots, twin_slots = problems.start(net), optimizer.new_slots(net), optimizer.new_slots(net)
    record = np.empty((len(net.metrics) + net.n_parameters, len(rates)), net.dtype)
    expected, expected_record = reference.run_steps(
        net, theta, X, Y, rates, optimizer=optimizer, slots=twin_slots, batch_size=min(batch_size, len(X)), **given
    )
    outcome = lrsim_core.run_steps(
        net, theta, X, Y, rates, optimizer=optimizer, slots=slots, batch_size=batch_size, record=record,
        stop_not_finite=False, **given,
    )  # fmt: skip
    assert outcome.steps == len(rates)
    problems.close(theta, expected, net.dtype, factor)
    problems.close(slots, twin_slots, net.dtype, factor)
    problems.close(record[: len(net.metrics)].T, expected_record, net.dtype, factor)
    assert np.array_equal(record[len(net.metrics) :, -1], theta)


@pytest.mark.parametrize("batch_size", [1, 3, 100])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("output", "loss"), problems.PAIRS)
def test_losses_and_last_activations(output, loss, dtype, batch_size):
    net = problems.network("tanh", output, loss, dtype=dtype)
    train_both(net, *problems.data(net), batch_size=batch_size)


@pytest.mark.parametrize("batch_size", [1, 3, 100])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", problems.HIDDEN)
@pytest.mark.parametrize("sizes", [(3, 5, 2), (2, 17, 9, 1), (70, 33, 5)])
def test_hidden_activations(activation, dtype, batch_size, sizes):
    net = problems.network(activation, "linear", sizes=sizes, dtype=dtype)
    X, Y = problems.data(net)
    train_both(net, X, Y, RATES / sizes[0], batch_size=batch_size)


@pytest.mark.parametrize("batch_size", [1, 3, 100])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("name", "flavor", "given"), VARIANTS)
def test_optimizers(name, flavor, given, dtype, batch_size):
    net = problems.network("sigmoid", "softmax", "cross_entropy", dtype=dtype)
    # Methods that divide by the root of tiny squares magnify roundings.
    train_both(
        net, *problems.data(net), optimizer=Optimizer.make(name, flavor, **given), batch_size=batch_size, factor=50
    )


@pytest.mark.parametrize("name", ["sgd", "adam", "adadelta"])
@pytest.mark.parametrize(("output", "loss"), [("linear", "huber"), ("softmax", "cross_entropy_clipped")])
def test_every_option_at_once(name, output, loss):
    net = problems.network(
        "gelu", output, loss, bias_rule="as_input", clip_gradient=0.7, l1=0.01, l2=0.02, huber_delta=0.6
    )
    given = {"momentum": 0.5} if name == "sgd" else {}
    optimizer = Optimizer.make(name, **given)
    train_both(
        net, *problems.data(net), optimizer=optimizer, factor=50,
        multipliers=np.array([0.5, 2.0]),
        momenta=np.linspace(0.1, 0.9, 5) if optimizer.has_momentum else None,
    )  # fmt: skip


def test_adam_counts_its_updates_from_first_step():
    net = problems.network("tanh", "linear")
    for name in ("adam", "nadam", "adamax"):
        train_both(net, *problems.data(net), optimizer=Optimizer.make(name), first_step=40, factor=50)


@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_in_more_than_one_chunk(dtype):
    net = problems.network("relu", "softmax", "cross_entropy", sizes=(6, 20, 3), dtype=dtype)
    X, Y = problems.data(net, rows=1100)
    train_both(net, X, Y, RATES[:2], batch_size=1100, optimizer=Optimizer.make("adam"), factor=50)
    expected = reference.gradient(net, problems.start(net), X, Y)
    loss, error, gradient = lrsim_core.loss_and_gradient(net, problems.start(net), X, Y)
    problems.close(gradient, expected, dtype)
    z, below = reference.forward(net, problems.start(net), X)
    problems.close([loss, error], reference.metrics(net, z[-1], below[-1], Y)[:2], dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_network_wide_enough_for_strips_and_panels(dtype):
    net = problems.network("relu", "softmax", "cross_entropy", sizes=(230, 210, 10), dtype=dtype)
    X, Y = problems.data(net, rows=130)
    X[:, 20:90] = 0  # empty columns
    theta = problems.start(net, scale=0.1)
    for batch_size in (1, 50, 130):
        at, slots = theta.copy(), Optimizer.make("adam").new_slots(net)
        twin, _ = reference.run_steps(
            net, theta, X, Y, np.full(3, 1e-4), optimizer=Optimizer.make("adam"), batch_size=batch_size
        )
        lrsim_core.run_steps(
            net, at, X, Y, np.full(3, 1e-4), optimizer=Optimizer.make("adam"), slots=slots, batch_size=batch_size
        )
        # Where a gradient is nothing but rounding, Adam still takes a step of full size.
        assert np.quantile(np.abs(at - twin), 0.99) < (1e-9 if dtype == "float64" else 1e-5)
        problems.close(at, twin, dtype, factor=1e9 if dtype == "float64" else 50)
    for rows in (1, 2, 130):
        gradient = lrsim_core.loss_and_gradient(net, theta, X[:rows], Y[:rows])[2]
        problems.close(gradient, reference.gradient(net, theta, X[:rows], Y[:rows]), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("output", "loss"), problems.PAIRS)
def test_evaluate_predict_and_layer_outputs(output, loss, dtype):
    net = problems.network("softplus", output, loss, dtype=dtype)
    theta = problems.start(net)
    for rows in (1, 7, 600):
        X, Y = problems.data(net, rows)
        z, below = reference.forward(net, theta, X)
        figures = lrsim_core.evaluate(net, theta, X, Y)
        assert tuple(figures) == net.metrics
        problems.close(list(figures.values()), reference.metrics(net, z[-1], below[-1], Y), dtype)
        problems.close(lrsim_core.predict(net, theta, X), below[-1], dtype)
        for actual, expected in zip(lrsim_core.layer_outputs(net, theta, X), below[1:], strict=True):
            problems.close(actual, expected, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("inputs", "units"), [(64, 32), (100, 33), (130, 700), (90, 6000)])
def test_inputs_that_are_mostly_zero(inputs, units, dtype):
    net = problems.network(
        "tanh", "softmax", "cross_entropy", sizes=(inputs, units, 3), dtype=dtype, bias_rule="as_input"
    )
    theta = problems.start(net, scale=0.1)
    for rows in (12, 13, 100, 1030):
        if rows * units > 100_000:
            continue
        X, Y = problems.pixels(net, rows)
        assert (X != 0).mean() < 0.3
        gradient = lrsim_core.loss_and_gradient(net, theta, X, Y)[2]
        problems.close(gradient, reference.gradient(net, theta, X, Y), dtype)
        problems.close(lrsim_core.predict(net, theta, X), reference.outputs(net, theta, X)[-1], dtype)
        optimizer = Optimizer.make("sgd", "torch", momentum=0.9)
        at, slots, rates = theta.copy(), optimizer.new_slots(net), np.full(3, 0.1)
        twin, _ = reference.run_steps(net, theta, X, Y, rates, optimizer=optimizer, batch_size=rows)
        lrsim_core.run_steps(net, at, X, Y, rates, optimizer=optimizer, slots=slots, batch_size=rows)
        problems.close(at, twin, dtype, factor=5)


def test_zero_inputs_do_not_hide_an_infinite_weight():
    net = problems.network("relu", sizes=(64, 32, 1))
    theta = problems.start(net)
    X, _ = problems.pixels(net, 20)
    theta[10 * 32] = np.inf  # column 10 is always 0
    assert np.isnan(lrsim_core.layer_outputs(net, theta, X)[0][:, 0]).all()


def test_no_rows_predict_nothing():
    net = problems.network()
    X = np.empty((0, 3))
    assert lrsim_core.predict(net, problems.start(net), X).shape == (0, 2)
    assert [a.shape for a in lrsim_core.layer_outputs(net, problems.start(net), X)] == [(0, 5), (0, 2)]


def spread():
    return np.concatenate(
        [np.linspace(-30, 30, 4001), np.linspace(-1, 1, 2001), [1e-30, -1e-30, 1e-8, -1e-8, 90, -90, 800, -800]]
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", problems.HIDDEN)
def test_activations_are_exact_to_a_few_ulp(activation, dtype):
    net = problems.network(output=activation, sizes=(1, 1), dtype=dtype)
    wide = problems.network(output=activation, sizes=(1, 2), dtype=dtype)
    x = spread().astype(dtype)
    double = x.astype(np.float64)
    layer = net.layers[0]
    expected = reference.activate(layer, double)
    if activation == "gelu":  # the twin's 1 + erf(z) loses its tail
        expected = double * np.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in double])
    epsilon = np.finfo(dtype).eps
    tiny = 10 * np.finfo(dtype).tiny
    for n in (net, wide):
        theta = np.zeros(n.n_parameters, dtype)
        theta[: n.outputs] = 1
        actual = lrsim_core.predict(n, theta, x[:, None])[:, 0].astype(np.float64)
        # In the tail, exp(-z^2 / 2) turns a rounding of z^2 into z^2 of them, here and in the expected value.
        factor = 20 + np.minimum(double * double, 180)[np.abs(expected) > 1e-30] if activation == "gelu" else 5
        normal = np.abs(expected) > 1e-30
        assert np.all(np.abs(actual - expected)[normal] <= factor * epsilon * np.abs(expected)[normal] + tiny)
        assert np.all(np.abs(actual - expected)[~normal] <= 1e-29)


@pytest.mark.parametrize("activation", problems.HIDDEN)
@pytest.mark.parametrize("dtype", DTYPES)
def test_not_a_number_passes_through(activation, dtype):
    net = problems.network(output=activation, sizes=(1, 2), dtype=dtype)
    theta = np.ones(net.n_parameters, dtype)
    assert np.isnan(lrsim_core.predict(net, theta, np.array([[np.nan]], dtype))).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_softmax_of_large_numbers(dtype):
    net = problems.network(output="softmax", loss="cross_entropy", sizes=(1, 3), dtype=dtype)
    theta = np.array([1, 0, -1, 0, 0, 0], dtype)
    p = lrsim_core.predict(net, theta, np.array([[1000], [-1000]], dtype))
    assert np.array_equal(p, [[1, 0, 0], [0, 0, 1]])
    loss = lrsim_core.evaluate(net, theta, np.array([[1000]], dtype), np.array([[0, 0, 1]], dtype))["loss"]
    assert loss == 2000


@pytest.mark.parametrize("batch_size", [1, 3, 100])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("loss", ["mse", "half_mse", "mae", "huber"])
@pytest.mark.parametrize(
    ("output", "sizes", "low"),
    [("sigmoid", (3, 4, 1), 0.0), ("tanh", (3, 4, 1), -1.0), ("linear", (2, 1), 0.0), ("linear", (3, 5, 3), 0.0)],
)
def test_accuracy_of_classes_whatever_the_loss(output, sizes, low, loss, dtype, batch_size):
    net = problems.network("tanh", output, loss, sizes=sizes, dtype=dtype, class_threshold=(1 + low) / 2)
    assert net.metrics == ("loss", "error", "accuracy")
    X, _ = problems.data(net)
    answers = np.arange(len(X)) % max(2, net.outputs)
    marks = answers[:, None] == (np.arange(net.outputs) if net.outputs > 1 else 1)
    Y = np.where(marks, 1.0, low).astype(dtype)
    train_both(net, X, Y, RATES / 4, batch_size=batch_size)
    theta = problems.start(net)
    said = reference.outputs(net, theta, X)[-1]
    right = said.argmax(axis=1) == answers if net.outputs > 1 else (said[:, 0] > (1 + low) / 2) == (answers == 1)
    assert lrsim_core.evaluate(net, theta, X, Y)["accuracy"] == pytest.approx(right.mean())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("output", "loss", "no", "yes"),
    [("tanh", "hinge", -0.1, 0.1), ("linear", "hinge", -0.1, 0.1), ("sigmoid", "hinge", 0.4, 0.6),
     ("sigmoid", "binary_cross_entropy", 0.4, 0.6)],
)  # fmt: skip
def test_an_answer_is_right_on_its_side_of_the_threshold(output, loss, no, yes, dtype):
    net = problems.network("tanh", output, loss, sizes=(1, 1), dtype=dtype)
    back = {"tanh": np.arctanh, "linear": lambda p: p, "sigmoid": lambda p: np.log(p / (1 - p))}[output]
    theta = np.array([1.0, 0.0], dtype)  # what goes in is what the activation gets
    X = back(np.array([[no], [yes], [no], [yes]])).astype(dtype)
    low = -1.0 if loss == "hinge" else 0.0
    Y = np.array([[low], [1.0], [1.0], [1.0]], dtype)
    assert lrsim_core.evaluate(net, theta, X, Y)["accuracy"] == 0.75
