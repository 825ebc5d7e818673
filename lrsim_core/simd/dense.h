/* Forward and backward pass of a chunk of rows through all layers, in buffers whose rows are padded to vectors. */

typedef struct {
    const lrsim_network *net;
    ptrdiff_t rows;                     /* that the buffers hold */
    ptrdiff_t *step;                    /* padded row length of each layer's buffers */
    REAL **z, **a, **d;                 /* per layer, rows x step; z is a itself where nothing needs it */
    REAL *log_sum;                      /* softmax: log of its denominator, per row */
    REAL *inputs, *targets;             /* gathered rows */
    REAL *filled;                       /* inputs without the columns that are 0 in all of these rows */
    ptrdiff_t *map;                     /* column of each of these in the inputs */
    REAL *panel, *panels, *strip;       /* packed operands of products */
    REAL *part;                         /* gradient of a strip of weights, or of one layer's biases */
    REAL *gradient;                     /* of all parameters, when the workspace has it; else NULL */
} FN(work);

/* Inputs of the first layer as it reads them. */
typedef struct {
    const REAL *values;
    ptrdiff_t step, columns;
    const ptrdiff_t *map;               /* NULL: all columns */
} FN(input);

enum { FN(STRIP) = 2 * TILE_ROWS, FN(PART) = 65536 };

static ptrdiff_t FN(padded)(ptrdiff_t n) { return (n + VL - 1) / VL * VL; }

/* Most rows of W whose gradient is worked on at a time. */
static ptrdiff_t FN(strip_rows)(const lrsim_layer *layer)
{
    const ptrdiff_t rows = FN(PART) / layer->units;
    return rows < 1 ? 1 : rows < layer->inputs ? rows : layer->inputs;
}

/* Does the loss take z of the last layer, or does the slope of its activation? */
static int FN(keeps_z)(const lrsim_network *net, ptrdiff_t k)
{
    const int activation = net->layers[k].activation;
    return activation == GELU || activation == SOFTMAX || (k == net->n_layers - 1 && net->loss == BINARY_CROSS_ENTROPY);
}

typedef struct {
    char *base;                         /* NULL: only count */
    size_t used;
} FN(arena);

static void *FN(take)(FN(arena) *arena, size_t bytes)
{
    void *place = arena->base ? arena->base + arena->used : NULL;
    arena->used += (bytes + 63) / 64 * 64;
    return place;
}

/* Lay the buffers out in `base`, or count the bytes with NULL. `keep`: bit 0 all z, bit 1 the whole gradient. */
static size_t FN(lay_out)(FN(work) *w, const lrsim_network *net, ptrdiff_t rows, int keep, void *base)
{
    FN(arena) arena = {base, 0};
    const size_t n = (size_t)net->n_layers, real = sizeof(REAL);
    ptrdiff_t widest_in = 0, widest = 0, largest_part = 1;
    w->net = net;
    w->rows = rows;
    w->step = FN(take)(&arena, n * sizeof(ptrdiff_t));
    w->z = FN(take)(&arena, n * sizeof(REAL *));
    w->a = FN(take)(&arena, n * sizeof(REAL *));
    w->d = FN(take)(&arena, n * sizeof(REAL *));
    for (ptrdiff_t k = 0; k < net->n_layers; k++) {
        const lrsim_layer *layer = &net->layers[k];
        const ptrdiff_t step = FN(padded)(layer->units), part = FN(strip_rows)(layer) * layer->units;
        const size_t block = (size_t)(rows * step) * real;
        REAL *a = FN(take)(&arena, block), *d = FN(take)(&arena, block), *z = a;
        if ((keep & 1) || FN(keeps_z)(net, k))
            z = FN(take)(&arena, block);
        if (base) {
            w->step[k] = step;
            w->a[k] = a;
            w->d[k] = d;
            w->z[k] = z;
        }
        widest_in = layer->inputs > widest_in ? layer->inputs : widest_in;
        widest = step > widest ? step : widest;
        largest_part = part > largest_part ? part : largest_part;
    }
    w->log_sum = FN(take)(&arena, (size_t)rows * real);
    w->inputs = FN(take)(&arena, (size_t)(rows * net->inputs) * real);
    w->targets = FN(take)(&arena, (size_t)(rows * net->outputs) * real);
    w->filled = FN(take)(&arena, (size_t)(rows * net->inputs) * real);
    w->map = FN(take)(&arena, (size_t)net->inputs * sizeof(ptrdiff_t));
    w->panel = FN(take)(&arena, (size_t)((widest_in > widest ? widest_in : widest) * PACKED * PANEL) * real);
    w->panels = FN(take)(&arena, (size_t)(rows * (widest + VL)) * real);
    w->strip = FN(take)(&arena, (size_t)(rows * FN(STRIP)) * real);
    w->part = FN(take)(&arena, (size_t)(largest_part + widest) * real);
    w->gradient = keep & 2 ? FN(take)(&arena, (size_t)net->n_parameters * real) : NULL;
    return arena.used;
}

