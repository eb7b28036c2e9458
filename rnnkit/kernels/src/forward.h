/* The forward pass of one tile: all steps of some rows, with the sums of a step in registers. */
#ifndef FORWARD_H
#define FORWARD_H

#include "pack.h"

/* A tile and its states, (rows, stride), between two steps. Rows are counted by their place. */
typedef struct {
    const plan_t *plan;
    int64_t first, rows, stride, step;
    const int32_t *length;
    float *h, *next, *c;
    float *sums;          /* (rows, 4, LANES): pre-activations of one panel */
    float *saved;
    const float **inputs; /* (rows): x of this step */
    float **outputs;      /* (rows); NULL: only the last state is wanted */
} tile_t;

/* Rows of a state are one vector further apart than necessary: at a distance of a power of two,
 * all would compete for the same few lines of the cache. */
INLINE int64_t state_stride(const plan_t *plan) { return plan->padded + LANES; }

/* The timestep that a row reads in step `step`. */
INLINE int64_t position(const rnnkit_pass *pass, int64_t length, int64_t step) {
    return pass->reverse ? length - 1 - step : step;
}

INLINE const float *input_row(const plan_t *plan, int64_t row, int64_t position) {
    const rnnkit_pass *pass = plan->pass;
    int64_t place = row * pass->steps + position;
    int64_t id = pass->ids ? pass->ids[place] : place;
    if (plan->table) return plan->table + (plan->by_place ? place : id) * plan->width;
    return pass->inputs + id * pass->features;
}

/* `saved` is (tiles, steps, vectors of units, rows, values, LANES): written and read in order. */
INLINE float *saved_of_tile(const plan_t *plan, int64_t tile) {
    const rnnkit_pass *pass = plan->pass;
    if (!pass->saved) return NULL;
    return pass->saved + tile * plan->tile_rows * pass->steps * plan->padded * plan->saved;
}
INLINE float *saved_of_row(const tile_t *tile, int64_t block, int64_t row) {
    if (!tile->saved) return NULL;
    int64_t blocks = tile->plan->padded / LANES;
    return tile->saved +
           ((tile->step * blocks + block) * tile->rows + row) * tile->plan->saved * LANES;
}

/* The pre-activations of some rows, for one panel of units. */
INLINE void sums_block(enum rnnkit_cell cell, enum rnnkit_precision precision, int rows,
                       int vectors, const tile_t *tile, int64_t panel, int64_t first) {
    const plan_t *plan = tile->plan;
    const rnnkit_pass *pass = plan->pass;
    int64_t offset = panel * panel_vectors(cell) * LANES;
    const float *const *inputs = tile->inputs + first;
    const float *states[ROWS];
    vec sums[ROWS][4];
    UNROLL for (int r = 0; r < rows; r++) {
        states[r] = tile->h + (first + r) * tile->stride;
        const float *from = plan->table ? inputs[r] : plan->bias;
        UNROLL for (int v = 0; v < vectors; v++) sums[r][v] = load(from + offset + v * LANES);
        if (cell == GRU) sums[r][3] = load(plan->state_bias + panel * LANES);
    }
    if (!plan->table)
        accumulate(sums, rows, vectors, vectors - 1, inputs,
                   plan->kernel + packed_floats(precision, pass->features, offset), precision,
                   pass->features);
    if (has_recurrent(cell) && (tile->step || pass->h0))
        accumulate(sums, rows, vectors, cell == GRU ? 3 : vectors - 1, states,
                   plan->recurrent + packed_floats(precision, pass->units, offset), precision,
                   pass->units);
    int kept = cell == GRU ? 4 : vectors;
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int v = 0; v < kept; v++)
            store(tile->sums + ((first + r) * 4 + v) * LANES, sums[r][v]);
    }
}

/* The states and outputs of all rows, for one vector of units; `sum` is its first in the panel. */
INLINE void gates_block(enum rnnkit_cell cell, const tile_t *tile, int64_t block, int64_t rows,
                        int64_t sum) {
    const plan_t *plan = tile->plan;
    int64_t unit = block * LANES, count = plan->pass->units - unit;
    float *saved = saved_of_row(tile, block, 0);
    for (int64_t r = 0; r < rows; r++) {
        int64_t place = r * tile->stride + unit;
        vec gates[4], c = cell == LSTM ? load(tile->c + place) : (vec){0};
        UNROLL for (int v = 0; v < 4; v++)
            gates[v] = load(tile->sums + (r * 4 + sum + v) * LANES);
        open_gates(cell, gates);
        vec h = cell_forward(cell, gates, load(tile->h + place), &c, saved);
        store(tile->next + place, h);
        if (cell == LSTM) store(tile->c + place, c);
        if (tile->outputs) store_part(tile->outputs[r] + unit, h, count);
        if (saved) saved += plan->saved * LANES;
    }
}

