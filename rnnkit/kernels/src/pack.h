/* Packs weights in the order in which products read them, and unpacks their gradients.
 *
 * Units are padded with zeros to whole vectors. The packed columns are, for each vector of units,
 * its gates one after the other. A matrix is stored in panels of up to 4 vectors, each panel row by
 * row, so that a product reads memory once and in order. Its numbers have the precision of the
 * pass: floats, pairs of rows as halves, or fours of rows as bytes, after the steps of the
 * columns. */
#ifndef PACK_H
#define PACK_H

#include "cells.h"
#include "multiply.h"
#include "plan.h"

/* How many rows ahead a matrix is prefetched: they are too far apart for the processor to guess. */
#define AHEAD 8

/* Vectors of a panel: the gates of one vector of units, or 4 vectors of units. */
INLINE int panel_vectors(enum rnnkit_cell cell) {
    return cell == SIMPLE_RNN ? 4 : gates_of(cell);
}

/* Keras' column of the first lane of packed vector `index`, and how many of its lanes are units. */
INLINE int64_t column_of(const plan_t *plan, int64_t index, int64_t *count) {
    int64_t units = plan->pass->units, unit = index / plan->gates * LANES;
    *count = units - unit;
    return index % plan->gates * units + unit;
}

/* The step of each column of bytes: its largest absolute value / 127. */
static vec steps_of(const float *from, int64_t rows, int64_t row_floats, int64_t count) {
    vec most = {0};
    for (int64_t row = 0; row < rows; row++, from += row_floats) {
        vec size = (vec)((ivec)load_part(from, count) & 0x7fffffff);
        most = select_vec(size > most, size, most);
    }
    return most / 127.0f;
}

/* Vector `v` of the `vectors` of a panel, whose rows begin at `to`. */
static void pack_vector(const plan_t *plan, int64_t panel, int64_t v, int64_t vectors,
                        const float *from, int64_t rows, float *to) {
    enum rnnkit_precision precision = plan->pass->precision;
    int64_t index = panel * panel_vectors(plan->pass->cell) + v, width = vectors * LANES, count;
    int64_t row_floats = plan->gates * plan->pass->units, at_once = rows_at_once(precision);
    from += column_of(plan, index, &count), to += v * LANES;
    vec steps = {0};
    if (precision == IN_INT8) {
        store(to, steps = steps_of(from, rows, row_floats, count));
        to += width;
    }
    for (int64_t row = 0; row < rows; row += at_once, to += width) {
        vec x[4] = {{0}};
        prefetch(from + AHEAD * row_floats, LANES + 1); /* +1: a vector may lie in two lines */
        for (int64_t next = 0; next < at_once && row + next < rows; next++, from += row_floats)
            x[next] = load_part(from, count);
        if (precision == IN_INT8) store_bytes(to, x, steps);
        else if (precision == IN_BFLOAT16) store_pair(to, x[0], x[1]);
        else store(to, x[0]);
    }
}

static void pack_panel(const plan_t *plan, int64_t panel, const float *from, int64_t rows,
                       float *to) {
    int64_t most = panel_vectors(plan->pass->cell), first = panel * most;
    int64_t vectors = smaller(plan->width / LANES - first, most);
    to += packed_floats(plan->pass->precision, rows, first * LANES);
    for (int64_t v = 0; v < vectors; v++) pack_vector(plan, panel, v, vectors, from, rows, to);
}

static void pack_bias(const plan_t *plan) {
    const rnnkit_pass *pass = plan->pass;
    const float *second = pass->bias + plan->gates * pass->units; /* GRU's, of the state */
    for (int64_t index = 0; index < plan->width / LANES; index++) {
        int64_t count, column = column_of(plan, index, &count), gate = index % plan->gates;
        vec bias = load_part(pass->bias + column, count);
        if (pass->cell == GRU) {
            vec of_state = load_part(second + column, count);
            if (gate < 2) bias += of_state;
            else store(plan->state_bias + index / plan->gates * LANES, of_state);
        }
        store(plan->bias + index * LANES, bias);
    }
}

