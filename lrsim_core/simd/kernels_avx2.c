/* AVX2 with fused multiply-adds; empty where the compiler or the architecture has no such thing. */

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif

#define LRSIM_LEVEL avx2
#define LRSIM_BYTES 32
#define TILE_ROWS 6
#define SPARSE_VECTORS 2
#include "kernels.inc"

#ifdef __clang__
#pragma clang attribute pop
#endif

#else
typedef int lrsim_no_kernels_here;
#endif
