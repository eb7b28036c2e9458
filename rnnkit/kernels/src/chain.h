/* A linear-chain CRF in log space: the sum over all paths (forward algorithm), the best path
 * (Viterbi), and the gradient (forward-backward algorithm; Rabiner 1989). */
#ifndef CHAIN_H
#define CHAIN_H

#include "rows.h"

/* log x of at least 1, by a polynomial of degree 9 on sqrt(0.5) to sqrt(2) (Cephes). */
INLINE vec log_vec(vec x) {
    ivec bits = (ivec)x, is_low;
    vec m = (vec)((bits & 0x007fffff) | 0x3f000000);
    is_low = m < 0.707106781f;
    vec power = __builtin_convertvector((bits >> 23) - 126 + is_low, vec);
    m = m + select_vec(is_low, m, all(0.0f)) - 1.0f;
    vec square = m * m;
    vec y = m * 7.0376836292e-2f - 1.1514610310e-1f;
    y = y * m + 1.1676998740e-1f;
    y = y * m - 1.2420140846e-1f;
    y = y * m + 1.4249322787e-1f;
    y = y * m - 1.6668057665e-1f;
    y = y * m + 2.0000714765e-1f;
    y = y * m - 2.4999993993e-1f;
    y = y * m + 3.3333331174e-1f;
    y = y * m * square - power * 2.12194440e-4f - square * 0.5f;
    return m + y + power * 0.693359375f + (x - x); /* NaN and infinity become NaN */
}

INLINE vec exp_below(vec x) { return exp_vec(at_least(at_most(x, 87.0f), -87.0f)); }

/* The largest of `count` numbers plus others, and the sum of e^(number - largest). */
static float sum_of_paths(const float *numbers, const float *others, int64_t count, float *largest,
                          float *shares) {
    float sum = 0.0f;
    for (int64_t at = 0; at < count; at++) shares[at] = numbers[at] + others[at];
    *largest = largest_of(shares, count);
    for (int64_t at = 0; at < count; at += LANES) {
        vec share = exp_below(load_part(shares + at, count - at) - *largest);
        store_part(shares + at, share, count - at);
        for (int64_t lane = 0; lane < smaller(LANES, count - at); lane++) sum += share[lane];
    }
    return sum;
}

/* All paths to each label at a step, and the best one, from those at the previous step. */
static void chain_step(const rnnkit_chains *batch, const float *potentials, float *summed,
                       float *best) {
    int64_t labels = batch->labels;
    for (int64_t at = 0; at < labels; at += LANES) {
        int64_t count = labels - at;
        vec here = load_part(potentials + at, count), most = here + best[0];
        vec largest = here + summed[0], sums = {0};
        for (int64_t label = 1; label < labels; label++) {
            here = load_part(potentials + label * labels + at, count);
            vec of_best = here + best[label], of_all = here + summed[label];
            most = select_vec(of_best > most, of_best, most);
            largest = select_vec(of_all > largest, of_all, largest);
        }
        for (int64_t label = 0; label < labels; label++) {
            here = load_part(potentials + label * labels + at, count);
            sums += exp_below(here + summed[label] - largest);
        }
        store_part(summed + labels + at, largest + log_vec(sums), count);
        store_part(best + labels + at, most, count);
    }
}

/* Marks the steps at which the best path, followed from its end, has the target. */
static void chain_hits(const rnnkit_chains *batch, int64_t row, const float *potentials,
                       const float *best) {
    int64_t labels = batch->labels, square = labels * labels, label = 0;
    const int32_t *targets = batch->targets + row * batch->steps;
    float *hits = batch->hits + row * batch->steps;
    for (int64_t step = batch->lengths[row] - 1; step >= 0; step--) {
        const float *paths = best + step * labels;
        int is_last = step + 1 == batch->lengths[row];
        const float *after = is_last ? NULL : potentials + (step + 1) * square;
        int64_t next = label;
        float most = 0.0f;
        for (int64_t here = 0; here < labels; here++) {
            float score = paths[here] + (after ? after[here * labels + next] : 0.0f);
            if (here && !(score > most)) continue;
            most = score;
            label = here;
        }
        hits[step] = (float)(label == targets[step]);
    }
}

static void chain(const rnnkit_chains *batch, int64_t row) {
    int64_t labels = batch->labels, square = labels * labels, length = batch->lengths[row];
    const float *potentials = batch->potentials + row * batch->steps * square;
    const int32_t *targets = batch->targets + row * batch->steps;
    float *summed = batch->summed + row * batch->steps * labels;
    float *best = batch->best + row * batch->steps * labels;
    float *scratch = batch->scratch + row * 3 * labels;
    batch->log_z[row] = batch->nats[row] = 0.0f;
    memset(batch->hits + row * batch->steps, 0, sizeof(float) * batch->steps);
    memset(summed, 0, sizeof(float) * batch->steps * labels);
    memset(scratch, 0, sizeof(float) * labels);
    if (!length) return;
    memcpy(summed, potentials, sizeof(float) * labels);
    memcpy(best, potentials, sizeof(float) * labels);
    double score = potentials[targets[0]];
    for (int64_t step = 1; step < length; step++) {
        const float *here = potentials + step * square;
        chain_step(batch, here, summed + (step - 1) * labels, best + (step - 1) * labels);
        score += here[targets[step - 1] * labels + targets[step]];
    }
    float largest, sum = sum_of_paths(summed + (length - 1) * labels, scratch, labels, &largest,
                                      scratch + labels);
    batch->log_z[row] = largest + log_vec(all(sum))[0];
    batch->nats[row] = (float)(batch->log_z[row] - score);
    chain_hits(batch, row, potentials, best);
}

/* The probability of each pair of labels, minus 1 where the targets have it. */
static void chain_gradient(const rnnkit_chains *batch, int64_t row) {
    int64_t labels = batch->labels, square = labels * labels, length = batch->lengths[row];
    const float *potentials = batch->potentials + row * batch->steps * square;
    const float *summed = batch->summed + row * batch->steps * labels;
    const int32_t *targets = batch->targets + row * batch->steps;
    float *to = batch->of_potentials + row * batch->steps * square, of_nats = batch->of_nats[row];
    float *rest = batch->scratch + row * 3 * labels, *earlier = rest + labels, *shares;
    memset(to, 0, sizeof(float) * batch->steps * square);
    memset(rest, 0, sizeof(float) * labels);
    if (!length || of_nats == 0.0f) return;
    for (int64_t step = length - 1; step > 0; step--) {
        for (int64_t label = 0; label < labels; label++) {
            int64_t at = step * square + label * labels;
            shares = to + at;
            float largest, sum = sum_of_paths(potentials + at, rest, labels, &largest, shares);
            float path = summed[(step - 1) * labels + label] + largest - batch->log_z[row];
            float factor = of_nats * exp_below(all(path))[0];
            for (int64_t next = 0; next < labels; next++) shares[next] *= factor;
            earlier[label] = largest + log_vec(all(sum))[0];
        }
        to[step * square + targets[step - 1] * labels + targets[step]] -= of_nats;
        float *swapped = rest;
        rest = earlier;
        earlier = swapped;
    }
    for (int64_t at = 0; at < labels; at += LANES) { /* in the first step only i = 0 counts */
        vec path = load_part(potentials + at, labels - at) + load_part(rest + at, labels - at);
        store_part(to + at, exp_below(path - batch->log_z[row]) * of_nats, labels - at);
    }
    to[targets[0]] -= of_nats;
}

#endif
