# What every compiled file shares: the scalar type, and the C names of `simd/plan.h`.
#
# The codes have their values there alone; `network.py` and `optimizer.py` read the names from here.

ctypedef fused real_t:
    float
    double

cdef extern from "simd/plan.h":
    const Py_ssize_t LRSIM_GROUP

    cpdef enum Activation "lrsim_activation":
        LINEAR
        CLIP
        RELU
        LEAKY_RELU
        ELU
        SOFTPLUS
        TANH
        SIGMOID
        GELU
        SOFTMAX

    cpdef enum Loss "lrsim_loss":
        MSE
        HALF_MSE
        MAE
        HUBER
        CROSS_ENTROPY
        CROSS_ENTROPY_CLIPPED
        BINARY_CROSS_ENTROPY
        HINGE

    cpdef enum OptimizerName "lrsim_optimizer_name":
        SGD
        ADAGRAD
        ADADELTA
        RMSPROP
        ADAM
        ADAMAX
        ADAMW
        NADAM

    cpdef enum Status "lrsim_status":
        DONE
        TARGET_REACHED
        NOT_FINITE

    ctypedef struct lrsim_layer:
        Py_ssize_t inputs, units, weights, biases
        int activation, straight_through
        double limit, alpha

    ctypedef struct lrsim_network:
        Py_ssize_t n_layers, n_parameters, inputs, outputs, metrics
        int one_answer
        double threshold
        int loss, bias_rule
        double clip_gradient, l1, l2, huber_delta
        lrsim_layer* layers

    ctypedef struct lrsim_optimizer:
        int name, torch, nesterov, n_slots
        double momentum, beta_1, beta_2, rho, epsilon, decay, weight_decay, momentum_decay

    ctypedef struct lrsim_job:
        const lrsim_network* network
        const lrsim_optimizer* optimizer
        void* theta
        void* slots
        const void* X
        const void* Y
        Py_ssize_t samples, batch
        const Py_ssize_t* order
        Py_ssize_t place
        const double* rates
        const double* momenta
        const double* multipliers
        Py_ssize_t steps
        long long first_step, updates
        double target_error
        long long min_steps
        int stop_not_finite
        void* record
        Py_ssize_t record_stride, record_at
        int record_parameters
        void* gradients
        void* workspace
        Py_ssize_t chunk
        int keep

    ctypedef struct lrsim_progress:
        Py_ssize_t steps
        int status
        Py_ssize_t bad_step, bad_parameter

    ctypedef struct lrsim_metrics:
        double loss, error, accuracy

    ctypedef struct lrsim_view:
        void** z
        void** outputs
        void** dz
        void* gradient

    ctypedef struct lrsim_functions:
        size_t (*workspace)(const lrsim_network*, Py_ssize_t, int) noexcept nogil
        void (*train)(const lrsim_job*, const lrsim_view*, lrsim_progress*) noexcept nogil
        void (*train_online)(const lrsim_job*, lrsim_progress*, void*) noexcept nogil
        void (*forward)(const lrsim_network*, const void*, const void*, Py_ssize_t, Py_ssize_t, void*,
                        const lrsim_view*) noexcept nogil
        void (*evaluate)(const lrsim_network*, const void*, const void*, const void*, Py_ssize_t, Py_ssize_t, void*,
                         void*, lrsim_metrics*) noexcept nogil
        size_t (*hvp_workspace)(const lrsim_network*, Py_ssize_t) noexcept nogil
        void (*hvp)(const lrsim_network*, const void*, const void*, const void*, Py_ssize_t, Py_ssize_t, void*,
                    const void*, void*) noexcept nogil

    ctypedef struct lrsim_kernels:
        const char* level
        lrsim_functions[2] of

    const lrsim_kernels* lrsim_kernels_of(const char* level) noexcept
    unsigned int lrsim_flush_subnormals() noexcept nogil
    void lrsim_restore_mode(unsigned int mode) noexcept nogil
