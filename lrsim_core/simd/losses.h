/* Losses over the rows of a batch, and their derivatives. */

typedef struct {
    double loss, error, correct;        /* sums over rows and outputs; correct answers */
} FN(totals);

/* p = softmax(z) row by row; log_sum[row] = log(sum(exp(z))). */
static void FN(softmax)(const REAL *z, REAL *p, REAL *log_sum, ptrdiff_t rows, ptrdiff_t units, ptrdiff_t step)
{
    const vec lowest = FN(v_set1)(-INFINITY);
    for (ptrdiff_t row = 0; row < rows; row++, z += step, p += step) {
        vec high = lowest, sum = FN(v_set1)(0), scale;
        REAL top, total;
        for (ptrdiff_t j = 0; j < units; j += VL)
            high = FN(v_max)(high, FN(v_select)(FN(v_first)(units - j), FN(v_load)(z + j), lowest));
        top = FN(v_highest)(high);
        for (ptrdiff_t j = 0; j < units; j += VL) {
            vec e = FN(v_exp)(FN(v_select)(FN(v_first)(units - j), FN(v_load)(z + j), lowest) - FN(v_set1)(top));
            FN(v_store)(p + j, e);
            sum = sum + e;
        }
        total = FN(v_sum)(sum);
        scale = FN(v_set1)(1 / total);
        for (ptrdiff_t j = 0; j < units; j += VL)
            FN(v_store)(p + j, FN(v_load)(p + j) * scale);
        if (log_sum)
            log_sum[row] = top + (REAL)log((double)total);
    }
}

/* dz = p (g - sum(g p)): the softmax's Jacobian times g, in place. */
static void FN(through_softmax)(const REAL *p, REAL *d, ptrdiff_t rows, ptrdiff_t units, ptrdiff_t step)
{
    for (ptrdiff_t row = 0; row < rows; row++, p += step, d += step) {
        vec sum = FN(v_set1)(0), mean;
        for (ptrdiff_t j = 0; j < units; j += VL)
            sum = sum + FN(v_select)(FN(v_first)(units - j), FN(v_load)(p + j) * FN(v_load)(d + j), FN(v_set1)(0));
        mean = FN(v_set1)(FN(v_sum)(sum));
        for (ptrdiff_t j = 0; j < units; j += VL)
            FN(v_store)(d + j, FN(v_load)(p + j) * (FN(v_load)(d + j) - mean));
    }
}

/* Loss of each element and its derivative; `p` the output, `z` the logit where the loss is taken from it. */
INLINE void FN(loss_of)(int loss, vec p, vec z, vec y, vec huber, vec *value, vec *slope)
{
    const vec zero = FN(v_set1)(0), one = FN(v_set1)(1), half = FN(v_set1)((REAL)0.5);
    const vec e = p - y, size = FN(v_abs)(e);
    vec q, margin;
    switch (loss) {
    case MSE:
        *value = e * e;
        *slope = e + e;
        break;
    case HALF_MSE:
        *value = half * e * e;
        *slope = e;
        break;
    case MAE:
        *value = size;
        *slope = FN(v_select)(FN(v_equal)(e, zero), e, FN(v_sign_of)(one, e) + e * zero);
        break;
    case HUBER:
        *value = FN(v_select)(FN(v_less)(huber, size), huber * (size - half * huber), half * e * e);
        *slope = FN(v_max)(FN(v_min)(e, huber), -huber);
        break;
    case CROSS_ENTROPY_CLIPPED:
        q = FN(v_max)(FN(v_min)(p, one - FN(v_set1)((REAL)1e-7)), FN(v_set1)((REAL)1e-7));
        *value = q;                                     /* its logarithm is the caller's */
        *slope = FN(v_select)(FN(v_equal)(p, q), -y / q, p * zero);
        break;
    case BINARY_CROSS_ENTROPY:                          /* log(1 + exp(z)) - y z */
        *value = FN(v_max)(z, zero) - z * y + FN(v_log1p)(FN(v_exp)(-FN(v_abs)(z)));
        *slope = e;
        break;
    default:                                            /* HINGE */
        margin = one - p * y;
        *value = FN(v_max)(margin, zero);
        *slope = FN(v_select)(FN(v_less)(zero, margin), -y, p * zero);
    }
}

