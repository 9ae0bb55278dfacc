/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/token/watched_file_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void watched_file_init(struct watched_file *f, const char *path)
{
    *f = (struct watched_file){.path = path};
}

static struct watched_file state_of(const char *path, const struct stat *status)
{
    return (struct watched_file){
        .path = path,
        .read = true,
        .device = (uint64_t)status->st_dev,
        .inode = (uint64_t)status->st_ino,
        .size = (uint64_t)status->st_size,
        .changed_s = status->st_mtim.tv_sec,
        .changed_ns = status->st_mtim.tv_nsec,
    };
}

bool watched_file_changed(const struct watched_file *f)
{
    struct stat status;
    struct watched_file now;

    if (!f->read)
        return true;
    if (stat(f->path, &status) != 0)
        return false;
    now = state_of(f->path, &status);
    return now.device != f->device || now.inode != f->inode || now.size != f->size ||
           now.changed_s != f->changed_s || now.changed_ns != f->changed_ns;
}

static enum err fail(const struct watched_file *f, enum err err, const char *why, char *reason)
{
    snprintf(reason, WATCHED_FILE_REASON_SIZE, "%.90s: %.60s", f->path, why);
    return err;
}

static enum err fail_errno(const struct watched_file *f, int error, char *reason)
{
    enum err err = error == ENOENT || error == ENOTDIR ? ERR_NOT_FOUND
                   : error == EACCES || error == EPERM ? ERR_DENIED
                                                       : ERR_IO;

    return fail(f, err, strerror(error), reason);
}

static enum err read_all(const struct watched_file *f, int fd, struct buf *out, char *reason)
{
    for (;;) {
        char piece[4096];
        ssize_t count = read(fd, piece, sizeof piece);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail_errno(f, errno, reason);
        if (count == 0)
            return OK;
        buf_append(out, piece, (size_t)count);
        if (!buf_ok(out))
            return fail(f, ERR_TOO_LARGE, "too large", reason);
    }
}

enum err watched_file_read(struct watched_file *f, struct buf *out,
                           char reason[WATCHED_FILE_REASON_SIZE])
{
    int fd = open(f->path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    enum err err;

    buf_reset(out);
    f->read = true;
    if (fd < 0)
        return fail_errno(f, errno, reason);
    if (fstat(fd, &status) != 0) {
        err = fail_errno(f, errno, reason);
    } else {
        *f = state_of(f->path, &status);
        if (S_ISDIR(status.st_mode))
            err = fail(f, ERR_INVALID, "is a directory", reason);
        else
            err = read_all(f, fd, out, reason);
    }
    (void)close(fd);
    return err;
}
