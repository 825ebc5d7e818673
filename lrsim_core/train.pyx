"""From checked arrays to the compiled loops: one `Plan` a network, which any number of threads may share.

Nothing here checks its arguments: the public door is `lrsim_core`. The GIL is released while the loops run.
"""

import os
import warnings

import numpy as np

cimport numpy as cnp
from libc.stdint cimport uintptr_t
from libc.stdlib cimport calloc, free, malloc

from .types cimport (DONE, LRSIM_GROUP, lrsim_flush_subnormals, lrsim_functions, lrsim_job, lrsim_kernels,
                     lrsim_kernels_of, lrsim_layer, lrsim_metrics, lrsim_network, lrsim_optimizer, lrsim_progress,
                     lrsim_restore_mode, lrsim_view)

cnp.import_array()

LEVELS = ("avx512", "avx2", "baseline")

cdef enum:
    CHUNK = 512                     # rows that are worked on at a time: what fits into the second cache
    MOST_BYTES = 1 << 28            # of the rows that are worked on at a time where no gradient is asked for
    KEEP_Z = 1
    KEEP_GRADIENT = 2
    SMALL = 32768                   # parameters up to which one pass over the whole gradient updates them

cdef const lrsim_kernels* _kernels


cdef void _choose_level():
    """The widest vectors that this processor has, or those that LRSIM_SIMD names."""
    global _kernels
    wanted = os.environ.get("LRSIM_SIMD", "").strip().lower()
    if wanted:
        if wanted in LEVELS:
            _kernels = lrsim_kernels_of(wanted.encode())
            if _kernels != NULL:
                return
            reason = "this processor or this build lacks it"
        else:
            reason = f"expected one of {', '.join(LEVELS)}"
        warnings.warn(f"LRSIM_SIMD: {reason}, got {wanted!r}; the best level there is is used", RuntimeWarning, stacklevel=2)
    for level in LEVELS:
        _kernels = lrsim_kernels_of(level.encode())
        if _kernels != NULL:
            return


_choose_level()


def simd_level() -> str:
    """Instruction set that the loops use: ``avx512``, ``avx2`` or ``baseline``.

    The environment variable ``LRSIM_SIMD`` chooses another one when the package is imported.
    """
    return _kernels.level.decode()


cdef class Workspace:
    """Memory of one call, aligned to cache lines."""

    cdef void* memory
    cdef readonly size_t size

    def __cinit__(self, size_t size):
        self.memory = calloc(1, size + 64)
        if self.memory == NULL:
            raise MemoryError(f"no memory for a workspace of {size:,} bytes")
        self.size = size

    cdef void* aligned(self) noexcept:
        return <void*>((<uintptr_t>self.memory + 63) & ~<uintptr_t>63)

    def __dealloc__(self):
        free(self.memory)