static size_t FN(workspace)(const lrsim_network *net, ptrdiff_t rows, int keep)
{
    FN(work) w;
    return FN(lay_out)(&w, net, rows, keep, NULL);
}

/* Is it worth leaving out columns that are 0 in all rows? Then copy the others. Only for wide inputs, and never once a
 * weight is not finite, for 0 times that is not 0. */
static FN(input) FN(without_empty_columns)(const FN(work) *w, const REAL *x, ptrdiff_t rows, int finite)
{
    const ptrdiff_t columns = w->net->inputs;
    FN(input) all = {x, columns, columns, NULL};
    INTEGER *seen = (INTEGER *)w->filled;
    ptrdiff_t count = 0;
    if (columns < 64 || rows < 2 || w->net->layers[0].units < 8 || !finite)
        return all;
    memset(seen, 0, (size_t)columns * sizeof(INTEGER));
    for (ptrdiff_t row = 0; row < rows; row++) {
        const REAL *values = x + row * columns;
        for (ptrdiff_t p = 0; p < columns; p++)
            seen[p] |= values[p] != 0;
    }
    for (ptrdiff_t p = 0; p < columns; p++)
        if (seen[p])
            w->map[count++] = p;
    if (count == 0 || count > columns - columns / 16)
        return all;
    for (ptrdiff_t row = 0; row < rows; row++) {
        const REAL *values = x + row * columns;
        REAL *to = w->filled + row * count;
        for (ptrdiff_t p = 0; p < count; p++)
            to[p] = values[w->map[p]];
    }
    return (FN(input)){w->filled, count, count, w->map};
}

static void FN(forward_layers)(const FN(work) *w, const REAL *theta, FN(input) x, ptrdiff_t rows)
{
    const lrsim_network *net = w->net;
    for (ptrdiff_t k = 0; k < net->n_layers; k++) {
        const lrsim_layer *layer = &net->layers[k];
        FN(times_weights)(rows, x.columns, layer->units, x.values, x.step, theta + layer->weights, x.map,
                          theta + layer->biases, w->z[k], w->step[k], 0, w->panel);
        if (layer->activation == SOFTMAX)
            FN(softmax)(w->z[k], w->a[k], w->log_sum, rows, layer->units, w->step[k]);
        else
            FN(activate)(layer, w->z[k], w->a[k], rows * w->step[k]);
        x = (FN(input)){w->a[k], w->step[k], layer->units, NULL};
    }
}

/* Loss of these rows into `totals`, and dL/dz of the last layer into its d. `batch`: rows that the mean is over. */
static void FN(loss_and_last_d)(const FN(work) *w, const REAL *y, ptrdiff_t rows, ptrdiff_t batch, FN(totals) *totals)
{
    const lrsim_network *net = w->net;
    const ptrdiff_t k = net->n_layers - 1, step = w->step[k];
    const REAL share = (REAL)1 / (REAL)(batch * lrsim_terms(net));
    FN(loss_rows)(net, w->z[k], w->a[k], w->log_sum, y, net->outputs, w->d[k], rows, step, share, totals);
    if (lrsim_from_logits(net->loss))
        return;
    if (net->layers[k].activation == SOFTMAX)
        FN(through_softmax)(w->a[k], w->d[k], rows, net->outputs, step);
    else
        FN(times_slope)(&net->layers[k], w->d[k], w->a[k], w->z[k], rows * step);
}

