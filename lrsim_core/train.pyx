"""The training loop: any number of steps without the GIL, one learning rate for each.

Two paths, one model. `_run_dense` takes any network and batch. `_run_single` takes one input, one unit and
one sample a step, keeps both parameters in registers, and is checked against the other by the tests.
"""

from libc.math cimport fabs, isfinite
from libc.stdlib cimport free, malloc
from libc.string cimport memset

import numpy as np

from . cimport dense, optimizers
from .activations cimport activate, slope
from .losses cimport loss_slope, loss_value
from .types cimport (CLIP, DONE, HALF_MSE, LINEAR, MSE, NOT_FINITE, RELU, SIGMOID, TANH, TARGET_REACHED, LayerPlan,
                     NetworkPlan, real_t)


cdef class Plan:
    """The C view of a network, made once and shared by all runs of it; holds no state of a run."""

    cdef NetworkPlan c
    cdef readonly Py_ssize_t widest
    cdef readonly Py_ssize_t total_units

    def __cinit__(self, network):
        cdef Py_ssize_t n = len(network.layers)
        self.c.layers = <LayerPlan*>malloc(n * sizeof(LayerPlan))
        if self.c.layers == NULL:
            raise MemoryError(f"no memory for the plan of {n} layers")

    def __init__(self, network):
        cdef Py_ssize_t inputs = network.inputs, offset = 0, outputs = 0, k
        self.c.n_layers = len(network.layers)
        self.c.inputs = network.inputs
        self.c.loss = network.loss_code
        self.c.bias_as_input = network.bias_rule == "as_input"
        self.c.clip_gradient = network.clip_gradient
        self.widest = inputs
        for k, layer in enumerate(network.layers):
            self.c.layers[k].inputs = inputs
            self.c.layers[k].units = layer.units
            self.c.layers[k].weights = offset
            self.c.layers[k].biases = offset + inputs * layer.units
            self.c.layers[k].outputs = outputs
            self.c.layers[k].activation = layer.activation_code
            self.c.layers[k].limit = layer.limit
            self.c.layers[k].straight_through = layer.straight_through
            offset += (inputs + 1) * layer.units
            outputs += layer.units
            inputs = layer.units
            self.widest = max(self.widest, inputs)
        self.c.n_parameters = offset
        self.c.outputs = inputs
        self.total_units = outputs

    def __dealloc__(self):
        free(self.c.layers)


cdef struct Limits:
    double target_error         # stop after a step whose error is below this, once min_steps are done
    long long min_steps
    bint stop_not_finite


cdef struct Progress:
    Py_ssize_t steps            # taken by this call
    int status
    Py_ssize_t bad_step         # 1-based within this call: first loss or parameter that is not finite; 0 = none
    Py_ssize_t bad_parameter    # its index; -1 = the loss


cdef struct Rows:
    const Py_ssize_t* order     # sample at each place, epoch after epoch; NULL = cyclic
    Py_ssize_t samples
    Py_ssize_t batch
    Py_ssize_t place            # where the next batch starts, counted from the start of the first epoch at hand


cdef struct Record:
    void* values                # columns x stride: loss, error, then the parameters when asked for
    Py_ssize_t stride
    Py_ssize_t offset
    bint parameters


cdef inline double magnitude_limit(real_t unused) noexcept nogil:
    if real_t is float:
        return 3.4028234663852886e38
    else:
        return 1.7976931348623157e308


