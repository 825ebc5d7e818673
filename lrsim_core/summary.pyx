"""Minimum, maximum and a mark for non-finite values over bins of recorded rows."""

from libc.math cimport INFINITY, NAN

from .types cimport real_t


cdef inline void _fold(const real_t* values, Py_ssize_t count, double* low, double* high,
                       unsigned char* bad) noexcept nogil:
    # Four lanes, because one minimum after the other would wait for its predecessor.
    cdef real_t low0, low1, low2, low3, high0, high1, high2, high3, a, b, c, d
    cdef real_t nothing = 0, nothing1 = 0
    cdef Py_ssize_t k = 0
    cdef double value
    low0 = low1 = low2 = low3 = <real_t>INFINITY
    high0 = high1 = high2 = high3 = <real_t>-INFINITY
    while k + 4 <= count:
        a, b, c, d = values[k], values[k + 1], values[k + 2], values[k + 3]
        nothing += (a * 0 + b * 0)              # 0 unless something is not finite
        nothing1 += (c * 0 + d * 0)
        low0 = a if a < low0 else low0
        low1 = b if b < low1 else low1
        low2 = c if c < low2 else low2
        low3 = d if d < low3 else low3
        high0 = a if a > high0 else high0
        high1 = b if b > high1 else high1
        high2 = c if c > high2 else high2
        high3 = d if d > high3 else high3
        k += 4
    low[0] = min(min(low0, low1), min(low2, low3))
    high[0] = max(max(high0, high1), max(high2, high3))
    bad[0] = 0
    if nothing + nothing1 != 0:                 # rare: look at each value again
        low[0], high[0] = INFINITY, -INFINITY
        k = 0
    while k < count:
        value = values[k]
        if value - value == 0:
            low[0] = value if value < low[0] else low[0]
            high[0] = value if value > high[0] else high[0]
        else:
            bad[0] = 1
        k += 1


def summarize(const real_t[:, ::1] values, Py_ssize_t start, Py_ssize_t count, Py_ssize_t bin_size,
              double[:, ::1] low, double[:, ::1] high, unsigned char[:, ::1] bad, Py_ssize_t first_bin,
              Py_ssize_t filled):
    """Fold values[:, start:start + count] into bins of `bin_size` rows.

    Bin `first_bin` already holds `filled` rows; a bin is opened when its first row comes. Only finite values
    count towards low and high (NaN while there is none); `bad` is 1 where any value is not finite.
    """
    cdef Py_ssize_t column, k, end, bin_, size
    cdef double lowest, highest
    cdef unsigned char marked
    with nogil:
        for column in range(values.shape[0]):
            bin_ = first_bin
            size = bin_size - filled
            k = start
            end = start + count
            while k < end:
                size = min(size, end - k)
                _fold(&values[column, k], size, &lowest, &highest, &marked)
                if bin_ == first_bin and filled > 0:
                    marked |= bad[column, bin_]
                    if low[column, bin_] == low[column, bin_]:
                        lowest = min(lowest, low[column, bin_])
                        highest = max(highest, high[column, bin_])
                low[column, bin_] = lowest if lowest <= highest else NAN
                high[column, bin_] = highest if lowest <= highest else NAN
                bad[column, bin_] = marked
                bin_ += 1
                k += size
                size = bin_size
