/* What the clients do while the server's processor time is taken. */
#ifndef WORK_H
#define WORK_H

#include "load.h"

#include <sys/types.h>

/* What is asked for. */
struct work {
    enum function function;
    size_t clients;
    unsigned outstanding; /* calls that each client keeps under way */
    unsigned times;       /* how often each call of tell or bounce does its work */
    double seconds;       /* how long, after half of that to warm up */
    pid_t server;
};

/* What one piece of work gave: how much was done, and in how many seconds of what. */
struct measured {
    double done, server_cpu, wall, own_cpu;
    double middle, late; /* milliseconds, of which half of all calls took at most that, and 99 of 100; or 0 */
};

/* All clients keep calls under way. */
struct measured work_calls(struct load *load, const struct work *work);

/* One client calls what tells all clients; it calls again when all were told. */
struct measured work_tell(struct load *load, const struct work *work);

/* One client has a function of its own called, again and again. */
struct measured work_bounce(struct load *load, const struct work *work);

/* So many clients connect, and stay. */
struct measured work_connect(struct load *load, const struct work *work);

/* All connections are cut, and all sessions resumed. */
struct measured work_resume(struct load *load, const struct work *work);

/* Opens connections until there are so many, a few at a time. */
void connect_all(struct load *load, size_t clients);

#endif
