/* Hessian times a vector, exactly: the derivative of the gradient along a direction (Pearlmutter, 1994). "R" marks the
 * derivative of a quantity along the direction. */

typedef struct {
    FN(work) w;
    REAL **Rz, **Ra, **Rd;
} FN(second);

static size_t FN(second_lay_out)(FN(second) *s, const lrsim_network *net, ptrdiff_t rows, void *base)
{
    FN(arena) arena = {base, FN(lay_out)(&s->w, net, rows, 1, base)};
    const size_t n = (size_t)net->n_layers;
    s->Rz = FN(take)(&arena, n * sizeof(REAL *));
    s->Ra = FN(take)(&arena, n * sizeof(REAL *));
    s->Rd = FN(take)(&arena, n * sizeof(REAL *));
    for (ptrdiff_t k = 0; k < net->n_layers; k++) {
        const size_t block = (size_t)(rows * FN(padded)(net->layers[k].units)) * sizeof(REAL);
        REAL *Rz = FN(take)(&arena, block), *Ra = FN(take)(&arena, block), *Rd = FN(take)(&arena, block);
        if (base) {
            s->Rz[k] = Rz;
            s->Ra[k] = Ra;
            s->Rd[k] = Rd;
        }
    }
    return arena.used;
}

static size_t FN(hvp_workspace)(const lrsim_network *net, ptrdiff_t rows)
{
    FN(second) s;
    return FN(second_lay_out)(&s, net, rows, NULL);
}

/* Ra = f'(z) Rz. */
static void FN(R_activation)(const FN(second) *s, ptrdiff_t k, ptrdiff_t rows)
{
    const lrsim_layer *layer = &s->w.net->layers[k];
    const ptrdiff_t n = rows * s->w.step[k];
    memcpy(s->Ra[k], s->Rz[k], (size_t)n * sizeof(REAL));
    if (layer->activation == SOFTMAX)
        FN(through_softmax)(s->w.a[k], s->Ra[k], rows, layer->units, s->w.step[k]);
    else
        FN(times_slope)(layer, s->Ra[k], s->w.a[k], s->w.z[k], n);
}

/* d = da f'(z) and Rd = Rda f'(z) + da f''(z) Rz, in place of da and Rda. */
static void FN(R_slope)(const FN(second) *s, ptrdiff_t k, ptrdiff_t rows)
{
    const lrsim_layer *layer = &s->w.net->layers[k];
    const vec alpha = FN(v_set1)((REAL)layer->alpha);
    const ptrdiff_t n = rows * s->w.step[k];
    REAL *d = s->w.d[k], *Rd = s->Rd[k];
    FN(times_slope)(layer, Rd, s->w.a[k], s->w.z[k], n);
    for (ptrdiff_t i = 0; i < n; i += VL) {
        const vec bend = FN(curvature)(layer->activation, FN(v_load)(s->w.a[k] + i), FN(v_load)(s->w.z[k] + i), alpha);
        FN(v_store)(Rd + i, FN(v_load)(Rd + i) + FN(v_load)(d + i) * bend * FN(v_load)(s->Rz[k] + i));
    }
    FN(times_slope)(layer, d, s->w.a[k], s->w.z[k], n);
}

/* L''(p) of one element, for losses that are not taken from logits. */
INLINE REAL FN(loss_bend)(const lrsim_network *net, REAL p, REAL y)
{
    const REAL e = p - y;
    switch (net->loss) {
    case MSE: return 2;
    case HALF_MSE: return 1;
    case HUBER: return e <= (REAL)net->huber_delta && e >= -(REAL)net->huber_delta ? 1 : 0;
    case CROSS_ENTROPY_CLIPPED: return p > (REAL)1e-7 && p < 1 - (REAL)1e-7 ? y / (p * p) : 0;
    default: return 0;
    }
}

/* Rd of the last layer (dL/dz), given d of its output or of its z, and turns d into dL/dz. */
static void FN(R_loss)(const FN(second) *s, const REAL *y, ptrdiff_t rows, REAL share)
{
    const FN(work) *w = &s->w;
    const lrsim_network *net = w->net;
    const ptrdiff_t k = net->n_layers - 1, units = net->outputs, step = w->step[k];
    const REAL bound = (REAL)net->clip_gradient * share;
    const int logits = lrsim_from_logits(net->loss), softmax = net->layers[k].activation == SOFTMAX;
    for (ptrdiff_t row = 0; row < rows; row++) {
        const REAL *p = w->a[k] + row * step, *Rp = s->Ra[k] + row * step;
        REAL *d = w->d[k] + row * step, *Rd = s->Rd[k] + row * step, total = 1, mean = 0, Rmean = 0;
        memset(Rd, 0, (size_t)step * sizeof(REAL));
        for (ptrdiff_t j = 0; j < units && net->loss == CROSS_ENTROPY; j++)
            total = (j ? total : 0) + y[row * units + j];
        for (ptrdiff_t j = 0; j < units; j++) {
            Rd[j] = Rp[j] * share * (logits ? total : FN(loss_bend)(net, p[j], y[row * units + j]));
            if (bound > 0 && (d[j] >= bound || d[j] <= -bound))
                Rd[j] = 0;
            mean += p[j] * d[j];
            Rmean += Rp[j] * d[j] + p[j] * Rd[j];
        }
        for (ptrdiff_t j = 0; j < units && softmax && !logits; j++) {
            Rd[j] = Rp[j] * (d[j] - mean) + p[j] * (Rd[j] - Rmean);
            d[j] = p[j] * (d[j] - mean);
        }
    }
    if (!logits && !softmax)
        FN(R_slope)(s, k, rows);
}

