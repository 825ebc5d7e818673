/* The three matrix products of a dense layer, made of register tiles of up to TILE_ROWS x 2 vectors.
 *
 * Each element of a product is one chain of fused multiply-adds in the order of the summed index, whatever the sizes
 * of tiles, panels and chunks: cutting the work differently does not change a bit of it. */

#define PANEL (2 * VL)                  /* columns of a panel */
#define PACKED 4                        /* panels of weights that are copied at a time */

enum { FN(DEPTH) = 1024 / sizeof(REAL) };   /* summed index worked on at a time: a panel of it stays in the L1 cache */

/* c[i, :] (rows x width) = start + sum over p of a[i * a_row + p * a_step] * b[p * b_step + :]. */
typedef struct {
    const REAL *a;
    ptrdiff_t a_row, a_step;
    const REAL *b;
    ptrdiff_t b_step;
    REAL *c;
    ptrdiff_t c_row;
    const REAL *start;                  /* a whole panel: one for each column (a bias), or NULL for 0 */
    int accumulate;                     /* start from what c holds */
    ptrdiff_t width;
} FN(tile);

INLINE void FN(tile_body)(const FN(tile) *t, ptrdiff_t row, ptrdiff_t depth, const int rows, const int vectors)
{
    vec sum[TILE_ROWS][2];
    const REAL *a = t->a + row * t->a_row, *b = t->b;
    const ptrdiff_t a_row = t->a_row, a_step = t->a_step, b_step = t->b_step, width = t->width;
    const int plain = width >= vectors * VL;
    if (t->accumulate && plain) {
        UNROLL
        for (int i = 0; i < rows; i++) {
            const REAL *c = t->c + (row + i) * t->c_row;
            sum[i][0] = FN(v_load)(c);
            sum[i][1] = vectors > 1 ? FN(v_load)(c + VL) : sum[i][0];
        }
    } else if (t->accumulate) {
        UNROLL
        for (int i = 0; i < rows; i++) {
            const REAL *c = t->c + (row + i) * t->c_row;
            sum[i][0] = FN(v_head)(c, width);
            sum[i][1] = vectors > 1 ? FN(v_head)(c + VL, width - VL) : sum[i][0];
        }
    } else {
        const vec s0 = t->start ? FN(v_load)(t->start) : FN(v_set1)(0);
        const vec s1 = vectors > 1 && t->start ? FN(v_load)(t->start + VL) : FN(v_set1)(0);
        UNROLL
        for (int i = 0; i < rows; i++) {
            sum[i][0] = s0;
            sum[i][1] = s1;
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
        REAL *c = t->c + (row + i) * t->c_row;
        if (plain) {
            FN(v_store)(c, sum[i][0]);
            if (vectors > 1)
                FN(v_store)(c + VL, sum[i][1]);
        } else {
            FN(v_put_head)(c, sum[i][0], width);
            if (vectors > 1)
                FN(v_put_head)(c + VL, sum[i][1], width - VL);
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
    const ptrdiff_t parts = depth > FN(DEPTH) ? (depth + FN(DEPTH) / 2) / FN(DEPTH) : 1;
    ptrdiff_t done = 0;
    for (ptrdiff_t part = 0; part < parts; part++) {
        const ptrdiff_t length = depth * (part + 1) / parts - done;
        ptrdiff_t row = 0;
        for (ptrdiff_t k = 0; k < tiles; k++) {         /* tiles of nearly equal height */
            const ptrdiff_t height = (rows - row + tiles - k - 1) / (tiles - k);
            FN(tiles)[height - 1][two](&t, row, length);
            row += height;
        }
        t.a += length * t.a_step;
        t.b += length * t.b_step;
        t.accumulate = 1;
        done += length;
    }
}

/* out[p, :] = b[p, 0 : width], zeros up to whole vectors. Returns the row length of out. */
static ptrdiff_t FN(pack)(const REAL *b, ptrdiff_t b_row, ptrdiff_t rows, ptrdiff_t width, REAL *out)
{
    const ptrdiff_t step = width > VL ? PANEL : VL;
    for (ptrdiff_t p = 0; p < rows; p++) {
        const REAL *from = b + p * b_row;
        FN(v_store)(out + p * step, FN(v_head)(from, width));
        if (step > VL)
            FN(v_store)(out + p * step + VL, FN(v_head)(from + VL, width - VL));
    }
    return step;
}

/* Panels of b[:, 0 : width] behind each other, row by row. */
static void FN(pack_panels)(const REAL *b, ptrdiff_t b_row, ptrdiff_t rows, ptrdiff_t width, REAL *out)
{
    for (ptrdiff_t p = 0; p < rows; p++) {
        const REAL *from = b + p * b_row;
        for (ptrdiff_t column = 0; column < width; column += PANEL)
            FN(pack)(from + column, b_row, 1, width - column < PANEL ? width - column : PANEL,
                     out + column * rows + p * (width - column > VL ? PANEL : VL));
    }
}

#if LRSIM_BYTES == 64
/* For blocks of 1, 2, 4, ...: which lanes of two rows make up the first and the second of them, blocks swapped. */
#define FIRST(lane, size) (lane & size ? VL + lane - size : lane)
#define SECOND(lane, size) (lane & size ? VL + lane : lane + size)
#define EIGHT(of, lane, size) of((lane), size), of((lane + 1), size), of((lane + 2), size), of((lane + 3), size),         \
        of((lane + 4), size), of((lane + 5), size), of((lane + 6), size), of((lane + 7), size)
#ifdef LRSIM_SINGLE
#define LANES(of, size) {EIGHT(of, 0, size), EIGHT(of, 8, size)}
#else
#define LANES(of, size) {EIGHT(of, 0, size)}
#endif
static const INTEGER FN(swaps)[4][2][VL] = {
    {LANES(FIRST, 1), LANES(SECOND, 1)},
    {LANES(FIRST, 2), LANES(SECOND, 2)},
    {LANES(FIRST, 4), LANES(SECOND, 4)},
    {LANES(FIRST, 8), LANES(SECOND, 8)},
};
#undef FIRST
#undef SECOND
#undef EIGHT
#undef LANES

/* A square of VL x VL turned, in registers: swaps blocks of 1, 2, 4, ... off the diagonal. */
INLINE void FN(turn)(vec *rows)
{
    UNROLL
    for (int stage = 0; stage < (VL == 16 ? 4 : 3); stage++) {
        const int size = 1 << stage;
        const __m512i first = _mm512_loadu_si512(FN(swaps)[stage][0]), second = _mm512_loadu_si512(FN(swaps)[stage][1]);
        UNROLL
        for (int i = 0; i < VL; i++) {
            if (i & size)
                continue;
            const vec a = rows[i], b = rows[i + size];
            rows[i] = (vec)MM512(permutex2var)(a, first, b);
            rows[i + size] = (vec)MM512(permutex2var)(a, second, b);
        }
    }
}

static void FN(pack_squares)(const REAL *b, ptrdiff_t b_row, ptrdiff_t height, ptrdiff_t columns, REAL *out, ptrdiff_t step)
{
    for (ptrdiff_t j = 0; j < columns; j += VL) {
        vec rows[VL];
        if (height >= VL && columns - j >= VL) {
            UNROLL
            for (int i = 0; i < VL; i++)
                rows[i] = FN(v_load)(b + i * b_row + j);
            FN(turn)(rows);
            UNROLL
            for (int i = 0; i < VL; i++)
                FN(v_store)(out + (j + i) * step, rows[i]);
        } else {
            UNROLL
            for (int i = 0; i < VL; i++)
                rows[i] = i < height ? FN(v_head)(b + i * b_row + j, columns - j) : FN(v_set1)(0);
            FN(turn)(rows);
            UNROLL
            for (int i = 0; i < VL; i++)
                if (i < columns - j)
                    FN(v_store)(out + (j + i) * step, rows[i]);
        }
    }
}
#endif

/* out[j, i] = b[i, j] for i < width, zeros up to whole vectors. Returns the row length of out. */
static ptrdiff_t FN(pack_transposed)(const REAL *b, ptrdiff_t b_row, ptrdiff_t width, ptrdiff_t columns, REAL *out)
{
    const ptrdiff_t step = width > VL ? PANEL : VL;
    for (ptrdiff_t from = 0; from < step; from += VL) {
        const REAL *values = b + from * b_row;
        const ptrdiff_t height = width - from < VL ? width - from : VL;
#if LRSIM_BYTES == 64
        if (columns >= 4) {
            FN(pack_squares)(values, b_row, height, columns, out + from, step);
            continue;
        }
#endif
        for (ptrdiff_t j = 0; j < columns; j++)
            for (ptrdiff_t i = 0; i < VL; i++)
                out[j * step + from + i] = i < height ? values[i * b_row + j] : 0;
    }
    return step;
}

/* c (rows x units, padded rows) = bias + a (rows x depth) W. Panels of W are copied, a few of them while a row is at
 * hand, unless W is small or there are few rows to use them on. */
static void FN(times_weights)(ptrdiff_t rows, ptrdiff_t depth, ptrdiff_t units, const REAL *a, ptrdiff_t a_row,
                              const REAL *W, const REAL *bias, REAL *c, ptrdiff_t c_row, int accumulate,
                              REAL *panels)
{
    const int direct = rows <= 2 * TILE_ROWS || depth * units * (ptrdiff_t)sizeof(REAL) <= 65536;
    FN(tile) t = {.a = a, .a_row = a_row, .a_step = 1, .c_row = c_row, .accumulate = accumulate};
    for (ptrdiff_t column = 0; column < units; column += PANEL) {
        REAL start[PANEL] = {0};
        const ptrdiff_t width = units - column < PANEL ? units - column : PANEL;
        const ptrdiff_t panel = column / PANEL % PACKED;
        if (direct && width == PANEL) {
            t.b = W + column;
            t.b_step = units;
        } else {
            const ptrdiff_t ahead = units - column < PACKED * PANEL ? units - column : PACKED * PANEL;
            if (direct)
                FN(pack)(W + column, units, depth, width, panels + panel * depth * PANEL);
            else if (panel == 0)
                FN(pack_panels)(W + column, units, depth, ahead, panels);
            t.b = panels + panel * depth * PANEL;
            t.b_step = width > VL ? PANEL : VL;
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
        FN(pack)(d + column, d_row, rows, d_row - column < PANEL ? d_row - column : PANEL, panels + column * rows);
    return panels;
}

/* g[p, :] (depth x units) = sum over rows of a[:, p] d[:, :], from `first` to `last` of the columns of a. */
static void FN(inputs_transposed_times)(ptrdiff_t rows, ptrdiff_t first, ptrdiff_t last, ptrdiff_t units, const REAL *a,
                                        ptrdiff_t a_row, const REAL *d, const REAL *panels, ptrdiff_t d_row, REAL *g,
                                        int accumulate, REAL *strip)
{
    FN(tile) t = {.a = a + first, .a_row = 1, .a_step = a_row, .c_row = units, .accumulate = accumulate};
    const ptrdiff_t count = last - first;
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
