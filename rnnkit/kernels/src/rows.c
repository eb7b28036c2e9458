/* The calls of rows.h and chain.h, with the rows divided among threads. */
#include "plan.h"

#define SMALL 200000 /* numbers that one thread computes before a second one is awake */
#define AT_ONCE 65536 /* numbers of an item */
#define TABLE_ITEMS 8

typedef struct {
    const instruction_set_t *set;
    const rnnkit_logits *logits;
    const rnnkit_chains *chains;
    const rnnkit_table *table;
    int64_t rows_at_once, items;
    int is_gradient;
} rows_t;

static void logits_rows(void *context, int64_t item, int64_t worker) {
    const rows_t *call = context;
    const rnnkit_logits *batch = call->logits;
    int64_t first = item * call->rows_at_once, last = first + call->rows_at_once;
    (void)worker;
    if (last > batch->rows) last = batch->rows;
    for (int64_t row = first; row < last; row++)
        (call->is_gradient ? call->set->entropy_gradient : call->set->entropy)(batch, row);
}

static void chain_rows(void *context, int64_t row, int64_t worker) {
    const rows_t *call = context;
    (void)worker;
    (call->is_gradient ? call->set->chain_gradient : call->set->chain)(call->chains, row);
}

static void table_rows(void *context, int64_t item, int64_t worker) {
    const rows_t *call = context;
    (void)worker;
    call->set->sum_rows(call->table, item, call->items);
}

static void run(rows_t *call, work_t *work, int64_t items, int64_t numbers, int64_t threads) {
    rnnkit_lock();
    call->set = rnnkit_used;
    if (numbers < SMALL || threads < 1) threads = 1;
    rnnkit_parallel(work, call, items, threads > MAX_THREADS ? MAX_THREADS : threads);
    rnnkit_unlock();
}

void rnnkit_cross_entropy(const rnnkit_logits *logits, int64_t is_gradient, int64_t threads) {
    int64_t rows = AT_ONCE / (logits->classes ? logits->classes : 1);
    rows_t call = {.logits = logits, .rows_at_once = rows ? rows : 1,
                   .is_gradient = is_gradient != 0};
    run(&call, logits_rows, (logits->rows + call.rows_at_once - 1) / call.rows_at_once,
        logits->rows * logits->classes, threads);
}

void rnnkit_chain(const rnnkit_chains *chains, int64_t is_gradient, int64_t threads) {
    rows_t call = {.chains = chains, .is_gradient = is_gradient != 0};
    run(&call, chain_rows, chains->rows,
        chains->rows * chains->steps * chains->labels * chains->labels, threads);
}

void rnnkit_sum_rows(const rnnkit_table *table, int64_t threads) {
    rows_t call = {.table = table, .items = threads > 1 ? TABLE_ITEMS : 1};
    run(&call, table_rows, call.items, table->count * table->width, threads);
}
