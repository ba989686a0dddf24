//! The countries, with the form of their numbers and the way to check them.
//!
//! Sources: the European Commission's VIES questions and answers (the forms), and the algorithms that the
//! national tax authorities have published.

const digits = @import("digits.zig");

pub const Country = struct {
    /// What numbers begin with.
    prefix: []const u8,
    /// The ISO code.
    code: []const u8,
    /// What a person is told whose number has another form.
    form: []const u8,
    has_form: *const fn ([]const u8) bool,
    is_right: *const fn ([]const u8) bool,
};

pub fn find(prefix: []const u8) ?*const Country {
    for (&table) |*country| {
        if (country.prefix[0] == prefix[0] and country.prefix[1] == prefix[1]) return country;
    }
    return null;
}

const table = [_]Country{
    of("AT", "an Austrian number is ATU and 8 digits", atForm, atRight),
    of("BE", "a Belgian number is BE and 10 digits", ten, beRight),
    of("BG", "a Bulgarian number is BG and 9 or 10 digits", nineOrTen, bgRight),
    of("CY", "a Cypriot number is CY, 8 digits and a letter", cyForm, cyRight),
    of("CZ", "a Czech number is CZ and 8 to 10 digits", eightToTen, czRight),
    of("DE", "a German number is DE and 9 digits", nine, deRight),
    of("DK", "a Danish number is DK and 8 digits", eight, dkRight),
    of("EE", "an Estonian number is EE and 9 digits", nine, eeRight),
    .{
        .prefix = "EL",
        .code = "GR",
        .form = "a Greek number is EL and 9 digits",
        .has_form = nine,
        .is_right = elRight,
    },
    of("ES", "a Spanish number is ES, 7 or 8 digits, and letters at one end or both", esForm, esRight),
    of("FI", "a Finnish number is FI and 8 digits", eight, fiRight),
    of("FR", "a French number is FR, 2 letters or digits, and 9 digits", frForm, frRight),
    of("HR", "a Croatian number is HR and 11 digits", eleven, hrRight),
    of("HU", "a Hungarian number is HU and 8 digits", eight, huRight),
    of("IE", "an Irish number is IE, 7 digits and 1 or 2 letters", ieForm, ieRight),
    of("IT", "an Italian number is IT and 11 digits", eleven, itRight),
    of("LT", "a Lithuanian number is LT and 9 or 12 digits", nineOrTwelve, ltRight),
    of("LU", "a Luxembourgish number is LU and 8 digits", eight, luRight),
    of("LV", "a Latvian number is LV and 11 digits", eleven, lvRight),
    of("MT", "a Maltese number is MT and 8 digits", eight, mtRight),
    of("NL", "a Dutch number is NL, 9 digits, B and 2 digits", nlForm, nlRight),
    of("PL", "a Polish number is PL and 10 digits", ten, plRight),
    of("PT", "a Portuguese number is PT and 9 digits", nine, ptRight),
    of("RO", "a Romanian number is RO and 2 to 10 digits", twoToTen, roRight),
    of("SE", "a Swedish number is SE and 12 digits, of which the last are 01", seForm, seRight),
    of("SI", "a Slovenian number is SI and 8 digits", eight, siRight),
    of("SK", "a Slovak number is SK and 10 digits", ten, skRight),
    .{
        .prefix = "XI",
        .code = "GB",
        .form = "a Northern Irish number is XI and 9 or 12 digits",
        .has_form = nineOrTwelve,
        .is_right = xiRight,
    },
};

fn of(
    prefix: []const u8,
    form: []const u8,
    has_form: *const fn ([]const u8) bool,
    is_right: *const fn ([]const u8) bool,
) Country {
    return .{ .prefix = prefix, .code = prefix, .form = form, .has_form = has_form, .is_right = is_right };
}

fn eight(text: []const u8) bool {
    return digits.are(text, 8);
}

fn nine(text: []const u8) bool {
    return digits.are(text, 9);
}

fn ten(text: []const u8) bool {
    return digits.are(text, 10);
}

fn eleven(text: []const u8) bool {
    return digits.are(text, 11);
}

fn nineOrTen(text: []const u8) bool {
    return nine(text) or ten(text);
}

fn nineOrTwelve(text: []const u8) bool {
    return nine(text) or digits.are(text, 12);
}

