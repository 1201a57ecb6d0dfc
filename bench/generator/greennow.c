/* greennow.1, as docs/reference/protocol.md has it; and the floor, which answers the same bytes without reading them. */
#include "cbor.h"
#include "load.h"

#include <string.h>

enum kind { HELLO, WELCOME, ACK, BYE, WRITE, CALL, REPLY, RELEASE = 11, READY = 13 };

/* The tag of a function, and what stands in it: lent by the sender, or the sender's at its place. */
enum { FUNCTION = 33000, LENT = 0, NONE = 22, TRUE = 21 };

/* The one function that is lent, by its handle, and what it is called with and answers. */
enum { HANDLE = 1, CALLED_WITH = 7 };

/* An ack is due after so many bytes, or so many nanoseconds. */
static const uint64_t ACKNOWLEDGE_AFTER = 65536, ACK_DELAY = 5000000000;

enum { LONGEST = 256 };

static bool ack_is_due(struct connection *connection) {
    bool much = connection->unacknowledged_bytes > ACKNOWLEDGE_AFTER;
    return much || connection->load->now > connection->ack_due;
}

static uint8_t *put_ack(struct connection *connection, uint8_t *at) {
    bool owed = connection->processed != connection->acknowledged || connection->ack_wanted;
    if (!owed || !ack_is_due(connection) || !connection->load->dialect->acknowledges)
        return at;
    at = cbor_put(at, ARRAY, 2);
    at = cbor_put(at, UNSIGNED, ACK);
    at = cbor_put(at, UNSIGNED, connection->processed);
    connection->acknowledged = connection->processed;
    connection->ack_wanted = false;
    connection->unacknowledged_bytes = 0;
    connection->ack_due = connection->load->now + ACK_DELAY;
    return at;
}

static void opened(struct connection *connection) {
    uint8_t message[LONGEST], *at = message;
    connection->ack_due = connection->load->now + ACK_DELAY;
    at = cbor_put(at, ARRAY, 2);
    at = cbor_put(at, UNSIGNED, HELLO);
    at = cbor_put(at, MAP, connection->resumes ? 4 : 2);
    at = cbor_put_text(at, "version");
    at = cbor_put(at, UNSIGNED, 1);
    at = cbor_put_text(at, "attempt");
    at = cbor_put(at, UNSIGNED, connection->resumes ? 2 : 1);
    if (connection->resumes) {
        at = cbor_put_text(at, "token");
        at = cbor_put(at, BYTES, connection->token_length);
        memcpy(at, connection->token, connection->token_length);
        at += connection->token_length;
        at = cbor_put_text(at, "received");
        at = cbor_put(at, UNSIGNED, connection->processed);
    }
    connection_say(connection, message, (size_t)(at - message));
}

/* The first message of a session says what the client has: the function that it can be told by. */
static void say_first_write(struct connection *connection) {
    uint8_t message[LONGEST], *at = message;
    at = cbor_put(at, ARRAY, 2);
    at = cbor_put(at, UNSIGNED, WRITE);
    at = cbor_put(at, ARRAY, 1);
    at = cbor_put(at, ARRAY, 2);
    at = cbor_put(at, ARRAY, 1);
    at = cbor_put_text(at, "receive");
    at = cbor_put(at, TAG, FUNCTION);
    at = cbor_put(at, SIMPLE, NONE);
    connection_say(connection, message, (size_t)(at - message));
}

static uint8_t *put_arguments(uint8_t *at, enum function function, unsigned times) {
    at = cbor_put(at, ARRAY, function == CHANGE || function == CHANGE_IN_TREE ? 1 : 2);
    switch (function) {
    case ADD:
        at = cbor_put(at, UNSIGNED, 1);
        return cbor_put(at, UNSIGNED, 2);
    case SAY:
        at = cbor_put_text(at, TOLD_TEXT);
        break;
    case BOUNCE:
        at = cbor_put(at, TAG, FUNCTION);
        at = cbor_put(at, ARRAY, 2);
        at = cbor_put(at, UNSIGNED, LENT);
        at = cbor_put(at, UNSIGNED, HANDLE);
        break;
    default:
        break;
    }
    return cbor_put(at, UNSIGNED, times);
}

static void call(struct connection *connection, enum function function, uint64_t id, unsigned times) {
    uint8_t message[LONGEST], *at = put_ack(connection, message);
    at = cbor_put(at, ARRAY, 4);
    at = cbor_put(at, UNSIGNED, CALL);
    at = cbor_put(at, UNSIGNED, id);
    at = cbor_put(at, ARRAY, 1);
    at = cbor_put_text(at, function_names[function]);
    at = put_arguments(at, function, times);
    connection_say(connection, message, (size_t)(at - message));
}

