/* Matrix products whose sums stay in registers: of ROWS rows by 4 vectors at most, or 6 by 2.
 *
 * All functions are inlined with constant counts of rows and vectors, so that their arrays of sums
 * become registers; the switches select the constants. The order of summation does not depend on
 * any count, so that a row's result does not depend on the rows around it. */
#ifndef MULTIPLY_H
#define MULTIPLY_H

#include "rnnkit.h"
#include "vectors.h"

#define PANEL (4 * LANES)

INLINE int64_t round_up(int64_t count, int64_t multiple) {
    return (count + multiple - 1) / multiple * multiple;
}

/* The next part of `rest`, divided into parts of at most `most` as equally as possible: 16 = 5 +
 * 5 + 6. */
INLINE int64_t part_of(int64_t rest, int64_t most) {
    return rest / ((rest + most - 1) / most);
}

/* The rows of a matrix that share one vector element. */
INLINE int64_t rows_at_once(enum rnnkit_precision precision) {
    return precision == IN_INT8 ? 4 : precision == IN_BFLOAT16 ? 2 : 1;
}

/* The size of (depth, columns) in panels, in floats. Bytes follow the steps of their columns. */
INLINE int64_t packed_floats(enum rnnkit_precision precision, int64_t depth, int64_t columns) {
    int64_t at_once = rows_at_once(precision);
    return columns * ((precision == IN_INT8) + (depth + at_once - 1) / at_once);
}

/* Separate sums of even and odd `k`: in a single one each addition would wait for the last. */
INLINE void add_halves(vec *sums, int vectors, const float *a, const float *panel, int64_t depth) {
    vec even[4], odd[4];
    UNROLL for (int v = 0; v < vectors; v++) even[v] = odd[v] = (vec){0};
    for (int64_t k = 0; k + 1 < depth; k += 2, panel += vectors * LANES) {
        UNROLL for (int v = 0; v < vectors; v++) {
            ivec both = (ivec)load(panel + v * LANES);
            even[v] += a[k] * first_of(both), odd[v] += a[k + 1] * second_of(both);
        }
    }
    UNROLL for (int v = 0; v < vectors; v++) {
        if (depth % 2) even[v] += a[depth - 1] * first_of((ivec)load(panel + v * LANES));
        sums[v] = even[v] + odd[v];
    }
}

INLINE void add_bytes(vec *sums, int vectors, const float *a, const float *panel, int64_t depth) {
    const float *from = panel + vectors * LANES;
    vec even[4], odd[4];
    UNROLL for (int v = 0; v < vectors; v++) even[v] = odd[v] = (vec){0};
    int64_t k = 0;
    for (; k + 3 < depth; k += 4, from += vectors * LANES) {
        UNROLL for (int v = 0; v < vectors; v++) {
            ivec four = (ivec)load(from + v * LANES);
            even[v] += a[k] * byte_of(four, 0), odd[v] += a[k + 1] * byte_of(four, 1);
            even[v] += a[k + 2] * byte_of(four, 2), odd[v] += a[k + 3] * byte_of(four, 3);
        }
    }
    for (int index = 0; k < depth; k++, index++)
        UNROLL for (int v = 0; v < vectors; v++)
            even[v] += a[k] * byte_of((ivec)load(from + v * LANES), index);
    UNROLL for (int v = 0; v < vectors; v++)
        sums[v] = load(panel + v * LANES) * (even[v] + odd[v]);
}

#define FOR_UP_TO_2(count, CALL, ...)                                                             \
    switch (count) {                                                                              \
    case 1: CALL(1, __VA_ARGS__); break;                                                          \
    default: CALL(2, __VA_ARGS__);                                                                \
    }

#define FOR_UP_TO_3(count, CALL, ...)                                                             \
    switch (count) {                                                                              \
    case 1: CALL(1, __VA_ARGS__); break;                                                          \
    case 2: CALL(2, __VA_ARGS__); break;                                                          \
    default: CALL(3, __VA_ARGS__);                                                                \
    }

#define FOR_UP_TO_4(count, CALL, ...)                                                             \
    switch (count) {                                                                              \
    case 1: CALL(1, __VA_ARGS__); break;                                                          \
    case 2: CALL(2, __VA_ARGS__); break;                                                          \
    case 3: CALL(3, __VA_ARGS__); break;                                                          \
    default: CALL(4, __VA_ARGS__);                                                                \
    }

#define FOR_UP_TO_6(count, CALL, ...)                                                             \
    switch (count) {                                                                              \
    case 1: CALL(1, __VA_ARGS__); break;                                                          \
    case 2: CALL(2, __VA_ARGS__); break;                                                          \
    case 3: CALL(3, __VA_ARGS__); break;                                                          \
    case 4: CALL(4, __VA_ARGS__); break;                                                          \
    case 5: CALL(5, __VA_ARGS__); break;                                                          \
    default: CALL(6, __VA_ARGS__);                                                                \
    }

#if ROWS == 6
#define FOR_ROWS FOR_UP_TO_6
#else
#define FOR_ROWS FOR_UP_TO_3
#endif
#define FOR_VECTORS FOR_UP_TO_4

#define HALVES(V, ...) add_halves(sums, V, __VA_ARGS__)
#define BYTES(V, ...) add_bytes(sums, V, __VA_ARGS__)

/* sums[v] = sum over k of a[k] panel[k][v], for a panel of rounded numbers. */
static NOINLINE void rounded_row(vec *sums, int vectors, const float *a, const float *panel,
                                 enum rnnkit_precision precision, int64_t depth) {
    if (precision == IN_INT8) FOR_VECTORS(vectors, BYTES, a, panel, depth)
    else FOR_VECTORS(vectors, HALVES, a, panel, depth)
}