/* gradient of W += x^T d. */
static void FN(add_products)(const FN(second) *s, ptrdiff_t k, FN(input) x, const REAL *d, ptrdiff_t rows, REAL *gW)
{
    const ptrdiff_t step = s->w.step[k];
    const REAL *panels = FN(panels_of)(d, step, rows, s->w.panels);
    for (ptrdiff_t part = 0; part < x.columns; part += FN(STRIP)) {
        const ptrdiff_t end = x.columns - part < FN(STRIP) ? x.columns : part + FN(STRIP);
        FN(inputs_transposed_times)(rows, part, end, s->w.net->layers[k].units, x.values, x.step, d, panels, step, gW, 1,
                                    s->w.strip);
    }
}

static void FN(add_bias_sums)(const FN(second) *s, ptrdiff_t k, FN(input) x, const REAL *Rx, ptrdiff_t rows, REAL *gb)
{
    const ptrdiff_t units = s->w.net->layers[k].units, step = s->w.step[k];
    if (s->w.net->bias_rule == BIAS_FIXED)
        return;
    for (ptrdiff_t row = 0; row < rows; row++) {
        REAL share = 1, Rshare = 0;
        if (s->w.net->bias_rule == BIAS_BY_INPUTS) {
            share = 0;
            for (ptrdiff_t p = 0; p < x.columns; p++) {
                share += x.values[row * x.step + p];
                Rshare += Rx ? Rx[row * x.step + p] : 0;
            }
        }
        for (ptrdiff_t j = 0; j < units; j++)
            gb[j] += share * s->Rd[k][row * step + j] + Rshare * s->w.d[k][row * step + j];
    }
}

static void FN(R_chunk)(const FN(second) *s, const REAL *theta, const REAL *v, FN(input) x, const REAL *y, ptrdiff_t rows,
                        ptrdiff_t batch, REAL *product)
{
    const FN(work) *w = &s->w;
    const lrsim_network *net = w->net;
    const ptrdiff_t top = net->n_layers - 1;
    FN(totals) totals = {0, 0, 0};
    FN(forward_layers)(w, theta, x, rows);
    for (ptrdiff_t k = 0; k <= top; k++) {
        const lrsim_layer *l = &net->layers[k];
        const REAL *below = k ? w->a[k - 1] : x.values;
        const ptrdiff_t below_step = k ? w->step[k - 1] : x.step;
        FN(times_weights)(rows, l->inputs, l->units, below, below_step, v + l->weights, v + l->biases, s->Rz[k], w->step[k],
                          0, w->panel);
        if (k)
            FN(times_weights)(rows, l->inputs, l->units, s->Ra[k - 1], below_step, theta + l->weights, NULL, s->Rz[k],
                              w->step[k], 1, w->panel);
        FN(R_activation)(s, k, rows);
    }
    const REAL share = (REAL)1 / (REAL)(batch * lrsim_terms(net));
    FN(loss_rows)(net, w->z[top], w->a[top], w->log_sum, y, net->outputs, w->d[top], rows, w->step[top], share, &totals);
    FN(R_loss)(s, y, rows, share);
    for (ptrdiff_t k = top; k >= 0; k--) {
        const lrsim_layer *l = &net->layers[k];
        const FN(input) below = k ? (FN(input)){w->a[k - 1], w->step[k - 1], l->inputs, NULL} : x;
        FN(add_products)(s, k, below, s->Rd[k], rows, product + l->weights);
        if (k)
            FN(add_products)(s, k, (FN(input)){s->Ra[k - 1], w->step[k - 1], l->inputs, NULL}, w->d[k], rows,
                             product + l->weights);
        FN(add_bias_sums)(s, k, below, k ? s->Ra[k - 1] : NULL, rows, product + l->biases);
        if (!k)
            break;
        FN(times_weights_transposed)(rows, l->units, l->inputs, w->d[k], w->step[k], theta + l->weights, w->d[k - 1],
                                     w->step[k - 1], 0, 0, w->panel);
        FN(times_weights_transposed)(rows, l->units, l->inputs, s->Rd[k], w->step[k], theta + l->weights, s->Rd[k - 1],
                                     w->step[k - 1], 0, 0, w->panel);
        FN(times_weights_transposed)(rows, l->units, l->inputs, w->d[k], w->step[k], v + l->weights, s->Rd[k - 1],
                                     w->step[k - 1], 1, 0, w->panel);
        FN(R_slope)(s, k - 1, rows);
    }
}

static void FN(hvp)(const lrsim_network *net, const void *theta, const void *X, const void *Y, ptrdiff_t rows,
                    ptrdiff_t chunk, void *workspace, const void *direction, void *product)
{
    FN(second) s;
    REAL *to = product;
    const REAL *v = direction;
    FN(second_lay_out)(&s, net, chunk, workspace);
    memset(product, 0, (size_t)net->n_parameters * sizeof(REAL));
    for (ptrdiff_t done = 0; done < rows; done += chunk) {
        const ptrdiff_t count = rows - done < chunk ? rows - done : chunk;
        const FN(input) x = {(const REAL *)X + done * net->inputs, net->inputs, net->inputs, NULL};
        FN(R_chunk)(&s, theta, v, x, (const REAL *)Y + done * net->outputs, count, rows, to);
    }
    for (ptrdiff_t k = 0; k < net->n_layers && net->l2 != 0; k++) {
        const lrsim_layer *l = &net->layers[k];
        for (ptrdiff_t i = l->weights; i < l->biases; i++)
            to[i] += (REAL)(2 * net->l2) * v[i];
    }
}
