/* The three matrix products of a dense layer, made of register tiles of up to TILE_ROWS x 2 vectors.
 *
 * Each element of a product is one chain of fused multiply-adds in the order of the summed index, whatever the sizes
 * of tiles, panels and chunks: cutting the work differently does not change a bit of it. */

#define PANEL (2 * VL)                  /* columns of a panel */

enum { FN(DEPTH) = 1536 / sizeof(REAL) };   /* summed index worked on at a time: a panel of it stays in the L1 cache */

/* c[i, :] (rows x width) = start + sum over p of a[i * a_row + p * a_step] * b[p * b_step + :]. */
typedef struct {
    const REAL *a;
    ptrdiff_t a_row, a_step;
    const REAL *b;
    ptrdiff_t b_step;
    REAL *c;
    ptrdiff_t c_row;
    const ptrdiff_t *c_map;             /* row of c of each row; NULL = the same */
    const REAL *start;                  /* one for each column (a bias), or NULL for 0 */
    int accumulate;                     /* start from what c holds */
    ptrdiff_t width;
} FN(tile);

INLINE void FN(tile_body)(const FN(tile) *t, ptrdiff_t row, ptrdiff_t depth, const int rows, const int vectors)
{
    vec sum[TILE_ROWS][2];
    const REAL *a = t->a + row * t->a_row, *b = t->b;
    const ptrdiff_t a_row = t->a_row, a_step = t->a_step, b_step = t->b_step, width = t->width;
    const ptrdiff_t *map = t->c_map;
    const int whole = width >= vectors * VL;
    UNROLL
    for (int i = 0; i < rows; i++) {
        const REAL *c = t->c + (map ? map[row + i] : row + i) * t->c_row;
        UNROLL
        for (int v = 0; v < vectors; v++) {
            const REAL *from = t->accumulate ? c : t->start;
            if (!from)
                sum[i][v] = FN(v_set1)(0);
            else if (whole)
                sum[i][v] = FN(v_load)(from + v * VL);
            else
                sum[i][v] = FN(v_head)(from + v * VL, width - v * VL);
        }
    }
    for (ptrdiff_t p = 0; p < depth; p++) {
        vec b0 = FN(v_load)(b), b1 = b0;
        if (vectors > 1)
            b1 = FN(v_load)(b + VL);
        UNROLL
        for (int i = 0; i < rows; i++) {
            const vec x = FN(v_set1)(a[i * a_row]);
            sum[i][0] = FN(v_fma)(x, b0, sum[i][0]);
            if (vectors > 1)
                sum[i][1] = FN(v_fma)(x, b1, sum[i][1]);
        }
        a += a_step;
        b += b_step;
    }
    UNROLL
    for (int i = 0; i < rows; i++) {
        REAL *c = t->c + (map ? map[row + i] : row + i) * t->c_row;
        UNROLL
        for (int v = 0; v < vectors; v++) {
            if (whole)
                FN(v_store)(c + v * VL, sum[i][v]);
            else
                FN(v_put_head)(c + v * VL, sum[i][v], width - v * VL);
        }
    }
}

