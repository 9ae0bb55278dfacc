/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_SOCKET_POSIX_H
#define BELFRY_EDGE_SHELL_SOCKET_POSIX_H

/* Reads and writes a connected non-blocking socket, with one system call each. */

#include "common/http/address.h"

#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

/* Writes with one system call. Returns the number of bytes written, 0 if the socket is full, or -1
 * if the connection is dead. Never raises SIGPIPE. */
ssize_t socket_send(int fd, const struct iovec *iov, int count);

enum socket_event {
    SOCKET_BYTES,   /* *out_size bytes, at least one */
    SOCKET_NOTHING, /* no bytes now */
    SOCKET_END,     /* the peer has shut down its side */
    SOCKET_DEAD,    /* the connection has failed */
};

/* Reads up to `size` bytes. */
enum socket_event socket_receive(int fd, char *buffer, size_t size, size_t *out_size);

/* Returns the number of bytes that were written and that the peer has not acknowledged. */
size_t socket_unsent(int fd);

/* Returns the address of the peer, or all zeros if it is not known. */
struct address socket_peer(int fd);

#endif
