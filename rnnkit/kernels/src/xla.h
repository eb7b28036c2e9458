/* The part of XLA's foreign function interface that xla.c needs, version 0.1, which JAX 0.7 and all
 * later versions speak.
 *
 * These declarations are those of xla/ffi/api/c_api.h, shortened: Copyright 2023 The OpenXLA
 * Authors, Apache License 2.0 (http://www.apache.org/licenses/LICENSE-2.0). */
#ifndef XLA_H
#define XLA_H

#include <stddef.h>
#include <stdint.h>

#define XLA_FFI_API_MAJOR 0
#define XLA_FFI_API_MINOR 1

enum { XLA_FFI_EXTENSION_METADATA = 1, XLA_FFI_RESOURCE_EXHAUSTED = 8, XLA_FFI_EXECUTE = 3 };

typedef struct xla_extension {
    size_t struct_size;
    int type;
    struct xla_extension *next;
} xla_extension;

typedef struct {
    size_t struct_size;
    xla_extension *extension_start;
    int major_version, minor_version;
} xla_version;

typedef struct {
    size_t struct_size;
    xla_version api_version;
    uint32_t traits;
} xla_metadata;

typedef struct {
    xla_extension base;
    xla_metadata *metadata;
} xla_metadata_extension;

typedef struct {
    size_t struct_size;
    xla_extension *extension_start;
    int dtype;
    void *data;
    int64_t rank;
    int64_t *dims;
} xla_buffer;

typedef struct { /* of arguments and of results */
    size_t struct_size;
    xla_extension *extension_start;
    int64_t size;
    int *types;
    xla_buffer **buffers;
} xla_buffers;

typedef struct {
    const char *text;
    size_t length;
} xla_text;

typedef struct {
    int dtype;
    void *value;
} xla_scalar;

typedef struct { /* sorted by name */
    size_t struct_size;
    xla_extension *extension_start;
    int64_t size;
    int *types;
    xla_text **names;
    xla_scalar **scalars;
} xla_attributes;

typedef struct xla_error xla_error;

typedef struct {
    size_t struct_size;
    xla_extension *extension_start;
    const char *message;
    int code;
} xla_error_arguments;

typedef struct { /* its first fields */
    size_t struct_size;
    xla_extension *extension_start;
    xla_version api_version;
    void *internal_api;
    xla_error *(*create_error)(xla_error_arguments *arguments);
} xla_api;

typedef struct {
    size_t struct_size;
    xla_extension *extension_start;
    const xla_api *api;
    void *context;
    int stage;
    xla_buffers arguments, results;
    xla_attributes attributes;
    void *future;
} xla_frame;

#endif
