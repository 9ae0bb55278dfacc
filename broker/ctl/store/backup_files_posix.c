/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Makes, copies, checks and renames the files of a backup. */

#include "broker/ctl/store/backup.h"

#include "broker/ctl/lib/cli_posix.h"
#include "broker/ctl/store/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum err fail(const char *path, int error, char reason[DATABASE_REASON_SIZE])
{
    (void)snprintf(reason, DATABASE_REASON_SIZE, "%.300s: %.180s", path, strerror(error));
    return ERR_IO;
}

enum err backup_make_file(const char *path, char reason[DATABASE_REASON_SIZE])
{
    int fd;

    if (unlink(path) != 0 && errno != ENOENT)
        return fail(path, errno, reason);
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(path, errno, reason);
    (void)close(fd);
    return OK;
}

/* Syncs the directory entry of a file to the disk. */
static void sync_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    char directory[DATABASE_PATH_SIZE] = ".";
    int fd;

    if (slash != NULL)
        (void)snprintf(directory, sizeof directory, "%.*s", (int)(slash - path) + 1, path);
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    (void)close(fd);
}

enum err backup_rename(const char *from, const char *to, char reason[DATABASE_REASON_SIZE])
{
    if (rename(from, to) != 0)
        return fail(to, errno, reason);
    sync_directory(to);
    return OK;
}

static void copying(unsigned permille)
{
    cli_progress("copying %u %%", permille / 10);
}

static void checking(unsigned permille)
{
    cli_progress("checking the copy %u %%", permille / 10);
}

/* Reports only the first problem; `belfry check` shows all. */
static enum err check_copy(struct database *copy, char reason[DATABASE_REASON_SIZE])
{
    struct check_report report;
    enum err err;

    check_report_init(&report);
    err = check_database(copy, false, checking, &report, reason);
    if (err == OK && report.problems > 0) {
        (void)snprintf(reason, DATABASE_REASON_SIZE,
                       "the log is damaged: %.200s (belfry check shows more)",
                       report.texts.size > 0 ? report.texts.data : "?");
        err = ERR_CORRUPT;
    }
    check_report_clear(&report);
    return err;
}

static enum err look_at_copy(const char *path, bool unchecked, struct database_info *out,
                             char reason[DATABASE_REASON_SIZE])
{
    struct database *copy = NULL;
    enum err err = database_open(path, &copy, reason);

    if (err == OK)
        err = database_info(copy, out, reason);
    if (err == OK && !unchecked)
        err = check_copy(copy, reason);
    database_close(copy);
    return err;
}

/* Copies the database without a check. Keeps the source open only for the copy, since the broker's
 * write-ahead log grows while a reader has it open. */
static enum err copy_only(const char *from, const char *path, bool other_log,
                          char reason[DATABASE_REASON_SIZE])
{
    struct database *database = NULL;
    enum err err = database_open(from, &database, reason);

    if (err == OK)
        err = backup_make_file(path, reason);
    if (err == OK) {
        err = database_copy(database, path, other_log, copying, reason);
        if (err != OK)
            (void)unlink(path);
    }
    database_close(database);
    return err;
}

enum err backup_copy(const char *from, const char *path, bool other_log, bool unchecked,
                     struct database_info *out_info, char reason[DATABASE_REASON_SIZE])
{
    enum err err = copy_only(from, path, other_log, reason);

    if (err == OK) {
        err = look_at_copy(path, unchecked, out_info, reason);
        if (err != OK)
            (void)unlink(path);
    }
    cli_progress_end();
    return err;
}
