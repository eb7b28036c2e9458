/* The calls for recurrent layers as functions that XLA, and thus JAX, calls without copying.
 *
 * Buffers have the order of rnnkit/cells/steps.py: arguments (inputs, kernel, recurrent if the cell
 * has one, bias, the initial state unless it is zeros); lengths, if any; results (outputs and last
 * state; last state and outputs if only the last step is wanted); what is saved; and the gradients
 * of the results. */
#include "rnnkit.h"
#include "xla.h"

typedef struct {
    const xla_buffers *buffers;
    int64_t next;
} cursor_t;

static const xla_buffer *following(cursor_t *cursor) {
    return cursor->buffers->buffers[cursor->next++];
}
static float *floats(cursor_t *cursor) { return following(cursor)->data; }

/* "cell", "every_step", "from_zeros", "ragged", "reverse", "save", "threads": by their first two
 * letters. */
static int64_t attribute(const xla_frame *frame, char first, char second) {
    for (int64_t index = 0; index < frame->attributes.size; index++) {
        const char *name = frame->attributes.names[index]->text;
        if (name[0] == first && name[1] == second)
            return *(const int64_t *)frame->attributes.scalars[index]->value;
    }
    return 0;
}

/* Whether XLA asks for the version of the interface, as it does once for each function. */
static int is_question(xla_frame *frame) {
    for (xla_extension *extension = frame->extension_start; extension;
         extension = extension->next) {
        if (extension->type != XLA_FFI_EXTENSION_METADATA) continue;
        xla_metadata *metadata = ((xla_metadata_extension *)extension)->metadata;
        metadata->api_version.major_version = XLA_FFI_API_MAJOR;
        metadata->api_version.minor_version = XLA_FFI_API_MINOR;
        return 1;
    }
    return frame->stage != XLA_FFI_EXECUTE;
}

static xla_error *answer(const xla_frame *frame, int failed) {
    if (!failed) return NULL;
    xla_error_arguments arguments = {
        .struct_size = offsetof(xla_error_arguments, code) + sizeof(int),
        .message = "not enough memory for a recurrent layer: use a smaller batch_size",
        .code = XLA_FFI_RESOURCE_EXHAUSTED,
    };
    return frame->api->create_error(&arguments);
}

static rnnkit_pass layer(const xla_frame *frame, cursor_t *arguments) {
    const xla_buffer *inputs = following(arguments);
    rnnkit_pass pass = {
        .cell = attribute(frame, 'c', 'e'), .reverse = attribute(frame, 'r', 'e'),
        .batch = inputs->dims[0], .steps = inputs->dims[1], .features = inputs->dims[2],
        .inputs = inputs->data,
    };
    const xla_buffer *kernel = following(arguments);
    pass.kernel = kernel->data;
    pass.units = pass.output_stride = kernel->dims[1] / gates_of(pass.cell);
    if (pass.cell <= GRU) pass.recurrent = floats(arguments);
    pass.bias = floats(arguments);
    if (!attribute(frame, 'f', 'r')) {
        pass.h0 = floats(arguments);
        if (pass.cell == LSTM) pass.c0 = floats(arguments);
    }
    if (attribute(frame, 'r', 'a')) pass.lengths = following(arguments)->data;
    return pass;
}

RNNKIT_PUBLIC xla_error *rnnkit_xla_forward(xla_frame *frame) {
    if (is_question(frame)) return NULL;
    cursor_t arguments = {&frame->arguments, 0}, results = {&frame->results, 0};
    int64_t every_step = attribute(frame, 'e', 'v'), save = attribute(frame, 's', 'a');
    rnnkit_pass pass = layer(frame, &arguments);
    if (every_step) pass.outputs = floats(&results);
    pass.h_last = floats(&results);
    if (pass.cell == LSTM) pass.c_last = floats(&results);
    if (save && !every_step) pass.outputs = floats(&results);
    if (save) pass.saved = floats(&results);
    return answer(frame, rnnkit_forward(&pass, 1, attribute(frame, 't', 'h')));
}

RNNKIT_PUBLIC xla_error *rnnkit_xla_backward(xla_frame *frame) {
    if (is_question(frame)) return NULL;
    cursor_t arguments = {&frame->arguments, 0}, results = {&frame->results, 0};
    int64_t every_step = attribute(frame, 'e', 'v');
    rnnkit_pass pass = layer(frame, &arguments);
    if (every_step) pass.outputs = floats(&arguments);
    arguments.next += pass.cell == LSTM ? 2 : 1; /* the last state */
    if (!every_step) pass.outputs = floats(&arguments);
    pass.saved = floats(&arguments);
    if (every_step) pass.d_outputs = floats(&arguments);
    pass.d_h_last = floats(&arguments);
    if (pass.cell == LSTM) pass.d_c_last = floats(&arguments);
    pass.d_inputs = floats(&results);
    pass.d_kernel = floats(&results);
    if (pass.cell <= GRU) pass.d_recurrent = floats(&results);
    pass.d_bias = floats(&results);
    if (pass.h0) pass.d_h0 = floats(&results);
    if (pass.c0) pass.d_c0 = floats(&results);
    return answer(frame, rnnkit_backward(&pass, 1, attribute(frame, 't', 'h')));
}
