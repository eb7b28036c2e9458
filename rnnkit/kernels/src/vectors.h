/* Vectors of the instruction set that this file is compiled for, and activations of them.
 *
 * Written in GCC's and Clang's vector extensions: one source for AVX-512, AVX2, SSE2 and NEON. */
#ifndef VECTORS_H
#define VECTORS_H

#include <string.h>

#include "rnnkit.h"

/* A vector has LANES floats. ROWS x 4 sums are kept in registers: 24 of 32, or 12 of 16. */
#if defined(__AVX512F__)
#define LANES 16
#define ROWS 6
#elif defined(__AVX2__)
#define LANES 8
#define ROWS 3
#elif defined(__aarch64__)
#define LANES 4
#define ROWS 6
#else
#define LANES 4
#define ROWS 3
#endif

#define NOINLINE __attribute__((noinline))
#define UNROLL _Pragma("GCC unroll 8")

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef int32_t ivec __attribute__((vector_size(4 * LANES)));
typedef float unaligned_vec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

INLINE vec load(const float *from) { return *(const unaligned_vec *)from; }
INLINE void store(float *to, vec x) { *(unaligned_vec *)to = x; }

/* Halves are bfloat16: the upper 16 bits of a float, rounded to the nearest, ties to even. Two rows
 * of a matrix share an element, the first in its lower half: a shift and a mask restore the
 * floats. */
INLINE vec first_of(ivec both) { return (vec)(both << 16); }
INLINE vec second_of(ivec both) { return (vec)(both & (int32_t)0xffff0000); }

static uint32_t half_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    if ((bits & 0x7fffffff) > 0x7f800000) return bits >> 16 | 0x40; /* NaN stays NaN */
    return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

static void store_pair(float *to, vec first, vec second) {
    ivec both;
    for (int lane = 0; lane < LANES; lane++)
        both[lane] = (int32_t)(half_of(first[lane]) | half_of(second[lane]) << 16);
    store(to, (vec)both);
}

/* The first `count` lanes (all if there are fewer); zeros after these. */
INLINE vec load_part(const float *from, int64_t count) {
    if (count >= LANES) return load(from);
    float lanes[LANES] = {0};
    for (int64_t lane = 0; lane < count; lane++) lanes[lane] = from[lane];
    return load(lanes);
}

INLINE void store_part(float *to, vec x, int64_t count) {
    if (count >= LANES) {
        store(to, x);
        return;
    }
    float lanes[LANES];
    store(lanes, x);
    for (int64_t lane = 0; lane < count; lane++) to[lane] = lanes[lane];
}

/* Prefetches `count` floats: rows are too far apart for the processor to guess the next one. */
INLINE void prefetch(const float *from, int64_t count) {
    for (int64_t at = 0; at < count; at += 16) __builtin_prefetch(from + at);
}

INLINE vec all(float x) { return x - (vec){0}; } /* GCC adds where it reads x + (vec){0} */
INLINE vec select_vec(ivec is, vec yes, vec no) {
    return (vec)((is & (ivec)yes) | (~is & (ivec)no));
}

/* Bytes are integers from -127 to 127, times the step of their column; four rows of a matrix share
 * an element. */
INLINE vec byte_of(ivec four, int index) {
    return __builtin_convertvector(four << (24 - 8 * index) >> 24, vec);
}

static void store_bytes(float *to, const vec rows[4], vec steps) {
    ivec four = {0};
    for (int row = 0; row < 4; row++) {
        vec whole = rows[row] / select_vec(steps == 0, steps + 1, steps);
        four |= ((ivec)(whole + 12582912.0f) & 0xff) << 8 * row; /* rounded: see `exponent` */
    }
    store(to, (vec)four);
}

/* NaN stays NaN: the instructions return their second operand then. In assembly, because GCC
 * compiles the selection to four instructions, which slows the activations down. */
#if defined(__AVX__)
INLINE vec at_least(vec x, float bound) {
    __asm__("vmaxps %1, %2, %0" : "=v"(x) : "v"(x), "v"(all(bound)));
    return x;
}
INLINE vec at_most(vec x, float bound) {
    __asm__("vminps %1, %2, %0" : "=v"(x) : "v"(x), "v"(all(bound)));
    return x;
}
#else
INLINE vec at_least(vec x, float bound) { return select_vec(x < bound, all(bound), x); }
INLINE vec at_most(vec x, float bound) { return select_vec(x > bound, all(bound), x); }
#endif

/* power = 2^n and q, with e^x = 2^n (1 + q). In base 2 the fraction f is within +-0.5, and q is
 * 2^f - 1 = f p(f), where p has degree 5 (Taylor) and is evaluated in pairs, which shortens the
 * chain of products. Adding 1.5 * 2^23 rounds to an integer, and leaves it in the low bits. */
INLINE vec exponent(vec x, vec *power) {
    vec rounded = x * 1.44269504f + 12582912.0f;
    ivec bits = (ivec)rounded << 23;
    vec f = x * 1.44269504f - (rounded - 12582912.0f), square = f * f;
    vec low = f * 0.240226507f + 0.693147181f;
    vec middle = f * 9.61812911e-3f + 5.55041087e-2f;
    vec high = f * 1.54035304e-4f + 1.33335581e-3f;
    *power = (vec)(bits + 0x3f800000);
    return f * ((high * square + middle) * square + low);
}

/* e^x for x within +-87. */
INLINE vec exp_vec(vec x) {
    vec power, q = exponent(x, &power);
    return power * q + power;
}

INLINE vec sigmoid(vec x) {
    return 1.0f / (1.0f + exp_vec(at_least(at_most(-x, 87.0f), -87.0f)));
}

/* From e^(-2|x|) - 1, which is accurate near zero. */
INLINE vec tanh_vec(vec x) {
    ivec sign = (ivec)x & (int32_t)0x80000000;
    vec power, q = exponent(at_least((vec)((ivec)x | (int32_t)0x80000000) * 2.0f, -87.0f), &power);
    vec less_one = power * q + (power - 1.0f);
    return (vec)((ivec)(less_one / (less_one + 2.0f)) ^ (~sign & (int32_t)0x80000000));
}

#endif