#define TILE(rows)                                                                                                    \
    static void FN(tile_##rows##_1)(const FN(tile) *t, ptrdiff_t row, ptrdiff_t depth)                                \
    {                                                                                                                 \
        FN(tile_body)(t, row, depth, rows, 1);                                                                        \
    }                                                                                                                 \
    static void FN(tile_##rows##_2)(const FN(tile) *t, ptrdiff_t row, ptrdiff_t depth)                                \
    {                                                                                                                 \
        FN(tile_body)(t, row, depth, rows, 2);                                                                        \
    }
TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6)
#if TILE_ROWS > 6
TILE(7) TILE(8) TILE(9) TILE(10) TILE(11) TILE(12)
#endif
#undef TILE

typedef void (*FN(tile_kernel))(const FN(tile) *t, ptrdiff_t row, ptrdiff_t depth);

#define PAIR(rows) {FN(tile_##rows##_1), FN(tile_##rows##_2)}
static const FN(tile_kernel) FN(tiles)[TILE_ROWS][2] = {
    PAIR(1), PAIR(2), PAIR(3), PAIR(4), PAIR(5), PAIR(6),
#if TILE_ROWS > 6
    PAIR(7), PAIR(8), PAIR(9), PAIR(10), PAIR(11), PAIR(12),
#endif
};
#undef PAIR

/* A panel of up to PANEL columns, over `rows` rows and `depth` of the summed index. */
static void FN(multiply_panel)(FN(tile) t, ptrdiff_t rows, ptrdiff_t depth)
{
    const int two = t.width > VL;
    const ptrdiff_t tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
    ptrdiff_t done = 0;
    do {
        ptrdiff_t part = depth - done < FN(DEPTH) ? depth - done : FN(DEPTH);
        if (depth - done - part < FN(DEPTH) / 2)
            part = depth - done;
        for (ptrdiff_t k = 0; k < tiles; k++) {         /* tiles of nearly equal height */
            ptrdiff_t row = rows * k / tiles, next = rows * (k + 1) / tiles;
            FN(tiles)[next - row - 1][two](&t, row, part);
        }
        t.a += part * t.a_step;
        t.b += part * t.b_step;
        t.accumulate = 1;
        done += part;
    } while (done < depth);
}

/* out[p, :] = b[map[p], column : column + width], zeros up to whole vectors. Returns the row length of out. */
static ptrdiff_t FN(pack)(const REAL *b, ptrdiff_t b_row, ptrdiff_t rows, const ptrdiff_t *map, ptrdiff_t width, REAL *out)
{
    const ptrdiff_t step = width > VL ? PANEL : VL;
    for (ptrdiff_t p = 0; p < rows; p++) {
        const REAL *from = b + (map ? map[p] : p) * b_row;
        FN(v_store)(out + p * step, FN(v_head)(from, width));
        if (step > VL)
            FN(v_store)(out + p * step + VL, FN(v_head)(from + VL, width - VL));
    }
    return step;
}

/* out[j, i] = b[i, j] for i < width, zeros up to whole vectors. Returns the row length of out. */
static ptrdiff_t FN(pack_transposed)(const REAL *b, ptrdiff_t b_row, ptrdiff_t width, ptrdiff_t columns, REAL *out)
{
    const ptrdiff_t step = width > VL ? PANEL : VL;
    for (ptrdiff_t j = 0; j < columns; j++) {
        for (ptrdiff_t i = 0; i < width; i++)
            out[j * step + i] = b[i * b_row + j];
        for (ptrdiff_t i = width; i < step; i++)
            out[j * step + i] = 0;
    }
    return step;
}

/* c (rows x units, padded rows) = bias + a (rows x depth) W; `map` says which row of W each column of a meets. */
static void FN(times_weights)(ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t units, const REAL *a, ptrdiff_t a_row,
                              const REAL *W, const ptrdiff_t *map, const REAL *bias, REAL *c, ptrdiff_t c_row,
                              int accumulate, REAL *panel)
{
    const int direct = rows <= 2 * TILE_ROWS && !map;
    FN(tile) t = {.a = a, .a_row = a_row, .a_step = 1, .c_row = c_row, .accumulate = accumulate};
    for (ptrdiff_t column = 0; column < units; column += PANEL) {
        REAL start[PANEL] = {0};
        const ptrdiff_t width = units - column < PANEL ? units - column : PANEL;
        if (direct && width == PANEL) {
            t.b = W + column;
            t.b_step = units;
        } else {
            t.b = panel;
            t.b_step = FN(pack)(W + column, units, depth, map, width, panel);
        }
        if (bias) {
            memcpy(start, bias + column, (size_t)width * sizeof(REAL));
            t.start = start;
        }
        t.c = c + column;
        t.width = width > VL ? PANEL : VL;
        FN(multiply_panel)(t, rows, depth);
    }
}

/* c (rows x inputs, padded rows) = d (rows x units) W^T. With `few` rows, as dot products. */
static void FN(times_weights_transposed)(ptrdiff_t rows, ptrdiff_t units, ptrdiff_t inputs, const REAL *d, ptrdiff_t d_row,
                                         const REAL *W, REAL *c, ptrdiff_t c_row, int accumulate, int few, REAL *panel)
{
    if (few) {
        for (ptrdiff_t i = 0; i < rows; i++) {
            for (ptrdiff_t p = inputs; p < c_row; p++)
                c[i * c_row + p] = 0;
            for (ptrdiff_t p = 0; p < inputs; p++) {
                vec sum = FN(v_set1)(0);
                ptrdiff_t j = 0;
                for (; j + VL <= units; j += VL)
                    sum = FN(v_fma)(FN(v_load)(d + i * d_row + j), FN(v_load)(W + p * units + j), sum);
                if (j < units)
                    sum = FN(v_fma)(FN(v_load_n)(d + i * d_row + j, units - j), FN(v_load_n)(W + p * units + j, units - j), sum);
                c[i * c_row + p] = (accumulate ? c[i * c_row + p] : 0) + FN(v_sum)(sum);
            }
        }
        return;
    }
    FN(tile) t = {.a = d, .a_row = d_row, .a_step = 1, .b = panel, .c_row = c_row, .accumulate = accumulate};
    for (ptrdiff_t column = 0; column < inputs; column += PANEL) {
        const ptrdiff_t width = inputs - column < PANEL ? inputs - column : PANEL;
        t.b_step = FN(pack_transposed)(W + column * units, units, width, units, panel);
        t.c = c + column;
        t.width = t.b_step;
        FN(multiply_panel)(t, rows, units);
    }
}

/* d as panels of whole columns for `inputs_transposed_times`; d itself where it is small. */
static const REAL *FN(panels_of)(const REAL *d, ptrdiff_t d_row, ptrdiff_t rows, REAL *panels)
{
    if (d_row <= PANEL || rows * d_row * (ptrdiff_t)sizeof(REAL) <= 16384)
        return d;
    for (ptrdiff_t column = 0; column < d_row; column += PANEL)
        FN(pack)(d + column, d_row, rows, NULL, d_row - column < PANEL ? d_row - column : PANEL, panels + column * rows);
    return panels;
}

/* g[map[p], :] (depth x units) = sum over rows of a[:, p] d[:, :], from `first` to `last` of the columns of a. */
static void FN(inputs_transposed_times)(ptrdiff_t rows, ptrdiff_t first, ptrdiff_t last, ptrdiff_t units, const REAL *a,
                                        ptrdiff_t a_row, const ptrdiff_t *map, const REAL *d, const REAL *panels,
                                        ptrdiff_t d_row, REAL *g, int accumulate, REAL *strip)
{
    FN(tile) t = {.a = a + first, .a_row = 1, .a_step = a_row, .c_row = units, .accumulate = accumulate,
                  .c_map = map ? map + first : NULL};
    const ptrdiff_t count = last - first;
    if (!map)
        g += first * units;
    if (units > 2 * PANEL && rows * a_row * (ptrdiff_t)sizeof(REAL) > 16384) {
        for (ptrdiff_t i = 0; i < rows; i++)
            memcpy(strip + i * count, a + i * a_row + first, (size_t)count * sizeof(REAL));
        t.a = strip;
        t.a_step = count;
    }
    for (ptrdiff_t column = 0; column < units; column += PANEL) {
        t.width = units - column < PANEL ? units - column : PANEL;
        if (panels == d) {
            t.b = d + column;
            t.b_step = d_row;
        } else {
            t.b = panels + column * rows;
            t.b_step = d_row - column < PANEL ? d_row - column : PANEL;
        }
        t.c = g + column;
        FN(multiply_panel)(t, count, rows);
    }
}
