/* The interface: a recurrent layer over a batch of sequences, and its gradients; and row-wise
 * operations of a training step.
 *
 * All numbers are float32, all arrays contiguous unless a stride is named; weights have Keras'
 * layout. rnnkit/kernels/calls.py, chains.py and rows.py declare the same structures for ctypes:
 * change them together, and increment RNNKIT_ABI. */
#ifndef RNNKIT_H
#define RNNKIT_H

#include <stdint.h>

#define RNNKIT_ABI 9

#define INLINE static inline __attribute__((always_inline))

enum rnnkit_cell { SIMPLE_RNN, LSTM, GRU, MIN_GRU, MIN_LSTM };

/* Columns per unit of each matrix. */
INLINE int gates_of(enum rnnkit_cell cell) {
    return cell == SIMPLE_RNN ? 1 : cell == MIN_GRU ? 2 : cell == LSTM ? 4 : 3;
}

/* The precision of packed kernels; inputs, states and all sums are float32. */
enum rnnkit_precision { IN_FLOAT32, IN_BFLOAT16, IN_INT8 };

/* One direction of one layer. Arrays that are not needed are NULL. */
typedef struct {
    int64_t cell, batch, steps, features, units;
    int64_t reverse;       /* reads each sequence from its last step to its first */
    int64_t table_rows;    /* with `ids`: the rows of `inputs` */
    int64_t output_stride; /* floats from one step of `outputs` and its gradient to the next */
    int64_t precision;     /* of the packed kernels, in the forward pass */

    const float *inputs;    /* (batch, steps, features), or a table (table_rows, features) */
    const int32_t *ids;     /* (batch, steps) rows of the table */
    const int32_t *lengths; /* (batch): later steps are padding; NULL: no step is */
    const float *kernel;    /* (features, gates * units) */
    const float *recurrent; /* (units, gates * units) */
    const float *bias;      /* (gates * units); GRU: (2, gates * units) */
    const float *h0, *c0;   /* (batch, units); NULL: zeros */

    float *outputs;         /* (batch, steps, units), zeros where padded */
    float *h_last, *c_last; /* (batch, units): each sequence's state after its last step */
    float *saved;           /* rnnkit_saved_floats(): for the backward pass */

    /* The backward pass reads these, and `outputs` and `saved`, ... */
    const float *d_outputs, *d_h_last, *d_c_last;
    /* ... and writes these. */
    float *d_inputs, *d_kernel, *d_recurrent, *d_bias, *d_h0, *d_c0;

    /* Forward pass: what rnnkit_pack wrote for these weights; NULL: each call packs them. */
    float *packed;
    float *folded; /* the table times the kernel, instead of `inputs` and `kernel` */
} rnnkit_pass;

#if defined(_WIN32)
#define RNNKIT_PUBLIC __declspec(dllexport)
#else
#define RNNKIT_PUBLIC __attribute__((visibility("default")))
#endif

/* Both run `count` directions of one layer, of the same shapes, at once. They return 0, or 1 if
 * there is not enough memory. Results do not depend on the number of threads. */
RNNKIT_PUBLIC int rnnkit_forward(const rnnkit_pass *passes, int64_t count, int64_t threads);
RNNKIT_PUBLIC int rnnkit_backward(const rnnkit_pass *passes, int64_t count, int64_t threads);

/* Writes `packed`, and `folded` if given, for inference in many calls or by single steps; they are
 * valid for the instruction set in use. The sizes are in floats. */
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
    const float *of_losses; /* (rows): the gradient with respect to each row's cross-entropy ... */
    float *of_logits;       /* ... and to the logits, (rows, classes) */
} rnnkit_logits;

/* Writes largest, sums and hits; or, from these, the gradient of the logits. */
RNNKIT_PUBLIC void rnnkit_cross_entropy(const rnnkit_logits *logits, int64_t is_gradient,
                                        int64_t threads);

/* The gradient of an embedding table. */
typedef struct {
    int64_t count, width, table_rows;
    const float *vectors; /* (count, width): the gradients of the rows that were read */
    const int32_t *ids;   /* (count): their numbers */
    float *table;         /* (table_rows, width) */
} rnnkit_table;

/* Sums the vectors of each row, in their order. */
RNNKIT_PUBLIC void rnnkit_sum_rows(const rnnkit_table *table, int64_t threads);

/* Linear-chain CRFs, each with its targets. potentials[row, step, i, j]: of label j after label i;
 * in the first step only i = 0 counts. */
typedef struct {
    int64_t rows, steps, labels;
    const float *potentials;   /* (rows, steps, labels, labels) */
    const int32_t *targets;    /* (rows, steps) */
    const int32_t *lengths;    /* (rows): steps from there on are padding */
    float *summed, *best;      /* (rows, steps, labels): log-sum of all paths, score of the best */
    float *log_z, *nats;       /* (rows): log partition function; minus the score of the targets */
    float *hits;               /* (rows, steps): 1 where the best path has the target, else 0 */
    float *scratch;            /* (rows, 3, labels) */
    const float *of_nats;      /* (rows): the gradient of nats ... */
    float *of_potentials;      /* ... and of the potentials */
} rnnkit_chains;

/* Writes summed to hits; or, from summed and log_z, the gradient of the potentials. */
RNNKIT_PUBLIC void rnnkit_chain(const rnnkit_chains *chains, int64_t is_gradient, int64_t threads);

RNNKIT_PUBLIC int64_t rnnkit_abi(void);

/* The instruction sets that this processor runs, fastest first: the name of each, else NULL. */
RNNKIT_PUBLIC const char *rnnkit_instruction_set(int64_t index);

/* Switches to one of them by its index; the first is the default. */
RNNKIT_PUBLIC void rnnkit_use(int64_t index);

#endif
