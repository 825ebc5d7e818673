"""In-place optimizer updates."""

from libc.math cimport isfinite

from .types cimport real_t


cdef void sgd(real_t* theta, const real_t* gradient, real_t rate, Py_ssize_t n) noexcept nogil:
    """theta -= rate * gradient."""
    cdef Py_ssize_t i
    for i in range(n):
        theta[i] -= rate * gradient[i]


cdef Py_ssize_t first_not_finite(const real_t* values, Py_ssize_t n) noexcept nogil:
    """Index of the first value that is NaN or infinite, or -1."""
    cdef Py_ssize_t i
    cdef real_t nothing = 0
    for i in range(n):
        nothing += values[i] * 0                # 0 unless something is not finite
    if nothing == 0:
        return -1
    for i in range(n):
        if not isfinite(values[i]):
            return i
    return -1
