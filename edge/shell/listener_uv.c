/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#define _GNU_SOURCE /* accept4() */

#include "edge/shell/listener_uv.h"

#include "common/base/mem.h"
#include "edge/http/request.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#define BACKLOG 4096 /* the kernel reduces it to net.core.somaxconn */

/* Connections accepted per turn of the loop: a burst of new connections must not delay the
 * streams. */
#define BATCH 64

#define PAUSE_MS 200

struct listener {
    struct listener_config config;
    uv_poll_t poll;
    uv_timer_t pause;
    int fd;
    unsigned open; /* number of handles that are not closed */
    bool closing;
    char address[80]; /* up to "[an IPv6 address]:port" */
};

static void on_incoming(uv_poll_t *handle, int status, int events);

static void on_pause_over(uv_timer_t *timer)
{
    struct listener *l = timer->data;

    if (!l->closing)
        (void)uv_poll_start(&l->poll, UV_READABLE, on_incoming);
}

static void pause_for(struct listener *l, enum err err)
{
    (void)uv_poll_stop(&l->poll);
    (void)uv_timer_start(&l->pause, on_pause_over, PAUSE_MS, 0);
    l->config.paused(l->config.context, err);
}

/* Returns true for errors of the new connection, not of the listening socket (accept(2)). */
static bool is_passing(int error)
{
    return error == EAGAIN || error == EINTR || error == ECONNABORTED || error == EPROTO ||
           error == ENETDOWN || error == ENOPROTOOPT || error == EHOSTDOWN || error == ENONET ||
           error == EHOSTUNREACH || error == EOPNOTSUPP || error == ENETUNREACH;
}

static void on_incoming(uv_poll_t *handle, int status, int events)
{
    struct listener *l = handle->data;

    (void)events;
    if (status < 0) {
        pause_for(l, ERR_IO);
        return;
    }
    for (int i = 0; i < BATCH && !l->closing; i++) {
        int fd;

        if (!l->config.room(l->config.context)) {
            pause_for(l, ERR_TOO_MANY);
            return;
        }
        fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            l->config.accepted(l->config.context, fd);
        } else if (is_passing(errno)) {
            return;
        } else {
            pause_for(l, errno == EMFILE || errno == ENFILE ? ERR_TOO_MANY : ERR_IO);
            return;
        }
    }
}

/* ---- making the socket ---- */

static enum err fail(char reason[LISTENER_REASON_SIZE], const char *address, const char *what)
{
    enum err err = errno == EADDRINUSE                 ? ERR_BUSY
                   : errno == EACCES || errno == EPERM ? ERR_DENIED
                   : errno == EADDRNOTAVAIL            ? ERR_NOT_FOUND
                                                       : ERR_IO;

    (void)snprintf(reason, LISTENER_REASON_SIZE, "%s: %s: %s", address, what, strerror(errno));
    return err;
}

