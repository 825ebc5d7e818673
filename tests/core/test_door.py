"""The public door names what does not fit, and changes nothing then."""

import numpy as np
import pytest

import lrsim_core
from lrsim_core import HeldOut, Layer, Network, Optimizer
from lrsim_core.types import OptimizerName
from tests.core import problems


def call(**changed):
    net = problems.network()
    X, Y = problems.data(net)
    arguments = {"network": net, "theta": problems.start(net), "X": X, "Y": Y, "rates": np.full(3, 0.1), **changed}
    before = np.array(arguments["theta"], copy=True)
    try:
        return lrsim_core.run_steps(**arguments)
    finally:
        assert np.array_equal(before, arguments["theta"]) or not any(changed)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"theta": np.zeros(3)}, "theta: expected 32 parameters, got 3"),
        ({"theta": np.zeros(32, np.float32)}, "theta: expected dtype float64, got float32"),
        ({"theta": np.zeros((2, 16))}, "theta: expected 1 dimension, got shape"),
        ({"theta": np.zeros(64)[::2]}, "theta: expected a C-contiguous array"),
        ({"X": np.zeros((7, 4))}, "X: expected 3 columns, got 4"),
        ({"X": np.zeros((0, 3))}, "X: expected at least one row"),
        ({"X": [[1.0]]}, "X: expected a NumPy array, got list"),
        ({"Y": np.zeros((6, 2))}, "Y: expected shape"),
        ({"rates": np.zeros(3, np.float32)}, "rates: expected dtype float64"),
        ({"batch_size": 0}, "batch_size: expected at least 1, got 0"),
        ({"first_step": -1}, "first_step: expected at least 0, got -1"),
        ({"order": np.arange(3)}, "order: expected 7 places for 3 steps, got 3"),
        ({"order": np.full(21, 7)}, "order: expected samples 0 to 6, got 7 to 7"),
        ({"record": np.zeros((3, 5))}, "record: expected 2 or 34 rows, got 3"),
        ({"record": np.zeros((2, 5)), "record_at": 3}, "record: 3 steps from 3 do not fit into 5 columns"),
        ({"held_out": HeldOut(np.zeros((2, 4)), np.zeros((2, 2)), np.zeros((2, 3)))}, "held_out.X: expected 3 columns"),
        ({"held_out": HeldOut(np.zeros((2, 3)), np.zeros((1, 2)), np.zeros((2, 3)))}, "held_out.Y: expected shape"),
        ({"held_out": HeldOut(np.zeros((2, 3)), np.zeros((2, 2)), np.zeros((3, 3)))}, "held_out.figures: expected 2 v"),
        (
            {"held_out": HeldOut(np.zeros((2, 3)), np.zeros((2, 2)), np.zeros((2, 0))), "batch_size": 3},
            "held_out.figures: expected room for 1 epochs, got 0",
        ),
        ({"gradients": np.zeros((2, 32))}, "gradients: expected 3 values, got 2"),
        ({"gradients": np.zeros((3, 31))}, "gradients: expected 32 columns, got 31"),
        ({"multipliers": np.ones(3)}, "multipliers: expected 2 values, got 3"),
        ({"momenta": np.ones(3)}, "momenta: sgd has no momentum"),
        ({"optimizer": Optimizer.make("adam")}, "slots: adam needs 2"),
        ({"optimizer": Optimizer.make("adam"), "slots": np.zeros((1, 32))}, "slots: expected shape"),
    ],
)
def test_run_steps_refuses(changed, message):
    with pytest.raises((TypeError, ValueError), match=message.replace("(", r"\(")):
        call(**changed)


