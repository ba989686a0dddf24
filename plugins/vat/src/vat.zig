//! Value added tax numbers of the European Union: the functions that the component exports.

const component = @import("component.zig");
const number = @import("number.zig");

fn check(text: [*]const u8, length: usize) callconv(.c) *const component.TextResult {
    return switch (number.read(text[0..length])) {
        .valid => |valid| component.succeed(valid.text),
        .wrong => |reason| component.fail(reason),
    };
}

fn isValid(text: [*]const u8, length: usize) callconv(.c) bool {
    return number.read(text[0..length]) == .valid;
}

fn country(text: [*]const u8, length: usize) callconv(.c) *const component.TextResult {
    return switch (number.read(text[0..length])) {
        .valid => |valid| component.succeed(valid.country),
        .wrong => |reason| component.fail(reason),
    };
}

fn afterText(_: *const component.TextResult) callconv(.c) void {
    component.release();
}

fn afterFlag(_: bool) callconv(.c) void {
    component.release();
}

comptime {
    @export(&check, .{ .name = "check" });
    @export(&isValid, .{ .name = "is-valid" });
    @export(&country, .{ .name = "country" });
    @export(&afterText, .{ .name = "cabi_post_check" });
    @export(&afterFlag, .{ .name = "cabi_post_is-valid" });
    @export(&afterText, .{ .name = "cabi_post_country" });
}
