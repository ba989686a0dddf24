#include "component.h"

#define PAGE ((size_t)64 * 1024)

extern unsigned char __heap_base;

static size_t next = 0;
static text_result area;

EXPORT("cabi_realloc")
void *component_realloc(const char *old, size_t old_size, size_t alignment, size_t new_size) {
    if (next == 0) {
        next = (size_t)&__heap_base;
    }
    size_t start = (next + alignment - 1) & ~(alignment - 1);
    size_t end = start + new_size;
    size_t have = __builtin_wasm_memory_size(0) * PAGE;
    if (end < start) {
        __builtin_trap();
    }
    if (end > have && __builtin_wasm_memory_grow(0, (end - have + PAGE - 1) / PAGE) == (size_t)-1) {
        __builtin_trap();
    }
    char *to = (char *)start;
    for (size_t index = 0; index < old_size && index < new_size; index++) {
        to[index] = old[index];
    }
    next = end;
    return to;
}

void *component_room(size_t size) {
    return component_realloc(NULL, 0, 1, size);
}

void component_release(void) {
    next = 0;
}

const text_result *component_succeed(const char *text, size_t length) {
    area = (text_result){.failed = 0, .text = text, .length = length};
    return &area;
}

const text_result *component_fail(const char *reason) {
    size_t length = 0;
    while (reason[length] != 0) {
        length++;
    }
    area = (text_result){.failed = 1, .text = reason, .length = length};
    return &area;
}
