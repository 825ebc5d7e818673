/* Activations over a block of values, whole vectors at a time (blocks are padded). A derivative is taken from the
 * output where that is enough, so that the backward pass needs no copy of z; GELU alone needs it. */

#define EACH(expression)                                                                                              \
    for (ptrdiff_t i = 0; i < n; i += VL) {                                                                           \
        expression;                                                                                                   \
    }                                                                                                                 \
    break

/* a = f(z); a and z may be the same block. */
static void FN(activate)(const lrsim_layer *layer, const REAL *from, REAL *to, ptrdiff_t n)
{
    const vec zero = FN(v_set1)(0), limit = FN(v_set1)((REAL)layer->limit), alpha = FN(v_set1)((REAL)layer->alpha);
    vec z;
#define Z (z = FN(v_load)(from + i))
#define PUT(value) FN(v_store)(to + i, value)
    switch (layer->activation) {
    case CLIP: EACH(PUT(FN(v_min)(Z, limit)));
    case RELU: EACH(PUT(FN(v_max)(Z, zero)));
    case LEAKY_RELU: EACH((void)Z; PUT(FN(v_select)(FN(v_less)(z, zero), alpha * z, z)));
    case ELU: EACH((void)Z; PUT(FN(v_select)(FN(v_less)(z, zero), alpha * FN(v_expm1)(FN(v_min)(z, zero)), z)));
    case SOFTPLUS: EACH(PUT(FN(v_softplus)(Z)));
    case TANH: EACH(PUT(FN(v_tanh)(Z)));
    case SIGMOID: EACH(PUT(FN(v_logistic)(Z)));
    case GELU: EACH((void)Z; PUT(z * FN(v_normal_below)(z)));
    default:
        if (to != from)
            memcpy(to, from, (size_t)n * sizeof(REAL));
    }
#undef Z
#undef PUT
}

/* f'(z) of one vector, from a = f(z); z of GELU alone. */
INLINE vec FN(slope)(int activation, vec a, vec z, vec limit, vec alpha, int straight_through)
{
    const vec zero = FN(v_set1)(0), one = FN(v_set1)(1);
    switch (activation) {
    case CLIP: return straight_through ? one : FN(v_select)(FN(v_less)(a, limit), one, zero);
    case RELU: return FN(v_select)(FN(v_less)(zero, a), one, zero);
    case LEAKY_RELU: return FN(v_select)(FN(v_less)(zero, a), one, alpha);
    case ELU: return FN(v_select)(FN(v_less)(a, zero), a + alpha, one);
    case SOFTPLUS: return -FN(v_expm1)(-a);
    case TANH: return FN(v_fma)(-a, a, one);
    case SIGMOID: return a * (one - a);
    case GELU: return FN(v_fma)(z, FN(v_normal)(z), FN(v_normal_below)(z));
    default: return one;
    }
}

/* f''(z) of one vector; 0 at the kinks. */
INLINE vec FN(curvature)(int activation, vec a, vec z, vec alpha)
{
    const vec zero = FN(v_set1)(0), one = FN(v_set1)(1), two = FN(v_set1)(2);
    vec s;
    switch (activation) {
    case ELU: return FN(v_select)(FN(v_less)(a, zero), a + alpha, zero);
    case SOFTPLUS: s = -FN(v_expm1)(-a); return s * (one - s);
    case TANH: return -two * a * (one - a * a);
    case SIGMOID: return a * (one - a) * (one - two * a);
    case GELU: return FN(v_normal)(z) * (two - z * z);
    default: return zero;
    }
}

/* d *= f'(z), over a block. */
static void FN(times_slope)(const lrsim_layer *layer, REAL *d, const REAL *a, const REAL *z, ptrdiff_t n)
{
    const vec limit = FN(v_set1)((REAL)layer->limit), alpha = FN(v_set1)((REAL)layer->alpha);
    const int through = layer->straight_through;
#define TIMES(code)                                                                                                   \
    case code: EACH(FN(v_store)(d + i, FN(v_load)(d + i) * FN(slope)(code, FN(v_load)(a + i),                         \
                                                                    code == GELU ? FN(v_load)(z + i) : limit, limit,  \
                                                                    alpha, through)))
    switch (layer->activation) {
        TIMES(RELU);
        TIMES(LEAKY_RELU);
        TIMES(ELU);
        TIMES(SOFTPLUS);
        TIMES(TANH);
        TIMES(SIGMOID);
        TIMES(GELU);
    case CLIP:
        if (through)
            break;
        EACH(FN(v_store)(d + i, FN(v_load)(d + i) * FN(slope)(CLIP, FN(v_load)(a + i), limit, limit, alpha, 0)));
    default: break;
    }
#undef TIMES
}
