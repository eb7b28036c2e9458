/* The phases of a call, compiled once for each instruction set; SET is its name. */
#include "backward.h"
#include "rows.h"

static void all_sizes(plan_t *plan) {
    sizes(plan);
    int64_t forward = plan->tile_rows * (3 * state_stride(plan) + PANEL) + PANEL +
                      2 * plan->tile_rows * (int64_t)(sizeof(void *) / sizeof(float));
    int64_t backward = backward_scratch(plan);
    plan->scratch_floats = forward > backward ? forward : backward;
}

#define FOLD(R, V) fold_block(halved, R, V, plan, row, panel)
#define FOLD_VECTORS(V, count) FOR_ROWS(count, FOLD, V)

/* Rows of the table times the kernel, with the bias. */
INLINE void fold_numbers(int halved, const plan_t *plan, int64_t first, int64_t last) {
    int64_t most = panel_vectors(plan->pass->cell);
    for (int64_t panel = 0; panel < plan->panels; panel++) {
        int64_t vectors = plan->width / LANES - panel * most;
        if (vectors > most) vectors = most;
        for (int64_t row = first, count; row < last; row += count) {
            count = part_of(last - row, ROWS);
            FOR_VECTORS(vectors, FOLD_VECTORS, count)
        }
    }
}

static void fold(const plan_t *plan, int64_t first, int64_t last) {
    if (plan->pass->halved) fold_numbers(1, plan, first, last);
    else fold_numbers(0, plan, first, last);
}

#define FOR_CELL(cell, CALL)                                                                      \
    switch (cell) {                                                                               \
    case SIMPLE_RNN: CALL(SIMPLE_RNN); break;                                                     \
    case LSTM: CALL(LSTM); break;                                                                 \
    case GRU: CALL(GRU); break;                                                                   \
    case MIN_GRU: CALL(MIN_GRU); break;                                                           \
    default: CALL(MIN_LSTM);                                                                      \
    }

#define FORWARD_CELL(CELL) forward_tile(CELL, 0, plan, tile, scratch)
#define HALVED_CELL(CELL) forward_tile(CELL, 1, plan, tile, scratch)
#define BACKWARD_CELL(CELL) backward_slot(CELL, plan, slot, scratch)

static void forward(const plan_t *plan, int64_t tile, float *scratch) {
    if (plan->pass->halved) FOR_CELL(plan->pass->cell, HALVED_CELL)
    else FOR_CELL(plan->pass->cell, FORWARD_CELL)
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
    entropy, entropy_gradient, sum_rows,
};
