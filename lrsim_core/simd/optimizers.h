/* One pass over parameters, gradient and slots: each is read and written once.
 *
 * Scalars that depend on the step are worked out in double by `prepare`; `t` counts updates from 1. */

typedef struct {
    vec rate, momentum, epsilon, weight_decay;      /* weight_decay: times theta into g (torch), or of theta itself */
    vec old_1, new_1, old_2, new_2;                 /* shares of the old average and of the new value */
    vec correction, step, step_g;
} FN(coefficients);

static int FN(is_decoupled)(const lrsim_optimizer *o) { return !o->torch || o->name == ADAMW; }

/* Product over i = 1 .. t of beta (1 - 0.96^(i decay) / 2), 0 once it no longer shows beside 1. */
static double FN(nadam_product)(double beta, double decay, long long t)
{
    double product = 1, power = 1;
    const double ratio = pow(0.96, decay);
    for (long long i = 1; i <= t; i++) {
        power *= ratio;
        product *= beta * (1 - 0.5 * power);
        if (product < 1e-19)
            return 0;
    }
    return product;
}

static FN(coefficients) FN(prepare)(const lrsim_optimizer *o, double rate, double momentum, long long t)
{
    FN(coefficients) c;
    const int has_beta = o->name >= ADAM;
    const double beta_1 = has_beta && momentum >= 0 ? momentum : o->beta_1;
    const double beta_2 = o->name == RMSPROP || o->name == ADADELTA ? o->rho : o->beta_2;
    double step = 0, step_g = 0, correction = 1;
    rate /= 1 + o->decay * (double)(t - 1);
    if (o->name == ADAM || o->name == ADAMW) {
        const double bias_1 = 1 - pow(beta_1, (double)t), bias_2 = sqrt(1 - pow(beta_2, (double)t));
        step = o->torch ? rate / bias_1 : rate * bias_2 / bias_1;
        correction = o->torch ? 1 / bias_2 : 1;
    } else if (o->name == ADAMAX) {
        step = rate / (1 - pow(beta_1, (double)t));
    } else if (o->name == NADAM) {
        const double mu = beta_1 * (1 - 0.5 * pow(0.96, (double)t * o->momentum_decay));
        const double next = beta_1 * (1 - 0.5 * pow(0.96, (double)(t + 1) * o->momentum_decay));
        const double product = FN(nadam_product)(beta_1, o->momentum_decay, t);
        step = rate * next / (1 - product * next);
        step_g = rate * (1 - mu) / (1 - product);
        correction = 1 / sqrt(1 - pow(beta_2, (double)t));
    }
    c.rate = FN(v_set1)((REAL)rate);
    c.momentum = FN(v_set1)((REAL)(!has_beta && momentum >= 0 ? momentum : o->momentum));
    c.epsilon = FN(v_set1)((REAL)o->epsilon);
    c.weight_decay = FN(v_set1)((REAL)(FN(is_decoupled)(o) ? rate * o->weight_decay : o->weight_decay));
    c.old_1 = FN(v_set1)((REAL)beta_1);
    c.new_1 = FN(v_set1)((REAL)(1 - beta_1));
    c.old_2 = FN(v_set1)((REAL)beta_2);
    c.new_2 = FN(v_set1)((REAL)(1 - beta_2));
    c.correction = FN(v_set1)((REAL)correction);
    c.step = FN(v_set1)((REAL)step);
    c.step_g = FN(v_set1)((REAL)step_g);
    return c;
}

/* One vector of parameters w with gradient g and slots s, t. */
INLINE vec FN(updated)(const int name, const int torch, const int momentum, const int nesterov, const int decay,
                       const int decoupled, const FN(coefficients) *c, vec w, vec g, vec *s, vec *t)
{
    vec move, root;
    if (decay) {
        if (decoupled)
            w = w - w * c->weight_decay;
        else
            g = FN(v_fma)(c->weight_decay, w, g);
    }
    switch (name) {
    case SGD:
        if (!momentum)
            return FN(v_fma)(-c->rate, g, w);
        if (torch) {
            *s = FN(v_fma)(c->momentum, *s, g);
            move = nesterov ? FN(v_fma)(c->momentum, *s, g) : *s;
            return FN(v_fma)(-c->rate, move, w);
        }
        *s = FN(v_fma)(c->momentum, *s, -(c->rate * g));
        return nesterov ? w + FN(v_fma)(c->momentum, *s, -(c->rate * g)) : w + *s;
    case ADAGRAD:
        *s = FN(v_fma)(g, g, *s);
        root = torch ? FN(v_sqrt)(*s) + c->epsilon : FN(v_sqrt)(*s + c->epsilon);
        return w - c->rate * g / root;
    case ADADELTA:
        *s = FN(v_fma)(c->new_2, g * g, c->old_2 * *s);
        move = FN(v_sqrt)(*t + c->epsilon) / FN(v_sqrt)(*s + c->epsilon) * g;
        *t = FN(v_fma)(c->new_2, move * move, c->old_2 * *t);
        return FN(v_fma)(-c->rate, move, w);
    case RMSPROP:
        *s = FN(v_fma)(c->new_2, g * g, c->old_2 * *s);
        root = torch ? FN(v_sqrt)(*s) + c->epsilon : FN(v_sqrt)(*s + c->epsilon);
        if (torch) {
            move = g / root;
            if (momentum)
                move = *t = FN(v_fma)(c->momentum, *t, move);
            return FN(v_fma)(-c->rate, move, w);
        }
        move = c->rate * g / root;
        if (momentum)
            move = *t = FN(v_fma)(c->momentum, *t, move);
        return w - move;
    case ADAMAX:
        *s = FN(v_fma)(g - *s, c->new_1, *s);
        root = FN(v_abs)(g);
        if (torch)
            root = root + c->epsilon;
        *t = FN(v_max)(root, c->old_2 * *t);
        return w - c->step * *s / (torch ? *t : *t + c->epsilon);
    case NADAM:
        *s = FN(v_fma)(g - *s, c->new_1, *s);
        *t = FN(v_fma)(FN(v_fma)(g, g, -*t), c->new_2, *t);
        root = FN(v_fma)(FN(v_sqrt)(*t), c->correction, c->epsilon);
        return w - FN(v_fma)(c->step_g, g, c->step * *s) / root;
    default:                                            /* ADAM, ADAMW */
        *s = FN(v_fma)(g - *s, c->new_1, *s);
        *t = FN(v_fma)(FN(v_fma)(g, g, -*t), c->new_2, *t);
        root = FN(v_fma)(FN(v_sqrt)(*t), c->correction, c->epsilon);
        return w - c->step * *s / root;
    }
}

