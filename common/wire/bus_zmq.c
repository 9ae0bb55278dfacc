/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/wire/bus.h"

#include "common/base/mem.h"
#include "common/wire/wire.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

/* High-water marks count messages per peer. A PUB drops messages above its mark, in runs of half
 * the mark, and each run costs the edge a fetch, so the marks are large. ZeroMQ does not count
 * bytes: 1,000 frames of a busy hub (64 kB batches) are 64 MB; 1,000 of the largest (1 MiB, the
 * broker's --batch-bytes) are 1 GB, shared by all peers. The heartbeat is a tighter bound: a peer
 * that has stopped receiving does not answer a ping either, and its queue is freed with its
 * connection after HEARTBEAT_TIMEOUT_MS. */
#define STREAM_HWM 1000

/* For requests and replies. The requester limits their number, and sending on a DEALER or ROUTER
 * fails if there is no room. */
#define CONTROL_HWM 1000

#define HEARTBEAT_MS 2000
#define HEARTBEAT_TIMEOUT_MS 6000
#define HEARTBEAT_TTL_MS 8000
#define HANDSHAKE_MS 5000
#define RECONNECT_MS 100
#define RECONNECT_MAX_MS 1000

struct bus_context {
    void *zmq;
};

struct bus {
    void *socket;
    enum bus_kind kind;
    int fd;
    zmq_msg_t peer;  /* peer id of the last received message, or empty */
    zmq_msg_t frame; /* last received message, or empty */
};

struct bus_context *bus_context_create(void)
{
    struct bus_context *context;
    void *zmq = zmq_ctx_new();

    if (zmq == NULL)
        return NULL;
    context = mem_alloc(sizeof(*context));
    context->zmq = zmq;
    return context;
}

void bus_context_destroy(struct bus_context *context)
{
    if (context == NULL)
        return;
    while (zmq_ctx_term(context->zmq) != 0 && errno == EINTR)
        ;
    mem_free(context);
}

/* Sets an option. It cannot fail on an open socket with a value in range. */
static void set_int(void *socket, int option, int value)
{
    int result = zmq_setsockopt(socket, option, &value, sizeof(value));

    assert(result == 0);
    (void)result;
}

static void set_for_all(void *socket)
{
    int64_t frame_size = WIRE_FRAME_SIZE_MAX;
    int result = zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &frame_size, sizeof(frame_size));

    assert(result == 0);
    (void)result;
    set_int(socket, ZMQ_IPV6, 1);
    set_int(socket, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS);
    set_int(socket, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS);
    set_int(socket, ZMQ_HEARTBEAT_TTL, HEARTBEAT_TTL_MS);
    set_int(socket, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS);
    set_int(socket, ZMQ_RECONNECT_IVL, RECONNECT_MS);
    set_int(socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS);
}

static void set_for_kind(void *socket, enum bus_kind kind)
{
    int result = 0;

    switch (kind) {
    case BUS_PUB:
        set_int(socket, ZMQ_SNDHWM, STREAM_HWM);
        set_int(socket, ZMQ_LINGER, BUS_LINGER_MS);
        break;
    case BUS_SUB:
        set_int(socket, ZMQ_RCVHWM, STREAM_HWM);
        /* Subscriptions use the SUB's send queue; one that does not fit would be lost. */
        set_int(socket, ZMQ_SNDHWM, 0);
        set_int(socket, ZMQ_LINGER, 0);
        result = zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
        break;
    case BUS_ROUTER:
        set_int(socket, ZMQ_ROUTER_MANDATORY, 1);
        set_int(socket, ZMQ_SNDHWM, CONTROL_HWM);
        set_int(socket, ZMQ_RCVHWM, CONTROL_HWM);
        set_int(socket, ZMQ_LINGER, BUS_LINGER_MS);
        break;
    case BUS_DEALER:
        set_int(socket, ZMQ_SNDHWM, CONTROL_HWM);
        set_int(socket, ZMQ_RCVHWM, CONTROL_HWM);
        set_int(socket, ZMQ_LINGER, BUS_LINGER_MS);
        break;
    }
    assert(result == 0);
    (void)result;
}

