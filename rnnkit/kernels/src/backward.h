/* The gradients of one tile, from its last step to its first.
 *
 * Some steps at a time, so that what they leave stays in the cache: step by step the gradients of
 * the gates' sums and of the state, then at once those of the weights and of the inputs. */
#ifndef BACKWARD_H
#define BACKWARD_H

#include "forward.h"


/* A sample is one row at one step. */
typedef struct {
    tile_t tile;
    float *dh, *dc;               /* (rows, stride): of the state after the current step */
    float *of_input, *of_state;   /* (samples, width + LANES): of the gates' sums */
    const float **inputs, **states; /* (samples): what the products of the step read */
    const float **input_rows, **state_rows; /* (samples): rows of of_input and of_state */
    float **d_inputs;             /* (samples) */
    float **dh_rows;              /* (rows) */
    float *zeros;                 /* (stride) */
    float *sums;                  /* the slot's */
} backward_t;

INLINE int64_t sample_stride(const plan_t *plan) { return plan->width + LANES; }

/* Rows times steps of a part: few, so that a panel of them stays next to the processor, but more
 * where the sums of the weights' gradients, which each part reads and writes, are large. */
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
    b->of_input = b->zeros + b->tile.stride;
    b->of_state = b->of_input + samples * sample_stride(plan);
    b->inputs = (const float **)(b->of_state + samples * sample_stride(plan));
    b->states = b->inputs + samples;
    b->input_rows = b->states + samples;
    b->state_rows = b->input_rows + samples;
    b->d_inputs = (float **)(b->state_rows + samples);
    b->dh_rows = b->d_inputs + samples;
    /* the sums of input and state are the same but for GRU's candidate */
    if (plan->pass->cell != GRU) b->of_state = b->of_input;
    for (int64_t s = 0; s < samples; s++) {
        b->input_rows[s] = b->of_input + s * sample_stride(plan);
        b->state_rows[s] = b->of_state + s * sample_stride(plan);
    }
    for (int64_t r = 0; r < rows; r++) b->dh_rows[r] = b->dh + r * b->tile.stride;
}

/* The gradients of the states after the last steps, and zeros for the inputs of the padding. */
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

/* One row at one step: the gradients of its sums, and of the state before but for what passes
 * through the recurrent matrix. */
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
    float *of_input = b->of_input + sample * sample_stride(plan);
    float *of_state = b->of_state + sample * sample_stride(plan);
    const float *saved = saved_of_row(tile, 0, r); /* of the first vector of units */
    int64_t to_next = tile->rows * plan->saved * LANES;
    int64_t to_earlier = -plan->padded / LANES * to_next;
    b->inputs[sample] = input_row(plan, row, at);
    b->states[sample] = h_before;
    if (pass->d_inputs) b->d_inputs[sample] = pass->d_inputs + place * pass->features;
    prefetch(b->inputs[sample], pass->features); /* for `backward_samples`, as the next */
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
            store(of_input + (block * gates + gate) * LANES, g.of_input[gate]);
        if (cell == GRU) {
            UNROLL for (int64_t gate = 0; gate < gates; gate++)
                store(of_state + (block * gates + gate) * LANES, g.of_state[gate]);
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

/* The gradients of weights, biases and inputs from `samples` samples, of which the first `moved`
 * began with a state that is not zeros. */
static NOINLINE void backward_samples(enum rnnkit_cell cell, const backward_t *b, int64_t samples,
                                      int64_t moved) {
    const plan_t *plan = b->tile.plan;
    const rnnkit_pass *pass = plan->pass;
    int64_t stride = sample_stride(plan), width = plan->width;
    float *of_recurrent = b->sums + pass->features * width;
    float *of_bias = of_recurrent + pass->units * width;
    outer(b->sums, pass->features, width, b->inputs, b->of_input, stride, samples);
    if (has_recurrent(cell))
        outer(of_recurrent, pass->units, width, b->states, b->of_state, stride, moved);
    add_rows(of_bias, b->of_input, stride, samples, width);
    if (cell == GRU) add_rows(of_bias + width, b->of_state, stride, samples, width);
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
            /* GRU's gradient has a part that goes past the matrix */
            product(b.dh_rows, b.state_rows + samples, active, plan->recurrent_t, plan->width,
                    plan->padded, cell == GRU);
        samples += active;
    }
    backward_samples(cell, &b, samples, plan->pass->h0 ? samples : samples - active);
    finish_backward(&b);
}

/* The tiles of a slot, dealt out to and fro so that each slot has long and short ones. */
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
