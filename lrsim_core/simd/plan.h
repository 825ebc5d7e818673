/* What the compiled loops and their callers share: codes, the C view of a network and of a job, the table of
 * kernels that each instruction set fills. The values of the codes stand here alone. */
#ifndef LRSIM_PLAN_H
#define LRSIM_PLAN_H

#include <stddef.h>

/* Rows whose losses are added in the network's dtype before they go to the sum in double; divides every chunk but the
 * last. */
#define LRSIM_GROUP 32

enum lrsim_activation {
    LINEAR, CLIP, RELU, LEAKY_RELU, ELU, SOFTPLUS, TANH, SIGMOID, GELU, SOFTMAX
};

enum lrsim_loss {
    MSE, HALF_MSE, MAE, HUBER, CROSS_ENTROPY, CROSS_ENTROPY_CLIPPED, BINARY_CROSS_ENTROPY, HINGE
};

enum lrsim_optimizer_name {
    SGD, ADAGRAD, ADADELTA, RMSPROP, ADAM, ADAMAX, ADAMW, NADAM
};

enum lrsim_status {
    DONE,               /* all steps were taken */
    TARGET_REACHED,     /* the error fell below the target; the last step taken is that one */
    NOT_FINITE          /* the last step taken is the first with a loss or parameter that is not finite */
};

typedef struct {
    ptrdiff_t inputs, units;
    ptrdiff_t weights;          /* offset of W (inputs x units, row-major) in the parameter vector */
    ptrdiff_t biases;           /* offset of b (units), right behind W */
    int activation;
    int straight_through;       /* CLIP: gradient 1 above the limit too */
    double limit;               /* of CLIP */
    double alpha;               /* of LEAKY_RELU and ELU */
} lrsim_layer;

enum { BIAS_BY_1, BIAS_BY_INPUTS, BIAS_FIXED };

typedef struct {
    ptrdiff_t n_layers, n_parameters, inputs, outputs;
    ptrdiff_t metrics;          /* 2: loss, error; 3: accuracy too */
    int one_answer;             /* the largest output is the answer; else each is one, on its side of the threshold */
    double threshold;
    int loss;
    int bias_rule;              /* what dL/dz is multiplied by in a bias' gradient, as in BIAS_RULES of network.py */
    double clip_gradient;       /* element-wise limit on dL/d(output) before averaging; 0 = none */
    double l1, l2, huber_delta;
    lrsim_layer *layers;
} lrsim_network;

typedef struct {
    int name, torch, nesterov, n_slots;
    double momentum, beta_1, beta_2, rho, epsilon, decay, weight_decay, momentum_decay;
} lrsim_optimizer;

/* One call of the training loop. `void *` is an array of the network's dtype. */
typedef struct {
    const lrsim_network *network;
    const lrsim_optimizer *optimizer;
    void *theta, *slots;            /* slots: n_slots x n_parameters */
    const void *X, *Y;
    ptrdiff_t samples, batch;
    const ptrdiff_t *order;         /* sample at each place, epoch after epoch; NULL = cyclic */
    ptrdiff_t place;                /* where the next batch starts, counted from the first epoch at hand */
    const double *rates;            /* one a step */
    const double *momenta;          /* one a step, or NULL */
    const double *multipliers;      /* one a layer, or NULL */
    ptrdiff_t steps;
    long long first_step, updates;  /* done before this call: steps, and those of this optimizer */
    double target_error;            /* stop after a step whose error is below this, once min_steps are done */
    long long min_steps;
    int stop_not_finite;
    void *record;                   /* metrics (+ parameters) x stride, or NULL */
    ptrdiff_t record_stride, record_at;
    int record_parameters;
    void *gradients;                /* steps x n_parameters: of mean loss and penalties, before each update; or NULL */
    void *workspace;                /* `workspace(network, rows, batch)` bytes, aligned to 64 */
    ptrdiff_t chunk;                /* rows that are worked on at a time */
    int keep;                       /* keep what an opened step shows: z of each layer, the whole gradient */
} lrsim_job;

typedef struct {
    ptrdiff_t steps;                /* taken by this call */
    int status;
    ptrdiff_t bad_step;             /* 1-based within this call: first loss or parameter not finite; 0 = none */
    ptrdiff_t bad_parameter;        /* its index; -1 = the loss */
} lrsim_progress;

typedef struct {
    double loss, error, accuracy;   /* means over rows (and outputs), without penalties */
} lrsim_metrics;

/* Arrays that a reader of one step or of one forward pass wants; any may be NULL. Rows x units, unpadded. */
typedef struct {
    void *const *z;
    void *const *outputs;
    void *const *dz;
    void *gradient;
} lrsim_view;

typedef struct {
    size_t (*workspace)(const lrsim_network *network, ptrdiff_t rows, int keep);
    void (*train)(const lrsim_job *job, const lrsim_view *view, lrsim_progress *progress);
    void (*train_online)(const lrsim_job *job, lrsim_progress *progress, void *z);
    void (*forward)(const lrsim_network *network, const void *theta, const void *X, ptrdiff_t rows, ptrdiff_t chunk,
                    void *workspace, const lrsim_view *view);
    void (*evaluate)(const lrsim_network *network, const void *theta, const void *X, const void *Y, ptrdiff_t rows,
                     ptrdiff_t chunk, void *workspace, void *gradient, lrsim_metrics *metrics);
    size_t (*hvp_workspace)(const lrsim_network *network, ptrdiff_t rows);
    void (*hvp)(const lrsim_network *network, const void *theta, const void *X, const void *Y, ptrdiff_t rows,
                ptrdiff_t chunk, void *workspace, const void *direction, void *product);
} lrsim_functions;

typedef struct {
    const char *level;
    lrsim_functions of[2];          /* float32, float64 */
} lrsim_kernels;

/* The kernels of a level ("baseline", "avx2", "avx512"), or NULL where this build or this processor lacks it. */
const lrsim_kernels *lrsim_kernels_of(const char *level);

/* From here on this thread takes numbers below the smallest normal one for 0 (as TensorFlow does): processors are a
 * hundred times slower with them, and the slots of units that have fallen silent would stay there for good.
 * Returns the mode to go back to. Not for the online loop, whose numbers are those of IEEE arithmetic. */
unsigned lrsim_flush_subnormals(void);
void lrsim_restore_mode(unsigned mode);

#endif
