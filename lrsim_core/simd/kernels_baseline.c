/* What every processor of the architecture can do; and the choice between the levels. */

#include <string.h>

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
