/*
 * The load generator of the bench: clients of one server, which do one kind of work.
 *
 * Each option --clients and --outstanding may be a list; for each member of both the work is done once more, with
 * the connections there are already. What each gave is printed as a line of JSON.
 */
#include "work.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum { LONGEST_LIST = 8 };

struct list {
    unsigned numbers[LONGEST_LIST];
    size_t length;
};

struct options {
    const char *work;
    struct list clients, outstanding;
    struct work asked;
};

static const struct dialect *const DIALECTS[] = {&greennow, &floor_of_all, &socketio, &capnweb, &echo};

static const struct option NAMES[] = {
    {"port", required_argument, NULL, 'p'},    {"server", required_argument, NULL, 'i'},
    {"dialect", required_argument, NULL, 'd'}, {"work", required_argument, NULL, 'w'},
    {"function", required_argument, NULL, 'f'}, {"clients", required_argument, NULL, 'c'},
    {"outstanding", required_argument, NULL, 'o'}, {"times", required_argument, NULL, 't'},
    {"seconds", required_argument, NULL, 's'}, {NULL, 0, NULL, 0},
};

static const struct {
    const char *name;
    struct measured (*work)(struct load *, const struct work *);
} WORKS[] = {
    {"calls", work_calls},     {"tell", work_tell},     {"bounce", work_bounce},
    {"connect", work_connect}, {"resume", work_resume},
};

static struct list read_list(const char *text) {
    struct list list = {.length = 0};
    char *end = (char *)text;
    do {
        if (list.length == LONGEST_LIST)
            give_up("the list %s is too long", text);
        list.numbers[list.length++] = (unsigned)strtoul(end, &end, 10);
    } while (*end++ == ',');
    return list;
}

static const struct dialect *dialect_named(const char *name) {
    for (size_t i = 0; i < sizeof DIALECTS / sizeof *DIALECTS; i++)
        if (!strcmp(DIALECTS[i]->name, name))
            return DIALECTS[i];
    give_up("there is no dialect %s", name);
}

static enum function function_named(const char *name) {
    for (enum function function = ADD; function <= BOUNCE; function++)
        if (!strcmp(function_names[function], name))
            return function;
    give_up("there is no function %s", name);
}

static void read_options(int count, char **words, struct options *options, struct load *load) {
    int option;
    while ((option = getopt_long(count, words, "", NAMES, NULL)) != -1) {
        switch (option) {
        case 'p': load->port = atoi(optarg); break;
        case 'i': options->asked.server = atoi(optarg); break;
        case 'd': load->dialect = dialect_named(optarg); break;
        case 'w': options->work = optarg; break;
        case 'f': options->asked.function = function_named(optarg); break;
        case 'c': options->clients = read_list(optarg); break;
        case 'o': options->outstanding = read_list(optarg); break;
        case 't': options->asked.times = (unsigned)atoi(optarg); break;
        case 's': options->asked.seconds = atof(optarg); break;
        default: give_up("see the options in main.c");
        }
    }
    if (!load->dialect || !options->work || !load->port || !options->asked.server)
        give_up("--dialect, --work, --port and --server are needed");
}

static void prepare(struct load *load, const struct list *clients) {
    size_t most = clients->numbers[clients->length - 1];
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    load->connections = calloc(most, sizeof *load->connections);
    if (load->epoll < 0 || !load->connections)
        give_up("%s", strerror(errno));
    for (size_t i = 0; i < most; i++)
        load->connections[i].load = load;
}

static void print(const struct work *work, const struct measured *measured) {
    printf("{\"clients\": %zu, \"outstanding\": %u, \"done\": %.0f, \"server_cpu\": %.6f, \"wall\": %.6f, "
           "\"load_busy\": %.4f, \"p50\": %.4f, \"p99\": %.4f}\n",
           work->clients, work->outstanding, measured->done, measured->server_cpu, measured->wall,
           measured->own_cpu / measured->wall, measured->middle, measured->late);
    fflush(stdout);
}

/* Connects idle clients; after each number of them says so, and goes on when a line is answered. */
static void hold(struct load *load, const struct work *work) {
    connect_all(load, work->clients);
    for (size_t i = 0; i < load->opened && load->dialect->rest; i++) {
        load->connections[i].ack_due = 0; /* it says now what it would say in a second */
        load->dialect->rest(&load->connections[i]);
        connection_flush(&load->connections[i]);
    }
    printf("{\"clients\": %zu}\n", work->clients);
    fflush(stdout);
    char line[LONGEST_LIST];
    if (!fgets(line, sizeof line, stdin))
        give_up("nobody asks for more");
}

static void run(struct load *load, const char *name, const struct work *work) {
    if (!strcmp(name, "hold")) {
        hold(load, work);
        return;
    }
    for (size_t i = 0; i < sizeof WORKS / sizeof *WORKS; i++) {
        if (strcmp(WORKS[i].name, name))
            continue;
        struct measured measured = WORKS[i].work(load, work);
        print(work, &measured);
        return;
    }
    give_up("there is no work %s", name);
}

int main(int count, char **words) {
    struct load load = {.port = 0};
    struct options options = {.clients = {{1}, 1}, .outstanding = {{1}, 1}, .asked = {.times = 1, .seconds = 1}};
    read_options(count, words, &options, &load);
    prepare(&load, &options.clients);
    for (size_t i = 0; i < options.clients.length; i++) {
        for (size_t j = 0; j < options.outstanding.length; j++) {
            options.asked.clients = options.clients.numbers[i];
            options.asked.outstanding = options.outstanding.numbers[j];
            run(&load, options.work, &options.asked);
        }
    }
    for (size_t i = 0; i < load.opened; i++)
        connection_cut(&load.connections[i]);
    return 0;
}