/* db = sum over rows of d, or of d times the sum of the row's inputs. */
static void FN(bias_gradient)(const FN(work) *w, ptrdiff_t k, FN(input) x, ptrdiff_t rows, REAL *db, int accumulate)
{
    const ptrdiff_t units = w->net->layers[k].units, step = w->step[k];
    const REAL *d = w->d[k];
    for (ptrdiff_t j = 0; j < units; j += VL) {
        vec sum = accumulate ? FN(v_head)(db + j, units - j) : FN(v_set1)(0);
        for (ptrdiff_t row = 0; row < rows; row++) {
            if (w->net->bias_as_input) {
                REAL share = 0;
                for (ptrdiff_t p = 0; p < x.columns; p++)
                    share += x.values[row * x.step + p];
                sum = FN(v_fma)(FN(v_set1)(share), FN(v_load)(d + row * step + j), sum);
            } else {
                sum = sum + FN(v_load)(d + row * step + j);
            }
        }
        FN(v_put_head)(db + j, sum, units - j);
    }
}

/* d of the layer below, as dL/dz. */
static void FN(backward_to_below)(const FN(work) *w, const REAL *theta, ptrdiff_t k, ptrdiff_t rows, int few)
{
    const lrsim_layer *layer = &w->net->layers[k];
    FN(times_weights_transposed)(rows, layer->units, layer->inputs, w->d[k], w->step[k], theta + layer->weights,
                                 w->d[k - 1], w->step[k - 1], 0, few, w->panel);
    FN(times_slope)(layer - 1, w->d[k - 1], w->a[k - 1], w->z[k - 1], rows * w->step[k - 1]);
}

/* Where a strip of rows of W that begins at `first` ends: it holds up to STRIP rows whose gradient is worked on (all,
 * or those of x.map from `at` on), and no more than fit into `part`. */
static ptrdiff_t FN(strip_end)(const FN(work) *w, ptrdiff_t k, FN(input) x, ptrdiff_t first, ptrdiff_t at)
{
    const lrsim_layer *layer = &w->net->layers[k];
    const ptrdiff_t most = first + FN(strip_rows)(layer), wanted = at + FN(STRIP);
    ptrdiff_t end = x.map ? (wanted < x.columns ? x.map[wanted] : layer->inputs) : first + FN(STRIP);
    end = end < most ? end : most;
    return end < layer->inputs ? end : layer->inputs;
}

/* Gradient of rows `first` to `last` of W of layer k (of all its inputs) into g, whose row 0 is `first`. `at`: where in
 * x.map to look on; moved on. */
static void FN(weight_gradient)(const FN(work) *w, ptrdiff_t k, FN(input) x, const REAL *panels, ptrdiff_t rows,
                                ptrdiff_t first, ptrdiff_t last, ptrdiff_t *at, REAL *g, int accumulate)
{
    const ptrdiff_t units = w->net->layers[k].units;
    ptrdiff_t from = first, to = last;
    if (x.map) {
        from = *at;
        for (to = from; to < x.columns && x.map[to] < last; to++)
            ;
        *at = to;
        if (!accumulate && to - from < last - first)
            memset(g, 0, (size_t)((last - first) * units) * sizeof(REAL));
    }
    g -= first * units;
    for (ptrdiff_t part = from; part < to; part += FN(STRIP)) {
        const ptrdiff_t end = to - part < FN(STRIP) ? to : part + FN(STRIP);
        FN(inputs_transposed_times)(rows, part, end, units, x.values, x.step, x.map, w->d[k], panels, w->step[k], g,
                                    accumulate, w->strip);
    }
}
