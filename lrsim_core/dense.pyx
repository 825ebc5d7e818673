"""Forward and backward pass of one dense layer."""

from .activations cimport activate, slope
from .types cimport LINEAR, LayerPlan, real_t


cdef void forward(const LayerPlan* layer, const real_t* theta, const real_t* inputs, real_t* outputs,
                  Py_ssize_t rows) noexcept nogil:
    """outputs[rows, units] = f(inputs[rows, inputs] W + b)."""
    cdef const real_t* W = theta + layer.weights
    cdef const real_t* b = theta + layer.biases
    cdef const real_t* x
    cdef real_t* z
    cdef real_t limit = <real_t>layer.limit
    cdef Py_ssize_t row, i, j
    for row in range(rows):
        x = inputs + row * layer.inputs
        z = outputs + row * layer.units
        for j in range(layer.units):
            z[j] = b[j]
        for i in range(layer.inputs):
            for j in range(layer.units):
                z[j] += x[i] * W[i * layer.units + j]
        if layer.activation != LINEAR:
            for j in range(layer.units):
                z[j] = activate(z[j], layer.activation, limit)


cdef void backward(const LayerPlan* layer, const real_t* theta, const real_t* inputs, const real_t* outputs,
                   real_t* d_outputs, real_t* gradient, real_t* d_inputs, Py_ssize_t rows,
                   bint bias_as_input) noexcept nogil:
    """Add this layer's share to `gradient`; turn d_outputs into dL/dz; write d_inputs unless it is NULL."""
    cdef const real_t* W = theta + layer.weights
    cdef real_t* dW = gradient + layer.weights
    cdef real_t* db = gradient + layer.biases
    cdef const real_t* x
    cdef real_t* dz
    cdef real_t limit = <real_t>layer.limit
    cdef real_t total
    cdef Py_ssize_t row, i, j
    for row in range(rows):
        x = inputs + row * layer.inputs
        dz = d_outputs + row * layer.units
        if layer.activation != LINEAR:
            for j in range(layer.units):
                dz[j] *= slope(outputs[row * layer.units + j], layer.activation, limit, layer.straight_through)
        for i in range(layer.inputs):
            for j in range(layer.units):
                dW[i * layer.units + j] += x[i] * dz[j]
        if bias_as_input:
            total = 0
            for i in range(layer.inputs):
                total += x[i]
            for j in range(layer.units):
                db[j] += total * dz[j]
        else:
            for j in range(layer.units):
                db[j] += dz[j]
        if d_inputs != NULL:
            for i in range(layer.inputs):
                total = 0
                for j in range(layer.units):
                    total += dz[j] * W[i * layer.units + j]
                d_inputs[row * layer.inputs + i] = total


