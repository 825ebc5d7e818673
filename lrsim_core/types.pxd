# What every kernel file shares: the scalar type, the codes, and the C view of a network.
#
# The codes are the only copy of these lists: `network.py` reads the names from here.

ctypedef fused real_t:
    float
    double

cpdef enum Activation:
    LINEAR = 0
    CLIP = 1
    RELU = 2
    TANH = 3
    SIGMOID = 4

cpdef enum Loss:
    MSE = 0
    HALF_MSE = 1

cpdef enum Status:
    DONE = 0                    # all steps were taken
    TARGET_REACHED = 1          # the error fell below the target; the last step taken is that one
    NOT_FINITE = 2              # the last step taken is the first with a loss or parameter that is not finite


cdef struct LayerPlan:
    Py_ssize_t inputs
    Py_ssize_t units
    Py_ssize_t weights          # offset of W (inputs x units, row-major) in the parameter vector
    Py_ssize_t biases           # offset of b (units)
    Py_ssize_t outputs          # offset of this layer's outputs in the workspace
    int activation
    double limit                # of CLIP
    bint straight_through       # CLIP: gradient 1 above the limit too


cdef struct NetworkPlan:
    Py_ssize_t n_layers
    Py_ssize_t n_parameters
    Py_ssize_t inputs
    Py_ssize_t outputs
    int loss
    bint bias_as_input          # the bias moves by the sum of the layer's inputs, not by 1
    double clip_gradient        # element-wise limit on dL/d(output); 0 = none
    LayerPlan* layers
