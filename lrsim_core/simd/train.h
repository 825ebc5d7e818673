/* The training loop: any number of steps, one learning rate for each. */

typedef struct {
    const lrsim_job *job;
    FN(work) work;
    REAL *theta, *slots;
    int finite;                         /* are all parameters? */
    FN(coefficients) *coefficients;     /* one a layer */
    int bad;                            /* something became not finite in this step */
} FN(run);

static void FN(update_part)(FN(run) *r, ptrdiff_t k, ptrdiff_t offset, const REAL *gradient, ptrdiff_t n)
{
    const lrsim_job *job = r->job;
    const ptrdiff_t stride = job->network->n_parameters;
    r->bad |= FN(update)(job->optimizer, &r->coefficients[job->multipliers ? k : 0], r->theta + offset, gradient,
                         r->slots ? r->slots + offset : NULL, stride, n);
}

/* Gradient of layer k. With the whole gradient in the workspace it is written there (added to it after the first
 * chunk); otherwise each strip of weights is updated as soon as its gradient stands in the cache. */
static void FN(layer_gradient)(FN(run) *r, ptrdiff_t k, FN(input) x, ptrdiff_t rows, int accumulate)
{
    const FN(work) *w = &r->work;
    const lrsim_network *net = w->net;
    const lrsim_layer *layer = &net->layers[k];
    const REAL *panels = FN(gradient_panels)(w, k, x, rows);
    const ptrdiff_t n = layer->units;
    ptrdiff_t tile = 0;
    if (w->gradient) {
        FN(weight_gradient)(w, k, x, panels, rows, 0, layer->inputs, &tile, w->gradient + layer->weights, accumulate);
        FN(bias_gradient)(w, k, x, rows, w->gradient + layer->biases, accumulate);
        return;
    }
    for (ptrdiff_t first = 0, last; first < layer->inputs; first = last) {
        last = FN(strip_end)(w, k, x, first, tile);
        const ptrdiff_t offset = layer->weights + first * n, count = (last - first) * n;
        FN(weight_gradient)(w, k, x, panels, rows, first, last, &tile, w->part, 0);
        if (net->l1 != 0 || net->l2 != 0)
            FN(add_penalty)(net, r->theta + offset, w->part, count);
        FN(update_part)(r, k, offset, w->part, count);
    }
    FN(bias_gradient)(w, k, x, rows, w->part, 0);
    FN(update_part)(r, k, layer->biases, w->part, n);
}

/* Backward pass of a chunk through all layers, with or without the update (see layer_gradient). */
static void FN(backward_layers)(FN(run) *r, FN(input) x, ptrdiff_t rows, int few, int accumulate)
{
    const FN(work) *w = &r->work;
    FN(prepare_gradient)(&r->work, x, rows);
    for (ptrdiff_t k = w->net->n_layers - 1; k >= 0; k--) {
        const FN(input) below = k ? (FN(input)){w->a[k - 1], w->step[k - 1], w->net->layers[k].inputs, NULL} : x;
        if (k)
            FN(backward_to_below)(w, r->theta, k, rows, few);
        FN(layer_gradient)(r, k, below, rows, accumulate);
    }
}

static void FN(penalties)(const lrsim_network *net, const REAL *theta, REAL *gradient)
{
    if (net->l1 == 0 && net->l2 == 0)
        return;
    for (ptrdiff_t k = 0; k < net->n_layers; k++) {
        const lrsim_layer *layer = &net->layers[k];
        FN(add_penalty)(net, theta + layer->weights, gradient + layer->weights, layer->inputs * layer->units);
    }
}

static ptrdiff_t FN(first_not_finite)(const REAL *values, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return i;
    return -1;
}

/* Rows of this chunk: X itself where they follow each other, else gathered. */
static const REAL *FN(rows_at)(const REAL *from, REAL *to, const lrsim_job *job, ptrdiff_t place, ptrdiff_t count,
                               ptrdiff_t width)
{
    if (!job->order)
        return from + place % job->samples * width;
    for (ptrdiff_t row = 0; row < count; row++)
        memcpy(to + row * width, from + job->order[place + row] * width, (size_t)width * sizeof(REAL));
    return to;
}