cdef class Plan:
    """The C view of a network, made once and shared by all runs of it; holds no state of a run.

    Workspaces are lent to calls and kept for the next ones, so that short calls stay cheap.
    """

    cdef lrsim_network c
    cdef const lrsim_functions* functions
    cdef list spare

    def __cinit__(self, network):
        cdef Py_ssize_t n = len(network.layers)
        self.c.layers = <lrsim_layer*>malloc(n * sizeof(lrsim_layer))
        if self.c.layers == NULL:
            raise MemoryError(f"no memory for the plan of {n} layers")

    def __init__(self, network):
        cdef Py_ssize_t inputs = network.inputs, offset = 0, k
        cdef const lrsim_kernels* kernels = _kernels
        if network.shapes == ((1, 1),):         # its numbers are those of its own loop, rounded one by one
            kernels = lrsim_kernels_of(b"baseline")
        self.functions = &kernels.of[network.dtype == "float64"]
        self.spare = []
        self.c.n_layers = len(network.layers)
        self.c.inputs = network.inputs
        self.c.metrics = len(network.metrics)
        self.c.one_answer = network.one_answer
        self.c.threshold = network.threshold
        self.c.loss = network.loss_code
        self.c.bias_rule = network.bias_code
        self.c.clip_gradient = network.clip_gradient
        self.c.l1 = network.l1
        self.c.l2 = network.l2
        self.c.huber_delta = network.huber_delta
        for k, layer in enumerate(network.layers):
            self.c.layers[k].inputs = inputs
            self.c.layers[k].units = layer.units
            self.c.layers[k].weights = offset
            self.c.layers[k].biases = offset + inputs * layer.units
            self.c.layers[k].activation = layer.activation_code
            self.c.layers[k].limit = layer.limit
            self.c.layers[k].alpha = layer.slope_below
            self.c.layers[k].straight_through = layer.straight_through
            offset += (inputs + 1) * layer.units
            inputs = layer.units
        self.c.n_parameters = offset
        self.c.outputs = inputs

    def __dealloc__(self):
        free(self.c.layers)

    cdef Workspace borrow(self, size_t size):
        cdef Workspace workspace
        for workspace in reversed(self.spare):
            if workspace.size >= size:
                self.spare.remove(workspace)
                return workspace
        if self.spare:  # a larger one takes its place, so that there are no more of them than calls at a time
            self.spare.pop()
        return Workspace(size)

    cdef void give_back(self, Workspace workspace):
        if len(self.spare) < 8:
            self.spare.append(workspace)

    cdef Py_ssize_t forward_rows(self, Py_ssize_t rows):
        """Rows that a forward pass works on at a time: fewer where layers are so wide that these take much memory.

        The numbers of a row do not depend on it, nor do sums over rows; a gradient would.
        """
        cdef Py_ssize_t most = min(rows, <Py_ssize_t>CHUNK), few = most // 2, fit
        cdef size_t whole = self.functions.workspace(&self.c, most, 0), half
        if whole <= MOST_BYTES or most <= LRSIM_GROUP:
            return most
        half = self.functions.workspace(&self.c, few, 0)
        fit = <Py_ssize_t>(MOST_BYTES // ((whole - half) // <size_t>(most - few) + 1))
        return min(max(fit // LRSIM_GROUP, 1) * LRSIM_GROUP, most)


cdef class OptimizerPlan:
    """The C view of an optimizer."""

    cdef lrsim_optimizer c

    def __init__(self, optimizer):
        self.c.name = optimizer.code
        self.c.torch = optimizer.flavor == "torch"
        self.c.nesterov = optimizer.nesterov
        self.c.n_slots = optimizer.n_slots
        self.c.momentum = optimizer.momentum
        self.c.beta_1 = optimizer.beta_1
        self.c.beta_2 = optimizer.beta_2
        self.c.rho = optimizer.rho
        self.c.epsilon = optimizer.epsilon
        self.c.decay = optimizer.decay
        self.c.weight_decay = optimizer.weight_decay
        self.c.momentum_decay = optimizer.momentum_decay


cdef inline void* _data(cnp.ndarray array) noexcept:
    return NULL if array is None else cnp.PyArray_DATA(array)


cdef void _describe(lrsim_job* job, Plan plan, OptimizerPlan optimizer, cnp.ndarray theta, cnp.ndarray slots,
                    cnp.ndarray X, cnp.ndarray Y, cnp.ndarray rates, cnp.ndarray momenta, cnp.ndarray multipliers,
                    Py_ssize_t batch_size, long long first_step, long long updates, Py_ssize_t place,
                    cnp.ndarray order):
    job.network = &plan.c
    job.optimizer = &optimizer.c
    job.theta = _data(theta)
    job.slots = _data(slots)
    job.X = _data(X)
    job.Y = _data(Y)
    job.samples = X.shape[0]
    job.batch = batch_size
    job.order = <const Py_ssize_t*>_data(order)
    job.place = place
    job.rates = <const double*>_data(rates)
    job.momenta = <const double*>_data(momenta)
    job.multipliers = <const double*>_data(multipliers)
    job.steps = rates.shape[0]
    job.first_step = first_step
    job.updates = updates
    job.target_error = 0
    job.min_steps = 0
    job.stop_not_finite = False
    job.record = NULL
    job.record_stride = job.record_at = 0
    job.record_parameters = False
    job.gradients = NULL
    job.chunk = min(batch_size, <Py_ssize_t>CHUNK)
    job.keep = 0


cdef void _start(lrsim_progress* progress) noexcept nogil:
    progress.steps = progress.bad_step = 0
    progress.status = DONE
    progress.bad_parameter = -1


cdef void _note(lrsim_progress* whole, const lrsim_progress* part) noexcept nogil:
    """Add a part of the steps, taken after those that `whole` tells of."""
    if part.bad_step and not whole.bad_step:
        whole.bad_step = whole.steps + part.bad_step
        whole.bad_parameter = part.bad_parameter
    whole.steps += part.steps
    whole.status = part.status


cdef void _move_on(lrsim_job* job, Py_ssize_t steps) noexcept nogil:
    """Let a job that has reached the end of an epoch begin with the next one."""
    job.place = (job.place // job.samples + 1) * job.samples
    job.rates += steps
    if job.momenta != NULL:
        job.momenta += steps
    job.first_step += steps
    job.updates += steps
    if job.record != NULL:
        job.record_at += steps


def run_steps(Plan plan not None, OptimizerPlan optimizer not None, cnp.ndarray theta not None, cnp.ndarray slots,
              cnp.ndarray X not None, cnp.ndarray Y not None, cnp.ndarray rates not None, cnp.ndarray momenta,
              cnp.ndarray multipliers, Py_ssize_t batch_size, long long first_step, long long updates, Py_ssize_t place,
              cnp.ndarray order, cnp.ndarray record, Py_ssize_t record_at, bint online, double target_error,
              long long min_steps, bint stop_not_finite, cnp.ndarray gradients, cnp.ndarray X_held, cnp.ndarray Y_held,
              cnp.ndarray figures):
    """Take len(rates) steps in place. Returns steps taken, status, first bad step (or 0) and its parameter (or -1).

    `figures`, float64 of shape (metrics, epochs), gets those of the held-out rows after each epoch that ends on the
    way; None where nothing is held out. `gradients` gets one row a step: the whole gradient, or z, output and dL/dz of
    the online loop.
    """
    cdef lrsim_job job
    cdef lrsim_progress progress, part
    cdef lrsim_metrics metrics
    cdef Workspace workspace, held_workspace
    cdef unsigned int mode
    cdef const lrsim_functions* functions = plan.functions
    cdef Py_ssize_t steps = rates.shape[0], held = 0, held_chunk = 0, epoch = 0, stride = 0, size, left
    cdef void* at = _data(theta)
    cdef void* held_inputs = _data(X_held)
    cdef void* held_targets = _data(Y_held)
    cdef void* held_place = NULL
    cdef double* to = <double*>_data(figures)
    cdef Py_ssize_t row = 0 if gradients is None else gradients.strides[0]
    _describe(&job, plan, optimizer, theta, slots, X, Y, rates, momenta, multipliers, batch_size, first_step, updates, place,
              order)
    job.target_error = target_error
    job.min_steps = min_steps
    job.stop_not_finite = stop_not_finite
    if record is not None:
        job.record = _data(record)
        job.record_stride = record.shape[1]
        job.record_at = record_at
        job.record_parameters = record.shape[0] > plan.c.metrics
    if gradients is not None:
        job.gradients = _data(gradients)
        job.keep = KEEP_GRADIENT
    if online:
        functions = &lrsim_kernels_of(b"baseline").of[theta.itemsize == 8]
    else:
        if plan.c.n_parameters <= SMALL or batch_size > job.chunk:
            job.keep = KEEP_GRADIENT
        workspace = plan.borrow(functions.workspace(&plan.c, job.chunk, job.keep))
        job.workspace = workspace.aligned()
    size = (job.samples + batch_size - 1) // batch_size
    left = size - place // batch_size
    if figures is not None:
        held, stride = X_held.shape[0], figures.shape[1]
        held_chunk = plan.forward_rows(held)
        held_workspace = plan.borrow(plan.functions.workspace(&plan.c, held_chunk, 0))
        held_place = held_workspace.aligned()
    _start(&progress)
    with nogil:
        while progress.steps < steps and progress.status == DONE:
            job.steps = min(steps - progress.steps, left) if held else steps
            _start(&part)
            if online:
                functions.train_online(&job, &part, job.gradients)
            else:
                mode = lrsim_flush_subnormals()
                functions.train(&job, NULL, &part)
                lrsim_restore_mode(mode)
            _note(&progress, &part)
            if held and part.steps == left:
                mode = lrsim_flush_subnormals()
                plan.functions.evaluate(&plan.c, at, held_inputs, held_targets, held, held_chunk, held_place, NULL,
                                        &metrics)
                lrsim_restore_mode(mode)
                to[epoch], to[stride + epoch] = metrics.loss, metrics.error
                if plan.c.metrics > 2:
                    to[2 * stride + epoch] = metrics.accuracy
                epoch += 1
                _move_on(&job, part.steps)
                if job.gradients != NULL:
                    job.gradients = <char*>job.gradients + part.steps * row
                left = size
    if figures is not None:
        plan.give_back(held_workspace)
    if not online:
        plan.give_back(workspace)
    return progress.steps, progress.status, progress.bad_step, progress.bad_parameter


def open_step(Plan plan not None, OptimizerPlan optimizer not None, cnp.ndarray theta not None, cnp.ndarray slots,
              cnp.ndarray X not None, cnp.ndarray Y not None, cnp.ndarray rates not None, cnp.ndarray momenta,
              cnp.ndarray multipliers, long long updates, cnp.ndarray record not None, list z, list outputs, list dz,
              cnp.ndarray gradient):
    """One step on all rows of X, in place; fills every array given: per layer (rows, units), and the whole gradient."""
    cdef lrsim_job job
    cdef lrsim_progress progress
    cdef lrsim_view view
    cdef Workspace workspace
    cdef Py_ssize_t k, n = plan.c.n_layers
    cdef unsigned int mode
    _describe(&job, plan, optimizer, theta, slots, X, Y, rates, momenta, multipliers, X.shape[0], updates, updates, 0, None)
    job.record = _data(record)
    job.record_stride = 1
    job.chunk = X.shape[0]
    job.keep = KEEP_Z | KEEP_GRADIENT
    _start(&progress)
    cdef void** pointers = <void**>malloc(3 * n * sizeof(void*))
    if pointers == NULL:
        raise MemoryError("no memory for the arrays of an opened step")
    try:
        for k in range(n):
            pointers[k] = _data(z[k])
            pointers[n + k] = _data(outputs[k])
            pointers[2 * n + k] = _data(dz[k])
        view.z = pointers
        view.outputs = pointers + n
        view.dz = pointers + 2 * n
        view.gradient = _data(gradient)
        workspace = Workspace(plan.functions.workspace(&plan.c, job.chunk, job.keep))
        job.workspace = workspace.aligned()
        with nogil:
            mode = lrsim_flush_subnormals()
            plan.functions.train(&job, &view, &progress)
            lrsim_restore_mode(mode)
    finally:
        free(pointers)


def open_online(Plan plan not None, OptimizerPlan optimizer not None, cnp.ndarray theta not None,
                cnp.ndarray X not None, cnp.ndarray Y not None, cnp.ndarray rates not None, cnp.ndarray record not None,
                cnp.ndarray trace not None):
    """One step of the online loop on the one row of X, in place; trace: z, output and dL/dz."""
    cdef lrsim_job job
    cdef lrsim_progress progress
    _describe(&job, plan, optimizer, theta, None, X, Y, rates, None, None, 1, 0, 0, 0, None)
    job.record = _data(record)
    job.record_stride = 1
    _start(&progress)
    lrsim_kernels_of(b"baseline").of[theta.itemsize == 8].train_online(&job, &progress, _data(trace))


def layer_outputs(Plan plan not None, cnp.ndarray theta not None, cnp.ndarray X not None, list outputs):
    """Fill `outputs`: (rows, units) of each layer, None where it is not wanted."""
    cdef lrsim_view view
    cdef Workspace workspace
    cdef unsigned int mode
    cdef Py_ssize_t k, n = plan.c.n_layers, rows = X.shape[0], chunk = plan.forward_rows(rows)
    cdef void* place
    cdef void* at = _data(theta)
    cdef void* inputs = _data(X)
    cdef void** pointers = <void**>calloc(2 * n, sizeof(void*))
    if pointers == NULL:
        raise MemoryError("no memory for the outputs of the layers")
    try:
        for k in range(n):
            pointers[k] = _data(outputs[k])
        view.outputs = pointers
        view.z = view.dz = pointers + n
        view.gradient = NULL
        workspace = plan.borrow(plan.functions.workspace(&plan.c, chunk, 0))
        place = workspace.aligned()
        with nogil:
            mode = lrsim_flush_subnormals()
            plan.functions.forward(&plan.c, at, inputs, rows, chunk, place, &view)
            lrsim_restore_mode(mode)
        plan.give_back(workspace)
    finally:
        free(pointers)


def evaluate(Plan plan not None, cnp.ndarray theta not None, cnp.ndarray X not None, cnp.ndarray Y not None,
             cnp.ndarray gradient):
    """Mean loss, error and accuracy over all rows; writes dL/d(theta) unless `gradient` is None."""
    cdef lrsim_metrics metrics
    cdef unsigned int mode
    cdef Py_ssize_t rows = X.shape[0]
    cdef Py_ssize_t chunk = plan.forward_rows(rows) if gradient is None else min(rows, <Py_ssize_t>CHUNK)
    cdef Workspace workspace = plan.borrow(plan.functions.workspace(&plan.c, chunk, 0))
    cdef void* place = workspace.aligned()
    cdef void* to = _data(gradient)
    cdef void* at = _data(theta)
    cdef void* inputs = _data(X)
    cdef void* targets = _data(Y)
    with nogil:
        mode = lrsim_flush_subnormals()
        plan.functions.evaluate(&plan.c, at, inputs, targets, rows, chunk, place, to, &metrics)
        lrsim_restore_mode(mode)
    plan.give_back(workspace)
    return metrics.loss, metrics.error, metrics.accuracy


def hessian_vector_product(Plan plan not None, cnp.ndarray theta not None, cnp.ndarray X not None,
                           cnp.ndarray Y not None, cnp.ndarray direction not None, cnp.ndarray product not None):
    """product = derivative of dL/d(theta) along `direction`."""
    cdef unsigned int mode
    cdef Py_ssize_t rows = X.shape[0], chunk = min(rows, <Py_ssize_t>CHUNK)
    cdef Workspace workspace = plan.borrow(plan.functions.hvp_workspace(&plan.c, chunk))
    cdef void* place = workspace.aligned()
    cdef void* at = _data(theta)
    cdef void* inputs = _data(X)
    cdef void* targets = _data(Y)
    cdef void* along = _data(direction)
    cdef void* to = _data(product)
    with nogil:
        mode = lrsim_flush_subnormals()
        plan.functions.hvp(&plan.c, at, inputs, targets, rows, chunk, place, along, to)
        lrsim_restore_mode(mode)
    plan.give_back(workspace)
