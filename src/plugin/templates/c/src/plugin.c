// The functions of `wit/plugin.wit`.

#include "component.h"

// Gives the letter or digit in capitals, or 0 for any other byte.
static char kept(char letter) {
    if (letter >= 'a' && letter <= 'z') {
        return (char)(letter - 'a' + 'A');
    }
    bool is_kept = (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9');
    return is_kept ? letter : 0;
}

EXPORT("code")
const text_result *code(const char *text, size_t length) {
    char *code = component_room(length);
    size_t kept_length = 0;
    for (size_t index = 0; index < length; index++) {
        char letter = kept(text[index]);
        if (letter != 0) {
            code[kept_length++] = letter;
        }
    }
    if (kept_length == 0) {
        return component_fail("the text has no letter and no digit");
    }
    return component_succeed(code, kept_length);
}

EXPORT("cabi_post_code")
void code_after(const text_result *result) {
    (void)result;
    component_release();
}

EXPORT("has-code")
bool has_code(const char *text, size_t length) {
    for (size_t index = 0; index < length; index++) {
        if (kept(text[index]) != 0) {
            return true;
        }
    }
    return false;
}

EXPORT("cabi_post_has-code")
void has_code_after(bool result) {
    (void)result;
    component_release();
}