static void pack(const plan_t *plan, int64_t panel) {
    const rnnkit_pass *pass = plan->pass;
    if (panel == 0) pack_bias(plan);
    pack_panel(plan, panel, pass->kernel, pass->features, plan->kernel);
    if (has_recurrent(pass->cell))
        pack_panel(plan, panel, pass->recurrent, pass->units, plan->recurrent);
}

/* A panel of the transpose of (columns, gates * units): (width, up to PANEL columns). */
static void transpose_panel(const plan_t *plan, int64_t panel, const float *from, int64_t columns,
                            float *to) {
    int64_t first = panel * PANEL, row_floats = plan->gates * plan->pass->units;
    int64_t stride = round_up(columns - first, LANES);
    if (stride > PANEL) stride = PANEL;
    to += first * plan->width;
    for (int64_t index = 0; index < plan->width / LANES; index++, to += LANES * stride) {
        int64_t count, column = column_of(plan, index, &count);
        for (int64_t j = 0; j < stride; j++) {
            const float *row = from + (first + j) * row_floats + column;
            prefetch(row + AHEAD * row_floats, LANES + 1);
            vec x = first + j < columns ? load_part(row, count) : (vec){0};
            UNROLL for (int lane = 0; lane < LANES; lane++) to[lane * stride + j] = x[lane];
        }
    }
}

static int64_t transposed_panels_of(int64_t columns) { return (columns + PANEL - 1) / PANEL; }

/* Panel `panel` of the transposed kernel, or after these of the transposed recurrent matrix. */
static void pack_transposed(const plan_t *plan, int64_t panel) {
    const rnnkit_pass *pass = plan->pass;
    int64_t of_kernel = transposed_panels_of(pass->features);
    if (panel < of_kernel)
        transpose_panel(plan, panel, pass->kernel, pass->features, plan->kernel_t);
    else
        transpose_panel(plan, panel - of_kernel, pass->recurrent, pass->units, plan->recurrent_t);
}

/* Sums one packed row over all slots into a row in Keras' order. */
static void reduce_row(const plan_t *plan, const float *sums, float *to) {
    for (int64_t index = 0; index < plan->width / LANES; index++) {
        int64_t count, column = column_of(plan, index, &count);
        vec sum = load(sums + index * LANES);
        for (int64_t slot = 1; slot < plan->slots; slot++)
            sum += load(sums + slot * plan->slot_floats + index * LANES);
        store_part(to + column, sum, count);
    }
}

/* Row `row` of the gradients of [kernel, recurrent, bias]. */
static void reduce(const plan_t *plan, int64_t row) {
    const rnnkit_pass *pass = plan->pass;
    int64_t row_floats = plan->gates * pass->units;
    const float *sums = plan->sums + row * plan->width;
    if (row < pass->features) {
        reduce_row(plan, sums, pass->d_kernel + row * row_floats);
    } else if (row < pass->features + pass->units) {
        if (has_recurrent(pass->cell))
            reduce_row(plan, sums, pass->d_recurrent + (row - pass->features) * row_floats);
    } else {
        reduce_row(plan, sums, pass->d_bias);
        if (pass->cell == GRU) reduce_row(plan, sums + plan->width, pass->d_bias + row_floats);
    }
}

static void sizes(plan_t *plan) {
    const rnnkit_pass *pass = plan->pass;
    int64_t features = pass->features, units = pass->units;
    int64_t tall = has_recurrent(pass->cell) ? units : 0; /* rows of the recurrent matrix */
    plan->gates = gates_of(pass->cell);
    plan->padded = round_up(units, LANES);
    plan->width = plan->gates * plan->padded;
    plan->saved = saved_of(pass->cell);
    plan->panels = (plan->width / LANES + panel_vectors(pass->cell) - 1) /
                   panel_vectors(pass->cell);
    plan->transposed_panels = transposed_panels_of(features) + transposed_panels_of(tall);
    plan->kernel_floats = packed_floats(pass->precision, features, plan->width);
    plan->recurrent_floats = packed_floats(pass->precision, tall, plan->width);
    plan->weight_floats =
        plan->kernel_floats + plan->width + plan->recurrent_floats + plan->padded;
    plan->kernel_t_floats = plan->width * round_up(features, LANES);
    plan->recurrent_t_floats = plan->width * round_up(tall, LANES);
    plan->slot_floats = (features + units + 2) * plan->width;
}

#endif
