/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_COMMON_TOKEN_WATCHED_FILE_POSIX_H
#define BELFRY_COMMON_TOKEN_WATCHED_FILE_POSIX_H

/* A file, with keys for example, that may be replaced while the process runs. Shells check it about
 * once a second and on SIGHUP, and read it again if it has changed:
 *
 *   if (watched_file_changed(f) && watched_file_read(f, &text, reason) == OK)
 *       make a new keyring from the text, and replace the old one only if that succeeds
 *
 * Call watched_file_init() first. The struct owns nothing. */

#include "common/base/buf.h"
#include "common/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define WATCHED_FILE_REASON_SIZE 160

struct watched_file {
    const char *path; /* borrowed */
    bool read;        /* the fields below describe the file that was read last */
    uint64_t device;
    uint64_t inode;
    uint64_t size;
    int64_t changed_s; /* time of the last modification (st_mtim) */
    int64_t changed_ns;
};

void watched_file_init(struct watched_file *f, const char *path);

/* Returns whether the file differs in device, inode, size or time from the one that was read last,
 * or none was read. A file that has disappeared has not changed, so that the keys stay. */
bool watched_file_changed(const struct watched_file *f);

/* Replaces `out` by the file's text, of at most out->limit bytes. Remembers the file even if it
 * fails, so that a bad file is reported once. ERR_NOT_FOUND, ERR_DENIED, ERR_TOO_LARGE, ERR_IO,
 * ERR_INVALID (a directory); `reason` names the file. */
MUST_CHECK enum err watched_file_read(struct watched_file *f, struct buf *out,
                                      char reason[WATCHED_FILE_REASON_SIZE]);

#endif