fn eightToTen(text: []const u8) bool {
    return eight(text) or nineOrTen(text);
}

fn twoToTen(text: []const u8) bool {
    return text.len >= 2 and text.len <= 10 and digits.all(text);
}

fn atForm(text: []const u8) bool {
    return text[0] == 'U' and digits.are(text[1..], 8);
}

fn atRight(text: []const u8) bool {
    // Luhn's sum of the digits before the check digit, with 4 added to it.
    return (digits.luhn(text[1..8]) + 4 + digits.at(text, 8)) % 10 == 0;
}

fn beRight(text: []const u8) bool {
    return text[0] <= '1' and 97 - digits.value(text[0..8]) % 97 == digits.value(text[8..]);
}

fn bgRight(text: []const u8) bool {
    if (text.len == 9) {
        var check = digits.weighted(text, &.{ 1, 2, 3, 4, 5, 6, 7, 8 }) % 11;
        if (check == 10) check = digits.weighted(text, &.{ 3, 4, 5, 6, 7, 8, 9, 10 }) % 11;
        return check % 10 == digits.at(text, 8);
    }
    const last = digits.at(text, 9);
    // A citizen, a foreigner, or another person.
    const citizen = digits.weighted(text, &.{ 2, 4, 8, 5, 10, 9, 7, 3, 6 }) % 11 % 10;
    const is_birthday = isDate(digits.value(text[2..4]) % 20, digits.value(text[4..6]));
    const foreigner = digits.weighted(text, &.{ 21, 19, 17, 13, 11, 9, 7, 3, 1 }) % 10;
    const other = (11 - digits.weighted(text, &.{ 4, 3, 2, 7, 6, 5, 4, 3, 2 }) % 11) % 11;
    return citizen == last and is_birthday or foreigner == last or other == last;
}

/// Tells whether a month has such a day. Numbers say too little of the year to know about leap days.
fn isDate(month: u64, day: u64) bool {
    return day >= 1 and switch (month) {
        1, 3, 5, 7, 8, 10, 12 => day <= 31,
        4, 6, 9, 11 => day <= 30,
        2 => day <= 29,
        else => false,
    };
}

fn cyForm(text: []const u8) bool {
    return text.len == 9 and digits.all(text[0..8]) and digits.isLetter(text[8]);
}

fn cyRight(text: []const u8) bool {
    const odd = [_]u64{ 1, 0, 5, 7, 9, 13, 15, 17, 19, 21 };
    var sum: u64 = 0;
    for (0..8) |index| {
        const digit: usize = @intCast(digits.at(text, index));
        sum += if (index % 2 == 0) odd[digit] else digit;
    }
    const reserved = text[0] == '1' and text[1] == '2';
    return !reserved and sum % 26 == text[8] - 'A';
}

fn czRight(text: []const u8) bool {
    if (text.len == 8) {
        const check = (11 - digits.weighted(text, &.{ 8, 7, 6, 5, 4, 3, 2 }) % 11) % 11;
        return text[0] != '9' and (if (check == 0) 1 else check) % 10 == digits.at(text, 7);
    }
    if (text.len == 9 and text[0] == '6') {
        const check = digits.weighted(text[1..], &.{ 8, 7, 6, 5, 4, 3, 2 }) % 11;
        return (check + 8) % 10 == digits.at(text, 8);
    }
    return isBirthNumber(text);
}

/// The birth numbers of Czechoslovakia: a date, and from 1954 on a check digit.
fn isBirthNumber(text: []const u8) bool {
    const year = digits.value(text[0..2]);
    const month = digits.value(text[2..4]) % 50;
    const day = digits.value(text[4..6]);
    const real_month = if (month > 20) month - 20 else month;
    if (!isDate(real_month, day)) return false;
    if (text.len == 9) return year <= 53;
    const check = digits.value(text[0..9]) % 11 % 10;
    return check == digits.at(text, 9);
}

fn deRight(text: []const u8) bool {
    return text[0] != '0' and digits.mod11_10(text) == 1;
}

fn dkRight(text: []const u8) bool {
    return text[0] != '0' and digits.weighted(text, &.{ 2, 7, 6, 5, 4, 3, 2, 1 }) % 11 == 0;
}

fn eeRight(text: []const u8) bool {
    return digits.weighted(text, &.{ 3, 7, 1, 3, 7, 1, 3, 7, 1 }) % 10 == 0;
}

