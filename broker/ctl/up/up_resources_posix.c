/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#define _XOPEN_SOURCE 700 /* realpath() */

#include "broker/ctl/up/up_resources.h"

#include "common/wire/bus_address.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* All streams of a dead edge reconnect at once. The kernel limits this to somaxconn (4096). */
#define PUBLIC_BACKLOG 4096

static enum err err_of(int number)
{
    switch (number) {
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_DENIED;
    case EADDRINUSE:
    case EWOULDBLOCK:
        return ERR_BUSY;
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    default:
        return ERR_IO;
    }
}

/* ---- programs ------------------------------------------------------------------------------ */

static enum err find_programs(struct up_resources *r, char *reason)
{
    static const char *const names[] = {"belfry-broker", "belfry-edge"};
    ssize_t size = readlink("/proc/self/exe", r->programs, sizeof(r->programs) - 1);
    char *slash;

    if (size < 0) {
        snprintf(reason, UP_REASON_SIZE, "cannot find the directory of the programs: %s",
                 strerror(errno));
        return err_of(errno);
    }
    r->programs[size] = '\0';
    slash = strrchr(r->programs, '/');
    if (slash != NULL)
        *slash = '\0';
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[UP_PATH_SIZE + 16];

        snprintf(path, sizeof(path), "%s/%s", r->programs, names[i]);
        if (access(path, X_OK) != 0) {
            snprintf(reason, UP_REASON_SIZE, "cannot run %s: %s", path, strerror(errno));
            return err_of(errno);
        }
    }
    return OK;
}

/* ---- data directory ------------------------------------------------------------------------ */

/* Creates the directory `path` and its missing parents. */
static enum err make_directories(const char *path, char *reason)
{
    char part[UP_PATH_SIZE];
    size_t size = strlen(path);

    if (size >= sizeof(part)) {
        snprintf(reason, UP_REASON_SIZE, "--data is too long (%zu bytes)", size);
        return ERR_TOO_LARGE;
    }
    memcpy(part, path, size + 1);
    for (size_t i = 1; i <= size; i++) {
        char kept = part[i];

        if (kept != '/' && kept != '\0')
            continue;
        part[i] = '\0';
        if (mkdir(part, kept == '/' ? 0755 : 0750) != 0 && errno != EEXIST) {
            snprintf(reason, UP_REASON_SIZE, "cannot create the data directory %s: %s", path,
                     strerror(errno));
            return err_of(errno);
        }
        part[i] = kept;
    }
    return OK;
}

/* Checks the lock that a broker holds (broker/journal/journal_sqlite.h), for one that was started
 * separately. */
static enum err check_broker_lock(const struct up_resources *r, char *reason)
{
    char path[UP_PATH_SIZE + 16];
    enum err err = OK;
    int fd;

    snprintf(path, sizeof(path), "%s/belfry.lock", r->data);
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return OK; /* a new directory, or the broker will report the error */
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        snprintf(reason, UP_REASON_SIZE, "the data directory %s is in use by another broker",
                 r->data);
        err = ERR_BUSY;
    }
    close(fd);
    return err;
}

static enum err lock_directory(struct up_resources *r, char *reason)
{
    char path[UP_PATH_SIZE + 16];

    snprintf(path, sizeof(path), "%s/up.lock", r->data);
    r->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (r->lock_fd < 0) {
        snprintf(reason, UP_REASON_SIZE, "cannot write to the data directory %s: %s", r->data,
                 strerror(errno));
        return err_of(errno);
    }
    if (flock(r->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        snprintf(reason, UP_REASON_SIZE,
                 errno == EWOULDBLOCK ? "the data directory %s is in use by another belfry up"
                                      : "cannot lock the data directory %s",
                 r->data);
        return err_of(errno);
    }
    return check_broker_lock(r, reason);
}

/* Checks that the paths of the sockets in the data directory have at most 107 bytes. */
static enum err check_socket_paths(const struct up_resources *r, char *reason)
{
    char base[UP_PATH_SIZE + 16];
    char address[BUS_ADDRESS_SIZE];
    enum err err;

    snprintf(base, sizeof(base), "ipc://%s/run", r->data);
    err = bus_address(base, BUS_BROADCAST, address);
    if (err != OK)
        snprintf(
            reason, UP_REASON_SIZE,
            "the path of the data directory is too long for the sockets in it (%zu bytes): give "
            "a shorter --data than %s",
            strlen(r->data), r->data);
    return err;
}

static enum err take_directory(const struct up_options *o, struct up_resources *r, char *reason)
{
    enum err err = make_directories(o->data, reason);
    char *absolute;

    if (err != OK)
        return err;
    absolute = realpath(o->data, NULL);
    if (absolute == NULL || strlen(absolute) >= sizeof(r->data)) {
        snprintf(reason, UP_REASON_SIZE, "cannot use the data directory %s: %s", o->data,
                 strerror(absolute == NULL ? errno : ENAMETOOLONG));
        free(absolute);
        return ERR_IO;
    }
    memcpy(r->data, absolute, strlen(absolute) + 1);
    free(absolute);
    err = check_socket_paths(r, reason);
    if (err != OK)
        return err;
    return lock_directory(r, reason);
}

/* ---- ports --------------------------------------------------------------------------------- */

static enum err resolve(const char *host, struct sockaddr_storage *out, socklen_t *out_size,
                        char *reason)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    int failed = getaddrinfo(host, NULL, &hints, &found);

