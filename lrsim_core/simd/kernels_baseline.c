/* What every processor of the architecture can do; the choice between the levels, and the mode they work in. */

#include <string.h>

#if defined(__SSE2__) || defined(_M_X64)
#include <xmmintrin.h>
#endif

#define LRSIM_LEVEL baseline
#if defined(__GNUC__) || defined(__clang__)
#define LRSIM_BYTES 16
#else
#define LRSIM_BYTES 0
#endif
#define TILE_ROWS 6
#define SPARSE_VECTORS 2
#include "kernels.inc"

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
extern const lrsim_kernels lrsim_kernels_avx2, lrsim_kernels_avx512;
#endif

const lrsim_kernels *lrsim_kernels_of(const char *level)
{
    if (!strcmp(level, "baseline"))
        return &lrsim_kernels_baseline;
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
    __builtin_cpu_init();
    if (!strcmp(level, "avx2") && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return &lrsim_kernels_avx2;
    if (!strcmp(level, "avx512") && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma"))
        return &lrsim_kernels_avx512;
#endif
    return NULL;
}

#if defined(__SSE2__) || defined(_M_X64)
enum { FLUSH_RESULTS = 0x8000, FLUSH_OPERANDS = 0x0040 };

unsigned lrsim_flush_subnormals(void)
{
    const unsigned mode = _mm_getcsr();
    _mm_setcsr(mode | FLUSH_RESULTS | FLUSH_OPERANDS);
    return mode;
}

void lrsim_restore_mode(unsigned mode) { _mm_setcsr(mode); }
#elif defined(__aarch64__)
enum { FLUSH_BOTH = 1 << 24 };

unsigned lrsim_flush_subnormals(void)
{
    unsigned long long mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    __asm__ volatile("msr fpcr, %0" : : "r"(mode | FLUSH_BOTH));
    return (unsigned)mode;
}

void lrsim_restore_mode(unsigned mode) { __asm__ volatile("msr fpcr, %0" : : "r"((unsigned long long)mode)); }
#else
unsigned lrsim_flush_subnormals(void) { return 0; }

void lrsim_restore_mode(unsigned mode) { (void)mode; }
#endif
