#ifndef IBAN_NUMBER_H
#define IBAN_NUMBER_H

#include <stddef.h>

// The longest number, and the longest with a space after every fourth letter.
#define IBAN_LONGEST 34
#define IBAN_GROUPED 42

// Reads a number as people write it, and writes it to `text` without spaces, in capitals, with a zero at
// its end. Gives NULL, or what is wrong. `text` has room for IBAN_GROUPED letters and the zero.
const char *iban_read(const char *written, size_t length, char *text);

// Puts a space after every fourth letter of a number that was read.
void iban_group(char *text);

#endif
