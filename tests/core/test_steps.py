"""Any number of steps: the same bits however they are cut, in whichever thread; opened; stopped."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lrsim_core
from lrsim_core import Layer, Network, Optimizer, Status
from tests.core import problems

NETS = {
    "online": lambda: problems.network(sizes=(1, 1), output="linear"),
    "least squares": lambda: problems.network(sizes=(3, 1), output="linear", dtype="float32"),
    "small": lambda: problems.network("tanh", sizes=(2, 8, 8, 1)),
    "classes": lambda: problems.network("relu", "softmax", "cross_entropy", sizes=(3, 20, 4), dtype="float32"),
    "strips": lambda: problems.network("gelu", "softmax", "cross_entropy", sizes=(100, 330, 5), dtype="float32"),
}


def trained(net, optimizer, cuts, *, batch_size, rows=25, shuffled=False, seed=0, steps=40, **given):
    """Parameters, slots and record after 40 steps made in calls of the given lengths."""
    X, Y = problems.data(net, rows)
    if net.inputs > 64:
        X, Y = problems.pixels(net, rows)
    theta, slots = problems.start(net, scale=0.3), optimizer.new_slots(net)
    rates = np.linspace(0.01, 0.002, steps)
    record = np.empty((len(net.metrics) + net.n_parameters, steps), net.dtype)
    per_epoch = -(-rows // min(batch_size, rows))
    done, k = 0, 0
    while done < steps:
        part = rates[done : done + cuts[k % len(cuts)]]
        epoch, place = divmod(done, per_epoch)
        epochs = -(-(place + len(part)) // per_epoch)
        order = None
        if shuffled:
            order = np.concatenate(
                [np.random.default_rng((seed, e)).permutation(rows) for e in range(epoch, epoch + epochs)]
            )
        momenta = np.linspace(0.5, 0.9, steps)[done : done + len(part)] if given.get("momenta") else None
        lrsim_core.run_steps(
            net, theta, X, Y, part, optimizer=optimizer, slots=slots, batch_size=batch_size, first_step=done,
            order=order, record=record, record_at=done, momenta=momenta,
        )  # fmt: skip
        done += len(part)
        k += 1
    return theta, slots, record


def same(a, b):
    return all(x.tobytes() == y.tobytes() for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("batch_size", [1, 10, 25])
@pytest.mark.parametrize("name", NETS)
def test_slices_and_threads_give_the_same_bits(name, batch_size, shuffled):
    net = NETS[name]()
    optimizer = Optimizer() if name in ("online", "least squares") else Optimizer.make("nadam")
    whole = trained(net, optimizer, [1000], batch_size=batch_size, shuffled=shuffled)
    for size in (1, 7):
        assert same(whole, trained(net, optimizer, [size], batch_size=batch_size, shuffled=shuffled))
    found = []
    threads = [
        threading.Thread(
            target=lambda: found.append(trained(net, optimizer, [9], batch_size=batch_size, shuffled=shuffled))
        )
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert all(same(whole, other) for other in found)


@settings(max_examples=40)
@given(
    cuts=st.lists(st.integers(1, 13), min_size=1, max_size=5),
    batch_size=st.integers(1, 30),
    name=st.sampled_from(lrsim_core.OPTIMIZERS),
    flavor=st.sampled_from(lrsim_core.FLAVORS),
    shuffled=st.booleans(),
    momenta=st.booleans(),
)
def test_any_slicing_of_any_optimizer(cuts, batch_size, name, flavor, shuffled, momenta):
    net = problems.network("elu", "linear", "huber", sizes=(3, 6, 2), dtype="float32")
    optimizer = Optimizer.make(name, flavor, **({"momentum": 0.6} if name in ("sgd", "rmsprop") else {}))
    momenta = momenta and optimizer.has_momentum
    whole = trained(net, optimizer, [1000], batch_size=batch_size, shuffled=shuffled, momenta=momenta)
    assert same(whole, trained(net, optimizer, cuts, batch_size=batch_size, shuffled=shuffled, momenta=momenta))


def test_the_last_partial_batch_is_an_update_of_its_own():
    net = problems.network(sizes=(2, 1))
    X, Y = problems.data(net, rows=7)
    theta = problems.start(net)
    by_hand = theta.copy()
    lrsim_core.run_steps(net, theta, X, Y, np.full(4, 0.1), batch_size=3)
    for rows in (slice(0, 3), slice(3, 6), slice(6, 7), slice(0, 3)):
        by_hand -= 0.1 * lrsim_core.loss_and_gradient(net, by_hand, X[rows], Y[rows])[2]
    np.testing.assert_allclose(theta, by_hand, rtol=1e-12)


@settings(max_examples=30)
@given(
    name=st.sampled_from(list(NETS)),
    cuts=st.lists(st.integers(1, 17), min_size=1, max_size=4),
    batch_size=st.integers(1, 12),
    shuffled=st.booleans(),
)
def test_held_out_rows_are_evaluated_after_each_epoch_and_change_nothing(name, cuts, batch_size, shuffled):
    net = NETS[name]()
    X, Y = problems.data(net, 11) if net.inputs <= 64 else problems.pixels(net, 11)
    X_held, Y_held = problems.data(net, 5) if net.inputs <= 64 else problems.pixels(net, 5)
    order = np.concatenate([np.random.default_rng(e).permutation(11) for e in range(40)]) if shuffled else None
    per_epoch, steps = -(-11 // batch_size), 30
    expected, theta, plain = [], problems.start(net, scale=0.3), problems.start(net, scale=0.3)
    for step in range(steps):
        rows = None if order is None else order[step // per_epoch * 11 :].copy()
        lrsim_core.run_steps(net, plain, X, Y, np.full(1, 0.01), batch_size=batch_size, first_step=step, order=rows)
        if (step + 1) % per_epoch == 0:
            expected.append(list(lrsim_core.evaluate(net, plain, X_held, Y_held).values()))
    found, done, k = [], 0, 0
    while done < steps:
        count = min(cuts[k % len(cuts)], steps - done)
        figures = np.empty((len(net.metrics), (done % per_epoch + count) // per_epoch))
        rows = None if order is None else order[done // per_epoch * 11 :].copy()
        lrsim_core.run_steps(
            net, theta, X, Y, np.full(count, 0.01), batch_size=batch_size, first_step=done, order=rows,
            held_out=lrsim_core.HeldOut(X_held, Y_held, figures),
        )  # fmt: skip
        found += figures.T.tolist()
        done, k = done + count, k + 1
    assert found == expected
    assert same([theta], [plain])


def test_a_divergence_in_a_later_epoch_is_named_with_held_out_rows_too():
    net = problems.network("relu", sizes=(2, 4, 1), dtype="float32")
    X, Y = problems.data(net)
    outcomes = []
    for held_out in (None, lrsim_core.HeldOut(X, Y, np.empty((2, 400)))):
        theta = problems.start(net)
        outcomes.append(lrsim_core.run_steps(net, theta, X, Y, np.full(400, 50.0), batch_size=4, held_out=held_out))
    assert outcomes[0] == outcomes[1]
    assert outcomes[0].bad_step > len(X) // 4


def test_a_batch_larger_than_the_data_is_all_of_it():
    net = problems.network()
    X, Y = problems.data(net)
    thetas = [problems.start(net) for _ in range(2)]
    for theta, batch_size in zip(thetas, (7, 500), strict=True):
        lrsim_core.run_steps(net, theta, X, Y, np.full(5, 0.1), batch_size=batch_size)
    assert np.array_equal(*thetas)


def test_a_multiplier_of_zero_freezes_a_layer():
    net = problems.network()
    theta = problems.start(net)
    before = theta.copy()
    lrsim_core.run_steps(net, theta, *problems.data(net), np.full(5, 0.1), multipliers=np.array([0.0, 1.0]))
    split = net.unpack(np.arange(net.n_parameters))[1][0].min()
    assert np.array_equal(theta[:split], before[:split])
    assert (theta[split:] != before[split:]).all()


def test_keras_and_torch_momentum_part_when_the_rate_changes():
    net = Network(1, (Layer(1),), loss="hinge")  # its gradient by the bias is -y while the margin is not kept
    for flavor, expected in (("keras", -0.200), ("torch", -0.119)):
        optimizer = Optimizer.make("sgd", flavor, momentum=0.9)
        theta = np.zeros(2)
        lrsim_core.run_steps(
            net, theta, np.zeros((1, 1)), -np.ones((1, 1)), np.array([0.1, 0.01]), optimizer=optimizer,
            slots=optimizer.new_slots(net),
        )  # fmt: skip
        assert theta[1] == pytest.approx(expected)


def test_decay_divides_the_rate_by_the_updates_done():
    net = problems.network()
    X, Y = problems.data(net)
    first, second = problems.start(net), problems.start(net)
    lrsim_core.run_steps(net, first, X, Y, np.full(6, 0.1), optimizer=Optimizer.make("sgd", decay=0.5), first_step=2)
    lrsim_core.run_steps(net, second, X, Y, 0.1 / (1 + 0.5 * np.arange(2, 8)), first_step=2)
    np.testing.assert_allclose(first, second, rtol=1e-13)


@pytest.mark.parametrize(
    ("name", "flavor"), [("sgd", "torch"), ("adam", "keras"), ("adamw", "torch"), ("adadelta", "keras")]
)
@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("batch_size", [1, 10, 700])
@pytest.mark.parametrize("net_name", NETS)
def test_an_opened_step_is_the_closed_step(net_name, batch_size, shuffled, name, flavor):
    net = NETS[net_name]()
    optimizer = (
        Optimizer.make(name, flavor, momentum=0.9)
        if net_name == "small" and name == "sgd"
        else Optimizer.make(name, flavor)
    )
    X, Y = problems.data(net, rows=25 if batch_size < 25 else 650)
    if net.inputs > 64:
        X, Y = problems.pixels(net, len(X))
    rates, slots = np.full(5, 0.01), optimizer.new_slots(net)
    order = np.random.default_rng(3).permutation(len(X)) if shuffled else None
    if shuffled:
        order = np.concatenate([order] * 5)
    theta = problems.start(net, scale=0.3)
    lrsim_core.run_steps(
        net, theta, X, Y, rates[:2], optimizer=optimizer, slots=slots, batch_size=batch_size, order=order
    )
    epoch_order = None if order is None else order[: len(X)]
    opened = lrsim_core.open_step(
        net, theta, X, Y, 0.01, optimizer=optimizer, slots=slots, step=2, batch_size=batch_size, order=epoch_order
    )
    assert same([opened.theta_before, opened.slots_before], [theta, slots])
    record = np.empty((len(net.metrics), 1), net.dtype)
    lrsim_core.run_steps(
        net, theta, X, Y, rates[:1], optimizer=optimizer, slots=slots, batch_size=batch_size, order=order, first_step=2,
        record=record,
    )  # fmt: skip
    assert same([opened.theta_after, opened.slots_after], [theta, slots])
    assert [opened.loss, opened.error, opened.accuracy][: len(net.metrics)] == record[:, 0].tolist()
    assert np.array_equal(opened.update, theta - opened.theta_before)
    batch = X[opened.rows], Y[opened.rows]
    problems.close(opened.predictions, lrsim_core.predict(net, opened.theta_before, batch[0]), net.dtype)
    problems.close(opened.gradient, lrsim_core.loss_and_gradient(net, opened.theta_before, *batch)[2], net.dtype)
    problems.close(opened.dW[-1], _below(opened).T @ opened.dz[-1], net.dtype)
    stages = dict(opened)
    assert list(stages)[:2] == ["inputs", "targets"]
    assert list(stages)[-1] == "theta"
    assert f"dz{len(net.layers)}" in stages


@pytest.mark.parametrize("held_out", [False, True])
@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("batch_size", [1, 10, 700])
@pytest.mark.parametrize("net_name", NETS)
def test_the_gradients_of_closed_steps_are_those_of_opened_ones(net_name, batch_size, shuffled, held_out):
    net, optimizer, steps = NETS[net_name](), Optimizer.make("sgd"), 5
    X, Y = problems.data(net, rows=25 if batch_size < 25 else 650)
    order = np.concatenate([np.random.default_rng(k).permutation(len(X)) for k in range(steps)]) if shuffled else None
    rates, gradients = np.full(steps, 0.01), np.full((steps, net.n_parameters), np.nan, net.dtype)
    closed, opened = problems.start(net, scale=0.3), problems.start(net, scale=0.3)
    ends = steps // -(-len(X) // min(batch_size, len(X)))
    held = lrsim_core.HeldOut(X[:3], Y[:3], np.empty((len(net.metrics), ends))) if held_out else None
    lrsim_core.run_steps(
        net, closed, X, Y, rates, optimizer=optimizer, batch_size=batch_size, order=order, gradients=gradients,
        held_out=held,
    )  # fmt: skip
    per_epoch = -(-len(X) // min(batch_size, len(X)))
    for step in range(steps):
        epoch = step // per_epoch
        step_order = None if order is None else order[epoch * len(X) : (epoch + 1) * len(X)]
        found = lrsim_core.open_step(
            net, opened, X, Y, 0.01, optimizer=optimizer, step=step, batch_size=batch_size, order=step_order
        )
        assert gradients[step].tobytes() == found.gradient.tobytes()
        opened = found.theta_after
    assert opened.tobytes() == closed.tobytes()


def _below(opened):
    return opened.outputs[-2] if len(opened.outputs) > 1 else opened.inputs


def test_an_opened_step_of_the_perceptron_rounds_like_the_article():
    net = Network(1, (Layer(1, "clip", limit=250.0),), loss="half_mse", bias_rule="as_input")
    theta = np.array([0.1, 0.05])
    opened = lrsim_core.open_step(net, theta, np.array([[60.0]]), np.array([[60.0]]), 1e-5)
    move = 1e-5 * (60 - (0.05 + 0.1 * 60)) * 60
    assert opened.z[0].item() == opened.predictions.item() == 0.05 + 0.1 * 60
    assert opened.theta_after.tolist() == [0.1 + move, 0.05 + move]
    assert opened.dz[0].item() == (0.05 + 0.1 * 60) - 60
    assert opened.gradient.tolist() == [opened.dz[0].item() * 60] * 2
    assert theta.tolist() == [0.1, 0.05]


def test_the_online_loop_and_the_dense_loop_agree():
    for inputs in (1, 2, 3, 4, 5, 9, 64):
        for output in ("linear", "clip", "relu", "tanh", "sigmoid"):
            for loss in ("mse", "half_mse"):
                for bias_rule in ("delta", "as_input"):
                    net = problems.network(output=output, loss=loss, sizes=(inputs, 1), bias_rule=bias_rule)
                    assert net.is_online
                    X, Y = problems.data(net, rows=20)
                    results = []
                    for fast_path in (True, False):
                        theta, record = problems.start(net, scale=0.1), np.empty((3 + inputs, 45))
                        lrsim_core.run_steps(
                            net, theta, X, Y, np.full(45, 0.01 / inputs), record=record, fast_path=fast_path
                        )
                        results.append(record)
                    problems.close(results[0], results[1], "float64", factor=10)


@pytest.mark.parametrize("fast_path", [True, False])
@pytest.mark.parametrize("sizes", [(1, 1), (3, 1), (2, 4, 1)])
def test_a_divergence_is_named(sizes, fast_path):
    net = problems.network("relu", sizes=sizes, dtype="float32")
    X, Y = problems.data(net)
    start = problems.start(net)
    results = {}
    for stop in (True, False):
        theta, record = start.copy(), np.empty((2 + net.n_parameters, 400), np.float32)
        outcome = lrsim_core.run_steps(
            net, theta, X, Y, np.full(400, 50.0), record=record, stop_not_finite=stop, fast_path=fast_path
        )
        results[stop] = outcome
        assert outcome.status == (Status.NOT_FINITE if stop else Status.DONE)
        assert outcome.steps == (outcome.bad_step if stop else 400)
        bad = ~np.isfinite(record[:, : outcome.steps])
        first = np.flatnonzero(bad[0] | bad[2:].any(axis=0))[0]
        assert outcome.bad_step == first + 1
        named = np.flatnonzero(bad[2:, first])
        assert outcome.bad_parameter == (named[0] if len(named) else -1)
        assert outcome.layer == (net.layer_of(outcome.bad_parameter) if len(named) else -1)
    assert results[True].bad_step == results[False].bad_step


def test_the_target_error_stops_the_run():
    net = problems.network(sizes=(1, 1))
    X, Y = np.ones((1, 1)), np.ones((1, 1))
    for fast_path in (True, False):
        theta, record = np.zeros(2), np.empty((2, 100))
        outcome = lrsim_core.run_steps(
            net, theta, X, Y, np.full(100, 0.1), target_error=0.1, min_steps=8, record=record, fast_path=fast_path
        )
        assert outcome.status == Status.TARGET_REACHED
        assert outcome.steps == 8
        assert record[1, 7] < 0.1


@pytest.mark.parametrize("dtype", lrsim_core.DTYPES)
def test_the_slots_of_a_silent_unit_reach_zero_instead_of_lingering_below_the_normal_range(dtype):
    net = problems.network("relu", sizes=(2, 4, 1), dtype=dtype)
    X, Y = problems.data(net, rows=8)
    theta = problems.start(net)
    net.unpack(theta)[0][1][:2] = -1e3  # units 1 and 2 never fire
    optimizer = Optimizer.make("adam")
    slots = optimizer.new_slots(net)
    smallest = np.finfo(dtype).tiny
    slots[:] = 100 * smallest
    lrsim_core.run_steps(net, theta, X, Y, np.full(200, 1e-3), optimizer=optimizer, slots=slots, batch_size=8)
    assert (slots[0] == 0).any()
    assert np.abs(slots[slots != 0]).min() >= smallest


@pytest.mark.parametrize("dtype", lrsim_core.DTYPES)
def test_the_callers_arithmetic_keeps_its_subnormal_numbers(dtype):
    net = problems.network(dtype=dtype)
    X, Y = problems.data(net)
    theta = problems.start(net)
    lrsim_core.run_steps(net, theta, X, Y, np.full(2, 0.1), batch_size=4)
    lrsim_core.predict(net, theta, X)
    lrsim_core.loss_and_gradient(net, theta, X, Y)
    assert (np.full(16, np.finfo(dtype).tiny, dtype) * np.asarray(0.25, dtype)).min() > 0


def test_the_perceptron_keeps_its_subnormal_numbers():
    net = problems.network(sizes=(1, 1), output="linear", loss="half_mse")
    theta, record = np.array([1e-160, 0.0]), np.empty((4, 1))
    lrsim_core.run_steps(net, theta, np.ones((1, 1)), np.zeros((1, 1)), np.array([0.5]), record=record)
    assert 0 < record[0, 0] == 0.5 * 1e-160**2 < np.finfo(np.float64).tiny


def test_no_steps_are_no_change():
    net = problems.network()
    theta = problems.start(net)
    outcome = lrsim_core.run_steps(net, theta, *problems.data(net), np.empty(0))
    assert (outcome.steps, outcome.status) == (0, Status.DONE)
    assert np.array_equal(theta, problems.start(net))


def test_one_row():
    net = problems.network("gelu", "softmax", "cross_entropy")
    theta = problems.start(net)
    assert lrsim_core.run_steps(net, theta, *problems.data(net, rows=1), np.full(3, 0.1), batch_size=4).steps == 3


LEVEL_SCRIPT = """
import sys, warnings, numpy as np
warnings.simplefilter("error")
sys.path.insert(0, sys.argv[1])
import lrsim_core
from tests.core import problems
from lrsim_core import Optimizer
assert lrsim_core.simd_level() == sys.argv[2], lrsim_core.simd_level()
out = []
for dtype in lrsim_core.DTYPES:
    for hidden in problems.HIDDEN:
        net = problems.network(hidden, "softmax", "cross_entropy", sizes=(70, 37, 5), dtype=dtype)
        o = Optimizer.make("adam")
        theta, slots = problems.start(net, scale=0.2), o.new_slots(net)
        X, Y = problems.data(net, 40) if hidden != "relu" else problems.pixels(net, 40)
        lrsim_core.run_steps(net, theta, X, Y, np.full(6, 1e-3), optimizer=o, slots=slots, batch_size=16)
        out.append(theta.astype(np.float64))