    if (failed != 0) {
        snprintf(reason, UP_REASON_SIZE, "--host %s: %s", host, gai_strerror(failed));
        return ERR_INVALID;
    }
    memcpy(out, found->ai_addr, found->ai_addrlen);
    *out_size = found->ai_addrlen;
    freeaddrinfo(found);
    return OK;
}

static void set_port(struct sockaddr_storage *address, uint64_t port)
{
    if (address->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)(void *)address)->sin6_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in *)(void *)address)->sin_port = htons((uint16_t)port);
}

/* Opens a listening socket. Only listen() shows for certain that the port is free. */
static enum err listen_on(const struct sockaddr_storage *address, socklen_t size, int *out)
{
    int on = 1;
    int fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return err_of(errno);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(fd, (const struct sockaddr *)(const void *)address, size) != 0 ||
        listen(fd, PUBLIC_BACKLOG) != 0) {
        int number = errno;

        close(fd);
        errno = number;
        return err_of(number);
    }
    *out = fd;
    return OK;
}

static enum err take_port(const struct up_options *o, uint64_t port, const char *what, int *out,
                          char *reason)
{
    struct sockaddr_storage address;
    socklen_t size;
    enum err err = resolve(o->host, &address, &size, reason);

    if (err != OK)
        return err;
    set_port(&address, port);
    err = listen_on(&address, size, out);
    if (err != OK)
        snprintf(reason, UP_REASON_SIZE, "cannot listen on %s port %u (%s): %s", o->host,
                 (unsigned)port, what,
                 err == ERR_BUSY ? "in use by another program" : strerror(errno));
    return err;
}

/* Checks that the port for a child is free. */
static enum err try_port(const struct up_options *o, uint64_t port, const char *what, char *reason)
{
    int fd = -1;
    enum err err = take_port(o, port, what, &fd, reason);

    if (err == OK)
        close(fd);
    return err;
}

static enum err take_ports(const struct up_options *o, struct up_resources *r, char *reason)
{
    enum err err = take_port(o, o->port, "the public port", &r->public_fd, reason);

    if (err == OK)
        err = try_port(o, o->port + UP_OPS_PORTS, "the broker's operations port", reason);
    for (uint64_t i = 1; i <= o->edges && err == OK; i++) {
        char what[64];

        snprintf(what, sizeof(what), "edge-%u", (unsigned)i);
        err = try_port(o, o->port + i, what, reason);
        if (err != OK)
            break;
        snprintf(what, sizeof(what), "edge-%u's operations port", (unsigned)i);
        err = try_port(o, o->port + UP_OPS_PORTS + i, what, reason);
    }
    return err;
}

/* ---- access ---------------------------------------------------------------------------------- */

static bool is_loopback(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(
            &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
    return ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >> 24 == 127;
}

/* Returns whether the edges' options, or the environment that they inherit, set keys for tokens or
 * allow anonymous access. */
static bool is_guarded(const struct up_options *o)
{
    static const char *const variables[] = {"BELFRY_JWT_KEY", "BELFRY_JWT_KEY_FILE",
                                            "BELFRY_ALLOW_ANONYMOUS"};

    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        const char *value = getenv(variables[i]);

        if (value != NULL && value[0] != '\0')
            return true;
    }
    return up_edge_option(o, "jwt-key") || up_edge_option(o, "jwt-key-file") ||
           up_edge_option(o, "allow-anonymous");
}

/* Refuses, before anything starts, a public address on which the edges would refuse to start. */
static enum err check_public(const struct up_options *o, char *reason)
{
    struct sockaddr_storage address;
    socklen_t size;
    enum err err = resolve(o->host, &address, &size, reason);

    if (err != OK || is_loopback(&address) || is_guarded(o))
        return err;
    snprintf(reason, UP_REASON_SIZE,
             "--host %s can be reached by other machines, and there are no keys for tokens: give "
             "--edge-option jwt-key-file=FILE, or --edge-option allow-anonymous to let everybody "
             "read and write",
             o->host);
    return ERR_DENIED;
}

/* -------------------------------------------------------------------------------------------- */

enum err up_resources_claim(const struct up_options *options, struct up_resources *out,
                            char reason[UP_REASON_SIZE])
{
    enum err err;

    out->lock_fd = -1;
    out->public_fd = -1;
    err = find_programs(out, reason);
    if (err == OK)
        err = check_public(options, reason);
    if (err == OK) /* first, since a failure leaves nothing behind */
        err = take_ports(options, out, reason);
    if (err == OK)
        err = take_directory(options, out, reason);
    if (err != OK)
        up_resources_release(out);
    return err;
}

void up_resources_close_port(struct up_resources *r)
{
    if (r->public_fd >= 0)
        close(r->public_fd);
    r->public_fd = -1;
}

void up_resources_release(struct up_resources *r)
{
    up_resources_close_port(r);
    if (r->lock_fd >= 0)
        close(r->lock_fd);
    r->lock_fd = -1;
}
