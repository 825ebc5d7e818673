/* exp, expm1, log1p, tanh, the logistic function and the normal distribution, on vectors, to a few ulp.
 * NaN passes through all of them. */

INLINE vec FN(v_polynomial)(vec x, const REAL *c, int degree)
{
    vec sum = FN(v_set1)(c[degree]);
    for (int k = degree - 1; k >= 0; k--)
        sum = FN(v_fma)(sum, x, FN(v_set1)(c[k]));
    return sum;
}

#ifdef LRSIM_SINGLE
enum { FN(EXP_DEGREE) = 5, FN(ATANH_DEGREE) = 8, FN(ERFC_DEGREE) = 11, FN(MANTISSA) = 23, FN(EXPONENT_BIAS) = 127 };
#define EXP_HIGHEST 100.0f
#define EXP_LOWEST -87.0f
#define LN2_HIGH 0.693359375f               /* few bits: k * LN2_HIGH is exact */
#define LN2_LOW -2.12194440054690583e-4f
#define ROUNDER 12582912.0f                 /* 1.5 * 2^23: adding it rounds to an integer */
#define ERFC_CENTRE 2.0f
static const REAL FN(erfc_c)[] = {
    1.2769783913176495f, -0.09276376277486964f, -0.16603109565094872f, 0.16404945413943182f, -0.05421195849444882f,
    -0.00801896307867106f, 0.0086891596581943866f, 0.0012174105921552093f, -0.0013957069461305218f,
    -0.00035792044784717931f, 0.00016080358172579036f, 0.000063369458376152517f,
};
#else
enum { FN(EXP_DEGREE) = 11, FN(ATANH_DEGREE) = 17, FN(ERFC_DEGREE) = 24, FN(MANTISSA) = 52, FN(EXPONENT_BIAS) = 1023 };
#define EXP_HIGHEST 720.0
#define EXP_LOWEST -708.0
#define LN2_HIGH 6.93147180369123816490e-01
#define LN2_LOW 1.90821492927058770002e-10
#define ROUNDER 6755399441055744.0          /* 1.5 * 2^52 */
#define ERFC_CENTRE 3.0
static const REAL FN(erfc_c)[] = {
    1.2530080582697296471, -0.13562110612458115851, -0.047562294353449196685, 0.12964515870275939232,
    -0.11927366341538638408, 0.068308027344009903797, -0.023770514917171336801, 0.0025293918156939695289,
    0.0018886903449991718495, -0.00077983226965433065201, -0.00010515971958448064841, 0.00012509934245837290944,
    4.9491966499683453145e-6, -0.000020100542268525610943, -7.3082814687836139291e-7, 3.4723709449771681704e-6,
    3.5576086684080594355e-7, -6.1660114603987259305e-7, -1.4047654315428462329e-7, 1.0183620603842736649e-7,
    4.1064013967940352768e-8, -1.3312919661038687714e-8, -8.2175950587114538556e-9, 9.8625335103455875929e-10,
    8.3937348586908775496e-10,
};
#endif

/* 1/2!, 1/3!, ...: (exp(r) - 1 - r) / r^2 for |r| <= ln(2)/2. */
static const REAL FN(exp_c)[] = {
    (REAL)0.5, (REAL)(1.0 / 6), (REAL)(1.0 / 24), (REAL)(1.0 / 120), (REAL)(1.0 / 720), (REAL)(1.0 / 5040),
    (REAL)(1.0 / 40320), (REAL)(1.0 / 362880), (REAL)(1.0 / 3628800), (REAL)(1.0 / 39916800),
    (REAL)(1.0 / 479001600), (REAL)(1.0 / 6227020800.0),
};

/* 2, 2/3, 2/5, ...: 2 atanh(s) / s in powers of s^2. */
static const REAL FN(atanh_c)[] = {
    (REAL)2.0, (REAL)(2.0 / 3), (REAL)(2.0 / 5), (REAL)(2.0 / 7), (REAL)(2.0 / 9), (REAL)(2.0 / 11), (REAL)(2.0 / 13),
    (REAL)(2.0 / 15), (REAL)(2.0 / 17), (REAL)(2.0 / 19), (REAL)(2.0 / 21), (REAL)(2.0 / 23), (REAL)(2.0 / 25),
    (REAL)(2.0 / 27), (REAL)(2.0 / 29), (REAL)(2.0 / 31), (REAL)(2.0 / 33), (REAL)(2.0 / 35),
};

