/*
 * Socket.IO's protocol 5 in Engine.IO's protocol 4, over nothing but WebSocket.
 *
 * The first character is Engine.IO's type of packet, the second Socket.IO's. A function is an event with an
 * acknowledgement; a callback is an event of the server's with one, for a function cannot be passed.
 */
#include "load.h"
#include "text.h"

#include <string.h>

static void opened(struct connection *connection) {
    (void)connection; /* the server speaks first */
}

static void call(struct connection *connection, enum function function, uint64_t id, unsigned times) {
    const char *name = function_names[function];
    switch (function) {
    case ADD:
        text_say(connection, "42%lu[\"%s\",1,2]", id, name);
        break;
    case SAY:
        text_say(connection, "42%lu[\"%s\",\"%s\",%u]", id, name, TOLD_TEXT, times);
        break;
    default:
        text_say(connection, "42%lu[\"%s\",%u]", id, name, times);
    }
}

static void heard_answer(struct connection *connection, struct text *text) {
    uint64_t id = text_number(text);
    if (!text_passes(text, "[3]") && !text_passes(text, "[]") && !text_passes(text, "[null]"))
        text_give_up(text, "[3] or nothing as an answer");
    load_answered(connection, id);
}

static void heard_event(struct connection *connection, struct text *text) {
    if (*text->at == '[') {
        load_told(connection);
        return;
    }
    uint64_t id = text_number(text);
    if (!text_passes(text, "[\"callback\",7]"))
        text_give_up(text, "the callback");
    text_say(connection, "43%lu[8]", id);
    load_called_back(connection);
}

/* The session's name and what resumes it: {"sid":"...","pid":"..."}; only a server that recovers has the second. */
static void heard_connected(struct connection *connection, struct text *text) {
    static const char PID[] = "\"pid\":\"";
    const char *pid = memmem(text->at, (size_t)(text->end - text->at), PID, sizeof PID - 1);
    if (pid) {
        pid += sizeof PID - 1;
        const char *end = memchr(pid, '"', (size_t)(text->end - pid));
        if (!end || (size_t)(end - pid) > sizeof connection->token)
            text_give_up(text, "a name of a session");
        connection->token_length = (size_t)(end - pid);
        memcpy(connection->token, pid, connection->token_length);
    }
    load_ready(connection);
}

static void heard(struct connection *connection, const uint8_t *message, size_t length) {
    struct text text = {(const char *)message, (const char *)message + length};
    if (text_passes(&text, "43"))
        heard_answer(connection, &text);
    else if (text_passes(&text, "42"))
        heard_event(connection, &text);
    else if (text_passes(&text, "40"))
        heard_connected(connection, &text);
    else if (text_passes(&text, "0"))
        text_say(connection, "40");
    else if (text_passes(&text, "2"))
        text_say(connection, "3");
    else
        text_give_up(&text, "a packet");
}

const struct dialect socketio = {
    .name = "socketio", .target = "/socket.io/?EIO=4&transport=websocket", .text = true, .numbered = true,
    .opened = opened, .heard = heard, .call = call,
};
