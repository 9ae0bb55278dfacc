/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#define _GNU_SOURCE /* struct ucred */

#include "broker/ctl/up/notify_posix.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define DATAGRAM_SIZE_MAX 4096 /* longer messages are cut; READY=1 comes first */

/* Binds to a name that the kernel chooses: the address has only a family. */
static enum err bind_anywhere(int fd, char address[NOTIFY_ADDRESS_SIZE])
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    socklen_t size = offsetof(struct sockaddr_un, sun_path);
    size_t length;
    int on = 1;

    if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) != 0 ||
        bind(fd, (const struct sockaddr *)(const void *)&name, size) != 0)
        return ERR_IO;
    size = sizeof(name);
    if (getsockname(fd, (struct sockaddr *)(void *)&name, &size) != 0)
        return ERR_IO;
    length = size - offsetof(struct sockaddr_un, sun_path);
    if (length < 2 || length >= NOTIFY_ADDRESS_SIZE || name.sun_path[0] != '\0')
        return ERR_IO;
    address[0] = '@';
    memcpy(address + 1, name.sun_path + 1, length - 1);
    address[length] = '\0';
    return OK;
}

enum err notify_open(int *out_fd, char address[NOTIFY_ADDRESS_SIZE])
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return ERR_IO;
    if (bind_anywhere(fd, address) != OK) {
        close(fd);
        return ERR_IO;
    }
    *out_fd = fd;
    return OK;
}

static int sender(struct msghdr *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        struct ucred who;

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_CREDENTIALS)
            continue;
        memcpy(&who, CMSG_DATA(c), sizeof(who));
        return who.pid;
    }
    return 0;
}

/* Returns whether one of the lines is READY=1. Each line is an assignment. */
static bool has_ready(char *text)
{
    for (char *line = text; line != NULL;) {
        char *end = strchr(line, '\n');

        if (end != NULL)
            *end++ = '\0';
        if (strcmp(line, "READY=1") == 0)
            return true;
        line = end;
    }
    return false;
}

enum err notify_receive(int fd, int *out_pid, bool *out_ready)
{
    char text[DATAGRAM_SIZE_MAX + 1];
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
    } control = {.bytes = {0}};
    struct iovec part = {.iov_base = text, .iov_len = DATAGRAM_SIZE_MAX};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    ssize_t size = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

    if (size < 0)
        return ERR_UNAVAILABLE;
    text[size] = '\0';
    *out_pid = sender(&message);
    *out_ready = has_ready(text);
    return OK;
}