#define SUMS(R, V) sums_block(cell, precision, R, V, tile, panel, first)
#define SUMS_VECTORS(V, count) FOR_ROWS(count, SUMS, V)

/* One step of the first `rows` rows, for one panel of units. */
INLINE void forward_panel(enum rnnkit_cell cell, enum rnnkit_precision precision,
                          const tile_t *tile, int64_t rows, int64_t panel) {
    int64_t most = panel_vectors(cell), vectors = tile->plan->width / LANES - panel * most;
    for (int64_t first = 0, count; first < rows; first += count) {
        count = part_of(rows - first, ROWS);
        if (cell == SIMPLE_RNN) {
            FOR_VECTORS(vectors, SUMS_VECTORS, count)
        } else {
            FOR_ROWS(count, SUMS, most)
        }
    }
    if (cell != SIMPLE_RNN) gates_block(cell, tile, panel, rows, 0);
    else for (int64_t v = 0; v < vectors && v < most; v++)
        gates_block(cell, tile, panel * most + v, rows, v);
}

/* The states before the first step, with zeros in the padded units. */
static void begin(const tile_t *tile) {
    const rnnkit_pass *pass = tile->plan->pass;
    memset(tile->h, 0, sizeof(float) * tile->rows * tile->stride * 3);
    for (int64_t r = 0; r < tile->rows; r++) {
        int64_t row = tile->plan->order[tile->first + r] * pass->units;
        size_t bytes = sizeof(float) * pass->units;
        if (pass->h0) memcpy(tile->h + r * tile->stride, pass->h0 + row, bytes);
        if (pass->c0) memcpy(tile->c + r * tile->stride, pass->c0 + row, bytes);
    }
}

/* Writes the last states of the rows of `steps` steps, and zeros as outputs of their padding. */
static void finish(const tile_t *tile, int64_t steps, const float *h) {
    const rnnkit_pass *pass = tile->plan->pass;
    size_t bytes = sizeof(float) * pass->units;
    for (int64_t r = 0; r < tile->rows; r++) {
        if (tile->length[r] != steps) continue;
        int64_t row = tile->plan->order[tile->first + r];
        if (pass->h_last) memcpy(pass->h_last + row * pass->units, h + r * tile->stride, bytes);
        if (pass->c_last)
            memcpy(pass->c_last + row * pass->units, tile->c + r * tile->stride, bytes);
        for (int64_t step = steps; pass->outputs && step < pass->steps; step++)
            memset(pass->outputs + (row * pass->steps + step) * pass->output_stride, 0, bytes);
    }
}

static tile_t tile_of(const plan_t *plan, int64_t index, float *scratch) {
    int64_t first = index * plan->tile_rows;
    int64_t rows = smaller(plan->pass->batch - first, plan->tile_rows);
    tile_t tile = {.plan = plan, .first = first, .rows = rows, .stride = state_stride(plan),
                   .length = plan->length + first, .saved = saved_of_tile(plan, index)};
    tile.h = scratch;
    tile.next = tile.h + rows * tile.stride;
    tile.c = tile.next + rows * tile.stride;
    tile.sums = tile.c + rows * tile.stride;
    tile.inputs = (const float **)(tile.sums + (rows + 1) * PANEL);
    tile.outputs = plan->pass->outputs ? (float **)(tile.inputs + rows) : NULL;
    return tile;
}

/* Sets where the active rows read and write in this step; returns their number. */
static int64_t begin_step(const tile_t *tile) {
    const plan_t *plan = tile->plan;
    const rnnkit_pass *pass = plan->pass;
    int64_t r = 0;
    for (; r < tile->rows && tile->length[r] > tile->step; r++) {
        int64_t row = plan->order[tile->first + r];
        int64_t at = position(pass, tile->length[r], tile->step);
        tile->inputs[r] = input_row(plan, row, at);
        if (tile->step + 1 < tile->length[r])
            prefetch(input_row(plan, row, position(pass, tile->length[r], tile->step + 1)),
                     plan->table ? plan->width : pass->features);
        if (tile->outputs)
            tile->outputs[r] = pass->outputs + (row * pass->steps + at) * pass->output_stride;
    }
    return r;
}

