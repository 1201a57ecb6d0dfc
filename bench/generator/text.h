/* Reading and writing messages that are text. */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct connection;

/* Where in a message we are. */
struct text {
    const char *at, *end;
};

/* Passes over these characters if they come next. */
bool text_passes(struct text *text, const char *expected);

/* Reads a number of decimal digits, that has to be there. */
uint64_t text_number(struct text *text);

/* Gives up: the rest of the message is not what was expected. */
_Noreturn void text_give_up(const struct text *text, const char *expected);

/* Says a message, which is put together as printf does. */
void text_say(struct connection *connection, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