cdef inline void _single_loop(real_t* theta, const real_t* X, const real_t* Y, const double* rates, Py_ssize_t steps,
                              long long first_step, const Rows* rows, const Limits* limits, const Record* record,
                              Progress* progress, const int activation, const int loss, const bint bias_as_input,
                              real_t limit, bint straight_through) noexcept nogil:
    # Only p -> e -> step -> W, b is a chain of dependent operations; all else runs beside it.
    cdef real_t W = theta[0], b = theta[1], x, t, p, e, delta, move, value, error
    cdef real_t largest = <real_t>magnitude_limit(<real_t>0)
    cdef real_t target = <real_t>limits.target_error
    cdef real_t* losses = NULL
    cdef real_t* errors = NULL
    cdef real_t* weights = NULL
    cdef real_t* biases = NULL
    cdef Py_ssize_t k, sample, place = rows.place, position = rows.place % rows.samples
    cdef bint exact_slope = activation != LINEAR and not (activation == CLIP and straight_through)
    if record.values != NULL:
        losses = <real_t*>record.values + record.offset
        errors = losses + record.stride
        if record.parameters:
            weights = errors + record.stride
            biases = weights + record.stride
    progress.status = DONE
    for k in range(steps):
        sample = position if rows.order == NULL else rows.order[place]
        x = X[sample]
        t = Y[sample]
        p = activate(b + W * x, activation, limit)
        e = p - t
        delta = e if loss == HALF_MSE else 2 * e
        if exact_slope:
            delta = delta * slope(p, activation, limit, straight_through)
        move = <real_t>rates[k] * delta
        move = move * x
        W = W - move
        if bias_as_input:
            b = b - move
        else:
            b = b - <real_t>rates[k] * delta
        error = -e if e < 0 else e
        value = e * e
        if loss == HALF_MSE:
            value = <real_t>0.5 * e * e
        if losses != NULL:
            losses[k] = value
            errors[k] = error
            if weights != NULL:
                weights[k] = W
                biases[k] = b
        place += 1
        position += 1
        if position == rows.samples:
            position = 0
        if not (value <= largest and -largest <= W <= largest and -largest <= b <= largest):
            if progress.bad_step == 0:
                progress.bad_step = k + 1
                progress.bad_parameter = -1
                if not isfinite(W):
                    progress.bad_parameter = 0
                elif not isfinite(b):
                    progress.bad_parameter = 1
            if limits.stop_not_finite:
                progress.status = NOT_FINITE
                break
        if error < target and first_step + k + 1 >= limits.min_steps:
            progress.status = TARGET_REACHED
            break
    else:
        k = steps - 1
    progress.steps = k + 1
    theta[0] = W
    theta[1] = b


cdef void _run_single(const NetworkPlan* net, real_t* theta, const real_t* X, const real_t* Y, const double* rates,
                      Py_ssize_t steps, long long first_step, const Rows* rows, const Limits* limits,
                      const Record* record, Progress* progress) noexcept nogil:
    """One input, one unit, one sample a step. Each call has constant codes, so that the compiler drops the rest."""
    cdef int activation = net.layers[0].activation
    cdef real_t limit = <real_t>net.layers[0].limit
    cdef bint through = net.layers[0].straight_through
    if activation == CLIP and net.loss == HALF_MSE and net.bias_as_input and through:
        _single_loop(theta, X, Y, rates, steps, first_step, rows, limits, record, progress, CLIP, HALF_MSE, True, limit, True)
    elif activation == CLIP and net.loss == HALF_MSE and through:
        _single_loop(theta, X, Y, rates, steps, first_step, rows, limits, record, progress, CLIP, HALF_MSE, False, limit, True)
    elif activation == LINEAR and net.loss == HALF_MSE:
        _single_loop(theta, X, Y, rates, steps, first_step, rows, limits, record, progress, LINEAR, HALF_MSE, net.bias_as_input, limit, True)
    elif activation == LINEAR:
        _single_loop(theta, X, Y, rates, steps, first_step, rows, limits, record, progress, LINEAR, MSE, net.bias_as_input, limit, True)
    else:
        _single_loop(theta, X, Y, rates, steps, first_step, rows, limits, record, progress, activation, net.loss, net.bias_as_input, limit, through)


cdef void _gather(const real_t* source, real_t* batch, const Rows* rows, Py_ssize_t place, Py_ssize_t count,
                  Py_ssize_t width) noexcept nogil:
    cdef Py_ssize_t row, j, sample
    for row in range(count):
        sample = (place + row) % rows.samples if rows.order == NULL else rows.order[place + row]
        for j in range(width):
            batch[row * width + j] = source[sample * width + j]


