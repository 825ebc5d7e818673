/* Vectors of REAL: one type, a few operations. Included once per scalar type and instruction set.
 *
 * Arithmetic is what is written: a fused multiply-add is only where v_fma stands (and is two roundings on the
 * baseline), so that an element has the same value wherever in a vector or a tail it stands. */

#define vec FN(vec)
#define vbits FN(vbits)

#if LRSIM_BYTES                                     /* vector extensions of GCC and Clang */

enum { FN(LANES) = LRSIM_BYTES / sizeof(REAL) };
#define VL FN(LANES)

typedef REAL vec __attribute__((vector_size(LRSIM_BYTES)));
typedef INTEGER vbits __attribute__((vector_size(LRSIM_BYTES)));
typedef REAL FN(loose) __attribute__((vector_size(LRSIM_BYTES), aligned(sizeof(REAL)), may_alias));

INLINE vec FN(v_set1)(REAL x) { return x - (vec){0}; }
INLINE vbits FN(v_seti)(INTEGER x) { return x - (vbits){0}; }
INLINE vec FN(v_load)(const REAL *p) { return *(const FN(loose) *)p; }
INLINE void FN(v_store)(REAL *p, vec v) { *(FN(loose) *)p = v; }
INLINE vbits FN(v_bits)(vec v) { return (vbits)v; }
INLINE vec FN(v_real)(vbits v) { return (vec)v; }
INLINE vbits FN(v_less)(vec a, vec b) { return (vbits)(a < b); }
INLINE vbits FN(v_equal)(vec a, vec b) { return (vbits)(a == b); }
INLINE vec FN(v_select)(vbits mask, vec a, vec b) { return (vec)((mask & (vbits)a) | (~mask & (vbits)b)); }

#else                                               /* plain C: vectors of one */

enum { FN(LANES) = 1 };
#define VL FN(LANES)

typedef REAL vec;
typedef INTEGER vbits;

INLINE vec FN(v_set1)(REAL x) { return x; }
INLINE vbits FN(v_seti)(INTEGER x) { return x; }
INLINE vec FN(v_load)(const REAL *p) { return *p; }
INLINE void FN(v_store)(REAL *p, vec v) { *p = v; }
INLINE vbits FN(v_bits)(vec v) { vbits b; memcpy(&b, &v, sizeof b); return b; }
INLINE vec FN(v_real)(vbits b) { vec v; memcpy(&v, &b, sizeof v); return v; }
INLINE vbits FN(v_less)(vec a, vec b) { return -(vbits)(a < b); }
INLINE vbits FN(v_equal)(vec a, vec b) { return -(vbits)(a == b); }
INLINE vec FN(v_select)(vbits mask, vec a, vec b) { return mask ? a : b; }

#endif

#if LRSIM_BYTES == 64
INLINE vec FN(v_fma)(vec a, vec b, vec c) { return (vec)MM512(fmadd)(a, b, c); }
INLINE vec FN(v_sqrt)(vec a) { return (vec)MM512(sqrt)(a); }
INLINE vec FN(v_load_n)(const REAL *p, ptrdiff_t n) { return (vec)MM512(maskz_loadu)((LANE_MASK)((1u << n) - 1), p); }
INLINE void FN(v_store_n)(REAL *p, vec v, ptrdiff_t n) { MM512(mask_storeu)(p, (LANE_MASK)((1u << n) - 1), v); }
#elif LRSIM_BYTES == 32
INLINE vec FN(v_fma)(vec a, vec b, vec c) { return (vec)MM256(fmadd)(a, b, c); }
INLINE vec FN(v_sqrt)(vec a) { return (vec)MM256(sqrt)(a); }
#elif LRSIM_BYTES == 16 && defined(__SSE2__)
INLINE vec FN(v_fma)(vec a, vec b, vec c) { return a * b + c; }
INLINE vec FN(v_sqrt)(vec a) { return (vec)MM128(sqrt)(a); }
#elif LRSIM_BYTES
INLINE vec FN(v_fma)(vec a, vec b, vec c) { return a * b + c; }
INLINE vec FN(v_sqrt)(vec a) { for (int i = 0; i < VL; i++) a[i] = SQRT(a[i]); return a; }
#else
INLINE vec FN(v_fma)(vec a, vec b, vec c) { return a * b + c; }
INLINE vec FN(v_sqrt)(vec a) { return SQRT(a); }
#endif