np.save(sys.argv[3], np.array(out))
"""


def run_level(level, path, expected=None):
    environment = {**os.environ, "LRSIM_SIMD": level}
    here = Path(__file__).parent
    arguments = [sys.executable, "-c", LEVEL_SCRIPT, str(here), expected or level, str(path)]
    root = Path(lrsim_core.__file__).parents[1]
    return subprocess.run(arguments, env=environment, capture_output=True, text=True, cwd=root)


@pytest.mark.parametrize("level", ["baseline", "avx2", "avx512"])
def test_every_level_agrees(level, tmp_path):
    done = run_level(level, tmp_path / "level.npy")
    if "this processor or this build lacks it" in done.stderr:
        pytest.skip(f"no {level} here")
    assert done.returncode == 0, done.stderr
    assert run_level("baseline", tmp_path / "baseline.npy").returncode == 0
    found, expected = np.load(tmp_path / "level.npy"), np.load(tmp_path / "baseline.npy")
    half = len(found) // 2
    # Adam's first steps have full size wherever a gradient is not 0, however small: a handful may turn.
    assert np.quantile(np.abs(found - expected)[:half], 0.999) < 1e-4
    assert np.quantile(np.abs(found - expected)[half:], 0.999) < 1e-10


def test_an_unknown_level_is_named(tmp_path):
    done = run_level("sse9", tmp_path / "level.npy")
    assert "LRSIM_SIMD" in done.stderr
    assert "'sse9'" in done.stderr
