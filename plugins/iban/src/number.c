#include "number.h"

#include <stdbool.h>
#include <string.h>

// What follows the country and the check digits: `n` for digits, `a` for letters, `c` for either, each
// with how many there are. Source: SWIFT's IBAN registry.
struct country {
    char code[3];
    char form[12];
};

static const struct country countries[] = {
    {"AD", "n8c12"},     {"AE", "n19"},       {"AL", "n8c16"},    {"AT", "n16"},      {"AZ", "a4c20"},
    {"BA", "n16"},       {"BE", "n12"},       {"BG", "a4n6c8"},   {"BH", "a4c14"},    {"BI", "n23"},
    {"BR", "n23a1c1"},   {"BY", "c4n4c16"},   {"CH", "n5c12"},    {"CR", "n18"},      {"CY", "n8c16"},
    {"CZ", "n20"},       {"DE", "n18"},       {"DJ", "n23"},      {"DK", "n14"},      {"DO", "c4n20"},
    {"EE", "n16"},       {"EG", "n25"},       {"ES", "n20"},      {"FI", "n14"},      {"FK", "a2n12"},
    {"FO", "n14"},       {"FR", "n10c11n2"},  {"GB", "a4n14"},    {"GE", "a2n16"},    {"GI", "a4c15"},
    {"GL", "n14"},       {"GR", "n7c16"},     {"GT", "c24"},      {"HN", "a4n20"},    {"HR", "n17"},
    {"HU", "n24"},       {"IE", "a4n14"},     {"IL", "n19"},      {"IQ", "a4n15"},    {"IS", "n22"},
    {"IT", "a1n10c12"},  {"JO", "a4n4c18"},   {"KW", "a4c22"},    {"KZ", "n3c13"},    {"LB", "n4c20"},
    {"LC", "a4c24"},     {"LI", "n5c12"},     {"LT", "n16"},      {"LU", "n3c13"},    {"LV", "a4c13"},
    {"LY", "n21"},       {"MC", "n10c11n2"},  {"MD", "c20"},      {"ME", "n18"},      {"MK", "n3c10n2"},
    {"MN", "n16"},       {"MR", "n23"},       {"MT", "a4n5c18"},  {"MU", "a4n19a3"},  {"NI", "a4n20"},
    {"NL", "a4n10"},     {"NO", "n11"},       {"OM", "n3c16"},    {"PK", "a4c16"},    {"PL", "n24"},
    {"PS", "a4c21"},     {"PT", "n21"},       {"QA", "a4c21"},    {"RO", "a4c16"},    {"RS", "n18"},
    {"RU", "n14c15"},    {"SA", "n2c18"},     {"SC", "a4n20a3"},  {"SD", "n14"},      {"SE", "n20"},
    {"SI", "n15"},       {"SK", "n20"},       {"SM", "a1n10c12"}, {"SO", "n19"},      {"ST", "n21"},
    {"SV", "a4n20"},     {"TL", "n19"},       {"TN", "n20"},      {"TR", "n6c16"},    {"UA", "n6c19"},
    {"VA", "n18"},       {"VG", "a4n16"},     {"XK", "n16"},      {"YE", "a4n4c18"},
};

static bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

static bool is_capital(char letter) { return letter >= 'A' && letter <= 'Z'; }

static const struct country *find(const char *text) {
    for (size_t index = 0; index < sizeof countries / sizeof countries[0]; index++) {
        if (memcmp(countries[index].code, text, 2) == 0) {
            return &countries[index];
        }
    }
    return NULL;
}

// Takes one group of a form off its front: gives its kind, and how many letters it has.
static char next_group(const char **form, size_t *count) {
    char kind = *(*form)++;
    *count = 0;
    while (is_digit(**form)) {
        *count = *count * 10 + (size_t)(*(*form)++ - '0');
    }
    return kind;
}

static size_t length_of(const struct country *country) {
    size_t length = 4;
    size_t count;
    for (const char *form = country->form; *form != 0;) {
        next_group(&form, &count);
        length += count;
    }
    return length;
}

static bool has_form(const struct country *country, const char *text) {
    size_t count;
    for (const char *form = country->form; *form != 0;) {
        char kind = next_group(&form, &count);
        for (; count > 0; count--, text++) {
            bool fits = kind == 'n' ? is_digit(*text)
                        : kind == 'a' ? is_capital(*text)
                                      : is_digit(*text) || is_capital(*text);
            if (!fits) {
                return false;
            }
        }
    }
    return true;
}

// ISO 7064, MOD 97-10, over the number with its first four letters at the end; 1 for right numbers.
static unsigned remainder_of(const char *text, size_t length) {
    unsigned rest = 0;
    for (size_t index = 0; index < length; index++) {
        char letter = text[(index + 4) % length];
        unsigned value = is_digit(letter) ? (unsigned)(letter - '0') : (unsigned)(letter - 'A') + 10;
        rest = (rest * (value < 10 ? 10 : 100) + value) % 97;
    }
    return rest;
}

// Copies letters and digits, in capitals; gives how many, or nothing after a letter that no number has.
static const char *copy(const char *written, size_t length, char *text, size_t *copied) {
    *copied = 0;
    for (size_t index = 0; index < length; index++) {
        char letter = written[index];
        // A space that does not break is two bytes in UTF-8.
        if (letter == '\xc2' && index + 1 < length && written[index + 1] == '\xa0') {
            index++;
            continue;
        }
        if (letter == ' ' || letter == '-' || letter == '\t' || letter == '\n' || letter == '\r') {
            continue;
        }
        if (letter >= 'a' && letter <= 'z') {
            letter = (char)(letter - 'a' + 'A');
        }
        if (!is_digit(letter) && !is_capital(letter)) {
            return "it has a letter that no account number has";
        }
        if (*copied == IBAN_LONGEST) {
            return "it is too long";
        }
        text[(*copied)++] = letter;
    }
    text[*copied] = 0;
    return NULL;
}

const char *iban_read(const char *written, size_t length, char *text) {
    size_t count;
    const char *problem = copy(written, length, text, &count);
    if (problem != NULL) {
        return problem;
    }
    if (count < 5) {
        return "it is too short";
    }
    const struct country *country = find(text);
    if (country == NULL) {
        return "it does not begin with a country that has such numbers";
    }
    if (count != length_of(country)) {
        return count < length_of(country) ? "it is too short for its country" : "it is too long for its country";
    }
    if (!is_digit(text[2]) || !is_digit(text[3]) || !has_form(country, text + 4)) {
        return "it has a letter where its country has a digit, or a digit where it has a letter";
    }
    // 00, 01 and 99 would do for the arithmetic, and are never given.
    bool given = memcmp(text + 2, "00", 2) != 0 && memcmp(text + 2, "01", 2) != 0 && memcmp(text + 2, "99", 2) != 0;
    if (!given || remainder_of(text, count) != 1) {
        return "its check digits are wrong";
    }
    return NULL;
}

void iban_group(char *text) {
    size_t length = strlen(text);
    size_t spaces = length == 0 ? 0 : (length - 1) / 4;
    text[length + spaces] = 0;
    for (size_t index = length; index-- > 0;) {
        text[index + index / 4] = text[index];
        if (index % 4 == 0 && index > 0) {
            text[index + index / 4 - 1] = ' ';
        }
    }
}