fn elRight(text: []const u8) bool {
    const check = digits.weighted(text, &.{ 256, 128, 64, 32, 16, 8, 4, 2 }) % 11 % 10;
    return check == digits.at(text, 8);
}

fn esForm(text: []const u8) bool {
    if (text.len != 9 or !digits.all(text[1..8])) return false;
    return digits.isLetter(text[0]) or digits.is(text[0]) and digits.isLetter(text[8]);
}

fn esRight(text: []const u8) bool {
    const letters = "TRWAGMYFPDXBNJZSQVHLCKE";
    const rest = digits.value(text[1..8]);
    return switch (text[0]) {
        '0'...'9' => letters[@intCast((digits.at(text, 0) * 10_000_000 + rest) % 23)] == text[8],
        'K', 'L', 'M' => letters[@intCast(rest % 23)] == text[8],
        'X', 'Y', 'Z' => letters[@intCast((@as(u64, text[0] - 'X') * 10_000_000 + rest) % 23)] == text[8],
        else => isSpanishFirm(text),
    };
}

fn isSpanishFirm(text: []const u8) bool {
    if (digits.place("ABCDEFGHJNPQRSUVW", text[0]) == null) return false;
    var sum: u64 = 0;
    for (1..8) |index| {
        const digit = digits.at(text, index);
        const counted = if (index % 2 == 1) digit * 2 else digit;
        sum += counted / 10 + counted % 10;
    }
    const check: usize = @intCast((10 - sum % 10) % 10);
    const as_digit = text[8] == '0' + @as(u8, @intCast(check));
    const as_letter = text[8] == "JABCDEFGHI"[check];
    return switch (text[0]) {
        'A', 'B', 'E', 'H' => as_digit,
        'N', 'P', 'Q', 'R', 'S', 'W' => as_letter,
        else => as_digit or as_letter,
    };
}

fn fiRight(text: []const u8) bool {
    return digits.weighted(text, &.{ 7, 9, 10, 5, 8, 4, 2, 1 }) % 11 == 0;
}

const french = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";

fn frForm(text: []const u8) bool {
    return text.len == 11 and digits.all(text[2..]) and
        digits.place(french, text[0]) != null and digits.place(french, text[1]) != null;
}

fn frRight(text: []const u8) bool {
    const firm = text[2..];
    // Monaco's firms are not in the French register.
    const in_monaco = digits.value(firm[0..3]) == 0;
    if (!in_monaco and digits.luhn(firm) != 0) return false;
    const siren = digits.value(firm);
    const first = digits.place(french, text[0]) orelse return false;
    const second = digits.place(french, text[1]) orelse return false;
    if (first < 10 and second < 10) return (siren * 100 + 12) % 97 == first * 10 + second;
    const key = if (first < 10) first * 24 + second - 10 else first * 34 + second - 100;
    return (siren + 1 + key / 11) % 11 == key % 11;
}

fn hrRight(text: []const u8) bool {
    return digits.mod11_10(text) == 1;
}

fn huRight(text: []const u8) bool {
    return digits.weighted(text, &.{ 9, 7, 3, 1, 9, 7, 3, 1 }) % 10 == 0;
}

const irish = "WABCDEFGHIJKLMNOPQRSTUV";

fn ieForm(text: []const u8) bool {
    if (text.len != 8 and text.len != 9) return false;
    if (!digits.is(text[0]) or !digits.all(text[2..7]) or digits.place(irish, text[7]) == null) return false;
    if (text.len == 9) return digits.is(text[1]) and digits.place(irish, text[8]) != null;
    // Numbers of before 2013 have a letter or a sign in the second place.
    return digits.is(text[1]) or digits.isLetter(text[1]) or text[1] == '+' or text[1] == '*';
}

fn ieRight(text: []const u8) bool {
    const weights = [_]u64{ 8, 7, 6, 5, 4, 3, 2 };
    var sum: u64 = 0;
    if (digits.is(text[1])) {
        sum = digits.weighted(text, &weights);
        if (text.len == 9) sum += 9 * (digits.place(irish, text[8]) orelse 0);
    } else {
        sum = digits.weighted(text[2..7], weights[1..6]) + 2 * digits.at(text, 0);
    }
    return irish[@intCast(sum % 23)] == text[7];
}

