/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/process/process_posix.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void process_notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    size_t size = path == NULL ? 0 : strlen(path);
    int fd;

    if (size == 0 || size >= sizeof(name.sun_path) || (path[0] != '/' && path[0] != '@'))
        return;
    memcpy(name.sun_path, path, size);
    if (path[0] == '@')
        name.sun_path[0] = '\0'; /* an abstract socket, which has no file */
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&name,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size));
    close(fd);
}

enum err process_die_with_parent(void)
{
    const char *text = getenv("BELFRY_SUPERVISED");
    char *end = NULL;
    long parent;

    if (text == NULL || text[0] == '\0')
        return OK;
    parent = strtol(text, &end, 10);
    if (*end != '\0' || parent < 1)
        return ERR_INVALID;
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
        return ERR_IO;
    /* The supervisor may have ended before the call. */
    return (long)getppid() == parent ? OK : ERR_CLOSED;
}

uint64_t process_raise_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    if (limit.rlim_cur < limit.rlim_max) {
        struct rlimit raised = {limit.rlim_max, limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
            limit = raised;
    }
    return limit.rlim_cur;
}
