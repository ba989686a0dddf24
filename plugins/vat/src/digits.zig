//! The arithmetic that check digits are made of.

/// Tells whether there are this many letters, and all of them are digits.
pub fn are(text: []const u8, length: usize) bool {
    return text.len == length and all(text);
}

pub fn all(text: []const u8) bool {
    for (text) |letter| if (!is(letter)) return false;
    return true;
}

pub fn is(letter: u8) bool {
    return letter >= '0' and letter <= '9';
}

pub fn isLetter(letter: u8) bool {
    return letter >= 'A' and letter <= 'Z';
}

pub fn at(text: []const u8, index: usize) u64 {
    return text[index] - '0';
}

/// Reads up to 18 digits as one number.
pub fn value(text: []const u8) u64 {
    var result: u64 = 0;
    for (text) |letter| result = result * 10 + (letter - '0');
    return result;
}

/// Adds up the digits, each times its weight.
pub fn weighted(text: []const u8, weights: []const u64) u64 {
    var sum: u64 = 0;
    for (weights, 0..) |weight, index| sum += weight * at(text, index);
    return sum;
}

/// Luhn's sum: every second digit from the right is doubled, and its own digits are added up.
pub fn luhn(text: []const u8) u64 {
    var sum: u64 = 0;
    for (0..text.len) |back| {
        const digit = at(text, text.len - 1 - back);
        const doubled = if (back % 2 == 1) digit * 2 else digit;
        sum += doubled / 10 + doubled % 10;
    }
    return sum % 10;
}

/// ISO 7064, MOD 11,10: 1 for right numbers.
pub fn mod11_10(text: []const u8) u64 {
    var check: u64 = 5;
    for (text) |letter| {
        const twice = (if (check == 0) 10 else check) * 2;
        check = (twice % 11 + (letter - '0')) % 10;
    }
    return check;
}

/// The place of a letter in an alphabet.
pub fn place(alphabet: []const u8, letter: u8) ?u64 {
    for (alphabet, 0..) |candidate, index| if (candidate == letter) return index;
    return null;
}
