/* No protocol: a server sends back what it is sent, and knows some words. */
#include "load.h"
#include "text.h"

static void opened(struct connection *connection) {
    load_ready(connection);
}

static void call(struct connection *connection, enum function function, uint64_t id, unsigned times) {
    text_say(connection, "%s %lu %u", function_names[function], id, times);
}

static void heard(struct connection *connection, const uint8_t *message, size_t length) {
    struct text text = {(const char *)message, (const char *)message + length};
    if (text_passes(&text, "told ")) {
        load_told(connection);
        return;
    }
    if (text_passes(&text, "callback")) {
        text_say(connection, "callback");
        load_called_back(connection);
        return;
    }
    while (text.at < text.end && *text.at != ' ')
        text.at++;
    if (!text_passes(&text, " "))
        text_give_up(&text, "an answer");
    load_answered(connection, text_number(&text));
}

const struct dialect echo = {
    .name = "echo", .target = "/", .text = true, .numbered = true,
    .opened = opened, .heard = heard, .call = call,
};
