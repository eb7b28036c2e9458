/* The backward pass of one tile, from its last step to its first.
 *
 * Steps are taken in parts that fit into the cache: step by step the gradients of the gates'
 * pre-activations and of the state, then in one product those of the weights and of the inputs. */
#ifndef BACKWARD_H
#define BACKWARD_H

#include "forward.h"


/* A sample is one row at one step. */
typedef struct {
    tile_t tile;
    float *dh, *dc;               /* (rows, stride): of the state after the current step */
    float *d_input_gates;         /* (samples, width + LANES): of x W + b, */
    float *d_state_gates;         /* and of h U */
    const float **inputs, **states; /* (samples): x and h before the step */
    const float **input_rows, **state_rows; /* (samples): rows of the gates' gradients */
    float **d_inputs;             /* (samples) */
    float **dh_rows;              /* (rows) */
    float *zeros;                 /* (stride) */
    float *sums;                  /* the slot's gradients of the weights */
} backward_t;

INLINE int64_t sample_stride(const plan_t *plan) { return plan->width + LANES; }

/* Samples of a part: few, so that a panel of them stays in the first-level cache, but more where
 * the gradients of the weights, which each part reads and writes once, are large. */
INLINE int64_t samples_of(const plan_t *plan) {
    int64_t samples = plan->slot_floats <= 64 * 1024 ? 64 : 160;
    return plan->tile_rows > samples ? plan->tile_rows : samples;
}

static int64_t backward_scratch(const plan_t *plan) {
    int64_t rows = plan->tile_rows, samples = samples_of(plan);
    int64_t floats = (2 * rows + 1) * state_stride(plan) + 2 * samples * sample_stride(plan);
    int64_t pointers = 5 * samples + rows;
    return floats + pointers * (int64_t)(sizeof(void *) / sizeof(float));
}

static void lay_out(backward_t *b, float *scratch) {
    const plan_t *plan = b->tile.plan;
    int64_t rows = b->tile.rows, samples = samples_of(plan);
    b->dh = scratch;
    b->dc = b->dh + rows * b->tile.stride;
    b->zeros = b->dc + rows * b->tile.stride;
    b->d_input_gates = b->zeros + b->tile.stride;
    b->d_state_gates = b->d_input_gates + samples * sample_stride(plan);
    b->inputs = (const float **)(b->d_state_gates + samples * sample_stride(plan));
    b->states = b->inputs + samples;
    b->input_rows = b->states + samples;
    b->state_rows = b->input_rows + samples;
    b->d_inputs = (float **)(b->state_rows + samples);
    b->dh_rows = b->d_inputs + samples;
    /* x W and h U have equal gradients, except in GRU's candidate */
    if (plan->pass->cell != GRU) b->d_state_gates = b->d_input_gates;
    for (int64_t s = 0; s < samples; s++) {
        b->input_rows[s] = b->d_input_gates + s * sample_stride(plan);
        b->state_rows[s] = b->d_state_gates + s * sample_stride(plan);
    }
    for (int64_t r = 0; r < rows; r++) b->dh_rows[r] = b->dh + r * b->tile.stride;
}

/* Starts from the gradients of the last states; inputs that are padding get zeros. */
static void begin_backward(const backward_t *b) {
    const rnnkit_pass *pass = b->tile.plan->pass;
    memset(b->dh, 0, sizeof(float) * (2 * b->tile.rows + 1) * b->tile.stride);
    for (int64_t r = 0; r < b->tile.rows; r++) {
        int64_t row = b->tile.plan->order[b->tile.first + r], place = r * b->tile.stride;
        size_t bytes = sizeof(float) * pass->units;
        if (pass->d_h_last) memcpy(b->dh + place, pass->d_h_last + row * pass->units, bytes);
        if (pass->d_c_last) memcpy(b->dc + place, pass->d_c_last + row * pass->units, bytes);
        int64_t length = b->tile.length[r], padding = pass->steps - length;
        if (pass->d_inputs)
            memset(pass->d_inputs + (row * pass->steps + length) * pass->features, 0,
                   sizeof(float) * padding * pass->features);
    }
}

static void finish_backward(const backward_t *b) {
    const rnnkit_pass *pass = b->tile.plan->pass;
    for (int64_t r = 0; r < b->tile.rows; r++) {
        int64_t row = b->tile.plan->order[b->tile.first + r], place = r * b->tile.stride;
        size_t bytes = sizeof(float) * pass->units;
        if (pass->d_h0) memcpy(pass->d_h0 + row * pass->units, b->dh + place, bytes);
        if (pass->d_c0) memcpy(pass->d_c0 + row * pass->units, b->dc + place, bytes);
    }
}

/* One row at one step: the gradients of the pre-activations, and of the previous state, without
 * the part that passes through the recurrent matrix. */