/* sums[r][v] += sum over k of a[r][k] panel[k][v]; the last vector is added to sums[r][last]. For
 * the layout of the panel see pack.h.
 *
 * Clang would hoist loads until the sums no longer fit into registers: the empty assembly stops it.
 * GCC does not need it, and would take twice as long with it. */
INLINE void accumulate(vec sums[][4], int rows, int vectors, int last, const float *const *a,
                       const float *panel, enum rnnkit_precision precision, int64_t depth) {
    const float *row[ROWS];
    UNROLL for (int r = 0; r < rows; r++) row[r] = a[r];
    if (precision != IN_FLOAT32) { /* row by row: not compiled for each number of rows */
        for (int r = 0; r < rows; r++) {
            vec own[4];
            rounded_row(own, vectors, row[r], panel, precision, depth);
            UNROLL for (int v = 0; v < vectors; v++) sums[r][v == vectors - 1 ? last : v] += own[v];
        }
        return;
    }
    for (int64_t k = 0; k < depth; k++, panel += vectors * LANES) {
#ifdef __clang__
        __asm__ volatile("" ::: "memory");
#endif
        vec b[4];
        UNROLL for (int v = 0; v < vectors; v++) b[v] = load(panel + v * LANES);
        UNROLL for (int r = 0; r < rows; r++) {
            float x = row[r][k];
            UNROLL for (int v = 0; v < vectors - 1; v++) sums[r][v] += x * b[v];
            sums[r][last] += x * b[vectors - 1];
        }
    }
}

INLINE void product_block(int rows, int vectors, float *const *out, const float *const *a,
                          const float *panel, int64_t depth, int64_t columns, int add) {
    vec sums[ROWS][4];
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int v = 0; v < vectors; v++) {
            sums[r][v] = add ? load_part(out[r] + v * LANES, columns - v * LANES) : (vec){0};
        }
    }
    accumulate(sums, rows, vectors, vectors - 1, a, panel, IN_FLOAT32, depth);
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int v = 0; v < vectors; v++) {
            store_part(out[r] + v * LANES, sums[r][v], columns - v * LANES);
        }
    }
}

#define PRODUCT_ROWS(R, V) product_block(R, V, to, a + first, panel, depth, columns - column, add)
#define PRODUCT_VECTORS(V, rows) FOR_ROWS(rows, PRODUCT_ROWS, V)

/* out[r] = a[r] B, or += where `add`; B (depth, columns) is in panels of 4 vectors. */
static NOINLINE void product(float *const *out, const float *const *a, int64_t rows,
                             const float *panels, int64_t depth, int64_t columns, int add) {
    for (int64_t column = 0; column < columns; column += PANEL) {
        const float *panel = panels + column * depth;
        int64_t vectors = (columns - column + LANES - 1) / LANES;
        for (int64_t first = 0, count; first < rows; first += count) {
            count = part_of(rows - first, ROWS);
            float *to[ROWS] = {out[first] + column};
            for (int64_t r = 1; r < count; r++) to[r] = out[first + r] + column;
            FOR_VECTORS(vectors, PRODUCT_VECTORS, count)
        }
    }
}

/* With registers for 12 sums, 6 rows by 2 vectors read fewer cache lines than 3 by 4. */
#if ROWS == 6
#define OUTER_VECTORS_MOST 4
#define FOR_OUTER_VECTORS FOR_UP_TO_4
#else
#define OUTER_VECTORS_MOST 2
#define FOR_OUTER_VECTORS FOR_UP_TO_2
#endif

INLINE void outer_block(int rows, int vectors, float *to, int64_t width, const float *const *a,
                        int64_t row, const float *b, int64_t stride, int64_t samples) {
    vec sums[6][OUTER_VECTORS_MOST];
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int v = 0; v < vectors; v++) sums[r][v] = (vec){0};
    }
    for (int64_t s = 0; s < samples; s++, b += stride) {
#ifdef __clang__
        __asm__ volatile("" ::: "memory");
#endif
        const float *x = a[s] + row;
        vec own[OUTER_VECTORS_MOST];
        UNROLL for (int v = 0; v < vectors; v++) own[v] = load(b + v * LANES);
        UNROLL for (int r = 0; r < rows; r++) {
            UNROLL for (int v = 0; v < vectors; v++) sums[r][v] += x[r] * own[v];
        }
    }
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int v = 0; v < vectors; v++) {
            float *place = to + r * width + v * LANES;
            store(place, load(place) + sums[r][v]);
        }
    }
}

#define OUTER_ROWS(R, V)                                                                          \
    outer_block(R, V, sums + row * width + column, width, a, row, b + column, stride, samples)
#define OUTER_VECTORS(V, rows) FOR_UP_TO_6(rows, OUTER_ROWS, V)

/* sums (rows, width) += a^T b, where a is `samples` pointers to rows and b is (samples, stride);
 * `width` is a whole number of vectors. */
static NOINLINE void outer(float *sums, int64_t rows, int64_t width, const float *const *a,
                           const float *b, int64_t stride, int64_t samples) {
    if (!samples) return;
    for (int64_t column = 0, vectors; column < width; column += vectors * LANES) {
        vectors = part_of((width - column) / LANES, OUTER_VECTORS_MOST);
        for (int64_t row = 0, count; row < rows; row += count) {
            count = part_of(rows - row, 6);
            FOR_OUTER_VECTORS(vectors, OUTER_VECTORS, count)
        }
    }
}

#endif