static lrsim_metrics FN(means)(const lrsim_network *net, const FN(totals) *t, ptrdiff_t rows)
{
    const double n = (double)rows, elements = n * (double)net->outputs;
    const double answers = net->one_answer ? n : elements;
    return (lrsim_metrics){t->loss / (n * (double)lrsim_terms(net)), t->error / elements, t->correct / answers};
}

/* One step on `count` rows from `place`: gradient and update. */
static lrsim_metrics FN(take_step)(FN(run) *r, ptrdiff_t place, ptrdiff_t count)
{
    const lrsim_job *job = r->job;
    const lrsim_network *net = job->network;
    const FN(work) *w = &r->work;
    FN(totals) totals = {0, 0, 0};
    r->bad = 0;
    for (ptrdiff_t done = 0; done < count; done += w->rows) {
        const ptrdiff_t rows = count - done < w->rows ? count - done : w->rows;
        const REAL *X = FN(rows_at)(job->X, w->inputs, job, place + done, rows, net->inputs);
        const REAL *Y = FN(rows_at)(job->Y, w->targets, job, place + done, rows, net->outputs);
        const FN(input) x = FN(input_of)(&r->work, X, rows, r->finite);
        FN(forward_layers)(w, r->theta, x, rows);
        FN(loss_and_last_d)(w, Y, rows, count, &totals);
        FN(backward_layers)(r, x, rows, count <= 2, done > 0);
    }
    if (w->gradient) {
        FN(penalties)(net, r->theta, w->gradient);
        if (job->multipliers)
            for (ptrdiff_t k = 0; k < net->n_layers; k++) {
                const lrsim_layer *layer = &net->layers[k];
                FN(update_part)(r, k, layer->weights, w->gradient + layer->weights, (layer->inputs + 1) * layer->units);
            }
        else
            FN(update_part)(r, 0, 0, w->gradient, net->n_parameters);
    }
    return FN(means)(net, &totals, count);
}

static void FN(record)(const lrsim_job *job, const REAL *theta, const lrsim_metrics *m, ptrdiff_t k)
{
    const double figures[3] = {m->loss, m->error, m->accuracy};
    REAL *to = (REAL *)job->record + job->record_at + k;
    for (ptrdiff_t i = 0; i < job->network->metrics; i++, to += job->record_stride)
        *to = (REAL)figures[i];
    if (job->record_parameters)
        for (ptrdiff_t i = 0; i < job->network->n_parameters; i++, to += job->record_stride)
            *to = theta[i];
}

/* Unpadded copies of what the workspace holds, for a reader of one step. */
static void FN(show)(const FN(work) *w, const lrsim_view *view, ptrdiff_t first, ptrdiff_t rows)
{
    const lrsim_network *net = w->net;
    for (ptrdiff_t k = 0; k < net->n_layers; k++) {
        const ptrdiff_t units = net->layers[k].units;
        void *const *targets[3] = {view->z, view->outputs, view->dz};
        REAL *const from[3] = {w->z[k], w->a[k], w->d[k]};
        for (int what = 0; what < 3; what++)
            if (targets[what] && targets[what][k])
                for (ptrdiff_t row = 0; row < rows; row++)
                    memcpy((REAL *)targets[what][k] + (first + row) * units, from[what] + row * w->step[k],
                           (size_t)units * sizeof(REAL));
    }
    if (view->gradient)
        memcpy(view->gradient, w->gradient, (size_t)net->n_parameters * sizeof(REAL));
}