INLINE void backward_row(enum rnnkit_cell cell, const backward_t *b, int64_t r, int64_t sample) {
    const tile_t *tile = &b->tile;
    const plan_t *plan = tile->plan;
    const rnnkit_pass *pass = plan->pass;
    int64_t row = plan->order[tile->first + r], at = position(pass, tile->length[r], tile->step);
    int64_t place = row * pass->steps + at, before = pass->reverse ? 1 : -1;
    const float *h = pass->outputs + place * pass->output_stride;
    const float *h_before = tile->step ? h + before * pass->output_stride
                            : pass->h0 ? pass->h0 + row * pass->units : b->zeros;
    const float *c0 = pass->c0 ? pass->c0 + row * pass->units : b->zeros;
    const float *d_outputs = pass->d_outputs ? pass->d_outputs + place * pass->output_stride : NULL;
    float *d_input_gates = b->d_input_gates + sample * sample_stride(plan);
    float *d_state_gates = b->d_state_gates + sample * sample_stride(plan);
    const float *saved = saved_of_row(tile, 0, r); /* of the first vector of units */
    int64_t to_next = tile->rows * plan->saved * LANES;
    int64_t to_earlier = -plan->padded / LANES * to_next;
    b->inputs[sample] = input_row(plan, row, at);
    b->states[sample] = h_before;
    if (pass->d_inputs) b->d_inputs[sample] = pass->d_inputs + place * pass->features;
    prefetch(b->inputs[sample], pass->features); /* `backward_samples` reads it, and h_before */
    prefetch(h_before, pass->units);
    if (d_outputs) prefetch(d_outputs + 2 * before * pass->output_stride, pass->units);
    for (int64_t block = 0; block < plan->padded / LANES; block++) {
        int64_t unit = block * LANES, count = pass->units - unit, gates = gates_of(cell);
        float *dh = b->dh + r * tile->stride + unit, *dc = b->dc + r * tile->stride + unit;
        gradients_t g = {.dh = load(dh)};
        if (d_outputs) g.dh += load_part(d_outputs + unit, count);
        if (cell == SIMPLE_RNN) g.h = load_part(h + unit, count);
        if (cell != SIMPLE_RNN && cell != LSTM) g.h_before = load_part(h_before + unit, count);
        if (cell == LSTM) {
            g.dc = load(dc);
            g.c_before = tile->step ? saved_at(saved + to_earlier, 4) : load_part(c0 + unit, count);
        }
        prefetch(saved + 2 * to_earlier, saved_of(cell) * LANES);
        cell_backward(cell, &g, saved);
        UNROLL for (int64_t gate = 0; gate < gates; gate++)
            store(d_input_gates + (block * gates + gate) * LANES, g.d_input_gates[gate]);
        if (cell == GRU) {
            UNROLL for (int64_t gate = 0; gate < gates; gate++)
                store(d_state_gates + (block * gates + gate) * LANES, g.d_state_gates[gate]);
        }
        store(dh, g.dh_before);
        if (cell == LSTM) store(dc, g.dc_before);
        if (saved) saved += to_next;
    }
}

INLINE void add_rows(float *sum, const float *rows, int64_t stride, int64_t count, int64_t width) {
    for (int64_t column = 0; column < width; column += LANES) {
        vec own = {0};
        for (int64_t row = 0; row < count; row++) own += load(rows + row * stride + column);
        store(sum + column, load(sum + column) + own);
    }
}

/* Adds the gradients of weights and biases of `samples` samples, and writes those of their inputs.
 * The samples after the first `moved` started from a state of zeros: their products with it are
 * skipped. */
static NOINLINE void backward_samples(enum rnnkit_cell cell, const backward_t *b, int64_t samples,
                                      int64_t moved) {
    const plan_t *plan = b->tile.plan;
    const rnnkit_pass *pass = plan->pass;
    int64_t stride = sample_stride(plan), width = plan->width;
    float *d_recurrent = b->sums + pass->features * width;
    float *d_bias = d_recurrent + pass->units * width;
    outer(b->sums, pass->features, width, b->inputs, b->d_input_gates, stride, samples);
    if (has_recurrent(cell))
        outer(d_recurrent, pass->units, width, b->states, b->d_state_gates, stride, moved);
    add_rows(d_bias, b->d_input_gates, stride, samples, width);
    if (cell == GRU) add_rows(d_bias + width, b->d_state_gates, stride, samples, width);
    if (pass->d_inputs)
        product(b->d_inputs, b->input_rows, samples, plan->kernel_t, width, pass->features, 0);
}

INLINE void backward_tile(enum rnnkit_cell cell, const plan_t *plan, int64_t index, float *sums,
                          float *scratch) {
    int64_t first = index * plan->tile_rows, rows = plan->pass->batch - first;
    if (rows > plan->tile_rows) rows = plan->tile_rows;
    backward_t b = {.sums = sums};
    b.tile = (tile_t){.plan = plan, .first = first, .rows = rows, .stride = state_stride(plan),
                      .length = plan->length + first, .saved = saved_of_tile(plan, index)};
    lay_out(&b, scratch);
    begin_backward(&b);
    int64_t active = 0, samples = 0;
    for (b.tile.step = b.tile.length[0] - 1; b.tile.step >= 0; b.tile.step--) {
        while (active < rows && b.tile.length[active] > b.tile.step) active++;
        if (samples + active > samples_of(plan)) {
            backward_samples(cell, &b, samples, samples);
            samples = 0;
        }
        for (int64_t r = 0; r < active; r++) backward_row(cell, &b, r, samples + r);
        if (has_recurrent(cell) && (b.tile.step || plan->pass->d_h0))
            /* added for GRU, whose state also has a path around the matrix */
            product(b.dh_rows, b.state_rows + samples, active, plan->recurrent_t, plan->width,
                    plan->padded, cell == GRU);
        samples += active;
    }
    backward_samples(cell, &b, samples, plan->pass->h0 ? samples : samples - active);
    finish_backward(&b);
}

/* The tiles of a slot, dealt out to and fro: each slot gets long and short ones. */
INLINE void backward_slot(enum rnnkit_cell cell, const plan_t *plan, int64_t slot,
                          float *scratch) {
    float *sums = plan->sums + slot * plan->slot_floats;
    memset(sums, 0, sizeof(float) * plan->slot_floats);
    for (int64_t round = 0; round * plan->slots < plan->tiles; round++) {
        int64_t tile = round * plan->slots + (round % 2 ? plan->slots - 1 - slot : slot);
        if (tile < plan->tiles) backward_tile(cell, plan, tile, sums, scratch);
    }
}

#endif
