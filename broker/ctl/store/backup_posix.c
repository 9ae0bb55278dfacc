/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/store/backup.h"

#include "broker/ctl/lib/cli_posix.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct backup_options {
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
     .help = "Data directory of the broker.",
     .field = offsetof(struct backup_options, data)},
    {.name = "check",
     .type = OPTION_FLAG,
     .fallback = "yes",
     .help = "Check the copy for damage, as belfry check does.",
     .field = offsetof(struct backup_options, check)},
    {.name = "force",
     .type = OPTION_FLAG,
     .help = "Replace FILE if it exists.",
     .field = offsetof(struct backup_options, force)},
    CLI_JSON_OPTION(struct backup_options),
};

static const struct cli_command command = {
    .table = {.program = "belfry backup",
              .summary = "Copies the current log to FILE, also while its broker runs. FILE appears "
                         "only once it is\n"
                         "complete.",
              .operands = "FILE",
              .options = options,
              .count = sizeof(options) / sizeof(options[0])},
    .examples = "  belfry backup /backup/belfry-$(date +%F).db\n"
                "  belfry backup --data /var/lib/belfry --force /backup/latest.db\n",
    .operands_min = 1,
    .operands_max = 1,
};

/* Returns whether the file is the log itself, or another database that a process has open. */
static bool is_alive(const char *from, const char *file)
{
    char wal[DATABASE_PATH_SIZE];
    struct stat source;
    struct stat target;
    int size = snprintf(wal, sizeof wal, "%s-wal", file);

    if (stat(file, &target) != 0)
        return false;
    if (stat(from, &source) == 0 && source.st_ino == target.st_ino &&
        source.st_dev == target.st_dev)
        return true;
    return size > 0 && size < DATABASE_PATH_SIZE && stat(wal, &source) == 0;
}

static int run(const struct backup_options *o, const char *file)
{
    char from[DATABASE_PATH_SIZE];
    char partial[DATABASE_PATH_SIZE];
    char reason[DATABASE_REASON_SIZE];
    struct database_info info;
    struct stat status;
    struct buf text;
    int size = snprintf(partial, sizeof partial, "%s.partial", file);
    int result;
    enum err err;

    if (database_find(o->data, from) != OK || size < 0 || size >= DATABASE_PATH_SIZE)
        return cli_fail(&command, CLI_FAILED, "a file name is too long");
    if (!o->force && lstat(file, &status) == 0)
        return cli_fail(&command, CLI_FAILED, "%s: file exists; --force replaces it", file);
    if (is_alive(from, file))
        return cli_fail(&command, CLI_FAILED, "%s: is a database in use", file);
    err = backup_copy(from, partial, false, !o->check, &info, reason);
    if (err == ERR_NOT_FOUND)
        return cli_fail(&command, CLI_FAILED, "%s; give the broker's directory with --data",
                        reason);
    if (err != OK || backup_rename(partial, file, reason) != OK)
        return cli_fail(&command, CLI_FAILED, "%s", reason);
    buf_init(&text, 65536);
    backup_report(file, &info, o->json, &text);
    result = cli_show(&command, &text, CLI_OK);
    buf_clear(&text);
    return result;
}

int backup_main(int argc, char **argv)
{
    struct backup_options o;
    int operands;
    int status;

    if (!cli_begin(&command, &o, argc, argv, &operands, &status))
        return status;
    return run(&o, argv[0]);
}
