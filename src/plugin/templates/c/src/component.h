// What the component model's canonical ABI asks of a module that takes and gives text. See
// <https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md>. For richer types
// let `wit-bindgen c wit` write the bindings, and compile those in place of this file.

#ifndef COMPONENT_H
#define COMPONENT_H

#include <stdbool.h>
#include <stddef.h>

// Exports a function under its name in the WIT.
#define EXPORT(name) __attribute__((export_name(name)))

// `result<string, string>` as it lies in memory.
typedef struct {
    unsigned char failed;
    const char *text;
    size_t length;
} text_result;

const text_result *component_succeed(const char *text, size_t length);
const text_result *component_fail(const char *reason);

// Gives room that lasts until the call is over.
void *component_room(size_t size);

// Frees the arguments and results of a call; each `cabi_post_…` function ends with it.
void component_release(void);

#endif