cdef void _outputs(const NetworkPlan* net, const real_t* theta, const real_t* inputs, real_t* outputs,
                   Py_ssize_t rows) noexcept nogil:
    """All layers' outputs, layer after layer in `outputs` (each rows x units)."""
    cdef Py_ssize_t k
    cdef const real_t* below = inputs
    for k in range(net.n_layers):
        dense.forward(&net.layers[k], theta, below, outputs + net.layers[k].outputs * rows, rows)
        below = outputs + net.layers[k].outputs * rows


cdef void _loss(const NetworkPlan* net, const real_t* predictions, const real_t* targets, real_t* d_predictions,
                Py_ssize_t rows, real_t* loss, real_t* error) noexcept nogil:
    """Mean loss and mean absolute error over rows and outputs, and dL/d(prediction) with the mean's share in it."""
    cdef Py_ssize_t i, n = rows * net.outputs
    cdef real_t total = 0, absolute = 0, d, share = <real_t>1.0 / <real_t>n
    cdef real_t bound = <real_t>net.clip_gradient
    for i in range(n):
        total += loss_value(predictions[i], targets[i], net.loss)
        d = predictions[i] - targets[i]
        absolute += -d if d < 0 else d
        d = loss_slope(predictions[i], targets[i], net.loss)
        if bound > 0:
            d = bound if d > bound else (-bound if d < -bound else d)
        d_predictions[i] = d * share
    loss[0] = total * share
    error[0] = absolute * share


cdef void _gradient(const NetworkPlan* net, const real_t* theta, const real_t* inputs, const real_t* outputs,
                    real_t* d_outputs, real_t* gradient, Py_ssize_t rows) noexcept nogil:
    """dL/d(theta), given dL/d(prediction) in the last layer's part of d_outputs."""
    cdef Py_ssize_t k
    cdef const real_t* below
    cdef real_t* d_below
    memset(gradient, 0, net.n_parameters * sizeof(real_t))
    for k in range(net.n_layers - 1, -1, -1):
        below = inputs if k == 0 else outputs + net.layers[k - 1].outputs * rows
        d_below = NULL if k == 0 else d_outputs + net.layers[k - 1].outputs * rows
        dense.backward(&net.layers[k], theta, below, outputs + net.layers[k].outputs * rows,
                       d_outputs + net.layers[k].outputs * rows, gradient, d_below, rows, net.bias_as_input)


cdef void _run_dense(const NetworkPlan* net, real_t* theta, const real_t* X, const real_t* Y, const double* rates,
                     Py_ssize_t steps, long long first_step, const Rows* rows, const Limits* limits,
                     const Record* record, Progress* progress, real_t* workspace, Py_ssize_t total_units) noexcept nogil:
    cdef real_t* inputs = workspace
    cdef real_t* targets = inputs + rows.batch * net.inputs
    cdef real_t* outputs = targets + rows.batch * net.outputs
    cdef real_t* d_outputs = outputs + rows.batch * total_units
    cdef real_t* gradient = d_outputs + rows.batch * total_units
    cdef real_t* values = <real_t*>record.values
    cdef real_t loss, error
    cdef Py_ssize_t k, i, count, last, bad, place = rows.place
    progress.status = DONE
    for k in range(steps):
        # The last batch of an epoch holds what is left of it, and no sample of the next one.
        count = min(rows.batch, rows.samples - place % rows.samples)
        last = net.layers[net.n_layers - 1].outputs * count
        _gather(X, inputs, rows, place, count, net.inputs)
        _gather(Y, targets, rows, place, count, net.outputs)
        _outputs(net, theta, inputs, outputs, count)
        _loss(net, outputs + last, targets, d_outputs + last, count, &loss, &error)
        _gradient(net, theta, inputs, outputs, d_outputs, gradient, count)
        optimizers.sgd(theta, gradient, <real_t>rates[k], net.n_parameters)
        place += count
        if values != NULL:
            values[record.offset + k] = loss
            values[record.stride + record.offset + k] = error
            if record.parameters:
                for i in range(net.n_parameters):
                    values[(2 + i) * record.stride + record.offset + k] = theta[i]
        progress.steps = k + 1
        bad = optimizers.first_not_finite(theta, net.n_parameters)
        if bad >= 0 or not isfinite(loss):
            if progress.bad_step == 0:
                progress.bad_step = k + 1
                progress.bad_parameter = bad
            if limits.stop_not_finite:
                progress.status = NOT_FINITE
                return
        if error < limits.target_error and first_step + k + 1 >= limits.min_steps:
            progress.status = TARGET_REACHED
            return