def test_momenta_out_of_range():
    net = problems.network()
    optimizer = Optimizer.make("adam")
    with pytest.raises(ValueError, match="momenta: expected numbers >= 0 and < 1"):
        call(optimizer=optimizer, slots=optimizer.new_slots(net), momenta=np.array([0.5, 1.0, 0.5]))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Layer(0), "units: expected at least 1"),
        (lambda: Layer(1, "swish"), "activation: expected one of linear"),
        (lambda: Layer(1, "elu", alpha=-1.0), "alpha: expected a finite number >= 0"),
        (lambda: Network(0, (Layer(1),)), "inputs: expected at least 1"),
        (lambda: Network(1, ()), "layers: expected at least one"),
        (lambda: Network(1, (Layer(2, "softmax"), Layer(1))), "softmax can stand at the output alone"),
        (lambda: Network(1, (Layer(2),), loss="cross_entropy"), "loss: cross_entropy needs softmax"),
        (lambda: Network(1, (Layer(2, "tanh"),), loss="binary_cross_entropy"), "binary_cross_entropy needs sigmoid"),
        (lambda: Network(1, (Layer(1),), loss="l3"), "loss: expected one of"),
        (lambda: Network(1, (Layer(1),), l2=-1.0), "l2: expected a number >= 0"),
        (lambda: Network(1, (Layer(1),), huber_delta=0.0), "huber_delta: expected a number > 0"),
        (lambda: Optimizer.make("lion"), "name: expected one of sgd"),
        (lambda: Optimizer.make("sgd", "jax"), "flavor: expected one of keras, torch"),
        (lambda: Optimizer.make("sgd", momentum=1.0), "momentum: expected a number >= 0 and < 1"),
        (lambda: Optimizer.make("adam", epsilon=-1.0), "epsilon: expected a finite number >= 0"),
        (lambda: Optimizer.make("adam", speed=1.0), "speed: an optimizer has no such value"),
    ],
)
def test_descriptions_refuse(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


def test_defaults_of_the_flavors():
    assert Optimizer.make("adam").epsilon == 1e-7
    assert Optimizer.make("adam", "torch").epsilon == 1e-8
    assert Optimizer.make("adagrad").initial_accumulator == 0.1
    assert Optimizer.make("adagrad", "torch").initial_accumulator == 0
    assert Optimizer.make("adamw", "torch").weight_decay == 0.01
    assert Optimizer.make("rmsprop", "torch", rho=None).rho == 0.99
    assert lrsim_core.default_lr("adadelta", "torch") == 1.0
    assert lrsim_core.default_lr("sgd") == 0.01


def test_slots_of_every_optimizer():
    net = problems.network(dtype="float32")
    for name, count in zip(lrsim_core.OPTIMIZERS, (0, 1, 2, 1, 2, 2, 2, 2), strict=True):
        slots = Optimizer.make(name).new_slots(net)
        assert slots.shape == (count, net.n_parameters)
        assert slots.dtype == np.float32
    assert np.all(Optimizer.make("adagrad").new_slots(net) == np.float32(0.1))
    assert Optimizer.make("sgd", momentum=0.5).n_slots == 1


def test_metrics_have_accuracy_where_answers_are_right_or_wrong():
    assert problems.network().metrics == ("loss", "error")
    for output, loss in [("softmax", "mse"), ("sigmoid", "binary_cross_entropy"), ("linear", "hinge")]:
        assert problems.network(output=output, loss=loss).metrics == ("loss", "error", "accuracy")


def test_accuracy_counts_right_answers():
    net = Network(1, (Layer(2, "softmax"),), loss="cross_entropy")
    theta = np.array([1.0, -1.0, 0.0, 0.0])
    X = np.array([[1.0], [2.0], [-1.0], [3.0]])
    Y = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    assert lrsim_core.evaluate(net, theta, X, Y)["accuracy"] == 0.75


def test_hessian_vector_product_wants_a_vector_that_fits():
    net = problems.network()
    with pytest.raises(ValueError, match="v: expected 32 values, got 3"):
        lrsim_core.hessian_vector_product(net, problems.start(net), *problems.data(net), np.zeros(3))


def test_open_step_wants_a_momentum_that_fits():
    net = problems.network()
    with pytest.raises(ValueError, match="momentum: expected a number"):
        lrsim_core.open_step(net, problems.start(net), *problems.data(net), 0.1, momentum=0.5)


def test_names_and_layers_of_parameters():
    net = problems.network()
    names = net.parameter_names()
    assert names[0] == "W1[0,0]"
    assert names[-1] == "b2[1]"
    assert [net.parameter_name(k) for k in range(net.n_parameters)] == list(names)
    assert [net.layer_of(k) for k in range(net.n_parameters)] == [int(name[1]) - 1 for name in names]
    for function in (net.layer_of, net.parameter_name):
        with pytest.raises(IndexError):
            function(net.n_parameters)


def test_the_tables_have_the_names_and_order_of_the_kernel():
    assert tuple(member.name.lower() for member in OptimizerName) == lrsim_core.OPTIMIZERS
    assert tuple(lrsim_core.OPTIMIZER_KEYS) == lrsim_core.OPTIMIZERS
