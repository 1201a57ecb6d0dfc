/* One WebSocket client (RFC 6455) on a socket that never blocks. */
#include "load.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_SIZE = 1 << 18, HEADER_OF_SHORT = 2, LONGEST_SHORT = 125, IN_2_BYTES = 126, MASK_SIZE = 4 };
enum { FINAL = 0x80, MASKED = 0x80, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

static const char REQUEST[] =
    "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%s%s\r\n";

static const uint8_t MASK[8] = {0x37, 0xfa, 0x21, 0x3d, 0x37, 0xfa, 0x21, 0x3d};

static void watch(struct connection *connection, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = connection};
    if (epoll_ctl(connection->load->epoll, operation, connection->socket, &event))
        give_up("epoll_ctl: %s", strerror(errno));
}

void connection_open(struct connection *connection) {
    struct load *load = connection->load;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)load->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connection->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->socket < 0)
        give_up("socket: %s", strerror(errno));
    int on = 1;
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(connection->socket, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
        give_up("connect: %s", strerror(errno));

    const struct dialect *dialect = load->dialect;
    bool offers = dialect->subprotocol != NULL;
    char request[512];
    int length = snprintf(request, sizeof request, REQUEST, dialect->target, load->port,
                          offers ? "Sec-WebSocket-Protocol: " : "", offers ? dialect->subprotocol : "",
                          offers ? "\r\n" : "");
    buffer_add(&connection->out, request, (size_t)length);
    connection->waits_to_write = true; /* until it is connected */
    watch(connection, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

/* Adds a masked frame to what is to be sent. */
static void add_frame(struct connection *connection, uint8_t opcode, const uint8_t *payload, size_t length) {
    if (length > UINT16_MAX)
        give_up("a message of %zu bytes is longer than any of ours", length);
    uint8_t *frame = buffer_room(&connection->out, HEADER_OF_SHORT + 2 + MASK_SIZE + length);
    uint8_t *at = frame;
    *at++ = FINAL | opcode;
    if (length <= LONGEST_SHORT) {
        *at++ = MASKED | (uint8_t)length;
    } else {
        *at++ = MASKED | IN_2_BYTES;
        *at++ = (uint8_t)(length >> 8);
        *at++ = (uint8_t)length;
    }
    memcpy(at, MASK, MASK_SIZE);
    at += MASK_SIZE;
    for (size_t i = 0; i < length; i++)
        at[i] = payload[i] ^ MASK[i % sizeof MASK];
    connection->out.end += (size_t)(at - frame) + length;
}

void connection_say(struct connection *connection, const void *message, size_t length) {
    add_frame(connection, connection->load->dialect->text ? TEXT : BINARY, message, length);
}

void connection_flush(struct connection *connection) {
    struct buffer *out = &connection->out;
    while (buffer_length(out)) {
        ssize_t sent = send(connection->socket, out->bytes + out->start, buffer_length(out), MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            give_up("send: %s", strerror(errno));
        if (sent < 0)
            break;
        buffer_use(out, (size_t)sent);
    }
    bool waits = buffer_length(out) > 0;
    if (waits != connection->waits_to_write) {
        connection->waits_to_write = waits;
        watch(connection, EPOLL_CTL_MOD, waits ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }
}

/* Reads the answer to the request; returns how many bytes it took, 0 if there are more to come. */
static size_t read_upgrade(struct connection *connection, const uint8_t *bytes, size_t length) {
    static const char EXPECTED[] = "HTTP/1.1 101 ";
    const uint8_t *end = memmem(bytes, length, "\r\n\r\n", 4);
    if (!end)
        return 0;
    if (length < sizeof EXPECTED || memcmp(bytes, EXPECTED, sizeof EXPECTED - 1))
        give_up("the server answered %.*s", (int)length, (const char *)bytes);
    connection->upgraded = true;
    connection->load->dialect->opened(connection);
    return (size_t)(end - bytes) + 4;
}

static void handle_frame(struct connection *connection, uint8_t first, const uint8_t *payload, size_t length) {
    switch (first) {
    case FINAL | TEXT:
    case FINAL | BINARY:
        connection->load->dialect->heard(connection, payload, length);
        break;
    case FINAL | PING:
        add_frame(connection, PONG, payload, length);
        break;
    case FINAL | CLOSE:
        give_up("the server closed the connection with %d %.*s", length > 1 ? payload[0] << 8 | payload[1] : 0,
                length > 2 ? (int)length - 2 : 0, (const char *)payload + 2);
    default:
        give_up("the server sent a frame that begins with %#x", first);
    }
}

/* Reads one frame; returns how many bytes it took, 0 if there are more to come. */
static size_t read_frame(struct connection *connection, const uint8_t *bytes, size_t length) {
    if (length < HEADER_OF_SHORT)
        return 0;
    size_t payload = bytes[1], header = HEADER_OF_SHORT;
    if (payload > LONGEST_SHORT) {
        header += payload == IN_2_BYTES ? 2 : 8;
        if (length < header)
            return 0;
        payload = 0;
        for (size_t i = HEADER_OF_SHORT; i < header; i++)
            payload = payload << 8 | bytes[i];
    }
    if (length < header + payload)
        return 0;
    handle_frame(connection, bytes[0], bytes + header, payload);
    return header + payload;
}

/* Reads all that is whole; returns how many bytes that took. */
static size_t read_all(struct connection *connection, const uint8_t *bytes, size_t length) {
    size_t used = 0, took = 1;
    while (used < length && took) {
        took = (connection->upgraded ? read_frame : read_upgrade)(connection, bytes + used, length - used);
        used += took;
    }
    return used;
}

void connection_handle(struct connection *connection, uint32_t events) {
    static uint8_t bytes[READ_SIZE]; /* the usual read holds whole frames, and is never copied */
    if (events & ~(uint32_t)EPOLLOUT) {
        ssize_t length = recv(connection->socket, bytes, sizeof bytes, 0);
        if (length < 0 && errno != EAGAIN)
            give_up("recv: %s", strerror(errno));
        if (length == 0)
            give_up("the server closed a connection");
        struct buffer *in = &connection->in;
        if (length > 0 && buffer_length(in)) {
            buffer_add(in, bytes, (size_t)length);
            buffer_use(in, read_all(connection, in->bytes + in->start, buffer_length(in)));
        } else if (length > 0) {
            size_t used = read_all(connection, bytes, (size_t)length);
            if (used < (size_t)length)
                buffer_add(in, bytes + used, (size_t)length - used);
        }
        if (connection->load->dialect->rest)
            connection->load->dialect->rest(connection);
    }
    connection_flush(connection);
}

void connection_cut(struct connection *connection) {
    struct linger reset = {.l_onoff = 1}; /* no goodbye, as when a line breaks; and nothing waits in the kernel */
    setsockopt(connection->socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(connection->socket);
    buffer_free(&connection->in);
    buffer_free(&connection->out);
    connection->upgraded = connection->ready = false;
}