/* Rows of z and p (padded) against y (not padded): adds to the sums and writes dL/d(output) * share to d; for losses
 * that are taken from logits, dL/dz * share. */
static void FN(loss_rows)(const lrsim_network *net, const REAL *z, const REAL *p, const REAL *log_sum, const REAL *y,
                          ptrdiff_t y_step, REAL *d, ptrdiff_t rows, ptrdiff_t step, REAL share, FN(totals) *totals)
{
    const ptrdiff_t units = net->outputs;
    const int loss = net->loss;
    const vec zero = FN(v_set1)(0), scale = FN(v_set1)(share), bound = FN(v_set1)((REAL)net->clip_gradient);
    const vec huber = FN(v_set1)((REAL)net->huber_delta);
    vec sum = zero, absolute = zero;                    /* of up to LRSIM_GROUP rows */
    const REAL threshold = (REAL)net->threshold;
    for (ptrdiff_t row = 0; row < rows; row++, z += step, p += step, d += step, y += y_step) {
        REAL total_y = 1;
        if (loss == CROSS_ENTROPY) {
            vec all = zero;
            for (ptrdiff_t j = 0; j < units; j += VL)
                all = all + FN(v_head)(y + j, units - j);
            total_y = FN(v_sum)(all);
        }
        for (ptrdiff_t j = 0; j < units; j += VL) {
            const vbits there = FN(v_first)(units - j);
            const vec out = FN(v_load)(p + j), logit = FN(v_load)(z + j);
            vec wanted = FN(v_head)(y + j, units - j), value, slope;
            if (loss == HINGE)                          /* 0 means -1 */
                wanted = FN(v_select)(FN(v_equal)(wanted, zero), FN(v_set1)(-1), wanted);
            if (loss == CROSS_ENTROPY) {
                value = FN(v_select)(FN(v_equal)(wanted, zero), zero, wanted * (FN(v_set1)(log_sum[row]) - logit));
                slope = out * FN(v_set1)(total_y) - wanted;
            } else {
                FN(loss_of)(loss, out, logit, wanted, huber, &value, &slope);
            }
            if (loss == CROSS_ENTROPY_CLIPPED) {
                for (ptrdiff_t lane = 0; lane < units - j && lane < VL; lane++) {
                    REAL probability[VL];
                    FN(v_store)(probability, value);
                    if (y[j + lane] != 0)
                        totals->loss -= (double)y[j + lane] * log((double)probability[lane]);
                }
                value = zero;
            }
            if (net->clip_gradient > 0)
                slope = FN(v_max)(FN(v_min)(slope, bound), -bound);
            sum = sum + FN(v_select)(there, value, zero);
            absolute = absolute + FN(v_select)(there, FN(v_abs)(out - wanted), zero);
            FN(v_store)(d + j, FN(v_select)(there, slope * scale, zero));
        }
        if ((row + 1) % LRSIM_GROUP == 0 || row + 1 == rows) {
            totals->loss += (double)FN(v_sum)(sum);
            totals->error += (double)FN(v_sum)(absolute);
            sum = absolute = zero;
        }
        if (net->metrics < 3)
            continue;
        if (net->one_answer) {
            ptrdiff_t said = 0, wanted = 0;
            for (ptrdiff_t j = 1; j < units; j++) {
                said = p[j] > p[said] ? j : said;
                wanted = y[j] > y[wanted] ? j : wanted;
            }
            totals->correct += said == wanted && p[said] == p[said];
        } else {
            for (ptrdiff_t j = 0; j < units; j++)
                totals->correct += p[j] == p[j] && (p[j] > threshold) == (y[j] > threshold);
        }
    }
}