static int zmq_type(enum bus_kind kind)
{
    static const int types[] = {
        [BUS_PUB] = ZMQ_PUB,
        [BUS_SUB] = ZMQ_SUB,
        [BUS_DEALER] = ZMQ_DEALER,
        [BUS_ROUTER] = ZMQ_ROUTER,
    };

    return types[kind];
}

enum err bus_open(struct bus_context *context, enum bus_kind kind, struct bus **out)
{
    void *socket = zmq_socket(context->zmq, zmq_type(kind));
    size_t size = sizeof(int);
    struct bus *bus;
    int fd;

    if (socket == NULL)
        return ERR_TOO_MANY;
    if (zmq_getsockopt(socket, ZMQ_FD, &fd, &size) != 0) {
        (void)zmq_close(socket);
        return ERR_TOO_MANY;
    }
    set_for_all(socket);
    set_for_kind(socket, kind);
    bus = mem_alloc(sizeof(*bus));
    bus->socket = socket;
    bus->kind = kind;
    bus->fd = fd;
    (void)zmq_msg_init(&bus->peer);
    (void)zmq_msg_init(&bus->frame);
    *out = bus;
    return OK;
}

void bus_close(struct bus *bus)
{
    if (bus == NULL)
        return;
    (void)zmq_msg_close(&bus->peer);
    (void)zmq_msg_close(&bus->frame);
    (void)zmq_close(bus->socket);
    mem_free(bus);
}

static enum err err_of(int number)
{
    switch (number) {
    case EAGAIN:
        return ERR_UNAVAILABLE;
    case EADDRINUSE:
        return ERR_BUSY;
    case EHOSTUNREACH:
    case EADDRNOTAVAIL:
    case ENODEV:
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_DENIED;
    case EINVAL:
    case EPROTONOSUPPORT:
    case ENAMETOOLONG:
        return ERR_INVALID;
    case ENOMEM:
        return ERR_NO_MEMORY;
    case EMFILE:
    case ENFILE:
        return ERR_TOO_MANY;
    case ETERM:
        return ERR_CLOSED;
    default:
        return ERR_IO;
    }
}

static enum err fail(enum err err, const char *address, const char *why,
                     char reason[BUS_REASON_SIZE])
{
    snprintf(reason, BUS_REASON_SIZE, "%.150s: %.90s", address, why);
    return err;
}

static const char *bind_error_text(int number)
{
    if (number == EADDRINUSE)
        return "address already in use";
    if (number == ENODEV)
        return "no such address or network interface here";
    if (number == EINVAL)
        return "not an address to listen on";
    return zmq_strerror(number);
}

/* Returns true if a process listens on the socket file, which libzmq would replace all the same. */
static bool ipc_is_alive(const struct sockaddr_un *name)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool alive;

    if (fd < 0)
        return false;
    /* EAGAIN: a process listens but is busy. ECONNREFUSED: no process has the socket open. */
    alive = connect(fd, (const struct sockaddr *)name, sizeof(*name)) == 0 || errno == EAGAIN;
    close(fd);
    return alive;
}

static enum err ipc_check(const char *address, const char *path, char reason[BUS_REASON_SIZE])
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    const char *slash = strrchr(path, '/');
    struct stat status;

    if (strlen(path) >= sizeof(name.sun_path))
        return fail(ERR_INVALID, address, "path too long for a socket", reason);
    memcpy(name.sun_path, path, strlen(path));
    if (slash != NULL && slash != path) {
        name.sun_path[slash - path] = '\0';
        if (stat(name.sun_path, &status) != 0)
            return fail(err_of(errno), address, strerror(errno), reason);
        name.sun_path[slash - path] = '/';
    }
    if (lstat(path, &status) != 0)
        return OK;
    if (!S_ISSOCK(status.st_mode))
        return fail(ERR_INVALID, address, "the file exists and is not a socket", reason);
    if (ipc_is_alive(&name))
        return fail(ERR_BUSY, address, bind_error_text(EADDRINUSE), reason);
    return OK;
}

