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

/* Finds the last string in a text, without its quotes; returns its length. */
static size_t last_string(const struct text *text, const char **string) {
    const char *end = memrchr(text->at, '"', (size_t)(text->end - text->at));
    const char *start = end ? memrchr(text->at, '"', (size_t)(end - text->at)) : NULL;
    if (!start || end - start > LONGEST_TOKEN)
        text_give_up(text, "a string that names something");
    *string = start + 1;
    return (size_t)(end - start - 1);
}

/* Is told something. Where sessions are recovered, the server's last argument says which packet this is. */
static void heard_told(struct connection *connection, struct text *text) {
    if (connection->token_length) {
        const char *offset;
        connection->offset_length = last_string(text, &offset);
        memcpy(connection->offset, offset, connection->offset_length);
    }
    load_told(connection);
}

static void heard_event(struct connection *connection, struct text *text) {
    if (*text->at == '[') {
        heard_told(connection, text);
        return;
    }
    uint64_t id = text_number(text);
    if (!text_passes(text, "[\"callback\",7]"))
        text_give_up(text, "the callback");
    text_say(connection, "43%lu[8]", id);
    load_called_back(connection);
}

static void connect_to_namespace(struct connection *connection) {
    if (connection->resumes)
        text_say(connection, "40{\"pid\":\"%.*s\",\"offset\":\"%.*s\"}", (int)connection->token_length,
                 (const char *)connection->token, (int)connection->offset_length, (const char *)connection->offset);
    else
        text_say(connection, "40");
}

/* {"sid":"..."}; from a server that recovers sessions {"sid":"...","pid":"..."}, and the second names the session. */
static void heard_connected(struct connection *connection, struct text *text) {
    if (memmem(text->at, (size_t)(text->end - text->at), "\"pid\"", 5)) {
        const char *pid;
        size_t length = last_string(text, &pid);
        if (connection->resumes && (length != connection->token_length || memcmp(connection->token, pid, length)))
            give_up("a session was not resumed");
        connection->token_length = length;
        memcpy(connection->token, pid, length);
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
        connect_to_namespace(connection);
    else if (text_passes(&text, "2"))
        text_say(connection, "3");
    else
        text_give_up(&text, "a packet");
}

const struct dialect socketio = {
    .name = "socketio", .target = "/socket.io/?EIO=4&transport=websocket", .text = true, .numbered = true,
    .opened = opened, .heard = heard, .call = call,
};
