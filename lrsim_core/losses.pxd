# Scalar losses of one output and their derivative; averaged over outputs and rows by the caller.

from .types cimport HALF_MSE, real_t


cdef inline real_t loss_value(real_t prediction, real_t target, int loss) noexcept nogil:
    cdef real_t difference = prediction - target
    if loss == HALF_MSE:
        return <real_t>0.5 * difference * difference
    return difference * difference


cdef inline real_t loss_slope(real_t prediction, real_t target, int loss) noexcept nogil:
    """dL/d(prediction)."""
    cdef real_t difference = prediction - target
    if loss == HALF_MSE:
        return difference
    return 2 * difference
