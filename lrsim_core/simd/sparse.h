/* The first layer's products when its inputs are mostly 0, as pixels are: a term that is 0 in all rows of a register tile
 * is left out. Adding 0 times a finite number changes no bit, so the results are those of `products.h`. */

#define HEIGHT 6                        /* rows of a register tile */

/* One side of a product as register tiles: for each tile the terms that are not all 0, with HEIGHT values each. */
typedef struct {
    ptrdiff_t tiles, room;              /* room: terms of a tile in the arrays below */
    ptrdiff_t *count;                   /* terms of each tile */
    int *index;                         /* of each term: which row of the other side it meets */
    REAL *values;
} FN(terms);

typedef struct {
    ptrdiff_t columns;                  /* inputs that are not 0 in all rows */
    ptrdiff_t *map;                     /* which these are */
    ptrdiff_t *first;                   /* where in `map` each tile of columns starts; one more for the end */
    FN(terms) rows;                     /* tiles of rows; a term is an input, counted in `map` */
    FN(terms) inputs;                   /* tiles of inputs; a term is a row */
} FN(sparse);

/* Is it worth looking for zeros in the inputs of this layer? */
static int FN(may_be_sparse)(const lrsim_layer *layer, ptrdiff_t most_rows)
{
    return LRSIM_BYTES && layer->inputs >= 64 && layer->units >= 2 * VL && most_rows >= HEIGHT;
}

/* Tiles of inputs there can be: full ones, and those cut short because they would span more than `most_rows`. */
static ptrdiff_t FN(most_input_tiles)(ptrdiff_t inputs, ptrdiff_t most_rows)
{
    return inputs / HEIGHT + inputs / most_rows + 2;
}

/* Which columns hold anything but 0; returns how many values do. */
static ptrdiff_t FN(find_columns)(FN(sparse) *s, const REAL *x, ptrdiff_t rows, ptrdiff_t inputs)
{
    INTEGER *seen = (INTEGER *)s->rows.values;
    ptrdiff_t total = 0;
    memset(seen, 0, (size_t)inputs * sizeof(INTEGER));
    for (ptrdiff_t row = 0; row < rows; row++)
        for (ptrdiff_t p = 0; p < inputs; p++)
            seen[p] += x[row * inputs + p] != 0;
    s->columns = 0;
    for (ptrdiff_t p = 0; p < inputs; p++) {
        total += (ptrdiff_t)seen[p];
        if (seen[p])
            s->map[s->columns++] = p;
    }
    return total;
}

/* The next term of a tile: written in any case, counted if it is not all 0 (no branch to mispredict). */
INLINE ptrdiff_t FN(put_term)(const FN(terms) *terms, ptrdiff_t tile, ptrdiff_t count, ptrdiff_t at, const INTEGER *bits)
{
    const ptrdiff_t term = tile * terms->room + count;
    INTEGER any = 0;
    for (int i = 0; i < HEIGHT; i++)
        any |= bits[i];
    memcpy(terms->values + term * HEIGHT, bits, HEIGHT * sizeof(REAL));
    terms->index[term] = (int)at;
    return count + ((any & INTEGER_MAX) != 0);
}

static void FN(find_row_terms)(FN(sparse) *s, const REAL *x, ptrdiff_t rows, ptrdiff_t inputs, const REAL *zeros)
{
    s->rows.tiles = (rows + HEIGHT - 1) / HEIGHT;
    for (ptrdiff_t tile = 0; tile < s->rows.tiles; tile++) {
        const REAL *of[HEIGHT];
        ptrdiff_t count = 0;
        for (int i = 0; i < HEIGHT; i++)
            of[i] = tile * HEIGHT + i < rows ? x + (tile * HEIGHT + i) * inputs : zeros;
        for (ptrdiff_t p = 0; p < s->columns; p++) {
            const ptrdiff_t column = s->map[p];
            INTEGER bits[HEIGHT];
            for (int i = 0; i < HEIGHT; i++)
                memcpy(bits + i, of[i] + column, sizeof(REAL));
            count = FN(put_term)(&s->rows, tile, count, p, bits);
        }
        s->rows.count[tile] = count;
    }
}

