//! Reads a number: its prefix, its length, its check digits.

const countries = @import("countries.zig");

/// A number in its short form, with its prefix.
pub const Valid = struct {
    text: []const u8,
    country: []const u8,
};

pub const Reading = union(enum) {
    valid: Valid,
    wrong: []const u8,
};

/// The longest number, with its prefix: NL and SE have 14 letters.
const longest = 16;

var short: [longest]u8 = undefined;

/// Reads a number as people write it, with spaces, points and hyphens, in any case.
pub fn read(written: []const u8) Reading {
    var length: usize = 0;
    for (written) |letter| {
        switch (letter) {
            ' ', '.', '-', '/', '\t', '\n', '\r' => continue,
            '0'...'9', 'A'...'Z', '+', '*' => {},
            'a'...'z' => {},
            else => return .{ .wrong = "it has a letter that no number has" },
        }
        if (length == longest) return .{ .wrong = "it is too long" };
        short[length] = if (letter >= 'a' and letter <= 'z') letter - 32 else letter;
        length += 1;
    }
    if (length < 3) return .{ .wrong = "it is too short" };
    // The ISO code of Greece is often written in the place of its prefix.
    if (short[0] == 'G' and short[1] == 'R') {
        short[0] = 'E';
        short[1] = 'L';
    }
    const country = countries.find(short[0..2]) orelse
        return .{ .wrong = "it does not begin with a prefix of the European Union, such as DE" };
    const national = short[2..length];
    if (!country.has_form(national)) return .{ .wrong = country.form };
    if (!country.is_right(national)) return .{ .wrong = "its check digits are wrong" };
    return .{ .valid = .{ .text = short[0..length], .country = country.code } };
}
