/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_SHELL_SOCKET_POSIX_H
#define BELFRY_EDGE_SHELL_SOCKET_POSIX_H

/* Reading and writing a connected non-blocking socket: one system call each. */

#include "common/http/address.h"

#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

/* Writes with one sendmsg(); returns how many bytes went (0: the socket is full), -1 when the connection is
 * dead. Never raises SIGPIPE. */
ssize_t socket_send(int fd, const struct iovec *iov, int count);

enum socket_event {
    SOCKET_BYTES,   /* *out_size bytes, at least one */
    SOCKET_NOTHING, /* none now */
    SOCKET_END,     /* the peer has shut its side down */
    SOCKET_DEAD,
};

enum socket_event socket_receive(int fd, char *buffer, size_t size, size_t *out_size);

/* Bytes that were written and that the client has not confirmed yet. */
size_t socket_unsent(int fd);

/* Who is connected; all zeros when that can't be told. */
struct address socket_peer(int fd);

#endif
