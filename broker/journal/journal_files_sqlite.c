/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Locks the directory of the journal, and creates and identifies the database file. */

/* Declares statx(2), for the time of a file's creation. */
#define _GNU_SOURCE

#include "broker/journal/journal_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err fail(char reason[JOURNAL_REASON_SIZE], const char *path, int error)
{
    (void)snprintf(reason, JOURNAL_REASON_SIZE, "%.200s: %s", path, strerror(error));
    switch (error) {
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_READ_ONLY;
    case ENOSPC:
    case EDQUOT:
        return ERR_FULL;
    default:
        return ERR_IO;
    }
}

static bool join(char out[JOURNAL_PATH_SIZE], const char *directory, const char *name)
{
    int size = snprintf(out, JOURNAL_PATH_SIZE, "%s/%s", directory, name);

    return size > 0 && size < JOURNAL_PATH_SIZE;
}

/* Reads the term of the last open from the lock file; 0 = unknown. With it, an older copy of the
 * database in its place is noticed. */
static uint64_t read_term(int fd)
{
    char text[32] = {0};

    if (pread(fd, text, sizeof text - 1, 0) <= 0)
        return 0;
    return strtoull(text, NULL, 10);
}

void journal_files_write_term(struct journal_files *files, uint64_t term)
{
    char text[32];
    int size = snprintf(text, sizeof text, "%" PRIu64 "\n", term);

    /* If this fails, a restored database goes unnoticed; nothing else needs the term. */
    if (files->lock_fd >= 0 && pwrite(files->lock_fd, text, (size_t)size, 0) == size)
        files->term = term;
}

static enum err take_lock(struct journal_files *files, char reason[JOURNAL_REASON_SIZE])
{
    files->lock_fd = open(files->lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (files->lock_fd < 0)
        return fail(reason, files->lock, errno);
    if (flock(files->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK)
            return fail(reason, files->lock, errno);
        (void)snprintf(reason, JOURNAL_REASON_SIZE, "%.200s: in use by another broker",
                       files->database);
        return ERR_BUSY;
    }
    files->term = read_term(files->lock_fd);
    return OK;
}

/* Syncs the directory: after a power loss a new file must still have its entry there. */
static void sync_directory(const char *directory)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return;
    (void)fsync(fd);
    (void)close(fd);
}

/* Returns a number that tells a file from a copy. It is made from the inode's number and its time
 * of creation, since numbers of inodes are reused at once. Where the file system does not store the
 * time, the inode's number must do. */
static uint64_t identify(int fd, const struct stat *status)
{
    uint64_t number = (uint64_t)status->st_ino;
    struct statx more;

    if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &more) == 0 && (more.stx_mask & STATX_BTIME) != 0)
        number ^= ((uint64_t)more.stx_btime.tv_sec << 30 ^ more.stx_btime.tv_nsec) *
                  UINT64_C(0x9e3779b97f4a7c15);
    return number & INT64_MAX; /* SQLite's integers are signed */
}

static enum err make_database(struct journal_files *files, const char *directory,
                              char reason[JOURNAL_REASON_SIZE])
{
    struct stat status;
    int fd = open(files->database, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return fail(reason, files->database, errno);
    if (fstat(fd, &status) != 0) {
        enum err err = fail(reason, files->database, errno);
        (void)close(fd);
        return err;
    }
    files->file = identify(fd, &status);
    if (status.st_size == 0)
        sync_directory(directory);
    (void)close(fd);
    return OK;
}

enum err journal_files_open(struct journal_files *files, const char *directory,
                            char reason[JOURNAL_REASON_SIZE])
{
    struct stat status;
    enum err err;

    *files = (struct journal_files){.lock_fd = -1};
    if (!join(files->database, directory, "belfry.db") ||
        !join(files->wal, directory, "belfry.db-wal") ||
        !join(files->lock, directory, "belfry.lock"))
        return fail(reason, directory, ENAMETOOLONG);
    if (stat(directory, &status) != 0)
        return fail(reason, directory, errno);
    if (!S_ISDIR(status.st_mode))
        return fail(reason, directory, ENOTDIR);
    err = take_lock(files, reason);
    if (err == OK)
        err = make_database(files, directory, reason);
    if (err != OK)
        journal_files_close(files);
    return err;
}

void journal_files_close(struct journal_files *files)
{
    if (files->lock_fd >= 0)
        (void)close(files->lock_fd);
    files->lock_fd = -1;
}

uint64_t journal_files_size(const struct journal_files *files)
{
    struct stat status;
    uint64_t size = 0;

    if (stat(files->database, &status) == 0)
        size += (uint64_t)status.st_size;
    if (stat(files->wal, &status) == 0)
        size += (uint64_t)status.st_size;
    return size;
}

void journal_boot_id(char out[BOOT_ID_SIZE])
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t size;

    memset(out, 0, BOOT_ID_SIZE);
    if (fd < 0)
        return;
    size = read(fd, out, BOOT_ID_SIZE - 1);
    (void)close(fd);
    if (size <= 0)
        out[0] = '\0';
    out[strcspn(out, "\n")] = '\0';
}
