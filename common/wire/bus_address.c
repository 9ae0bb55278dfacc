/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/wire/bus_address.h"

#include "common/base/number.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stdio.h>

#define IPC_PATH_SIZE_MAX 107 /* sun_path has 108 bytes, including the NUL */
#define TCP_HOST_SIZE_MAX 253 /* limit of DNS names */
#define PORT_MAX (65535 - 2)
#define PORT_DIGITS_MAX 5

static const char *socket_name(enum bus_socket which)
{
    static const char *const names[] = {"publish", "broadcast", "control"};

    return names[which];
}

static enum err ipc_address(struct slice directory, enum bus_socket which,
                            char out[BUS_ADDRESS_SIZE])
{
    char text[BUS_ADDRESS_SIZE];
    int size;

    while (directory.size > 1 && directory.data[directory.size - 1] == '/')
        directory.size--;
    /* For libzmq, "@" means a socket without a file. */
    if (directory.size == 0 || directory.data[0] == '@')
        return ERR_INVALID;
    if (directory.size > IPC_PATH_SIZE_MAX)
        return ERR_TOO_LARGE;
    size = snprintf(text, sizeof(text), "ipc://%.*s/%s.sock", (int)directory.size, directory.data,
                    socket_name(which));
    if (size - (int)sizeof("ipc://") + 1 > IPC_PATH_SIZE_MAX)
        return ERR_TOO_LARGE;
    memcpy(out, text, (size_t)size + 1);
    return OK;
}

/* Only an IPv6 address has brackets and colons, and it needs the brackets. */
static bool host_is_plausible(struct slice host)
{
    bool bracketed = host.size > 2 && host.data[0] == '[' && host.data[host.size - 1] == ']';

    if (host.size == 0 || host.size > TCP_HOST_SIZE_MAX)
        return false;
    for (size_t i = 0; i < host.size; i++) {
        unsigned char c = (unsigned char)host.data[i];
        bool of_ipv6 = c == ':' || c == '[' || c == ']';
        if (c <= ' ' || c == '/' || c == ';' || (of_ipv6 && !bracketed))
            return false;
    }
    return true;
}

static enum err tcp_address(struct slice rest, enum bus_socket which, char out[BUS_ADDRESS_SIZE])
{
    struct slice host = rest;
    struct slice digits;
    uint64_t port;

    while (host.size > 0 && host.data[host.size - 1] != ':')
        host.size--;
    if (host.size == 0)
        return ERR_INVALID;
    digits = slice_of(rest.data + host.size, rest.size - host.size);
    host.size--;
    if (!host_is_plausible(host) || digits.size > PORT_DIGITS_MAX ||
        number_parse(digits, PORT_MAX, &port) != OK || port == 0)
        return ERR_INVALID;
    snprintf(out, BUS_ADDRESS_SIZE, "tcp://%.*s:%u", (int)host.size, host.data,
             (unsigned)port + (unsigned)which);
    return OK;
}

enum err bus_address(const char *base, enum bus_socket which, char out[BUS_ADDRESS_SIZE])
{
    struct slice text = slice_str(base);
    struct slice rest = {text.data + 6, text.size - 6};

    if (slice_starts(text, SLICE("ipc://")))
        return ipc_address(rest, which, out);
    if (slice_starts(text, SLICE("tcp://")))
        return tcp_address(rest, which, out);
    return ERR_INVALID;
}