def run_steps(Plan plan not None, real_t[::1] theta, const real_t[:, ::1] X, const real_t[:, ::1] Y,
              const double[::1] rates, Py_ssize_t batch_size, long long first_step, Py_ssize_t place,
              const Py_ssize_t[::1] order, real_t[:, ::1] record, Py_ssize_t record_at, bint fast_path,
              double target_error, long long min_steps, bint stop_not_finite):
    """Take len(rates) steps; checked arguments only: the public door is `lrsim_core.run_steps`."""
    cdef Py_ssize_t steps = rates.shape[0]
    cdef Rows rows
    cdef Limits limits
    cdef Record sink
    cdef Progress progress
    cdef real_t[::1] workspace
    rows.order = NULL if order is None else &order[0]
    rows.samples = X.shape[0]
    rows.batch = batch_size
    rows.place = place
    limits.target_error = target_error
    limits.min_steps = min_steps
    limits.stop_not_finite = stop_not_finite
    sink.values = NULL
    sink.stride = sink.offset = 0
    sink.parameters = False
    if record is not None:
        sink.values = <void*>&record[0, 0]
        sink.stride = record.shape[1]
        sink.offset = record_at
        sink.parameters = record.shape[0] > 2
    progress.steps = progress.bad_step = 0
    progress.status = DONE
    progress.bad_parameter = -1
    if fast_path:
        with nogil:
            _run_single(&plan.c, &theta[0], &X[0, 0], &Y[0, 0], &rates[0], steps, first_step, &rows, &limits, &sink, &progress)
    else:
        workspace = np.empty(batch_size * (plan.c.inputs + plan.c.outputs + 2 * plan.total_units) + plan.c.n_parameters,
                             dtype=np.asarray(theta).dtype)
        with nogil:
            _run_dense(&plan.c, &theta[0], &X[0, 0], &Y[0, 0], &rates[0], steps, first_step, &rows, &limits, &sink,
                       &progress, &workspace[0], plan.total_units)
    return progress.steps, progress.status, progress.bad_step, progress.bad_parameter


def predict(Plan plan not None, const real_t[::1] theta, const real_t[:, ::1] X, real_t[:, ::1] predictions):
    """predictions[n, outputs] = the network at theta; X and predictions hold at least one row."""
    cdef Py_ssize_t rows = X.shape[0], i
    cdef Py_ssize_t last = plan.c.layers[plan.c.n_layers - 1].outputs * rows
    cdef real_t[::1] outputs = np.empty(rows * plan.total_units, dtype=np.asarray(theta).dtype)
    with nogil:
        _outputs(&plan.c, &theta[0], &X[0, 0], &outputs[0], rows)
        for i in range(rows * plan.c.outputs):
            (&predictions[0, 0])[i] = outputs[last + i]


def loss_and_gradient(Plan plan not None, const real_t[::1] theta, const real_t[:, ::1] X, const real_t[:, ::1] Y,
                      real_t[::1] gradient):
    """Write dL/d(theta) over the whole of X, Y; return loss and mean absolute error."""
    cdef Py_ssize_t rows = X.shape[0]
    cdef Py_ssize_t last = plan.c.layers[plan.c.n_layers - 1].outputs * rows
    cdef real_t[:, ::1] both = np.empty((2, rows * plan.total_units), dtype=np.asarray(theta).dtype)
    cdef real_t loss = 0, error = 0
    with nogil:
        _outputs(&plan.c, &theta[0], &X[0, 0], &both[0, 0], rows)
        _loss(&plan.c, &both[0, last], &Y[0, 0], &both[1, last], rows, &loss, &error)
        _gradient(&plan.c, &theta[0], &X[0, 0], &both[0, 0], &both[1, 0], &gradient[0], rows)
    return loss, error