enum err bus_bind(struct bus *bus, const char *address, char reason[BUS_REASON_SIZE])
{
    static const char ipc[] = "ipc://";

    if (strncmp(address, ipc, sizeof(ipc) - 1) == 0) {
        enum err err = ipc_check(address, address + sizeof(ipc) - 1, reason);
        if (err != OK)
            return err;
    }
    if (zmq_bind(bus->socket, address) != 0)
        return fail(err_of(errno), address, bind_error_text(errno), reason);
    return OK;
}

enum err bus_connect(struct bus *bus, const char *address, char reason[BUS_REASON_SIZE])
{
    if (zmq_connect(bus->socket, address) != 0) {
        int number = errno;
        return fail(err_of(number), address,
                    number == EINVAL ? "not an address" : zmq_strerror(number), reason);
    }
    return OK;
}

int bus_fd(const struct bus *bus)
{
    return bus->fd;
}

bool bus_readable(struct bus *bus)
{
    int events = 0;
    size_t size = sizeof(events);

    /* For a PUB, which cannot receive, the result is always false. */
    while (zmq_getsockopt(bus->socket, ZMQ_EVENTS, &events, &size) != 0) {
        if (errno != EINTR)
            return false;
    }
    return (events & ZMQ_POLLIN) != 0;
}

static enum err send_part(struct bus *bus, struct slice part, int flags)
{
    while (zmq_send(bus->socket, part.data, part.size, flags | ZMQ_DONTWAIT) < 0) {
        if (errno != EINTR)
            return err_of(errno);
    }
    return OK;
}

enum err bus_send(struct bus *bus, struct slice frame)
{
    assert(bus->kind == BUS_PUB || bus->kind == BUS_DEALER);
    return send_part(bus, frame, 0);
}

enum err bus_send_to(struct bus *bus, struct slice peer, struct slice frame)
{
    enum err err;

    assert(bus->kind == BUS_ROUTER);
    /* ZeroMQ checks room and peer with the first part; the second part then always fits. */
    err = send_part(bus, peer, ZMQ_SNDMORE);
    if (err != OK)
        return err;
    return send_part(bus, frame, 0);
}

/* Replaces the message with the next part. */
static enum err receive_part(struct bus *bus, zmq_msg_t *part)
{
    while (zmq_msg_recv(part, bus->socket, ZMQ_DONTWAIT) < 0) {
        if (errno != EINTR)
            return err_of(errno);
    }
    return OK;
}

static struct slice bytes_of(zmq_msg_t *part)
{
    return slice_of(zmq_msg_data(part), zmq_msg_size(part));
}

/* Receives the remaining parts of a message; all parts of a message arrive together. */
static void drop_rest(struct bus *bus)
{
    while (zmq_msg_more(&bus->frame)) {
        if (receive_part(bus, &bus->frame) != OK)
            return;
    }
}

static enum err receive_routed(struct bus *bus, struct slice *out_peer)
{
    enum err err = receive_part(bus, &bus->peer);

    if (err != OK)
        return err;
    if (!zmq_msg_more(&bus->peer))
        return ERR_MALFORMED;
    err = receive_part(bus, &bus->frame);
    if (err != OK)
        return err;
    *out_peer = bytes_of(&bus->peer);
    return out_peer->size > BUS_PEER_SIZE_MAX ? ERR_TOO_LARGE : OK;
}

enum err bus_receive(struct bus *bus, struct slice *out_peer, struct slice *out_frame)
{
    struct slice peer = {NULL, 0};
    enum err err;

    assert(bus->kind != BUS_PUB);
    if (bus->kind == BUS_ROUTER)
        err = receive_routed(bus, &peer);
    else
        err = receive_part(bus, &bus->frame);
    if (err == OK && zmq_msg_more(&bus->frame))
        err = ERR_MALFORMED;
    if (err == ERR_MALFORMED || err == ERR_TOO_LARGE) {
        drop_rest(bus);
        *out_peer = err == ERR_MALFORMED ? peer : (struct slice){NULL, 0};
        return err;
    }
    if (err != OK)
        return err;
    *out_peer = peer;
    *out_frame = bytes_of(&bus->frame);
    return OK;
}
