/* One unit, one sample a step, plain gradient descent: parameters stay in registers, and every product and sum rounds
 * by itself, in the order written here. The perceptron's own loop, and that of least squares one row at a time. */

INLINE REAL FN(online_activation)(int activation, REAL z, REAL limit)
{
    switch (activation) {
    case CLIP:                                      /* NaN passes, here and below */
        if (z > limit) {
            KEEP_BRANCH;                            /* a minimum would wait for z; a predicted branch does not */
            return limit;
        }
        return z;
    case RELU: return z < 0 ? 0 : z;
    case TANH: return TANH_OF(z);
    case SIGMOID: return z >= 0 ? 1 / (1 + EXP_OF(-z)) : EXP_OF(z) / (1 + EXP_OF(z));
    default: return z;
    }
}

INLINE REAL FN(online_slope)(int activation, REAL a, REAL limit)
{
    switch (activation) {
    case CLIP: return a < limit ? 1 : 0;
    case RELU: return a > 0 ? 1 : 0;
    case TANH: return 1 - a * a;
    case SIGMOID: return a * (1 - a);
    default: return 1;
    }
}

/* b + sum of W x: four partial sums, the bias in the last, added pairwise. */
INLINE REAL FN(online_sum)(const REAL *W, const REAL *x, REAL b, ptrdiff_t inputs)
{
    REAL s0 = W[0] * x[0], s1, s2, s3 = b;
    if (inputs == 1)
        return b + s0;
    s1 = W[1] * x[1];
    if (inputs == 2)
        return (s0 + s1) + b;
    s2 = W[2] * x[2];
    for (ptrdiff_t i = 3; i < inputs; i += 4) {
        s3 += W[i] * x[i];
        if (i + 1 < inputs)
            s0 += W[i + 1] * x[i + 1];
        if (i + 2 < inputs)
            s1 += W[i + 2] * x[i + 2];
        if (i + 3 < inputs)
            s2 += W[i + 3] * x[i + 3];
    }
    return (s0 + s1) + (s2 + s3);
}

/* `inputs`, the codes and `cyclic` are constants where it matters, so that the compiler drops the rest.
 * Only z -> e -> move -> W, b is a chain of dependent operations; all else runs beside it. */
INLINE void FN(online_loop)(const lrsim_job *job, lrsim_progress *progress, REAL *trace, const ptrdiff_t inputs,
                            const int activation, const int loss, const int bias_as_input, const int cyclic)
{
    enum { FEW = 4 };
    const lrsim_layer *layer = &job->network->layers[0];
    const REAL limit = (REAL)layer->limit, target = (REAL)job->target_error;
    const int exact_slope = activation != LINEAR && !(activation == CLIP && layer->straight_through);
    const REAL *X = job->X, *Y = job->Y;
    REAL *theta = job->theta, few[FEW] = {0}, *W = inputs <= FEW ? few : theta, b = theta[inputs];
    REAL *const losses = job->record ? (REAL *)job->record + job->record_at : NULL;
    const ptrdiff_t stride = job->record_stride, samples = job->samples, steps = job->steps;
    ptrdiff_t k, position = job->place % samples;
    if (inputs <= FEW)
        memcpy(few, theta, (size_t)inputs * sizeof(REAL));
    for (k = 0; k < steps; k++) {
        const ptrdiff_t sample = cyclic ? position : job->order[job->place + k];
        const REAL *x = X + sample * inputs;
        const REAL z = FN(online_sum)(W, x, b, inputs), p = FN(online_activation)(activation, z, limit), e = p - Y[sample];
        REAL rate = (REAL)job->rates[k], value = e * e, share = x[0], nothing;
        REAL move, slope = e;
        const REAL error = e < 0 ? -e : e;
        if (loss == HALF_MSE)
            value = (REAL)0.5 * e * e;
        else if (exact_slope)
            slope = 2 * e;
        else
            rate = 2 * rate;                    /* exact, and off the chain */
        if (exact_slope)
            slope = slope * FN(online_slope)(activation, p, limit);
        move = rate * slope;
        nothing = value * 0;                    /* 0 unless something is not finite */
        if (bias_as_input) {
            for (ptrdiff_t i = 1; i < inputs; i++)
                share += x[i];
            b = b - move * share;
        } else {
            b = b - move;
        }
        for (ptrdiff_t i = 0; i < inputs; i++) {
            W[i] = W[i] - move * x[i];
            nothing += W[i] * 0;
        }
        nothing += b * 0;
        if (losses) {
            losses[k] = value;
            losses[stride + k] = error;
            if (job->record_parameters) {
                for (ptrdiff_t i = 0; i < inputs; i++)
                    losses[(2 + i) * stride + k] = W[i];
                losses[(2 + inputs) * stride + k] = b;
            }
        }
        if (trace) {
            trace[3 * k] = z;
            trace[3 * k + 1] = p;
            trace[3 * k + 2] = loss == HALF_MSE || exact_slope ? slope : 2 * slope;
        }
        if (cyclic && ++position == samples)
            position = 0;
        if (nothing != 0) {
            if (!progress->bad_step) {
                progress->bad_step = k + 1;
                for (ptrdiff_t i = inputs - 1; i >= 0; i--)
                    progress->bad_parameter = isfinite(W[i]) ? progress->bad_parameter : i;
                if (progress->bad_parameter < 0 && !isfinite(b))
                    progress->bad_parameter = inputs;
            }
            if (job->stop_not_finite) {
                progress->status = NOT_FINITE;
                k++;
                break;
            }
        }
        if (error < target && job->first_step + k + 1 >= job->min_steps) {
            progress->status = TARGET_REACHED;
            k++;
            break;
        }
    }
    progress->steps = k;
    if (inputs <= FEW)
        memcpy(theta, few, (size_t)inputs * sizeof(REAL));
    theta[inputs] = b;
}

static void FN(train_online)(const lrsim_job *job, lrsim_progress *progress, void *trace)
{
    const lrsim_network *net = job->network;
    const int activation = net->layers[0].activation, loss = net->loss, as_input = net->bias_rule == BIAS_BY_INPUTS;
    const int through = net->layers[0].straight_through, cyclic = !job->order;
    const ptrdiff_t inputs = net->inputs;
#define LOOP(n, activation, loss, as_input, cyclic) FN(online_loop)(job, progress, trace, n, activation, loss, as_input, cyclic)
    if (!trace && inputs == 1 && cyclic && loss == HALF_MSE && activation == CLIP && through)
        as_input ? LOOP(1, CLIP, HALF_MSE, 1, 1) : LOOP(1, CLIP, HALF_MSE, 0, 1);
    else if (inputs == 1 && activation == LINEAR)
        LOOP(1, LINEAR, loss, as_input, cyclic);
    else if (inputs == 2 && activation == LINEAR)
        LOOP(2, LINEAR, loss, as_input, cyclic);
    else if (inputs == 3 && activation == LINEAR)
        LOOP(3, LINEAR, loss, as_input, cyclic);
    else if (inputs == 4 && activation == LINEAR)
        LOOP(4, LINEAR, loss, as_input, cyclic);
    else if (inputs == 1)
        LOOP(1, activation, loss, as_input, cyclic);
    else
        LOOP(inputs, activation, loss, as_input, cyclic);
#undef LOOP
}
