/* What is computed row by row: the cross-entropy of logits, and the gradient of a table of which
 * rows were read. */
#ifndef ROWS_H
#define ROWS_H

#include "plan.h"
#include "vectors.h"

INLINE vec exp_less(const float *logits, int64_t count, float largest) {
    vec x = load_part(logits, count) - largest;
    if (count < LANES) { /* lanes beyond the row add nothing */
        float lanes[LANES];
        store(lanes, x);
        for (int64_t lane = count; lane < LANES; lane++) lanes[lane] = -87.0f;
        x = load(lanes);
    }
    return exp_vec(at_least(x, -87.0f));
}

/* In four chains: each comparison would wait for the one before it. */
static float largest_of(const float *row, int64_t count) {
    float largest = row[0];
    vec best[4];
    int64_t at = 0;
    UNROLL for (int v = 0; v < 4; v++) best[v] = all(largest);
    for (; at + 4 * LANES <= count; at += 4 * LANES) {
        UNROLL for (int v = 0; v < 4; v++) {
            vec x = load(row + at + v * LANES);
            best[v] = select_vec(x > best[v], x, best[v]);
        }
    }
    for (int v = 0; v < 4; v++)
        for (int64_t lane = 0; lane < LANES; lane++)
            if (best[v][lane] > largest) largest = best[v][lane];
    for (; at < count; at++)
        if (row[at] > largest) largest = row[at];
    return largest;
}

/* Whether the target is the first of the largest. */
static int is_first_largest(const float *row, int64_t target, float largest) {
    if (row[target] != largest) return 0;
    for (int64_t at = 0; at < target; at++)
        if (row[at] == largest) return 0;
    return 1;
}

static void entropy(const rnnkit_logits *of, int64_t row) {
    const float *logits = of->logits + row * of->classes;
    float largest = largest_of(logits, of->classes), sum = 0.0f;
    vec sums = {0};
    for (int64_t at = 0; at < of->classes; at += LANES) {
        vec share = exp_less(logits + at, of->classes - at, largest);
        prefetch(logits + of->classes + at, LANES); /* the next row, which is read from memory */
        if (at + LANES <= of->classes) sums += share;
        else
            for (int64_t lane = 0; lane < of->classes - at; lane++) sum += share[lane];
    }
    for (int64_t lane = 0; lane < LANES; lane++) sum += sums[lane];
    of->largest[row] = largest;
    of->sums[row] = sum;
    of->hits[row] = (float)is_first_largest(logits, of->targets[row], largest);
}

/* The share of each class times the gradient of the row's loss, less that gradient at the target. */
static void entropy_gradient(const rnnkit_logits *of, int64_t row) {
    const float *logits = of->logits + row * of->classes;
    float *to = of->of_logits + row * of->classes, of_loss = of->of_losses[row];
    if (of_loss == 0.0f) { /* padding */
        memset(to, 0, sizeof(float) * of->classes);
        return;
    }
    float factor = of_loss / of->sums[row];
    for (int64_t at = 0; at < of->classes; at += LANES)
        store_part(to + at, exp_less(logits + at, of->classes - at, of->largest[row]) * factor,
                   of->classes - at);
    to[of->targets[row]] -= of_loss;
}

/* The rows of the table that are `item` of `items`: the sums of the vectors that belong to them. */
static void sum_rows(const rnnkit_table *of, int64_t item, int64_t items) {
    int64_t width = of->width;
    for (int64_t row = item; row < of->table_rows; row += items)
        memset(of->table + row * width, 0, sizeof(float) * width);
    for (int64_t index = 0; index < of->count; index++) {
        if (of->ids[index] % items != item) continue;
        float *to = of->table + of->ids[index] * width;
        const float *from = of->vectors + index * width;
        int64_t at = 0;
        for (; at + LANES <= width; at += LANES) store(to + at, load(to + at) + load(from + at));
        for (; at < width; at++) to[at] += from[at];
    }
}

#endif
