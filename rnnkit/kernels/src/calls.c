/* The calls for recurrent layers: they plan, allocate, and run the phases. */
#include <stdlib.h>

#include "plan.h"

#define MAX_PASSES 2
#define SMALL 1000000          /* multiplications of one thread before a second one is awake */
#define SLOT_FLOATS (4 << 20)  /* of all slots of a pass together: they fit into the cache */
#define MOST_SLOTS 16
#define LARGE (1 << 16)        /* floats of the matrices from which threads share a tile */
#define MOST_PLACES (4 << 20)  /* floats of a table with a row for each row and step */

typedef struct {
    const instruction_set_t *set;
    plan_t plans[MAX_PASSES];
    team_t team;
    int64_t count, threads, fold_items;
    void *memory[5 * MAX_PASSES];
    int64_t allocations;
} call_t;

/* Scratch memory of each worker, kept between calls: new memory costs a page fault per 4 KB. */
static struct {
    float *floats;
    void *memory;
    int64_t size;
} scratch[MAX_THREADS];

/* The first multiple of 64 bytes, as vectors want it; NULL for NULL. */
static float *aligned(void *memory) {
    return memory ? (float *)(((uintptr_t)memory + 63) & ~(uintptr_t)63) : NULL;
}

static float *take(call_t *call, int64_t floats) {
    void *memory = malloc(sizeof(float) * floats + 64);
    call->memory[call->allocations++] = memory;
    return aligned(memory);
}

static int reserve_scratch(const call_t *call) {
    for (int64_t worker = 0; worker < call->threads; worker++) {
        int64_t floats = call->plans[0].scratch_floats;
        if (scratch[worker].size >= floats) continue;
        free(scratch[worker].memory);
        scratch[worker].memory = malloc(sizeof(float) * floats + 64);
        scratch[worker].floats = aligned(scratch[worker].memory);
        scratch[worker].size = scratch[worker].memory ? floats : 0;
        if (!scratch[worker].memory) return 0;
    }
    return 1;
}

static int64_t rows_of_a_tile(int64_t batch, int64_t steps) {
    if (batch > 1 && batch < 4 && steps < 8) return batch; /* the weights are read once */
    if (batch < 32) return batch < 2 ? 1 : (batch + 1) / 2;
    return steps < 8 && batch >= 100 ? 50 : 16; /* few steps: weights are read for more rows */
}

/* Counting sort by length, longest first; rows of equal length stay in order. */
static int sort_rows(plan_t *plan) {
    const rnnkit_pass *pass = plan->pass;
    int64_t *place = calloc(pass->steps + 2, sizeof *place), steps = pass->steps;
    if (!place) return 0;
    for (int64_t row = 0; row < pass->batch; row++)
        place[steps - (pass->lengths ? pass->lengths[row] : steps) + 1]++;
    for (int64_t shorter = 1; shorter <= steps; shorter++) place[shorter] += place[shorter - 1];
    for (int64_t row = 0; row < pass->batch; row++) {
        int64_t length = pass->lengths ? pass->lengths[row] : steps, to = place[steps - length]++;
        plan->order[to] = (int32_t)row;
        plan->length[to] = (int32_t)length;
    }
    free(place);
    return 1;
}

static int64_t tokens_of(const plan_t *plan) {
    int64_t tokens = 0;
    for (int64_t row = 0; row < plan->pass->batch; row++) tokens += plan->length[row];
    return tokens;
}

static void place_weights(plan_t *plan, float *weights) {
    plan->kernel = weights;
    plan->bias = weights + plan->kernel_floats;
    plan->recurrent = plan->bias + plan->width;
    plan->state_bias = weights + plan->weight_floats - plan->padded;
}

static int make_plan(call_t *call, plan_t *plan, const rnnkit_pass *pass) {
    *plan = (plan_t){.pass = pass, .tile_rows = rows_of_a_tile(pass->batch, pass->steps)};
    plan->tiles = (pass->batch + plan->tile_rows - 1) / plan->tile_rows;
    call->set->sizes(plan);
    int64_t slots = SLOT_FLOATS / plan->slot_floats;
    plan->slots = slots < 2 ? 2 : slots > MOST_SLOTS ? MOST_SLOTS : slots;
    if (plan->slots > plan->tiles) plan->slots = plan->tiles ? plan->tiles : 1;

    float *weights = pass->packed ? pass->packed : take(call, plan->weight_floats);
    float *rows = take(call, 2 * pass->batch);
    if (!weights || !rows) return 0;
    place_weights(plan, weights);
    plan->order = (int32_t *)rows;
    plan->length = plan->order + pass->batch;
    return sort_rows(plan);
}

/* Computes the inputs' products with the kernel before the steps, where that is less work: for the
 * rows of a table (an embedding) if the batch reads most of them more than once; for all steps at
 * once if a tile has so few rows that each step would read the kernel for them alone. Only for
 * inference: training needs the inputs themselves. */
static int add_table(call_t *call, plan_t *plan) {
    const rnnkit_pass *pass = plan->pass;
    int64_t places = pass->batch * pass->steps;
    plan->table = pass->ids ? pass->folded : NULL;
    if (plan->table || pass->saved) return 1;
    plan->by_place = !pass->ids || tokens_of(plan) < 2 * pass->table_rows;
    if (plan->by_place &&
        (plan->tile_rows > 2 || pass->steps < 2 || places * plan->width > MOST_PLACES)) return 1;
    plan->table_rows = plan->by_place ? places : pass->table_rows;
    plan->table = take(call, plan->table_rows * plan->width);
    call->fold_items = fold_items(plan);
    return plan->table != NULL;
}