static void end_step(tile_t *tile) {
    float *before = tile->h;
    tile->h = tile->next, tile->next = before;
    finish(tile, ++tile->step, tile->h);
}

typedef void panel_work(const tile_t *tile, int64_t rows, int64_t panel);

INLINE void forward_tile(const plan_t *plan, int64_t index, float *scratch, panel_work *work) {
    tile_t tile = tile_of(plan, index, scratch);
    begin(&tile);
    finish(&tile, 0, tile.h);
    while (tile.step < tile.length[0]) {
        int64_t rows = begin_step(&tile);
        for (int64_t panel = 0; panel < plan->panels; panel++) work(&tile, rows, panel);
        end_step(&tile);
    }
}

/* One tile by several threads. Each takes the next panel, counted over all steps, and computes it
 * once its step has begun; the leader ends a step when all its panels are done. Which thread takes
 * a panel is chance, and changes no number; nobody waits for a thread that comes late. */
INLINE int64_t take_panel(team_t *team) {
    return __atomic_fetch_add(&team->taken, 1, __ATOMIC_RELAXED);
}

INLINE void wait_for(const int64_t *counter, int64_t count) {
    for (int64_t tries = 1; __atomic_load_n(counter, __ATOMIC_ACQUIRE) < count; tries++)
        if (tries % 4096 == 0) rnnkit_yield();
        else spin();
}

INLINE void open_step(team_t *team, const tile_t *tile) {
    team->active = begin_step(tile);
    __atomic_store_n(&team->begun, tile->step + 1, __ATOMIC_RELEASE);
}

INLINE void compute_panel(team_t *team, const tile_t *tile, int64_t panel, panel_work *work) {
    work(tile, team->active, panel);
    __atomic_fetch_add(&team->done, 1, __ATOMIC_RELEASE);
}

INLINE void lead(const plan_t *plan, float *scratch, panel_work *work) {
    team_t *team = plan->team;
    tile_t tile = tile_of(plan, 0, scratch);
    int64_t panels = plan->panels, steps = tile.length[0], taken;
    begin(&tile);
    finish(&tile, 0, tile.h);
    team->scratch = scratch;
    if (steps) open_step(team, &tile);
    do {
        taken = smaller(take_panel(team), steps * panels);
        while (tile.step < taken / panels) {
            wait_for(&team->done, (tile.step + 1) * panels);
            end_step(&tile);
            if (tile.step < steps) open_step(team, &tile);
        }
        if (tile.step < steps) compute_panel(team, &tile, taken % panels, work);
    } while (tile.step < steps);
}

INLINE void help(const plan_t *plan, float *scratch, panel_work *work) {
    team_t *team = plan->team;
    int64_t panels = plan->panels, steps = plan->length[0], taken;
    while ((taken = take_panel(team)) < steps * panels) {
        wait_for(&team->begun, taken / panels + 1);
        tile_t tile = tile_of(plan, 0, team->scratch);
        tile.step = taken / panels;
        tile.sums = scratch;
        float *first = tile.h;
        if (tile.step % 2) tile.h = tile.next, tile.next = first;
        compute_panel(team, &tile, taken % panels, work);
    }
}

INLINE void fold_block(enum rnnkit_precision precision, int rows, int vectors,
                       const plan_t *plan, int64_t row, int64_t panel) {
    const rnnkit_pass *pass = plan->pass;
    int64_t offset = panel * panel_vectors(pass->cell) * LANES; /* the last one may have fewer */
    const float *inputs[ROWS];
    vec sums[ROWS][4];
    UNROLL for (int r = 0; r < rows; r++) {
        int64_t id = plan->by_place && pass->ids ? pass->ids[row + r] : row + r;
        inputs[r] = pass->inputs + id * pass->features;
        UNROLL for (int v = 0; v < vectors; v++)
            sums[r][v] = load(plan->bias + offset + v * LANES);
    }
    accumulate(sums, rows, vectors, vectors - 1, inputs,
               plan->kernel + packed_floats(precision, pass->features, offset), precision,
               pass->features);
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int v = 0; v < vectors; v++)
            store(plan->table + (row + r) * plan->width + offset + v * LANES, sums[r][v]);
    }
}

#endif
