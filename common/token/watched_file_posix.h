/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOKEN_WATCHED_FILE_POSIX_H
#define BELFRY_COMMON_TOKEN_WATCHED_FILE_POSIX_H

/* A file with keys, which may be replaced while we run. Shells look at it now and then (say each
 * second, and on SIGHUP) and read it when it changed:
 *
 *   if (watched_file_changed(f) && watched_file_read(f, &text, reason) == OK)
 *       a new keyring from the text; only when that went well is the old one replaced
 *
 * Pure data: init, nothing to clear. */

#include "common/base/buf.h"
#include "common/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define WATCHED_FILE_REASON_SIZE 160

struct watched_file {
    const char *path; /* borrowed */
    bool read;        /* the rest is of the file that was read last */
    uint64_t device;
    uint64_t inode;
    uint64_t size;
    int64_t changed_s; /* of mtime */
    int64_t changed_ns;
};

void watched_file_init(struct watched_file *f, const char *path);

/* Whether the file is another than the one that was read last: by name, size or time. True when
 * none was read. A file that is gone has not changed: the keys stay. */
bool watched_file_changed(const struct watched_file *f);

/* Replaces the text by the file's (out->limit bytes at most) and remembers which it was, whatever
 * comes of it, so that a bad file is complained of once. ERR_NOT_FOUND, ERR_DENIED, ERR_TOO_LARGE,
 * ERR_IO, ERR_INVALID (not a regular file or pipe); `reason` says which file. */
MUST_CHECK enum err watched_file_read(struct watched_file *f, struct buf *out,
                                      char reason[WATCHED_FILE_REASON_SIZE]);

#endif