static int add_gradients(call_t *call, plan_t *plan) {
    plan->kernel_t = take(call, plan->kernel_t_floats + plan->recurrent_t_floats);
    plan->sums = take(call, plan->slots * plan->slot_floats);
    if (!plan->kernel_t || !plan->sums) return 0;
    plan->recurrent_t = plan->kernel_t + plan->kernel_t_floats;
    return 1;
}

/* Plans all passes; 0 if there is not enough memory. */
static int begin(call_t *call, const rnnkit_pass *passes, int64_t count, int64_t threads,
                 int (*add)(call_t *, plan_t *)) {
    *call = (call_t){.set = rnnkit_used, .count = count};
    for (int64_t pass = 0; pass < count; pass++) {
        plan_t *plan = &call->plans[pass];
        if (!make_plan(call, plan, &passes[pass]) || !add(call, plan)) return 0;
    }
    const plan_t *plan = &call->plans[0];
    double work = (double)count * tokens_of(plan) * plan->width *
                  (plan->pass->features + plan->pass->units);
    call->threads = work < SMALL || threads < 1 ? 1 : threads > MAX_THREADS ? MAX_THREADS : threads;
    return reserve_scratch(call);
}

/* A phase of a call: its items are those of all passes in turn. */
#define PHASE(name, ...)                                                                          \
    static void name(void *context, int64_t index, int64_t worker) {                              \
        const call_t *call = context;                                                             \
        const plan_t *plan = &call->plans[index % call->count];                                   \
        int64_t item = index / call->count;                                                       \
        float *own = scratch[worker].floats;                                                      \
        (void)own;                                                                                \
        call->set->__VA_ARGS__;                                                                   \
    }

PHASE(pack, pack(plan, item))
PHASE(pack_transposed, pack_transposed(plan, item))
PHASE(fold, fold(plan, item))
PHASE(forward, forward(plan, item, own))
PHASE(backward, backward(plan, item, own))
PHASE(reduce, reduce(plan, item))

static void run(call_t *call, work_t *phase, int64_t items) {
    rnnkit_parallel(phase, call, items * call->count, call->threads);
}

static int end(call_t *call, int is_done) {
    for (int64_t index = 0; index < call->allocations; index++) free(call->memory[index]);
    rnnkit_unlock();
    return !is_done;
}

/* The number of tiles; or of threads that share a single tile with large matrices. */
static int64_t forward_items(call_t *call) {
    plan_t *plan = &call->plans[0];
    int64_t floats = plan->recurrent_floats + (plan->table ? 0 : plan->kernel_floats);
    if (plan->tiles * call->count > 1 || call->threads < 2 || floats < LARGE) return plan->tiles;
    plan->team = &call->team;
    return smaller(call->threads, plan->panels / 4);
}

int rnnkit_forward(const rnnkit_pass *passes, int64_t count, int64_t threads) {
    call_t call;
    rnnkit_lock();
    if (!begin(&call, passes, count, threads, add_table)) return end(&call, 0);
    if (!passes->packed) run(&call, pack, call.plans[0].panels);
    run(&call, fold, call.fold_items);
    run(&call, forward, forward_items(&call));
    return end(&call, 1);
}

int rnnkit_backward(const rnnkit_pass *passes, int64_t count, int64_t threads) {
    call_t call;
    rnnkit_lock();
    if (!begin(&call, passes, count, threads, add_gradients)) return end(&call, 0);
    const plan_t *plan = &call.plans[0];
    run(&call, pack_transposed, plan->transposed_panels);
    run(&call, backward, plan->slots);
    run(&call, reduce, plan->pass->features + plan->pass->units + 1);
    return end(&call, 1);
}

int rnnkit_pack(const rnnkit_pass *pass, int64_t threads) {
    call_t call = {.count = 1};
    plan_t *plan = &call.plans[0];
    *plan = (plan_t){.pass = pass, .table = pass->folded, .table_rows = pass->table_rows};
    rnnkit_lock();
    call.set = rnnkit_used;
    call.threads = threads < 1 ? 1 : threads > MAX_THREADS ? MAX_THREADS : threads;
    call.set->sizes(plan);
    place_weights(plan, pass->packed);
    run(&call, pack, plan->panels);
    if (pass->folded) run(&call, fold, fold_items(plan));
    return end(&call, 1);
}

int64_t rnnkit_packed_floats(const rnnkit_pass *pass) {
    plan_t plan = {.pass = pass};
    rnnkit_used->sizes(&plan);
    return plan.weight_floats;
}

int64_t rnnkit_folded_floats(const rnnkit_pass *pass) {
    plan_t plan = {.pass = pass};
    rnnkit_used->sizes(&plan);
    return pass->table_rows * plan.width;
}

int64_t rnnkit_saved_floats(const rnnkit_pass *pass) {
    plan_t plan = {.pass = pass, .tile_rows = rows_of_a_tile(pass->batch, pass->steps)};
    rnnkit_used->sizes(&plan);
    return pass->batch * pass->steps * plan.padded * plan.saved;
}