/* Ones, then zeros: read from VL - n on, it is a mask of the first n lanes. */
static const INTEGER FN(ones)[2 * VL] = {
    -1,
#if LRSIM_BYTES
    -1,
#if LRSIM_BYTES / LRSIM_SIZE >= 4
    -1, -1,
#endif
#if LRSIM_BYTES / LRSIM_SIZE >= 8
    -1, -1, -1, -1,
#endif
#if LRSIM_BYTES / LRSIM_SIZE >= 16
    -1, -1, -1, -1, -1, -1, -1, -1,
#endif
#endif
};

#if LRSIM_BYTES == 32
#undef LANES_256
#define LANES_256(n) _mm256_loadu_si256((const __m256i *)(FN(ones) + VL - (n)))
INLINE vec FN(v_load_n)(const REAL *p, ptrdiff_t n) { return (vec)MM256(maskload)(p, LANES_256(n)); }
INLINE void FN(v_store_n)(REAL *p, vec v, ptrdiff_t n) { MM256(maskstore)(p, LANES_256(n), v); }
#elif LRSIM_BYTES != 64
INLINE vec FN(v_load_n)(const REAL *p, ptrdiff_t n)
{
    REAL lanes[VL] = {0};
    for (ptrdiff_t i = 0; i < n; i++)
        lanes[i] = p[i];
    return FN(v_load)(lanes);
}
INLINE void FN(v_store_n)(REAL *p, vec v, ptrdiff_t n)
{
    REAL lanes[VL];
    FN(v_store)(lanes, v);
    for (ptrdiff_t i = 0; i < n; i++)
        p[i] = lanes[i];
}
#endif

/* The first n lanes of a vector; n may be more than there are. */
INLINE vec FN(v_head)(const REAL *p, ptrdiff_t n) { return n >= VL ? FN(v_load)(p) : FN(v_load_n)(p, n); }
INLINE void FN(v_put_head)(REAL *p, vec v, ptrdiff_t n)
{
    if (n >= VL)
        FN(v_store)(p, v);
    else
        FN(v_store_n)(p, v, n);
}

/* All ones in the first n lanes. */
INLINE vbits FN(v_first)(ptrdiff_t n)
{
    vbits mask;
    if (n > VL)
        n = VL;
    memcpy(&mask, FN(ones) + VL - n, sizeof mask);
    return mask;
}

/* Minimum and maximum that let a NaN in `a` pass. */
INLINE vec FN(v_min)(vec a, vec b) { return FN(v_select)(FN(v_less)(b, a), b, a); }
INLINE vec FN(v_max)(vec a, vec b) { return FN(v_select)(FN(v_less)(a, b), b, a); }
INLINE vec FN(v_abs)(vec a) { return FN(v_real)(FN(v_bits)(a) & FN(v_seti)(INTEGER_MAX)); }
INLINE vec FN(v_sign_of)(vec magnitude, vec sign)
{
    return FN(v_real)(FN(v_bits)(magnitude) | (FN(v_bits)(sign) & FN(v_seti)(~INTEGER_MAX)));
}

/* Sum and maximum over the lanes, always in the same tree. */
#if LRSIM_BYTES == 64
INLINE REAL FN(v_sum)(vec a) { return MM512(reduce_add)(a); }
INLINE REAL FN(v_highest)(vec a) { return MM512(reduce_max)(a); }
#else
INLINE REAL FN(v_sum)(vec a)
{
    REAL lanes[VL];
    FN(v_store)(lanes, a);
    for (int half = VL / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++)
            lanes[i] += lanes[i + half];
    return lanes[0];
}
INLINE REAL FN(v_highest)(vec a)
{
    REAL lanes[VL];
    FN(v_store)(lanes, a);
    for (int half = VL / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++)
            lanes[i] = lanes[i] > lanes[i + half] ? lanes[i] : lanes[i + half];
    return lanes[0];
}
#endif
