/* What the library offers: one recurrent layer over a batch of sequences, and its gradients; and
 * what a training does around it.
 *
 * All numbers are float32, all arrays contiguous unless a stride is named; weights are laid out as
 * in Keras. rnnkit/kernels/calls.py, chains.py and rows.py hold the same structures for ctypes: a
 * change here is a change there, and of RNNKIT_ABI. */
#ifndef RNNKIT_H
#define RNNKIT_H

#include <stdint.h>

#define RNNKIT_ABI 9

#define INLINE static inline __attribute__((always_inline))

enum rnnkit_cell { SIMPLE_RNN, LSTM, GRU, MIN_GRU, MIN_LSTM };

/* Columns of a unit in each matrix. */
INLINE int gates_of(enum rnnkit_cell cell) {
    return cell == SIMPLE_RNN ? 1 : cell == MIN_GRU ? 2 : cell == LSTM ? 4 : 3;
}

/* The numbers of packed kernels; what they are multiplied with, and all sums, are float32. */
enum rnnkit_precision { IN_FLOAT32, IN_BFLOAT16, IN_INT8 };

/* One direction of one layer. What is not needed is NULL. */
typedef struct {
    int64_t cell, batch, steps, features, units;
    int64_t reverse;       /* reads each sequence from its own last step to its first */
    int64_t table_rows;    /* where `ids` are given: the rows of `inputs` */
    int64_t output_stride; /* floats from one step of `outputs` and its gradient to the next */
    int64_t precision;     /* forwards: of the packed kernels */

    const float *inputs;    /* (batch, steps, features), or a table (table_rows, features) */
    const int32_t *ids;     /* (batch, steps) rows of the table */
    const int32_t *lengths; /* (batch): steps from there on are padding; NULL: none is */
    const float *kernel;    /* (features, gates * units) */
    const float *recurrent; /* (units, gates * units) */
    const float *bias;      /* (gates * units); GRU: (2, gates * units) */
    const float *h0, *c0;   /* (batch, units); NULL: zeros */

    float *outputs;         /* (batch, steps, units), zeros where padded */
    float *h_last, *c_last; /* (batch, units): each sequence's state after its last step */
    float *saved;           /* rnnkit_saved_floats() of them: the backward pass needs it */

    /* The backward pass reads these, and `outputs` and `saved`, ... */
    const float *d_outputs, *d_h_last, *d_c_last;
    /* ... and writes these. */
    float *d_inputs, *d_kernel, *d_recurrent, *d_bias, *d_h0, *d_c0;

    /* Forwards: what rnnkit_pack wrote for these weights; NULL: made in each call. */
    float *packed;
    float *folded; /* the table times the kernel: `inputs` and `kernel` are not read */
} rnnkit_pass;

#if defined(_WIN32)
#define RNNKIT_PUBLIC __declspec(dllexport)
#else
#define RNNKIT_PUBLIC __attribute__((visibility("default")))
#endif

/* Both run `count` directions of one layer (the same shapes) at once, and give 0, or 1 where there
 * is not enough memory. The result does not depend on the number of threads. */
RNNKIT_PUBLIC int rnnkit_forward(const rnnkit_pass *passes, int64_t count, int64_t threads);
RNNKIT_PUBLIC int rnnkit_backward(const rnnkit_pass *passes, int64_t count, int64_t threads);

/* Writes `packed`, and `folded` where it is given, for answers of few steps at a time, or of many
 * calls; they hold for the instruction set that is in use. The sizes are in floats. */
RNNKIT_PUBLIC int rnnkit_pack(const rnnkit_pass *pass, int64_t threads);
RNNKIT_PUBLIC int64_t rnnkit_packed_floats(const rnnkit_pass *pass);
RNNKIT_PUBLIC int64_t rnnkit_folded_floats(const rnnkit_pass *pass);

/* The size of `saved`; 0 where the backward pass needs the outputs alone. */
RNNKIT_PUBLIC int64_t rnnkit_saved_floats(const rnnkit_pass *pass);

/* The cross-entropy of each row of logits. */
typedef struct {
    int64_t rows, classes;
    const float *logits;    /* (rows, classes) */
    const int32_t *targets; /* (rows) */
    float *largest, *sums;  /* (rows): of the logits, and of e^(logit - largest) */
    float *hits;            /* (rows): 1 where the target is the first of the largest, else 0 */
    const float *of_losses; /* (rows): the gradient of each row's cross-entropy ... */
    float *of_logits;       /* ... and of the logits, (rows, classes) */
} rnnkit_logits;

/* Fills largest, sums and hits, or by these the gradient of the logits. */
RNNKIT_PUBLIC void rnnkit_cross_entropy(const rnnkit_logits *logits, int64_t is_gradient,
                                        int64_t threads);

/* The gradient of a table of which rows were read. */
typedef struct {
    int64_t count, width, table_rows;
    const float *vectors; /* (count, width): the gradients of what was read */
    const int32_t *ids;   /* (count): which rows were */
    float *table;         /* (table_rows, width) */
} rnnkit_table;

/* Adds the vectors up in their order. */
RNNKIT_PUBLIC void rnnkit_sum_rows(const rnnkit_table *table, int64_t threads);

/* Linear chains of labels, each with its targets: potentials are those of a label (the last axis)
 * after the one before it; of the first step the first row alone counts. */
typedef struct {
    int64_t rows, steps, labels;
    const float *potentials;   /* (rows, steps, labels, labels) */
    const int32_t *targets;    /* (rows, steps) */
    const int32_t *lengths;    /* (rows): steps from there on are padding */
    float *summed, *best;      /* (rows, steps, labels): all paths to a label, and the best one */
    float *log_z, *nats;       /* (rows): of all paths; that less the score of the targets */
    float *hits;               /* (rows, steps): 1 where the best path has the target, else 0 */
    float *scratch;            /* (rows, 3, labels) */
    const float *of_nats;      /* (rows): the gradient of nats ... */
    float *of_potentials;      /* ... and of the potentials */
} rnnkit_chains;

/* Fills what comes before scratch, or by summed and log_z the gradient of the potentials. */
RNNKIT_PUBLIC void rnnkit_chain(const rnnkit_chains *chains, int64_t is_gradient, int64_t threads);

RNNKIT_PUBLIC int64_t rnnkit_abi(void);

/* The instruction sets that this processor runs, fastest first: the name of each, else NULL. */
RNNKIT_PUBLIC const char *rnnkit_instruction_set(int64_t index);

/* Uses one of them by its index; the first is used from the start. */
RNNKIT_PUBLIC void rnnkit_use(int64_t index);

#endif