fn itRight(text: []const u8) bool {
    const office = digits.value(text[7..10]);
    const is_office = switch (office) {
        1...100, 120, 121, 888, 999 => true,
        else => false,
    };
    return is_office and digits.value(text[0..7]) != 0 and digits.luhn(text) == 0;
}

fn ltRight(text: []const u8) bool {
    const last = text.len - 1;
    if (text[last - 1] != '1') return false;
    var first: u64 = 0;
    var second: u64 = 0;
    for (0..last) |index| {
        first += (1 + index % 9) * digits.at(text, index);
        second += (1 + (index + 2) % 9) * digits.at(text, index);
    }
    const check = if (first % 11 == 10) second % 11 else first % 11;
    return check % 10 == digits.at(text, last);
}

fn luRight(text: []const u8) bool {
    return digits.value(text[0..6]) % 89 == digits.value(text[6..]);
}

fn lvRight(text: []const u8) bool {
    if (text[0] > '3') return digits.weighted(text, &.{ 9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1 }) % 11 == 3;
    // Numbers of people since 2017 begin with 32, and say nothing of a birthday.
    const is_new = text[0] == '3' and text[1] == '2';
    const day = digits.value(text[0..2]);
    const month = digits.value(text[2..4]);
    if (!is_new and !isDate(month, day)) return false;
    const check = (1 + digits.weighted(text, &.{ 10, 5, 8, 4, 2, 1, 6, 3, 7, 9 })) % 11 % 10;
    return check == digits.at(text, 10);
}

fn mtRight(text: []const u8) bool {
    return text[0] != '0' and digits.weighted(text, &.{ 3, 4, 6, 7, 8, 9, 10, 1 }) % 37 == 0;
}

fn nlForm(text: []const u8) bool {
    return text.len == 12 and digits.all(text[0..9]) and text[9] == 'B' and digits.all(text[10..]);
}

fn nlRight(text: []const u8) bool {
    if (digits.value(text[0..9]) == 0 or digits.value(text[10..]) == 0) return false;
    const sum = digits.weighted(text, &.{ 9, 8, 7, 6, 5, 4, 3, 2 });
    if (sum % 11 == digits.at(text, 8)) return true;
    // Since 2020: ISO 7064, MOD 97-10, over `NL…B…` with N = 23, L = 21, B = 11.
    const whole = ((2321 * 1_000_000_000 + digits.value(text[0..9])) * 100 + 11) * 100 + digits.value(text[10..]);
    return whole % 97 == 1;
}

fn plRight(text: []const u8) bool {
    return digits.weighted(text, &.{ 6, 5, 7, 2, 3, 4, 5, 6, 7 }) % 11 == digits.at(text, 9);
}

fn ptRight(text: []const u8) bool {
    const sum = digits.weighted(text, &.{ 9, 8, 7, 6, 5, 4, 3, 2 });
    return text[0] != '0' and (11 - sum % 11) % 11 % 10 == digits.at(text, 8);
}

fn roRight(text: []const u8) bool {
    const weights = [_]u64{ 7, 5, 3, 2, 1, 7, 5, 3, 2 };
    const last = text.len - 1;
    const check = digits.weighted(text, weights[weights.len - last ..]) * 10 % 11 % 10;
    return text[0] != '0' and check == digits.at(text, last);
}

fn seForm(text: []const u8) bool {
    return digits.are(text, 12) and text[10] == '0' and text[11] == '1';
}

fn seRight(text: []const u8) bool {
    return digits.luhn(text[0..10]) == 0;
}

fn siRight(text: []const u8) bool {
    const check = 11 - digits.weighted(text, &.{ 8, 7, 6, 5, 4, 3, 2 }) % 11;
    return text[0] != '0' and check != 11 and check % 10 == digits.at(text, 7);
}

fn skRight(text: []const u8) bool {
    const kind = switch (text[2]) {
        '2', '3', '4', '7', '8', '9' => true,
        else => false,
    };
    return text[0] != '0' and kind and digits.value(text) % 11 == 0;
}

fn xiRight(text: []const u8) bool {
    const sum = digits.weighted(text, &.{ 8, 7, 6, 5, 4, 3, 2, 10, 1 }) % 97;
    const is_new = digits.value(text[0..3]) >= 100;
    return sum == 0 or is_new and (sum == 42 or sum == 55);
}
