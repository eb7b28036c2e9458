/* The equations of the cells and their gradients, for one vector of units.
 *
 * The pre-activations of a unit stand in the order of Keras' columns. GRU has a fourth: the part of
 * its candidate that comes from the state, since the reset gate multiplies that alone. */
#ifndef CELLS_H
#define CELLS_H

#include "rnnkit.h"
#include "vectors.h"

/* Floats that a unit saves for the backward pass. */
INLINE int saved_of(enum rnnkit_cell cell) {
    return cell == SIMPLE_RNN ? 0 : cell == MIN_GRU ? 2 : cell == LSTM ? 5 : 4;
}
INLINE int has_recurrent(enum rnnkit_cell cell) { return cell <= GRU; }

/* The floats of `saved` for one vector of units. */
INLINE void save(float *saved, int index, vec x) {
    if (saved) store(saved + index * LANES, x);
}
INLINE vec saved_at(const float *saved, int index) { return load(saved + index * LANES); }

/* The minimal cells' g(x) = x + 0.5 where x >= 0, else sigmoid(x); and its slope, from g(x). */
INLINE vec positive(vec x) { return select_vec(x >= 0.0f, x + 0.5f, sigmoid(x)); }
INLINE vec positive_slope(vec g) { return select_vec(g >= 0.5f, all(1.0f), g * (1.0f - g)); }

/* Activates in place the gates that depend on their own pre-activation alone. Not a part of
 * `cell_forward`, so that the processor overlaps the gates of several rows. */
INLINE void open_gates(enum rnnkit_cell cell, vec sums[4]) {
    if (cell == SIMPLE_RNN) {
        sums[0] = tanh_vec(sums[0]);
    } else if (cell == LSTM) {
        sums[0] = sigmoid(sums[0]), sums[1] = sigmoid(sums[1]);
        sums[2] = tanh_vec(sums[2]), sums[3] = sigmoid(sums[3]);
    } else if (cell == GRU) {
        sums[0] = sigmoid(sums[0]), sums[1] = sigmoid(sums[1]);
    } else if (cell == MIN_GRU) {
        sums[0] = sigmoid(sums[0]), sums[1] = positive(sums[1]);
    } else {
        sums[2] = positive(sums[2]);
    }
}

/* One step of a vector of units, after `open_gates`: returns the new h, and updates `c`, the LSTM's
 * cell state. */
INLINE vec cell_forward(enum rnnkit_cell cell, const vec gates[4], vec h, vec *c, float *saved) {
    if (cell == SIMPLE_RNN) return gates[0];
    if (cell == LSTM) {
        vec i = gates[0], f = gates[1], g = gates[2], o = gates[3];
        *c = f * *c + i * g;
        save(saved, 0, i), save(saved, 1, f), save(saved, 2, g), save(saved, 3, o);
        save(saved, 4, *c);
        return o * tanh_vec(*c);
    }
    if (cell == GRU) {
        vec z = gates[0], r = gates[1], candidate = tanh_vec(gates[2] + r * gates[3]);
        save(saved, 0, z), save(saved, 1, r), save(saved, 2, candidate), save(saved, 3, gates[3]);
        return z * h + (1.0f - z) * candidate;
    }
    if (cell == MIN_GRU) {
        vec z = gates[0], g = gates[1];
        save(saved, 0, z), save(saved, 1, g);
        return (1.0f - z) * h + z * g;
    }
    /* minLSTM normalises its gates, f / (f + i), which is 0 / 0 where both underflow. So by
     * sigmoid(a) / (sigmoid(a) + sigmoid(b)) = (1 + e^-b) / (2 + e^-a + e^-b), with both sides of
     * the fraction times e^m, so that no exponent is above zero. */
    vec a = gates[0], b = gates[1], g = gates[2];
    vec least = select_vec(a < b, a, b), m = at_most(least, 0.0f);
    vec whole = exp_vec(at_least(m, -87.0f));
    vec from_a = whole + exp_vec(at_least(m - a, -87.0f));
    vec from_b = whole + exp_vec(at_least(m - b, -87.0f));
    vec f = from_b / (from_a + from_b);
    save(saved, 0, f), save(saved, 1, g), save(saved, 2, 1.0f - sigmoid(a));
    save(saved, 3, 1.0f - sigmoid(b));
    return f * h + (1.0f - f) * g;
}

/* What the gradient of one step reads and writes, each for one vector of units. */
typedef struct {
    vec dh, dc;       /* of the state after the step */
    vec h, h_before;  /* the states */
    vec c_before;     /* LSTM */
    vec d_input_gates[4]; /* of x W + b, by gate */
    vec d_state_gates[4]; /* of h U, by gate */
    vec dh_before;    /* the part that does not pass through the recurrent matrix */
    vec dc_before;
} gradients_t;

INLINE void cell_backward(enum rnnkit_cell cell, gradients_t *s, const float *saved) {
    vec dh = s->dh, *of = s->d_input_gates;
    s->dh_before = s->dc_before = (vec){0};
    if (cell == SIMPLE_RNN) {
        of[0] = s->d_state_gates[0] = dh * (1.0f - s->h * s->h);
        return;
    }
    if (cell == LSTM) {
        vec i = saved_at(saved, 0), f = saved_at(saved, 1), g = saved_at(saved, 2);
        vec o = saved_at(saved, 3), squashed = tanh_vec(saved_at(saved, 4));
        vec dc = s->dc + dh * o * (1.0f - squashed * squashed);
        of[0] = dc * g * i * (1.0f - i);
        of[1] = dc * s->c_before * f * (1.0f - f);
        of[2] = dc * i * (1.0f - g * g);
        of[3] = dh * squashed * o * (1.0f - o);
        s->dc_before = dc * f;
        return;
    }
    if (cell == GRU) {
        vec z = saved_at(saved, 0), r = saved_at(saved, 1), candidate = saved_at(saved, 2);
        vec of_candidate = dh * (1.0f - z) * (1.0f - candidate * candidate);
        of[0] = s->d_state_gates[0] = dh * (s->h_before - candidate) * z * (1.0f - z);
        of[1] = s->d_state_gates[1] = of_candidate * saved_at(saved, 3) * r * (1.0f - r);
        of[2] = of_candidate;
        s->d_state_gates[2] = of_candidate * r;
        s->dh_before = dh * z;
        return;
    }
    if (cell == MIN_GRU) {
        vec z = saved_at(saved, 0), g = saved_at(saved, 1);
        of[0] = dh * (g - s->h_before) * z * (1.0f - z);
        of[1] = dh * z * positive_slope(g);
        s->dh_before = dh * (1.0f - z);
        return;
    }
    vec f = saved_at(saved, 0), g = saved_at(saved, 1);
    vec slope = dh * (s->h_before - g) * f * (1.0f - f);
    of[0] = slope * saved_at(saved, 2);
    of[1] = -slope * saved_at(saved, 3);
    of[2] = dh * (1.0f - f) * positive_slope(g);
    s->dh_before = dh * f;
}

#endif