static void heard_welcome(struct connection *connection, struct cbor *cbor) {
    bool resumed = false;
    for (uint64_t fields = cbor_expect(cbor, MAP); fields; fields--) {
        size_t length;
        const uint8_t *name = cbor_string(cbor, TEXT_STRING, &length);
        if (length == 5 && !memcmp(name, "token", length)) {
            const uint8_t *token = cbor_string(cbor, BYTES, &connection->token_length);
            if (connection->token_length > sizeof connection->token)
                give_up("a token of %zu bytes", connection->token_length);
            memcpy(connection->token, token, connection->token_length);
        } else if (length == 7 && !memcmp(name, "resumed", length)) {
            resumed = cbor_expect(cbor, SIMPLE) == TRUE;
        } else {
            cbor_skip(cbor);
        }
    }
    if (resumed != connection->resumes)
        give_up("a session was %sresumed", resumed ? "" : "not ");
    if (resumed)
        load_ready(connection);
    else
        say_first_write(connection);
}

/* The server calls what all are told by, which wants no answer; or the function that was lent to it. */
static void heard_call(struct connection *connection, struct cbor *cbor) {
    uint64_t id = cbor_expect(cbor, UNSIGNED);
    if (!id) {
        cbor_skip(cbor);
        cbor_skip(cbor);
        load_told(connection);
        return;
    }
    uint64_t handle = cbor_expect(cbor, UNSIGNED), arguments = cbor_expect(cbor, ARRAY);
    if (handle != HANDLE || arguments != 1)
        give_up("a call of handle %lu with %lu arguments", handle, arguments);
    uint64_t argument = cbor_expect(cbor, UNSIGNED);
    if (argument != CALLED_WITH)
        give_up("called back with %lu", argument);
    uint8_t message[LONGEST], *at = put_ack(connection, message);
    at = cbor_put(at, ARRAY, 3);
    at = cbor_put(at, UNSIGNED, REPLY);
    at = cbor_put(at, UNSIGNED, id);
    at = cbor_put(at, UNSIGNED, argument + 1);
    connection_say(connection, message, (size_t)(at - message));
    load_called_back(connection);
}

/* The replies of one WebSocket message, of which a server joins 64 KiB. */
enum { MOST_REPLIES = 1 << 14 };
static struct {
    uint64_t ids[MOST_REPLIES];
    size_t count;
} replies;

static void heard_reply(struct cbor *cbor) {
    uint64_t id = cbor_expect(cbor, UNSIGNED), value;
    if (cbor_head(cbor, &value) == UNSIGNED && value != 3)
        give_up("1 and 2 are %lu", value);
    if (replies.count == MOST_REPLIES)
        give_up("more than %d replies in one message", MOST_REPLIES);
    replies.ids[replies.count++] = id;
}

/* A client goes on once all of a WebSocket message is processed. */
static void go_on(struct connection *connection) {
    for (size_t i = 0; i < replies.count; i++)
        load_answered(connection, replies.ids[i]);
    replies.count = 0;
}

/* The server says how many of ours it has processed; an ack with a third element wants one back. */
static void heard_ack(struct connection *connection, struct cbor *cbor, uint64_t elements) {
    cbor_skip(cbor);
    if (elements == 3) {
        cbor_skip(cbor);
        connection->ack_wanted = true;
        connection->ack_due = 0;
    }
}

static void heard_message(struct connection *connection, struct cbor *cbor) {
    uint64_t elements = cbor_expect(cbor, ARRAY), kind = cbor_expect(cbor, UNSIGNED);
    if (kind >= WRITE)
        connection->processed++;
    switch (kind) {
    case WELCOME:
        heard_welcome(connection, cbor);
        break;
    case ACK:
        heard_ack(connection, cbor, elements);
        break;
    case WRITE:
        cbor_skip(cbor);
        load_told(connection);
        break;
    case CALL:
        heard_call(connection, cbor);
        break;
    case REPLY:
        heard_reply(cbor);
        break;
    case RELEASE:
        cbor_skip(cbor);
        break;
    case READY:
        load_ready(connection);
        break;
    default:
        give_up("a message of kind %lu", kind);
    }
}

static void heard(struct connection *connection, const uint8_t *message, size_t length) {
    struct cbor cbor = {message, message + length};
    connection->unacknowledged_bytes += length;
    while (cbor.at < cbor.end)
        heard_message(connection, &cbor);
    go_on(connection);
}

static void rest(struct connection *connection) {
    if (!ack_is_due(connection))
        return;
    uint8_t message[LONGEST];
    size_t length = (size_t)(put_ack(connection, message) - message);
    if (length)
        connection_say(connection, message, length);
}

const struct dialect greennow = {
    .name = "greennow", .target = "/nowjs/ws", .subprotocol = "greennow.1",
    .numbered = true, .acknowledges = true,
    .opened = opened, .heard = heard, .call = call, .rest = rest,
};

const struct dialect floor_of_all = {
    .name = "floor", .target = "/nowjs/ws", .subprotocol = "greennow.1",
    .opened = opened, .heard = heard, .call = call,
};
