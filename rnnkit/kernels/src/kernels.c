/* The phases of a call, compiled once for each instruction set; SET is its name. */
#include "backward.h"
#include "chain.h"

static void all_sizes(plan_t *plan) {
    sizes(plan);
    int64_t forward = plan->tile_rows * (3 * state_stride(plan) + PANEL) + PANEL +
                      2 * plan->tile_rows * (int64_t)(sizeof(void *) / sizeof(float));
    int64_t backward = backward_scratch(plan);
    plan->scratch_floats = forward > backward ? forward : backward;
}

#define FOLD(R, V) fold_block(precision, R, V, plan, row, panel)
#define FOLD_VECTORS(V, count) FOR_ROWS(count, FOLD, V)

/* Some rows of the table times some panels of the kernel, with the bias. */
INLINE void fold_numbers(enum rnnkit_precision precision, const plan_t *plan, int64_t item) {
    int64_t most = panel_vectors(plan->pass->cell), columns = fold_columns(plan);
    int64_t first = item / columns * FOLD_ROWS, begin = item % columns * FOLD_PANELS;
    int64_t last = smaller(first + FOLD_ROWS, plan->table_rows);
    for (int64_t panel = begin; panel < smaller(begin + FOLD_PANELS, plan->panels); panel++) {
        int64_t vectors = plan->width / LANES - panel * most;
        if (vectors > most) vectors = most;
        for (int64_t row = first, count; row < last; row += count) {
            count = part_of(last - row, ROWS);
            FOR_VECTORS(vectors, FOLD_VECTORS, count)
        }
    }
}

static void fold(const plan_t *plan, int64_t item) {
    enum rnnkit_precision precision = plan->pass->precision;
    if (precision == IN_FLOAT32) fold_numbers(IN_FLOAT32, plan, item);
    else fold_numbers(precision, plan, item);
}

#define FOR_CELL(cell, CALL)                                                                      \
    switch (cell) {                                                                               \
    case SIMPLE_RNN: CALL(SIMPLE_RNN); break;                                                     \
    case LSTM: CALL(LSTM); break;                                                                 \
    case GRU: CALL(GRU); break;                                                                   \
    case MIN_GRU: CALL(MIN_GRU); break;                                                           \
    default: CALL(MIN_LSTM);                                                                      \
    }

#define FLOAT32_CELL(CELL) forward_panel(CELL, IN_FLOAT32, tile, rows, panel)
#define ROUNDED_CELL(CELL) forward_panel(CELL, precision, tile, rows, panel)
#define BACKWARD_CELL(CELL) backward_slot(CELL, plan, slot, scratch)

static void any_panel(const tile_t *tile, int64_t rows, int64_t panel) {
    enum rnnkit_precision precision = tile->plan->pass->precision;
    if (precision == IN_FLOAT32) FOR_CELL(tile->plan->pass->cell, FLOAT32_CELL)
    else FOR_CELL(tile->plan->pass->cell, ROUNDED_CELL)
}

static void forward(const plan_t *plan, int64_t item, float *scratch) {
    if (!plan->team) forward_tile(plan, item, scratch, any_panel);
    else if (item == 0) lead(plan, scratch, any_panel);
    else help(plan, scratch, any_panel);
}

static void backward(const plan_t *plan, int64_t slot, float *scratch) {
    FOR_CELL(plan->pass->cell, BACKWARD_CELL)
}

#define JOINED(prefix, set) prefix##set
#define TABLE_OF(set) JOINED(rnnkit_, set)
#define TEXT(set) #set
#define NAME_OF(set) TEXT(set)

const instruction_set_t TABLE_OF(SET) = {
    NAME_OF(SET), all_sizes, pack, pack_transposed, fold, forward, backward, reduce,
    entropy, entropy_gradient, chain, chain_gradient, sum_rows,
};
