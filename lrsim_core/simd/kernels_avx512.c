/* AVX-512 (F, DQ, BW, VL); empty where the compiler or the architecture has no such thing. */

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")
#endif

#define LRSIM_LEVEL avx512
#define LRSIM_BYTES 64
#define TILE_ROWS 12
#define SPARSE_VECTORS 4
#include "kernels.inc"

#ifdef __clang__
#pragma clang attribute pop
#endif

#else
typedef int lrsim_no_kernels_here;
#endif
