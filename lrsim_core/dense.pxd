# Forward and backward pass of one dense layer, into the caller's buffers.
#
# All matrices are row-major: rows x inputs for a layer's inputs, inputs x units for its weights.
# Sums run over the same index in the same order as `reference.py`, whatever the batch size.

from .types cimport LayerPlan, real_t

cdef void forward(const LayerPlan* layer, const real_t* theta, const real_t* inputs, real_t* outputs,
                  Py_ssize_t rows) noexcept nogil

cdef void backward(const LayerPlan* layer, const real_t* theta, const real_t* inputs, const real_t* outputs,
                   real_t* d_outputs, real_t* gradient, real_t* d_inputs, Py_ssize_t rows,
                   bint bias_as_input) noexcept nogil