static void FN(train)(const lrsim_job *job, const lrsim_view *view, lrsim_progress *progress)
{
    const lrsim_network *net = job->network;
    FN(run) r = {.job = job, .theta = job->theta, .slots = job->slots};
    ptrdiff_t place = job->place;
    const ptrdiff_t layers = job->multipliers ? net->n_layers : 1;
    const size_t used = FN(lay_out)(&r.work, net, job->chunk, job->keep, job->workspace);
    r.coefficients = (FN(coefficients) *)((char *)job->workspace + used);
    r.finite = FN(first_not_finite)(r.theta, net->n_parameters) < 0;
    for (ptrdiff_t k = 0; k < job->steps; k++) {
        /* The last batch of an epoch holds what is left of it, and no sample of the next one. */
        const ptrdiff_t left = job->samples - place % job->samples, count = job->batch < left ? job->batch : left;
        lrsim_metrics m;
        ptrdiff_t bad = -1;
        for (ptrdiff_t i = 0; i < layers; i++)
            r.coefficients[i] = FN(prepare)(job->optimizer, job->rates[k] * (job->multipliers ? job->multipliers[i] : 1),
                                            job->momenta ? job->momenta[k] : -1, job->updates + k + 1);
        m = FN(take_step)(&r, place, count);
        place += count;
        if (job->record)
            FN(record)(job, r.theta, &m, k);
        if (job->gradients)
            memcpy((REAL *)job->gradients + k * net->n_parameters, r.work.gradient,
                   (size_t)net->n_parameters * sizeof(REAL));
        progress->steps = k + 1;
        if (r.bad)
            bad = FN(first_not_finite)(r.theta, net->n_parameters);
        r.finite = bad < 0;
        if (bad >= 0 || !isfinite((REAL)m.loss)) {
            if (!progress->bad_step) {
                progress->bad_step = k + 1;
                progress->bad_parameter = bad;
            }
            if (job->stop_not_finite) {
                progress->status = NOT_FINITE;
                break;
            }
        }
        if ((REAL)m.error < (REAL)job->target_error && job->first_step + k + 1 >= job->min_steps) {
            progress->status = TARGET_REACHED;
            break;
        }
    }
    if (view)
        FN(show)(&r.work, view, 0, job->chunk);
}

static size_t FN(train_workspace)(const lrsim_network *net, ptrdiff_t rows, int keep)
{
    return FN(workspace)(net, rows, keep) + (size_t)net->n_layers * sizeof(FN(coefficients));
}

static void FN(forward)(const lrsim_network *net, const void *theta, const void *X, ptrdiff_t rows, ptrdiff_t chunk,
                        void *workspace, const lrsim_view *view)
{
    FN(work) w;
    FN(lay_out)(&w, net, chunk, 0, workspace);
    const int finite = FN(first_not_finite)(theta, net->n_parameters) < 0;
    for (ptrdiff_t done = 0; done < rows; done += chunk) {
        const ptrdiff_t count = rows - done < chunk ? rows - done : chunk;
        const FN(input) x = FN(input_of)(&w, (const REAL *)X + done * net->inputs, count, finite);
        FN(forward_layers)(&w, theta, x, count);
        FN(show)(&w, view, done, count);
    }
}

static void FN(evaluate)(const lrsim_network *net, const void *theta, const void *X, const void *Y, ptrdiff_t rows,
                         ptrdiff_t chunk, void *workspace, void *gradient, lrsim_metrics *metrics)
{
    FN(run) r = {.theta = (REAL *)theta};
    FN(totals) totals = {0, 0, 0};
    FN(lay_out)(&r.work, net, chunk, 0, workspace);
    r.finite = FN(first_not_finite)(theta, net->n_parameters) < 0;
    r.work.gradient = gradient;
    for (ptrdiff_t done = 0; done < rows; done += chunk) {
        const ptrdiff_t count = rows - done < chunk ? rows - done : chunk;
        const FN(input) x = FN(input_of)(&r.work, (const REAL *)X + done * net->inputs, count, r.finite);
        FN(forward_layers)(&r.work, theta, x, count);
        FN(loss_and_last_d)(&r.work, (const REAL *)Y + done * net->outputs, count, rows, &totals);
        if (gradient)
            FN(backward_layers)(&r, x, count, rows <= 2, done > 0);
    }
    if (gradient)
        FN(penalties)(net, theta, gradient);
    *metrics = FN(means)(net, &totals, rows);
}
