/* What all connections have in common: the loop, and what was heard in all. */
#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

enum { AT_A_TIME = 512, PATIENCE = 30 /* seconds */ };

/* How long a nap is, in nanoseconds. */
static const long NAP = 500 * 1000;

const char *const function_names[] = {"add", "say", "change", "change_in_tree", "bounce"};

const char TOLD_TEXT[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

uint64_t monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/*
 * Waits until something comes, and handles it.
 *
 * Who sleeps in epoll is woken by every send to any of its sockets, at the sender's cost. Where one call is
 * delivered to many the generator naps instead: what is measured is to be the server, not our waking up.
 */
void load_wait(struct load *load, bool naps) {
    struct epoll_event events[AT_A_TIME];
    if (naps)
        nanosleep(&(struct timespec){.tv_nsec = NAP}, NULL);
    int count = epoll_wait(load->epoll, events, AT_A_TIME, naps ? 0 : 1000 * PATIENCE);
    if (count < 0 && errno != EINTR)
        give_up("epoll_wait: %s", strerror(errno));
    uint64_t now = monotonic();
    if (count <= 0 && now - load->now > (uint64_t)PATIENCE * 1000000000u)
        give_up("nothing came for %d seconds; %zu of %zu connections are ready, %lu calls answered, %lu told",
                PATIENCE, load->ready, load->opened, load->answered, load->told);
    if (count > 0)
        load->now = now;
    for (int i = 0; i < count; i++)
        connection_handle(events[i].data.ptr, events[i].events);
}

/* Calls a function; it leaves with the connection's next flush. */
void load_call(struct connection *connection, enum function function, unsigned times) {
    if (!connection->sent_at) {
        connection->sent_at = calloc(MOST_OUTSTANDING, sizeof *connection->sent_at);
        if (!connection->sent_at)
            give_up("no memory");
    }
    connection->load->called++;
    uint64_t id = ++connection->calls;
    if (id - connection->answered > MOST_OUTSTANDING)
        give_up("more than %d calls outstanding", MOST_OUTSTANDING);
    connection->sent_at[id % MOST_OUTSTANDING] = connection->load->now;
    connection->load->dialect->call(connection, function, id, times);
}

void load_ready(struct connection *connection) {
    if (connection->ready)
        give_up("a connection is ready twice");
    connection->ready = true;
    connection->load->ready++;
}

void load_answered(struct connection *connection, uint64_t id) {
    struct load *load = connection->load;
    if (!load->dialect->numbered)
        id = connection->answered + 1;
    if (!connection->sent_at || id == 0 || id > connection->calls ||
        !connection->sent_at[id % MOST_OUTSTANDING])
        give_up("an answer to call %lu, which is not under way", id);
    uint64_t delay = load->now - connection->sent_at[id % MOST_OUTSTANDING];
    connection->sent_at[id % MOST_OUTSTANDING] = 0;
    connection->answered++;
    load->answered++;
    if (load->when_answered)
        load->when_answered(connection, delay);
}

void load_told(struct connection *connection) {
    connection->load->told++;
}

void load_called_back(struct connection *connection) {
    connection->load->called_back++;
}