/* Update n parameters in place; is any of them not finite afterwards? `slots`: this part of the first slot, the
 * second one stands `stride` further on. */
INLINE int FN(update_loop)(const int name, const int torch, const int momentum, const int nesterov, const int decay,
                           const int decoupled, const int slots, const FN(coefficients) *given, REAL *theta,
                           const REAL *gradient, REAL *slot, ptrdiff_t stride, ptrdiff_t n)
{
    const FN(coefficients) c = *given;
    vec nothing = FN(v_set1)(0), s = nothing, t = nothing, w;       /* nothing: 0 unless something is not finite */
    REAL *second = slot + (slots > 1 ? stride : 0);
    ptrdiff_t i = 0;
    for (; i + VL <= n; i += VL) {
        if (slots > 0)
            s = FN(v_load)(slot + i);
        if (slots > 1)
            t = FN(v_load)(second + i);
        w = FN(updated)(name, torch, momentum, nesterov, decay, decoupled, &c, FN(v_load)(theta + i),
                        FN(v_load)(gradient + i), &s, &t);
        nothing = FN(v_fma)(w, FN(v_set1)(0), nothing);
        FN(v_store)(theta + i, w);
        if (slots > 0)
            FN(v_store)(slot + i, s);
        if (slots > 1)
            FN(v_store)(second + i, t);
    }
    if (i < n) {
        const ptrdiff_t left = n - i;
        if (slots > 0)
            s = FN(v_load_n)(slot + i, left);
        if (slots > 1)
            t = FN(v_load_n)(second + i, left);
        w = FN(updated)(name, torch, momentum, nesterov, decay, decoupled, &c, FN(v_load_n)(theta + i, left),
                        FN(v_load_n)(gradient + i, left), &s, &t);
        nothing = nothing + FN(v_select)(FN(v_first)(left), w * FN(v_set1)(0), FN(v_set1)(0));
        FN(v_store_n)(theta + i, w, left);
        if (slots > 0)
            FN(v_store_n)(slot + i, s, left);
        if (slots > 1)
            FN(v_store_n)(second + i, t, left);
    }
    return FN(v_sum)(nothing) != 0;
}

static int FN(update)(const lrsim_optimizer *o, const FN(coefficients) *c, REAL *theta, const REAL *gradient, REAL *slot,
                      ptrdiff_t stride, ptrdiff_t n)
{
    const int decay = o->weight_decay != 0, decoupled = FN(is_decoupled)(o), torch = o->torch, slots = o->n_slots;
#define LOOP(name, torch, momentum, nesterov, decay, slots)                                                           \
    FN(update_loop)(name, torch, momentum, nesterov, decay, decoupled, slots, c, theta, gradient, slot, stride, n)
    switch (o->name) {
    case SGD:
        if (slots)
            return LOOP(SGD, torch, 1, o->nesterov, decay, 1);
        return decay ? LOOP(SGD, torch, 0, 0, 1, 0) : LOOP(SGD, 0, 0, 0, 0, 0);
    case ADAGRAD: return LOOP(ADAGRAD, torch, 0, 0, decay, 1);
    case ADADELTA: return LOOP(ADADELTA, torch, 0, 0, decay, 2);
    case RMSPROP: return slots > 1 ? LOOP(RMSPROP, torch, 1, 0, decay, 2) : LOOP(RMSPROP, torch, 0, 0, decay, 1);
    case ADAMAX: return LOOP(ADAMAX, torch, 0, 0, decay, 2);
    case NADAM: return LOOP(NADAM, 0, 0, 0, decay, 2);
    default: return decay ? LOOP(ADAM, 0, 0, 0, 1, 2) : LOOP(ADAM, 0, 0, 0, 0, 2);
    }
#undef LOOP
}

/* g += dP/dw of the penalty l1 sum|w| + l2 sum(w^2). */
static void FN(add_penalty)(const lrsim_network *net, const REAL *w, REAL *g, ptrdiff_t n)
{
    const vec zero = FN(v_set1)(0), l1 = FN(v_set1)((REAL)net->l1), l2 = FN(v_set1)((REAL)(2 * net->l2));
    for (ptrdiff_t i = 0; i < n; i += VL) {
        const vec x = FN(v_head)(w + i, n - i);
        const vec sign = FN(v_select)(FN(v_equal)(x, zero), zero, FN(v_sign_of)(l1, x));
        FN(v_put_head)(g + i, FN(v_fma)(l2, x, FN(v_head)(g + i, n - i) + sign), n - i);
    }
}
