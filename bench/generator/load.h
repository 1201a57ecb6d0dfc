/*
 * The clients of one server, in one thread around epoll.
 *
 * A connection knows WebSocket, a dialect what a server's protocol says in its messages, the work what the
 * clients do. Each of them tells the next by the functions below.
 */
#ifndef LOAD_H
#define LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

/* What a server can be asked to do. Each server of the bench has all of these, in its own protocol. */
enum function {
    ADD,            /* add(1, 2), which is 3 */
    SAY,            /* tell every client a text, so many times in one turn of the loop */
    CHANGE,         /* change a variable of everyone's, so many times with a turn after each */
    CHANGE_IN_TREE, /* the same with a variable that has 10,000 others beside it */
    BOUNCE,         /* call a function of the caller's, so many times one after another: f(7), which is 8 */
};

extern const char *const function_names[];

/* How many calls a connection may have under way: a power of two. */
enum { MOST_OUTSTANDING = 1024 };

/* What all clients are told: greennow's whole call of a function with it is 100 bytes. */
extern const char TOLD_TEXT[];

/* How long what names a session may be. */
enum { LONGEST_TOKEN = 64 };

struct connection {
    struct load *load;
    int socket;
    bool upgraded, ready, waits_to_write;
    struct buffer in, out;

    uint64_t calls;    /* calls made: the id of the last */
    uint64_t answered; /* calls answered */
    uint64_t *sent_at; /* when each call under way was made, by its id; 0 once it is answered */

    /* greennow: counted messages processed and acknowledged, the bytes since, and when an ack is due. */
    uint64_t processed, acknowledged, unacknowledged_bytes, ack_due;
    bool ack_wanted;

    /* What resumes the session on a new connection, for Socket.IO with the last it heard; is this such a one? */
    uint8_t token[LONGEST_TOKEN], offset[LONGEST_TOKEN];
    size_t token_length, offset_length;
    bool resumes;
};

/* How the messages of one protocol are written and read. */
struct dialect {
    const char *name;
    const char *target;      /* of the request that opens the WebSocket */
    const char *subprotocol; /* that it offers, or NULL */
    bool text;               /* are its messages text? */
    bool numbered;           /* does an answer say which call it answers? */
    bool acknowledges;       /* does a client acknowledge what it has processed? */
    void (*opened)(struct connection *);                                    /* the WebSocket is open */
    void (*heard)(struct connection *, const uint8_t *message, size_t length); /* a message has come */
    void (*call)(struct connection *, enum function, uint64_t id, unsigned times);
    void (*rest)(struct connection *); /* all that came at once was read; NULL where nothing is owed */
};

extern const struct dialect greennow, floor_of_all, socketio, capnweb, echo;

struct load {
    const struct dialect *dialect;
    int port;
    int epoll;
    uint64_t now; /* nanoseconds, as of when something came last */
    struct connection *connections;
    size_t opened, ready;
    uint64_t called, answered, told, called_back; /* by all connections together */

    /* What follows when a call of this connection is answered, after so many nanoseconds; or NULL. */
    void (*when_answered)(struct connection *, uint64_t delay);
};

/* connection.c */
void connection_open(struct connection *connection);
void connection_say(struct connection *connection, const void *message, size_t length);
void connection_flush(struct connection *connection);
void connection_cut(struct connection *connection);
void connection_handle(struct connection *connection, uint32_t events);

/* load.c */
uint64_t monotonic(void);
void load_wait(struct load *load, bool naps);
void load_call(struct connection *connection, enum function function, unsigned times);
/* What a dialect tells of a connection. */
void load_ready(struct connection *connection);
void load_answered(struct connection *connection, uint64_t id);
void load_told(struct connection *connection);
void load_called_back(struct connection *connection);

#endif
