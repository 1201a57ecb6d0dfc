#include "work.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How many connections are under way to being ready at once. */
enum { AT_ONCE = 100 };

/* Warming up takes half as long as measuring: Node compiles what is called often. */
enum { WARM_UP = 2 };

static const uint64_t SECOND = 1000000000;

/* How long each call took; it belongs to one piece of work. */
static struct {
    uint64_t until; /* when no more calls are made */
    uint32_t *delays;
    size_t count, size;
} calling;

static double processor_time(clockid_t clock) {
    struct timespec spent;
    if (clock_gettime(clock, &spent))
        give_up("the server's processor time: %s", strerror(errno));
    return (double)spent.tv_sec + (double)spent.tv_nsec / (double)SECOND;
}

static clockid_t clock_of(pid_t process) {
    clockid_t clock;
    int error = clock_getcpuclockid(process, &clock);
    if (error)
        give_up("the server's processor time: %s", strerror(error));
    return clock;
}

/* Begins to measure: the clocks as they stand, with a minus. */
static struct measured begin(const struct work *work) {
    return (struct measured){
        .server_cpu = -processor_time(clock_of(work->server)),
        .own_cpu = -processor_time(CLOCK_PROCESS_CPUTIME_ID),
        .wall = -(double)monotonic() / (double)SECOND,
    };
}

static void finish(struct measured *measured, const struct work *work, uint64_t done) {
    measured->wall += (double)monotonic() / (double)SECOND;
    measured->server_cpu += processor_time(clock_of(work->server));
    measured->own_cpu += processor_time(CLOCK_PROCESS_CPUTIME_ID);
    measured->done = (double)done;
}

static uint64_t after(double seconds) {
    return monotonic() + (uint64_t)(seconds * (double)SECOND);
}

void connect_all(struct load *load, size_t clients) {
    load->now = monotonic();
    while (load->ready < clients) {
        while (load->opened < clients && load->opened - load->ready < AT_ONCE)
            connection_open(&load->connections[load->opened++]);
        load_wait(load, false);
    }
}

static void call_on(struct connection *connection, uint64_t delay) {
    if (calling.count == calling.size) {
        calling.size = calling.size ? 2 * calling.size : 1 << 16;
        calling.delays = realloc(calling.delays, calling.size * sizeof *calling.delays);
        if (!calling.delays)
            give_up("no memory");
    }
    calling.delays[calling.count++] = delay < UINT32_MAX ? (uint32_t)delay : UINT32_MAX;
    if (connection->load->now < calling.until)
        load_call(connection, ADD, 0);
}

static uint64_t call_for(struct load *load, const struct work *work, double seconds) {
    uint64_t before = load->answered;
    load->now = monotonic();
    load->when_answered = call_on;
    calling.until = after(seconds);
    calling.count = 0;
    for (size_t i = 0; i < work->clients; i++) {
        for (unsigned j = 0; j < work->outstanding; j++)
            load_call(&load->connections[i], ADD, 0);
        connection_flush(&load->connections[i]);
    }
    while (load->answered < load->called)
        load_wait(load, false);
    load->when_answered = NULL;
    return load->answered - before;
}

static int compare(const void *left, const void *right) {
    uint32_t one = *(const uint32_t *)left, other = *(const uint32_t *)right;
    return (one > other) - (one < other);
}

struct measured work_calls(struct load *load, const struct work *work) {
    connect_all(load, work->clients);
    call_for(load, work, work->seconds / WARM_UP);
    struct measured measured = begin(work);
    finish(&measured, work, call_for(load, work, work->seconds));
    qsort(calling.delays, calling.count, sizeof *calling.delays, compare);
    measured.middle = calling.delays[calling.count / 2] / 1e6;
    measured.late = calling.delays[calling.count * 99 / 100] / 1e6;
    return measured;
}

/* Makes a call that tells nothing; with it the server makes what it tells of, while few clients hear of that. */
static void make_ready(struct load *load, const struct work *work) {
    uint64_t answered = load->answered + 1;
    load->now = monotonic();
    load_call(load->connections, work->function, 0);
    connection_flush(load->connections);
    while (load->answered < answered)
        load_wait(load, false);
    load->told = 0;
}

/* Makes one call, and waits until it is answered and all clients were told. */
static void tell_once(struct load *load, const struct work *work, unsigned times) {
    uint64_t told = load->told + (uint64_t)times * load->ready, answered = load->answered + 1;
    load->now = monotonic();
    load_call(load->connections, work->function, times);
    connection_flush(load->connections);
    while (load->answered < answered || load->told < told)
        load_wait(load, true);
    if (load->told > told)
        give_up("clients were told %lu times too often", load->told - told);
}

static uint64_t tell_for(struct load *load, const struct work *work, double seconds) {
    uint64_t before = load->told, until = after(seconds);
    do
        tell_once(load, work, work->times);
    while (monotonic() < until);
    return load->told - before;
}

struct measured work_tell(struct load *load, const struct work *work) {
    connect_all(load, 1);
    make_ready(load, work);
    connect_all(load, work->clients);
    tell_for(load, work, work->seconds / WARM_UP);
    struct measured measured = begin(work);
    finish(&measured, work, tell_for(load, work, work->seconds));
    return measured;
}

static uint64_t bounce_for(struct load *load, const struct work *work, double seconds) {
    uint64_t before = load->called_back, until = after(seconds);
    do {
        uint64_t expected = load->called_back + work->times, answered = load->answered + 1;
        load->now = monotonic();
        load_call(load->connections, BOUNCE, work->times);
        connection_flush(load->connections);
        while (load->answered < answered)
            load_wait(load, false);
        if (load->called_back != expected)
            give_up("called back %lu times instead of %lu", load->called_back, expected);
    } while (monotonic() < until);
    return load->called_back - before;
}

struct measured work_bounce(struct load *load, const struct work *work) {
    connect_all(load, work->clients);
    bounce_for(load, work, work->seconds / WARM_UP);
    struct measured measured = begin(work);
    finish(&measured, work, bounce_for(load, work, work->seconds));
    return measured;
}

struct measured work_connect(struct load *load, const struct work *work) {
    size_t before = work->clients / 10;
    connect_all(load, before);
    struct measured measured = begin(work);
    connect_all(load, work->clients);
    finish(&measured, work, work->clients - before);
    return measured;
}

struct measured work_resume(struct load *load, const struct work *work) {
    connect_all(load, work->clients);
    tell_once(load, work, 1); /* a server may find the place where a session broke by what it told last */
    struct measured measured = begin(work);
    for (size_t i = 0; i < load->opened; i++)
        connection_cut(&load->connections[i]);
    for (size_t i = 0; i < load->opened; i++)
        load->connections[i].resumes = true;
    load->opened = load->ready = 0;
    connect_all(load, work->clients);
    finish(&measured, work, work->clients);
    return measured;
}