/* On Linux, accepted sockets inherit these options from the listening socket. */
static void set_options(const struct listener_config *config, int fd)
{
    int yes = 1;
    int size = (int)config->send_buffer;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (size > 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

static enum err bind_one(const struct listener_config *config, const struct addrinfo *info,
                         int *out_fd, char reason[LISTENER_REASON_SIZE])
{
    int yes = 1;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    enum err err;

    if (fd < 0)
        return fail(reason, config->address, "cannot create a socket");
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (config->reuse_port)
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    set_options(config, fd);
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0) {
        *out_fd = fd;
        return OK;
    }
    err = fail(reason, config->address, "cannot listen");
    (void)close(fd);
    return err;
}

/* getaddrinfo() accepts larger numbers and drops their upper bits. */
static bool port_ok(const char *text)
{
    uint64_t port;

    return number_parse(slice_str(text), 65535, &port) == OK;
}

/* "host:port", "[::1]:port", "*:port" */
static bool split(const char *address, char host[256], const char **out_port)
{
    const char *colon = strrchr(address, ':');
    size_t size = colon == NULL ? 0 : (size_t)(colon - address);
    bool bracketed = size > 2 && address[0] == '[' && address[size - 1] == ']';

    if (colon == NULL || size == 0 || size > 255 || !port_ok(colon + 1))
        return false;
    if (!bracketed && strcspn(address, ":[]") != size)
        return false;
    (void)snprintf(host, 256, "%.*s", (int)(bracketed ? size - 2 : size), address + bracketed);
    *out_port = colon + 1;
    return true;
}

static enum err open_own(const struct listener_config *config, int *out_fd,
                         char reason[LISTENER_REASON_SIZE])
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *info;
    char host[256];
    const char *port;
    int error;
    enum err err;

    if (!split(config->address, host, &port)) {
        (void)snprintf(reason, LISTENER_REASON_SIZE, "%.100s: must be HOST:PORT", config->address);
        return ERR_INVALID;
    }
    error = getaddrinfo(strcmp(host, "*") == 0 ? NULL : host, port, &hints, &info);
    if (error != 0) {
        (void)snprintf(reason, LISTENER_REASON_SIZE, "%.100s: %s", config->address,
                       gai_strerror(error));
        return ERR_NOT_FOUND;
    }
    err = bind_one(config, info, out_fd, reason);
    freeaddrinfo(info);
    return err;
}

static enum err open_inherited(const struct listener_config *config, int *out_fd,
                               char reason[LISTENER_REASON_SIZE])
{
    int listens = 0;
    socklen_t size = sizeof listens;

    if (getsockopt(config->fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || !listens) {
        (void)snprintf(reason, LISTENER_REASON_SIZE, "descriptor %d is not a listening socket",
                       config->fd);
        return ERR_INVALID;
    }
    set_options(config, config->fd);
    *out_fd = config->fd;
    return OK;
}

static void find_address(struct listener *l)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    char host[INET6_ADDRSTRLEN];
    char port[8];

    if (getsockname(l->fd, (struct sockaddr *)&address, &size) != 0 ||
        getnameinfo((struct sockaddr *)&address, size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        (void)snprintf(l->address, sizeof l->address, "?");
    else
        (void)snprintf(l->address, sizeof l->address,
                       address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

enum err listener_create(struct uv_loop_s *loop, const struct listener_config *config,
                         struct listener **out, char reason[LISTENER_REASON_SIZE])
{
    struct listener *l;
    int fd;
    enum err err = config->address != NULL ? open_own(config, &fd, reason)
                                           : open_inherited(config, &fd, reason);

    if (err != OK)
        return err;
    l = mem_alloc(sizeof *l);
    l->config = *config;
    l->fd = fd;
    if (uv_poll_init(loop, &l->poll, fd) != 0) {
        (void)snprintf(reason, LISTENER_REASON_SIZE, "cannot poll descriptor %d", fd);
        (void)close(fd);
        mem_free(l);
        return ERR_IO;
    }
    (void)uv_timer_init(loop, &l->pause);
    l->poll.data = l;
    l->pause.data = l;
    l->open = 2;
    find_address(l);
    (void)uv_poll_start(&l->poll, UV_READABLE, on_incoming);
    *out = l;
    return OK;
}

const char *listener_address(const struct listener *listener)
{
    return listener->address;
}

void listener_finish(struct listener *listener)
{
    int fd = 0;

    /* Bounded by the length of the queue, since new connections may keep arriving. */
    for (int i = 0; i < BACKLOG && fd >= 0; i++) {
        fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            listener->config.accepted(listener->config.context, fd);
    }
    listener_close(listener);
}

static void on_closed(uv_handle_t *handle)
{
    struct listener *l = handle->data;

    if (--l->open == 0)
        mem_free(l);
}

void listener_close(struct listener *listener)
{
    if (listener == NULL || listener->closing)
        return;
    listener->closing = true;
    uv_close((uv_handle_t *)&listener->poll, on_closed);
    uv_close((uv_handle_t *)&listener->pause, on_closed);
    (void)close(listener->fd);
}
