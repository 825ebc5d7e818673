# Scalar activations and their derivatives. A derivative takes the output where that is enough, so that
# the backward pass needs no second copy of the inputs.

from libc.math cimport exp, expf, tanh, tanhf

from .types cimport CLIP, LINEAR, RELU, SIGMOID, TANH, real_t


cdef inline real_t tanh_(real_t z) noexcept nogil:
    if real_t is float:
        return tanhf(z)
    else:
        return tanh(z)


cdef inline real_t exp_(real_t z) noexcept nogil:
    if real_t is float:
        return expf(z)
    else:
        return exp(z)


cdef inline real_t sigmoid(real_t z) noexcept nogil:
    # Two forms, so that exp never overflows.
    cdef real_t e
    if z >= 0:
        return 1 / (1 + exp_(-z))
    e = exp_(z)
    return e / (1 + e)


cdef inline real_t activate(real_t z, int activation, real_t limit) noexcept nogil:
    if activation == LINEAR:
        return z
    if activation == CLIP:
        return limit if z > limit else z         # NaN passes
    if activation == RELU:
        return 0 if z < 0 else z             # NaN passes
    if activation == TANH:
        return tanh_(z)
    return sigmoid(z)


cdef inline real_t slope(real_t a, int activation, real_t limit, bint straight_through) noexcept nogil:
    """df/dz at the output a = f(z)."""
    if activation == LINEAR:
        return 1
    if activation == CLIP:
        return 1 if straight_through or a < limit else 0
    if activation == RELU:
        return 1 if a > 0 else 0
    if activation == TANH:
        return 1 - a * a
    return a * (1 - a)
