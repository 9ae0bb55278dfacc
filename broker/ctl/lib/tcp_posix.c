/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/lib/tcp_posix.h"

#include "broker/ctl/lib/cli_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum err tcp_wait(int fd, bool writing, uint64_t deadline)
{
    struct pollfd wanted = {.fd = fd, .events = writing ? POLLOUT : POLLIN};

    for (;;) {
        uint64_t now = cli_now_ms();
        uint64_t left = deadline > now ? deadline - now : 0;
        int count = poll(&wanted, 1, left > 3600000 ? 3600000 : (int)left);

        if (count > 0)
            return OK;
        if (cli_now_ms() >= deadline && (count == 0 || errno != EINTR))
            return ERR_TIMEOUT;
    }
}

/* Waits for a connection in progress. Returns 0 or an errno. */
static int finish(int fd, uint64_t deadline)
{
    int error = 0;
    socklen_t size = sizeof error;

    if (tcp_wait(fd, true, deadline) != OK)
        return ETIMEDOUT;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        return errno;
    return error;
}

static int connect_one(const struct addrinfo *address, uint64_t deadline, int *out_fd)
{
    int one = 1;
    int error = 0;
    int fd = socket(address->ai_family, address->ai_socktype, address->ai_protocol);

    if (fd < 0)
        return errno;
    if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        error = errno;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (error == 0 && connect(fd, address->ai_addr, address->ai_addrlen) != 0)
        error = errno == EINPROGRESS ? finish(fd, deadline) : errno;
    if (error != 0) {
        (void)close(fd);
        return error;
    }
    *out_fd = fd;
    return 0;
}

enum err tcp_connect(const char *host, const char *port, uint64_t deadline, int *out_fd,
                     char reason[TCP_REASON_SIZE])
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *addresses = NULL;
    int error = 0;
    int code = getaddrinfo(host, port, &hints, &addresses);

    if (code != 0) {
        (void)snprintf(reason, TCP_REASON_SIZE, "%.90s: %s", host, gai_strerror(code));
        return ERR_NOT_FOUND;
    }
    for (const struct addrinfo *one = addresses; one != NULL; one = one->ai_next) {
        error = connect_one(one, deadline, out_fd);
        if (error == 0)
            break;
    }
    freeaddrinfo(addresses);
    if (error == 0)
        return OK;
    (void)snprintf(reason, TCP_REASON_SIZE, "%.80s port %.8s: %s", host, port, strerror(error));
    return error == ETIMEDOUT ? ERR_TIMEOUT : ERR_UNAVAILABLE;
}
