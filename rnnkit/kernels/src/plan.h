/* What the phases of a call share: the order of the rows, the sizes, the packed weights.
 *
 * A batch is computed in tiles of some rows. Rows are sorted by length, longest first, so that the
 * active rows of a tile are always its first. Tiles, and the slots into which gradients of weights
 * are summed, depend on shapes alone, not on the number of threads. */
#ifndef PLAN_H
#define PLAN_H

#include "rnnkit.h"


/* Shared by the threads that compute one tile together, see forward.h. */
typedef struct {
    float *scratch;      /* of the leader */
    int64_t active;      /* rows that are active in this step */
    int64_t begun;       /* steps */
    int64_t taken, done; /* panels, counted over all steps */
} team_t;

typedef struct {
    const rnnkit_pass *pass;
    int32_t *order;  /* (batch): the row at each place, longest first */
    int32_t *length; /* (batch): the steps of the row at each place */
    int64_t tile_rows, tiles, slots;

    /* Set by the instruction set's `sizes`: */
    int64_t gates;   /* columns per unit */
    int64_t width;   /* columns of a packed matrix: gates * units, padded to whole vectors */
    int64_t padded;  /* units, padded to whole vectors */
    int64_t saved;   /* floats that are saved per row, step and padded unit */
    int64_t panels, transposed_panels;
    int64_t kernel_floats, recurrent_floats; /* packed */
    int64_t weight_floats, kernel_t_floats, recurrent_t_floats, slot_floats, scratch_floats;

    /* Memory of the call: */
    float *kernel, *recurrent, *bias, *state_bias; /* packed, see pack.h */
    float *kernel_t, *recurrent_t;                 /* packed transposes */
    float *table;       /* (table_rows, width): inputs W + b, or NULL */
    int64_t table_rows; /* of the table that ids index, */
    int by_place;       /* or one for each row and step of the batch */
    team_t *team;       /* if several threads share the only tile, else NULL */
    float *sums;                                   /* (slots, slot_floats) */
} plan_t;

/* The phases, compiled for one instruction set. An `item` is one piece of a phase's work. */
typedef struct {
    const char *name;
    void (*sizes)(plan_t *plan);
    void (*pack)(const plan_t *plan, int64_t item);           /* panels */
    void (*pack_transposed)(const plan_t *plan, int64_t item); /* transposed_panels */
    void (*fold)(const plan_t *plan, int64_t item); /* fold_items */
    void (*forward)(const plan_t *plan, int64_t item, float *scratch); /* a tile, or a thread */
    void (*backward)(const plan_t *plan, int64_t slot, float *scratch);
    void (*reduce)(const plan_t *plan, int64_t row); /* features + units + 1 */
    void (*entropy)(const rnnkit_logits *batch, int64_t row);
    void (*entropy_gradient)(const rnnkit_logits *batch, int64_t row);
    void (*chain)(const rnnkit_chains *batch, int64_t row);
    void (*chain_gradient)(const rnnkit_chains *batch, int64_t row);
    void (*sum_rows)(const rnnkit_table *batch, int64_t item, int64_t items);
} instruction_set_t;

/* The rows and panels of an item of the phase `fold`. */
#define FOLD_ROWS 64
#define FOLD_PANELS 16
static inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t fold_columns(const plan_t *plan) {
    return (plan->panels + FOLD_PANELS - 1) / FOLD_PANELS;
}
static inline int64_t fold_items(const plan_t *plan) {
    return (plan->table_rows + FOLD_ROWS - 1) / FOLD_ROWS * fold_columns(plan);
}

/* Calls `work` once for each item, from any of the workers; `worker` < threads. */
typedef void work_t(void *context, int64_t item, int64_t worker);
#define MAX_THREADS 64
void rnnkit_parallel(work_t *work, void *context, int64_t items, int64_t threads);
void rnnkit_yield(void);
void rnnkit_lock(void); /* one call at a time */
void rnnkit_unlock(void);

/* Between two looks at what another thread writes. */
INLINE void spin(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

extern const instruction_set_t *rnnkit_used; /* see dispatch.c */

#endif