/* A tile of inputs: up to HEIGHT of them, that span fewer than `most_rows`. */
static void FN(find_input_terms)(FN(sparse) *s, const REAL *x, ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t most_rows)
{
    ptrdiff_t tile = 0;
    for (ptrdiff_t first = 0, end; first < s->columns; first = end, tile++) {
        const ptrdiff_t *map = s->map + first;
        ptrdiff_t count = 0, height;
        for (end = first; end < s->columns && end - first < HEIGHT && s->map[end] - map[0] < most_rows; end++)
            ;
        height = end - first;
        for (ptrdiff_t row = 0; row < rows; row++) {
            const REAL *from = x + row * inputs;
            INTEGER bits[HEIGHT] = {0};
            if (map[height - 1] - map[0] == HEIGHT - 1 && height == HEIGHT)
                memcpy(bits, from + map[0], HEIGHT * sizeof(REAL));
            else
                for (ptrdiff_t i = 0; i < height; i++)
                    memcpy(bits + i, from + map[i], sizeof(REAL));
            count = FN(put_term)(&s->inputs, tile, count, row, bits);
        }
        s->inputs.count[tile] = count;
        s->first[tile] = first;
    }
    s->first[tile] = s->columns;
    s->inputs.tiles = tile;
}

/* c (height x width) = start, or what is there, + sum over the terms of values * b[index]. */
typedef struct {
    const int *index;
    const REAL *values;
    ptrdiff_t count;
    const REAL *b;                      /* rows of whole vectors */
    const REAL *start;                  /* whole vectors, or NULL for 0 */
    REAL *c[HEIGHT];
    ptrdiff_t height, width;
    int accumulate;
} FN(sparse_tile);

INLINE void FN(sparse_body)(const FN(sparse_tile) *t, const int vectors)
{
    vec sum[HEIGHT][SPARSE_VECTORS];
    const REAL *values = t->values;
    UNROLL
    for (int i = 0; i < HEIGHT; i++) {
        UNROLL
        for (int v = 0; v < vectors; v++) {
            if (t->accumulate)
                sum[i][v] = i < t->height ? FN(v_head)(t->c[i] + v * VL, t->width - v * VL) : FN(v_set1)(0);
            else
                sum[i][v] = t->start ? FN(v_load)(t->start + v * VL) : FN(v_set1)(0);
        }
    }
    for (ptrdiff_t term = 0; term < t->count; term++, values += HEIGHT) {
        const REAL *b = t->b + (ptrdiff_t)t->index[term] * vectors * VL;
        vec row[SPARSE_VECTORS];
        UNROLL
        for (int v = 0; v < vectors; v++)
            row[v] = FN(v_load)(b + v * VL);
        UNROLL
        for (int i = 0; i < HEIGHT; i++) {
            const vec x = FN(v_set1)(values[i]);
            UNROLL
            for (int v = 0; v < vectors; v++)
                sum[i][v] = FN(v_fma)(x, row[v], sum[i][v]);
        }
    }
    UNROLL
    for (int i = 0; i < HEIGHT; i++) {
        UNROLL
        for (int v = 0; v < vectors; v++)
            if (i < t->height)
                FN(v_put_head)(t->c[i] + v * VL, sum[i][v], t->width - v * VL);
    }
}

static void FN(sparse_tile_1)(const FN(sparse_tile) *t) { FN(sparse_body)(t, 1); }
static void FN(sparse_tile_2)(const FN(sparse_tile) *t) { FN(sparse_body)(t, 2); }
#if SPARSE_VECTORS > 2
static void FN(sparse_tile_3)(const FN(sparse_tile) *t) { FN(sparse_body)(t, 3); }
static void FN(sparse_tile_4)(const FN(sparse_tile) *t) { FN(sparse_body)(t, 4); }
#endif

static void (*const FN(sparse_tiles)[SPARSE_VECTORS])(const FN(sparse_tile) *) = {
    FN(sparse_tile_1), FN(sparse_tile_2),
#if SPARSE_VECTORS > 2
    FN(sparse_tile_3), FN(sparse_tile_4),
#endif
};

/* Panels of nearly equal width: first vector of panel k of those that `columns` make. */
static ptrdiff_t FN(panel_start)(ptrdiff_t columns, ptrdiff_t k)
{
    const ptrdiff_t vectors = (columns + VL - 1) / VL, panels = (vectors + SPARSE_VECTORS - 1) / SPARSE_VECTORS;
    return vectors * k / panels;
}

static ptrdiff_t FN(panel_count)(ptrdiff_t columns)
{
    return ((columns + VL - 1) / VL + SPARSE_VECTORS - 1) / SPARSE_VECTORS;
}

