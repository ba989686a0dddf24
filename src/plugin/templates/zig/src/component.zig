//! What the component model's canonical ABI asks of a module: room for arguments, and results that carry
//! text. See <https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md>.

extern var __heap_base: u8;

const page = 64 * 1024;

var next: usize = 0;

/// Gives room for the next argument. All of it is free again after the call.
export fn cabi_realloc(old: usize, old_size: usize, alignment: usize, new_size: usize) usize {
    if (next == 0) next = @intFromPtr(&__heap_base);
    const start = (next + alignment - 1) & ~(alignment - 1);
    const end = start + new_size;
    const have = @wasmMemorySize(0) * page;
    if (end > have) {
        const pages = (end - have + page - 1) / page;
        if (@wasmMemoryGrow(0, pages) < 0) @trap();
    }
    const to: [*]u8 = @ptrFromInt(start);
    const from: [*]const u8 = @ptrFromInt(old | @intFromBool(old == 0));
    for (0..@min(old_size, new_size)) |index| to[index] = from[index];
    next = end;
    return start;
}

/// Frees the arguments and results of a call.
pub fn release() void {
    next = 0;
}

/// `result<string, string>` as it lies in memory.
pub const TextResult = extern struct {
    failed: u8,
    text: [*]const u8,
    length: usize,
};

var area: TextResult = undefined;

/// Gives room that lasts until the call is over.
pub fn room(size: usize) [*]u8 {
    return @ptrFromInt(cabi_realloc(0, 0, 1, size));
}

pub fn succeed(text: []const u8) *const TextResult {
    area = .{ .failed = 0, .text = text.ptr, .length = text.len };
    return &area;
}

pub fn fail(text: []const u8) *const TextResult {
    area = .{ .failed = 1, .text = text.ptr, .length = text.len };
    return &area;
}
