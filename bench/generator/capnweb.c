/*
 * Cap'n Web's protocol: JSON, an expression is pushed, its value pulled, resolved, and released.
 *
 * A client first calls `listen` with its function, which the server knows as export -1 from then on, and calls
 * it to tell the client something. Pushes of the server's are numbered as ours are, without saying so.
 */
#include "load.h"
#include "text.h"

enum { LISTEN = 1 }; /* the first call of all: its id */

static void opened(struct connection *connection) {
    connection->calls = connection->answered = LISTEN;
    text_say(connection, "[\"push\",[\"pipeline\",0,[\"listen\"],[[\"export\",-1]]]]");
    text_say(connection, "[\"pull\",%d]", LISTEN);
}

static void call(struct connection *connection, enum function function, uint64_t id, unsigned times) {
    const char *name = function_names[function];
    switch (function) {
    case ADD:
        text_say(connection, "[\"push\",[\"pipeline\",0,[\"%s\"],[1,2]]]", name);
        break;
    case SAY:
        text_say(connection, "[\"push\",[\"pipeline\",0,[\"%s\"],[\"%s\",%u]]]", name, TOLD_TEXT, times);
        break;
    case BOUNCE:
        text_say(connection, "[\"push\",[\"pipeline\",0,[\"%s\"],[[\"export\",-%lu],%u]]]", name, id + 1, times);
        break;
    default:
        text_say(connection, "[\"push\",[\"pipeline\",0,[\"%s\"],[%u]]]", name, times);
    }
    text_say(connection, "[\"pull\",%lu]", id);
}

static void heard_resolve(struct connection *connection, struct text *text) {
    uint64_t id = text_number(text);
    if (!text_passes(text, ",3]") && !text_passes(text, ",null]") && !text_passes(text, ",[\"undefined\"]]"))
        text_give_up(text, "3 or nothing as an answer");
    if (id == LISTEN)
        load_ready(connection);
    else
        load_answered(connection, id);
    text_say(connection, "[\"release\",%lu,1]", id);
}

static void heard(struct connection *connection, const uint8_t *message, size_t length) {
    struct text text = {(const char *)message, (const char *)message + length};
    if (text_passes(&text, "[\"resolve\","))
        heard_resolve(connection, &text);
    else if (text_passes(&text, "[\"push\",[\"pipeline\",-1,"))
        load_told(connection);
    else if (text_passes(&text, "[\"pull\",")) { /* the server wants what it pushed before: a callback's answer */
        text_say(connection, "[\"resolve\",%lu,8]", text_number(&text));
        load_called_back(connection);
    } else if (!text_passes(&text, "[\"push\",") && !text_passes(&text, "[\"release\","))
        text_give_up(&text, "a message");
}

const struct dialect capnweb = {
    .name = "capnweb", .target = "/", .text = true, .numbered = true,
    .opened = opened, .heard = heard, .call = call,
};
