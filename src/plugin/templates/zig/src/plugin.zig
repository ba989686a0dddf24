//! The functions of `wit/plugin.wit`.

const component = @import("component.zig");

/// Gives the letter or digit in capitals, or nothing for any other byte.
fn kept(letter: u8) ?u8 {
    return switch (letter) {
        'a'...'z' => letter - 'a' + 'A',
        'A'...'Z', '0'...'9' => letter,
        else => null,
    };
}

fn code(text: [*]const u8, length: usize) callconv(.c) *const component.TextResult {
    const room = component.room(length);
    var count: usize = 0;
    for (text[0..length]) |letter| {
        if (kept(letter)) |capital| {
            room[count] = capital;
            count += 1;
        }
    }
    if (count == 0) return component.fail("the text has no letter and no digit");
    return component.succeed(room[0..count]);
}

fn hasCode(text: [*]const u8, length: usize) callconv(.c) bool {
    for (text[0..length]) |letter| {
        if (kept(letter) != null) return true;
    }
    return false;
}

fn afterText(_: *const component.TextResult) callconv(.c) void {
    component.release();
}

fn afterFlag(_: bool) callconv(.c) void {
    component.release();
}

comptime {
    @export(&code, .{ .name = "code" });
    @export(&hasCode, .{ .name = "has-code" });
    @export(&afterText, .{ .name = "cabi_post_code" });
    @export(&afterFlag, .{ .name = "cabi_post_has-code" });
}
