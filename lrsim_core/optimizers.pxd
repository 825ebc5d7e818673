# In-place updates of one flat parameter vector (and, for methods that have them, its slots).

from .types cimport real_t

cdef void sgd(real_t* theta, const real_t* gradient, real_t rate, Py_ssize_t n) noexcept nogil
cdef Py_ssize_t first_not_finite(const real_t* values, Py_ssize_t n) noexcept nogil
