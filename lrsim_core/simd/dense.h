/* Forward and backward pass of a chunk of rows through all layers, in buffers whose rows are padded to vectors. */

typedef struct {
    const lrsim_network *net;
    ptrdiff_t rows;                     /* that the buffers hold */
    ptrdiff_t *step;                    /* padded row length of each layer's buffers */
    REAL **z, **a, **d;                 /* per layer, rows x step; z is a itself where nothing needs it */
    REAL *log_sum;                      /* softmax: log of its denominator, per row */
    REAL *inputs, *targets;             /* gathered rows */
    int may_be_sparse;                  /* the first layer, if the inputs turn out to be; then these are there: */
    FN(sparse) sparse;
    REAL *zeros;                        /* a row of inputs */
    REAL *panel, *panels, *strip;       /* packed operands of products */
    REAL *part;                         /* gradient of a strip of weights, or of one layer's biases */
    REAL *gradient;                     /* of all parameters, when the workspace has it; else NULL */
} FN(work);

/* Inputs of the first layer as it reads them. */
typedef struct {
    const REAL *values;
    ptrdiff_t step, columns;
    const FN(sparse) *sparse;           /* the same as terms that are not 0, or NULL */
} FN(input);

enum { FN(STRIP) = 2 * TILE_ROWS, FN(PART) = 65536 };

static ptrdiff_t FN(padded)(ptrdiff_t n) { return (n + VL - 1) / VL * VL; }

/* Most rows of W whose gradient is worked on at a time. */
static ptrdiff_t FN(strip_rows)(const lrsim_layer *layer)
{
    const ptrdiff_t rows = FN(PART) / layer->units;
    return rows < 1 ? 1 : rows < layer->inputs ? rows : layer->inputs;
}

/* Does the loss take z of this layer, or does the slope of its activation? */
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

static void FN(lay_out_terms)(FN(terms) *terms, FN(arena) *arena, ptrdiff_t tiles, ptrdiff_t room)
{
    terms->room = room;
    terms->count = FN(take)(arena, (size_t)tiles * sizeof(ptrdiff_t));
    terms->index = FN(take)(arena, (size_t)(tiles * room) * sizeof(int));
    terms->values = FN(take)(arena, (size_t)(tiles * room * HEIGHT) * sizeof(REAL));
}