/* Panels `from` to `to` of b[map[p], :], row by row, one behind the other; zeros up to whole vectors. */
static void FN(pack_sparse_panels)(const REAL *b, ptrdiff_t b_row, ptrdiff_t rows, const ptrdiff_t *map, ptrdiff_t columns,
                                   ptrdiff_t from, ptrdiff_t to, REAL *out)
{
    const ptrdiff_t base = FN(panel_start)(columns, from);
    for (ptrdiff_t p = 0; p < rows; p++) {
        const REAL *row = b + (map ? map[p] : p) * b_row;
        for (ptrdiff_t k = from; k < to; k++) {
            const ptrdiff_t first = FN(panel_start)(columns, k), vectors = FN(panel_start)(columns, k + 1) - first;
            REAL *place = out + ((first - base) * rows + p * vectors) * VL;
            if (vectors == SPARSE_VECTORS && (first + vectors) * VL <= columns) {
                UNROLL
                for (int v = 0; v < SPARSE_VECTORS; v++)
                    FN(v_store)(place + v * VL, FN(v_load)(row + (first + v) * VL));
                continue;
            }
            for (ptrdiff_t v = 0; v < vectors; v++)
                FN(v_store)(place + v * VL, FN(v_head)(row + (first + v) * VL, columns - (first + v) * VL));
        }
    }
}

/* c (rows x units, padded rows) = bias + x W. */
static void FN(sparse_times_weights)(const FN(sparse) *s, ptrdiff_t rows, ptrdiff_t units, const REAL *W, const REAL *bias,
                                     REAL *c, ptrdiff_t c_row, REAL *panels)
{
    const ptrdiff_t count = FN(panel_count)(units);
    for (ptrdiff_t k = 0; k < count; k++) {
        const ptrdiff_t pair = k & ~(ptrdiff_t)1, first = FN(panel_start)(units, k);
        const ptrdiff_t vectors = FN(panel_start)(units, k + 1) - first, column = first * VL;
        REAL start[SPARSE_VECTORS * VL] = {0};
        FN(sparse_tile) t = {.start = start, .width = vectors * VL};
        if (k == pair)                  /* two panels while a row is at hand */
            FN(pack_sparse_panels)(W, units, s->columns, s->map, units, k, k + 2 < count ? k + 2 : count, panels);
        t.b = panels + (first - FN(panel_start)(units, pair)) * VL * s->columns;
        memcpy(start, bias + column, (size_t)(units - column < t.width ? units - column : t.width) * sizeof(REAL));
        for (ptrdiff_t tile = 0; tile < s->rows.tiles; tile++) {
            const ptrdiff_t row = tile * HEIGHT, at = tile * s->rows.room;
            t.index = s->rows.index + at;
            t.values = s->rows.values + at * HEIGHT;
            t.count = s->rows.count[tile];
            t.height = rows - row < HEIGHT ? rows - row : HEIGHT;
            for (ptrdiff_t i = 0; i < t.height; i++)
                t.c[i] = c + (row + i) * c_row + column;
            FN(sparse_tiles)[vectors - 1](&t);
        }
    }
}

/* g[map[p] - row, :] = sum over rows of x[:, p] d, for the inputs of tiles `from` to `to`; `panels` are those of d. */
static void FN(sparse_transposed_times)(const FN(sparse) *s, ptrdiff_t from, ptrdiff_t to, ptrdiff_t row, ptrdiff_t rows,
                                        ptrdiff_t units, const REAL *panels, REAL *g, int accumulate)
{
    const ptrdiff_t count = FN(panel_count)(units);
    for (ptrdiff_t k = 0; k < count; k++) {
        const ptrdiff_t first = FN(panel_start)(units, k), vectors = FN(panel_start)(units, k + 1) - first;
        const ptrdiff_t column = first * VL;
        FN(sparse_tile) t = {.b = panels + column * rows, .accumulate = accumulate};
        t.width = units - column < vectors * VL ? units - column : vectors * VL;
        for (ptrdiff_t tile = from; tile < to; tile++) {
            const ptrdiff_t at = tile * s->inputs.room;
            t.index = s->inputs.index + at;
            t.values = s->inputs.values + at * HEIGHT;
            t.count = s->inputs.count[tile];
            t.height = s->first[tile + 1] - s->first[tile];
            for (ptrdiff_t i = 0; i < t.height; i++)
                t.c[i] = g + (s->map[s->first[tile] + i] - row) * units + column;
            FN(sparse_tiles)[vectors - 1](&t);
        }
    }
}
