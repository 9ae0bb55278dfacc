/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* `belfry restore FILE`: replaces the log with a backup. */

#include "broker/ctl/store/backup.h"

#include "broker/ctl/lib/cli_posix.h"
#include "broker/ctl/lib/text.h"
#include "common/process/clock_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct restore_options {
    const char *data;
    bool force;
    bool check;
    bool json;
};

static const struct option options[] = {
    {.name = "data",
     .type = OPTION_STRING,
     .fallback = "./belfry-data",
     .value = "DIR",
     .help = "Data directory of the broker; created if missing.",
     .field = offsetof(struct restore_options, data)},
    {.name = "check",
     .type = OPTION_FLAG,
     .fallback = "yes",
     .help = "Check the copy for damage before it replaces the log.",
     .field = offsetof(struct restore_options, check)},
    {.name = "force",
     .type = OPTION_FLAG,
     .help = "Rename an existing log to belfry.db.old-TIME.",
     .field = offsetof(struct restore_options, force)},
    CLI_JSON_OPTION(struct restore_options),
};

static const struct cli_command command = {
    .table = {.program = "belfry restore",
              .summary =
                  "Replaces the log with a backup. The broker must not run. The restored log "
                  "gets a new epoch,\n"
                  "so clients cannot resume: they receive belfry.gap.",
              .operands = "FILE",
              .options = options,
              .count = sizeof(options) / sizeof(options[0])},
    .examples = "  belfry restore /backup/belfry-2026-11-20.db\n"
                "  belfry restore --data /var/lib/belfry --force /backup/latest.db\n",
    .operands_min = 1,
    .operands_max = 1,
};

struct restore {
    const struct restore_options *options;
    const char *file;
    char database[DATABASE_PATH_SIZE];
    char fresh[DATABASE_PATH_SIZE]; /* path of the new database until it is renamed */
    char aside[DATABASE_PATH_SIZE]; /* new name of the old log; "" = there was none */
    int lock_fd;
    struct database_info info;
    char reason[DATABASE_REASON_SIZE];
};

static enum err fail(struct restore *r, const char *path, const char *why)
{
    (void)snprintf(r->reason, sizeof r->reason, "%.300s: %.180s", path, why);
    return ERR_IO;
}

static bool join(char out[DATABASE_PATH_SIZE], const char *directory, const char *name)
{
    int size = snprintf(out, DATABASE_PATH_SIZE, "%s%s", directory, name);

    return size > 0 && size < DATABASE_PATH_SIZE;
}

/* Creates the data directory and takes the lock that a running broker holds. */
static enum err take_directory(struct restore *r)
{
    const char *data = r->options->data;
    char lock[DATABASE_PATH_SIZE];

    if (mkdir(data, 0700) != 0 && errno != EEXIST)
        return fail(r, data, strerror(errno));
    if (!join(lock, data, "/belfry.lock") || !join(r->database, data, "/belfry.db") ||
        !join(r->fresh, data, "/belfry.db.partial"))
        return fail(r, data, strerror(ENAMETOOLONG));
    r->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (r->lock_fd < 0)
        return fail(r, lock, strerror(errno));
    if (flock(r->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return fail(r, data, "in use by a broker; stop it first");
    return OK;
}

static enum err find_aside(struct restore *r)
{
    char time[TEXT_SIZE];
    char name[TEXT_SIZE + 32];
    struct stat status;

    r->aside[0] = '\0';
    if (lstat(r->database, &status) != 0)
        return OK;
    if (!r->options->force)
        return fail(r, r->database, "a log exists; --force renames it");
    text_second(clock_unix_ms(), time);
    (void)snprintf(name, sizeof name, "/belfry.db.old-%s", time);
    if (!join(r->aside, r->options->data, name))
        return fail(r, r->options->data, strerror(ENAMETOOLONG));
    if (lstat(r->aside, &status) == 0)
        return fail(r, r->aside, "file exists; try again in a second");
    return OK;
}

/* Renames the old log, then its write-ahead log. If a crash interrupts this, the next broker makes
 * a new log, and SQLite deletes the write-ahead log of an empty database. In the opposite order,
 * the old log would lose its end. */
static enum err put_aside(struct restore *r)
{
    char from[DATABASE_PATH_SIZE];
    char to[DATABASE_PATH_SIZE];
    struct stat status;
    enum err err;

    if (r->aside[0] != '\0') {
        err = backup_rename(r->database, r->aside, r->reason);
        if (err != OK)
            return err;
    }
    if (!join(from, r->database, "-wal") || !join(to, r->aside[0] != '\0' ? r->aside : r->database,
                                                  r->aside[0] != '\0' ? "-wal" : "-wal.old"))
        return fail(r, r->database, strerror(ENAMETOOLONG));
    if (lstat(from, &status) == 0) {
        err = backup_rename(from, to, r->reason);
        if (err != OK)
            return err;
    }
    if (join(from, r->database, "-shm"))
        (void)unlink(from);
    return OK;
}

static enum err restore(struct restore *r)
{
    enum err err = take_directory(r);

    if (err == OK)
        err = find_aside(r);
    if (err == OK)
        err = backup_copy(r->file, r->fresh, true, !r->options->check, &r->info, r->reason);
    if (err == OK)
        err = put_aside(r);
    if (err == OK)
        err = backup_rename(r->fresh, r->database, r->reason);
    return err;
}

static int show(const struct restore *r)
{
    struct buf text;
    int status;

    buf_init(&text, 65536);
    backup_report(r->database, &r->info, r->options->json, &text);
    status = cli_show(&command, &text, CLI_OK);
    buf_clear(&text);
    if (r->aside[0] != '\0' && !r->options->json)
        cli_note("The old log was renamed to %s", r->aside);
    return status;
}

int restore_main(int argc, char **argv)
{
    struct restore_options o;
    struct restore r = {.options = &o, .lock_fd = -1};
    char file[DATABASE_PATH_SIZE];
    int operands;
    int status;

    if (!cli_begin(&command, &o, argc, argv, &operands, &status))
        return status;
    if (database_find(argv[0], file) != OK)
        return cli_fail(&command, CLI_FAILED, "the file name is too long");
    r.file = file;
    status = restore(&r) == OK ? show(&r) : cli_fail(&command, CLI_FAILED, "%s", r.reason);
    if (r.lock_fd >= 0)
        (void)close(r.lock_fd);
    return status;
}
