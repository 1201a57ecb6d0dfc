#include "text.h"

#include "load.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST = 512, SHOWN = 100 };

bool text_passes(struct text *text, const char *expected) {
    size_t length = strlen(expected);
    if ((size_t)(text->end - text->at) < length || memcmp(text->at, expected, length))
        return false;
    text->at += length;
    return true;
}

uint64_t text_number(struct text *text) {
    const char *start = text->at;
    uint64_t number = 0;
    while (text->at < text->end && *text->at >= '0' && *text->at <= '9')
        number = 10 * number + (uint64_t)(*text->at++ - '0');
    if (text->at == start)
        text_give_up(text, "a number");
    return number;
}

void text_give_up(const struct text *text, const char *expected) {
    int length = (int)(text->end - text->at);
    give_up("%.*s instead of %s", length < SHOWN ? length : SHOWN, text->at, expected);
}

void text_say(struct connection *connection, const char *format, ...) {
    char message[LONGEST];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(message, sizeof message, format, values);
    va_end(values);
    if (length >= LONGEST)
        give_up("a message of %d bytes", length);
    connection_say(connection, message, (size_t)length);
}