static void FN(lay_out_sparse)(FN(work) *w, FN(arena) *arena)
{
    const lrsim_layer *layer = &w->net->layers[0];
    const ptrdiff_t inputs = layer->inputs, most = FN(strip_rows)(layer);
    w->may_be_sparse = FN(may_be_sparse)(layer, most) && w->rows >= 2 * HEIGHT;
    if (!w->may_be_sparse)
        return;
    w->sparse.map = FN(take)(arena, (size_t)inputs * sizeof(ptrdiff_t));
    w->sparse.first = FN(take)(arena, (size_t)(FN(most_input_tiles)(inputs, most) + 1) * sizeof(ptrdiff_t));
    /* One more term each: the next one is written before it is known to count. */
    FN(lay_out_terms)(&w->sparse.rows, arena, w->rows / HEIGHT + 1, inputs + 1);
    FN(lay_out_terms)(&w->sparse.inputs, arena, FN(most_input_tiles)(inputs, most), w->rows + 1);
    w->zeros = FN(take)(arena, (size_t)inputs * sizeof(REAL));
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
    FN(lay_out_sparse)(w, &arena);
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

/* Rows of x as the first layer reads them: as terms that are not 0 where most are, unless a weight is not finite, for
 * 0 times that is not 0. */
static FN(input) FN(input_of)(FN(work) *w, const REAL *x, ptrdiff_t rows, int finite)
{
    const ptrdiff_t inputs = w->net->inputs;
    FN(input) dense = {x, inputs, inputs, NULL};
    if (!w->may_be_sparse || rows < 2 * HEIGHT || !finite)
        return dense;
    if (FN(find_columns)(&w->sparse, x, rows, inputs) * 10 > rows * inputs * 3)
        return dense;
    memset(w->zeros, 0, (size_t)inputs * sizeof(REAL));
    FN(find_row_terms)(&w->sparse, x, rows, inputs, w->zeros);
    return (FN(input)){x, inputs, inputs, &w->sparse};
}

/* What only the gradient needs of a sparse input. */
static void FN(prepare_gradient)(FN(work) *w, FN(input) x, ptrdiff_t rows)
{
    if (x.sparse)
        FN(find_input_terms)(&w->sparse, x.values, rows, x.columns, FN(strip_rows)(&w->net->layers[0]));
}

static void FN(forward_layers)(const FN(work) *w, const REAL *theta, FN(input) x, ptrdiff_t rows)
{
    const lrsim_network *net = w->net;
    for (ptrdiff_t k = 0; k < net->n_layers; k++) {
        const lrsim_layer *layer = &net->layers[k];
        if (x.sparse)
            FN(sparse_times_weights)(x.sparse, rows, layer->units, theta + layer->weights, theta + layer->biases, w->z[k],
                                     w->step[k], w->panel);
        else
            FN(times_weights)(rows, x.columns, layer->units, x.values, x.step, theta + layer->weights,
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

/* db = sum over rows of d, or of d times the sum of the row's inputs, or nothing. */
static void FN(bias_gradient)(const FN(work) *w, ptrdiff_t k, FN(input) x, ptrdiff_t rows, REAL *db, int accumulate)
{
    const ptrdiff_t units = w->net->layers[k].units, step = w->step[k];
    const REAL *d = w->d[k];
    if (w->net->bias_rule == BIAS_FIXED) {
        memset(db, 0, units * sizeof *db);
        return;
    }
    for (ptrdiff_t j = 0; j < units; j += VL) {
        vec sum = accumulate ? FN(v_head)(db + j, units - j) : FN(v_set1)(0);
        for (ptrdiff_t row = 0; row < rows; row++) {
            if (w->net->bias_rule == BIAS_BY_INPUTS) {
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

/* d of layer k as the panels that its weight gradient reads. */
static const REAL *FN(gradient_panels)(const FN(work) *w, ptrdiff_t k, FN(input) x, ptrdiff_t rows)
{
    const ptrdiff_t step = w->step[k];
    if (!x.sparse)
        return FN(panels_of)(w->d[k], step, rows, w->panels);
    FN(pack_sparse_panels)(w->d[k], step, rows, NULL, step, 0, FN(panel_count)(step), w->panels);
    return w->panels;
}

/* Where a strip of rows of W that begins at `first` ends: it holds no more rows than fit into `part`, and no more
 * whose gradient is worked on than STRIP. With terms: whole tiles of them, from `tile` on. */
static ptrdiff_t FN(strip_end)(const FN(work) *w, ptrdiff_t k, FN(input) x, ptrdiff_t first, ptrdiff_t tile)
{
    const lrsim_layer *layer = &w->net->layers[k];
    const FN(sparse) *s = x.sparse;
    const ptrdiff_t most = first + FN(strip_rows)(layer);
    ptrdiff_t end = first + FN(STRIP);
    if (s) {
        ptrdiff_t next = tile;
        while (next < s->inputs.tiles && next - tile < FN(STRIP) / HEIGHT && s->map[s->first[next + 1] - 1] < most)
            next++;
        end = next < s->inputs.tiles ? s->map[s->first[next]] : layer->inputs;
    }
    end = end < most ? end : most;
    return end < layer->inputs ? end : layer->inputs;
}

/* Gradient of rows `first` to `last` of W of layer k into g, whose row 0 is `first`. `tile`: of terms, where to go on;
 * moved on. */
static void FN(weight_gradient)(const FN(work) *w, ptrdiff_t k, FN(input) x, const REAL *panels, ptrdiff_t rows,
                                ptrdiff_t first, ptrdiff_t last, ptrdiff_t *tile, REAL *g, int accumulate)
{
    const ptrdiff_t units = w->net->layers[k].units;
    const FN(sparse) *s = x.sparse;
    if (s) {
        ptrdiff_t next = *tile;
        if (!accumulate)
            memset(g, 0, (size_t)((last - first) * units) * sizeof(REAL));
        while (next < s->inputs.tiles && s->map[s->first[next]] < last)
            next++;
        FN(sparse_transposed_times)(s, *tile, next, first, rows, units, panels, g, accumulate);
        *tile = next;
        return;
    }
    g -= first * units;
    for (ptrdiff_t part = first; part < last; part += FN(STRIP)) {
        const ptrdiff_t end = last - part < FN(STRIP) ? last : part + FN(STRIP);
        FN(inputs_transposed_times)(rows, part, end, units, x.values, x.step, w->d[k], panels, w->step[k], g, accumulate,
                                    w->strip);
    }
}
