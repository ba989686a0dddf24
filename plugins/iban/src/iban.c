// International bank account numbers: the functions that the component exports.

#include "../bindings/iban.h"
#include "number.h"

// Gives the text of a reading, or why there is none. The argument is ours to free.
static bool answer(iban_string_t *number, bool grouped, iban_string_t *ret, iban_string_t *err) {
    char text[IBAN_GROUPED + 1];
    const char *problem = iban_read((const char *)number->ptr, number->len, text);
    iban_string_free(number);
    if (problem != NULL) {
        iban_string_dup(err, problem);
        return false;
    }
    if (grouped) {
        iban_group(text);
    }
    iban_string_dup(ret, text);
    return true;
}

bool exports_iban_check(iban_string_t *number, iban_string_t *ret, iban_string_t *err) {
    return answer(number, false, ret, err);
}

bool exports_iban_format(iban_string_t *number, iban_string_t *ret, iban_string_t *err) {
    return answer(number, true, ret, err);
}

bool exports_iban_is_valid(iban_string_t *number) {
    char text[IBAN_GROUPED + 1];
    const char *problem = iban_read((const char *)number->ptr, number->len, text);
    iban_string_free(number);
    return problem == NULL;
}