/* x = n ln(2) + r: returns exp(r) - 1, and n as an integer. */
INLINE vec FN(v_reduced)(vec x, vbits *n)
{
    const vec rounder = FN(v_set1)(ROUNDER);
    vec shifted = FN(v_fma)(x, FN(v_set1)((REAL)1.44269504088896340736), rounder), k = shifted - rounder, r;
    *n = FN(v_bits)(shifted) - FN(v_bits)(rounder);
    r = FN(v_fma)(k, FN(v_set1)(-(REAL)LN2_HIGH), x);
    r = FN(v_fma)(k, FN(v_set1)(-(REAL)LN2_LOW), r);
    return FN(v_fma)(r * r, FN(v_polynomial)(r, FN(exp_c), FN(EXP_DEGREE)), r);
}

INLINE vec FN(v_power_of_2)(vbits n) { return FN(v_real)((n + FN(v_seti)(FN(EXPONENT_BIAS))) << FN(MANTISSA)); }

/* 0 where the result would be smaller than the smallest normal number: those below cost a hundred times the time. */
INLINE vec FN(v_exp)(vec x)
{
    const vec lowest = FN(v_set1)(EXP_LOWEST);
    vbits n, half;
    vec p;
    p = FN(v_reduced)(FN(v_max)(FN(v_min)(x, FN(v_set1)(EXP_HIGHEST)), lowest), &n) + FN(v_set1)(1);
    half = n >> 1;                          /* in two halves, so that neither overflows */
    p = p * FN(v_power_of_2)(half) * FN(v_power_of_2)(n - half);
    return FN(v_select)(FN(v_less)(x, lowest), FN(v_set1)(0), p);
}

/* exp(x) - 1 for x up to 60. */
INLINE vec FN(v_expm1)(vec x)
{
    vbits n;
    vec p, scale;
    x = FN(v_max)(x, FN(v_set1)(-60));
    p = FN(v_reduced)(x, &n);
    scale = FN(v_power_of_2)(n);
    return FN(v_fma)(scale, p, scale - FN(v_set1)(1));
}

/* log(1 + y) for 0 <= y <= 1. */
INLINE vec FN(v_log1p)(vec y)
{
    vec s = y / (FN(v_set1)(2) + y);
    return s * FN(v_polynomial)(s * s, FN(atanh_c), FN(ATANH_DEGREE));
}

INLINE vec FN(v_tanh)(vec x)
{
    vec e = FN(v_expm1)(FN(v_min)(FN(v_abs)(x + x), FN(v_set1)(50)));
    return FN(v_sign_of)(e / (e + FN(v_set1)(2)), x);
}

INLINE vec FN(v_logistic)(vec x)
{
    return FN(v_set1)(1) / (FN(v_set1)(1) + FN(v_exp)(-x));
}

/* log(1 + exp(x)). */
INLINE vec FN(v_softplus)(vec x)
{
    return FN(v_max)(x, FN(v_set1)(0)) + FN(v_log1p)(FN(v_exp)(-FN(v_abs)(x)));
}

/* Density of the normal distribution. */
INLINE vec FN(v_normal)(vec x)
{
    return FN(v_set1)((REAL)0.39894228040143267794) * FN(v_exp)(x * x * FN(v_set1)((REAL)-0.5));
}

/* Its distribution function. (1 + 2u) exp(u^2) erfc(u) is a polynomial in (u - c)/(u + c), fitted by Chebyshev's. */
INLINE vec FN(v_normal_below)(vec x)
{
    const vec one = FN(v_set1)(1), centre = FN(v_set1)(ERFC_CENTRE);
    vec size = FN(v_min)(FN(v_abs)(x), FN(v_set1)(60)), u = size * FN(v_set1)((REAL)0.70710678118654752440);
    vec p = FN(v_polynomial)((u - centre) / (u + centre), FN(erfc_c), FN(ERFC_DEGREE));
    vec tail = FN(v_set1)((REAL)0.5) * p * FN(v_exp)(size * size * FN(v_set1)((REAL)-0.5)) / (one + u + u);
    return FN(v_select)(FN(v_less)(x, FN(v_set1)(0)), tail, one - tail);
}

#undef EXP_HIGHEST
#undef EXP_LOWEST
#undef LN2_HIGH
#undef LN2_LOW
#undef ROUNDER
#undef ERFC_CENTRE
