/* Row-wise operations: the cross-entropy of logits, and the gradient of an embedding. */
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

/* In four chains: in a single one each comparison would wait for the previous one. */
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

/* Whether the target is the first of the largest logits. */
static int is_first_largest(const float *row, int64_t target, float largest) {
    if (row[target] != largest) return 0;
    for (int64_t at = 0; at < target; at++)
        if (row[at] == largest) return 0;
    return 1;
}

static void entropy(const rnnkit_logits *batch, int64_t row) {
    const float *logits = batch->logits + row * batch->classes;
    float largest = largest_of(logits, batch->classes), sum = 0.0f;
    vec sums = {0};
    for (int64_t at = 0; at < batch->classes; at += LANES) {
        vec share = exp_less(logits + at, batch->classes - at, largest);
        prefetch(logits + batch->classes + at, LANES); /* of the next row */
        if (at + LANES <= batch->classes) sums += share;
        else
            for (int64_t lane = 0; lane < batch->classes - at; lane++) sum += share[lane];
    }
    for (int64_t lane = 0; lane < LANES; lane++) sum += sums[lane];
    batch->largest[row] = largest;
    batch->sums[row] = sum;
    batch->hits[row] = (float)is_first_largest(logits, batch->targets[row], largest);
}

/* (softmax(logits) - one_hot(target)) times the gradient of the row's loss. */
static void entropy_gradient(const rnnkit_logits *batch, int64_t row) {
    const float *logits = batch->logits + row * batch->classes;
    float *to = batch->of_logits + row * batch->classes, of_loss = batch->of_losses[row];
    if (of_loss == 0.0f) { /* padding */
        memset(to, 0, sizeof(float) * batch->classes);
        return;
    }
    float factor = of_loss / batch->sums[row], largest = batch->largest[row];
    for (int64_t at = 0; at < batch->classes; at += LANES)
        store_part(to + at, exp_less(logits + at, batch->classes - at, largest) * factor,
                   batch->classes - at);
    to[batch->targets[row]] -= of_loss;
}

/* Sums the vectors of every `items`-th row of the table, from row `item` on. */
static void sum_rows(const rnnkit_table *batch, int64_t item, int64_t items) {
    int64_t width = batch->width;
    for (int64_t row = item; row < batch->table_rows; row += items)
        memset(batch->table + row * width, 0, sizeof(float) * width);
    for (int64_t index = 0; index < batch->count; index++) {
        if (batch->ids[index] % items != item) continue;
        float *to = batch->table + batch->ids[index] * width;
        const float *from = batch->vectors + index * width;
        int64_t at = 0;
        for (; at + LANES <= width; at += LANES) store(to + at, load(to + at) + load(from + at));
        for (; at < width; at++) to[at] += from[at];
    }
}

#endif
