/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/store/check.h"

#include "broker/ctl/lib/cli_posix.h"

struct check_options {
    bool quick;
    bool json;
};

static const struct option options[] = {
    {.name = "quick",
     .type = OPTION_FLAG,
     .help = "Do not compare SQLite's indexes with their tables.",
     .field = offsetof(struct check_options, quick)},
    CLI_JSON_OPTION(struct check_options),
};

static const struct cli_command command = {
    .table = {.program = "belfry check",
              .summary = "Checks a database for damage. FILE is a belfry.db, a backup, or a data "
                         "directory; it is only\n"
                         "read. Exit status 3: it is damaged.",
              .operands = "FILE",
              .options = options,
              .count = sizeof(options) / sizeof(options[0])},
    .examples =
        "  belfry check backup.db\n"
        "  belfry check ./belfry-data           # while its broker is busy, check a backup\n"
        "  belfry check backup.db --json | jq .whole\n",
    .operands_min = 1,
    .operands_max = 1,
};

static void show_progress(unsigned permille)
{
    cli_progress("checking %u %%", permille / 10);
}

static int show_report(const struct check_options *o, const char *path,
                       const struct check_report *report)
{
    struct buf text;
    int status;

    cli_progress_end();
    buf_init(&text, 1u << 20);
    if (o->json)
        check_report_json(report, path, &text);
    else
        check_report_text(report, path, &text);
    status = cli_show(&command, &text, report->problems == 0 ? CLI_OK : CLI_FOUND);
    buf_clear(&text);
    return status;
}

int check_main(int argc, char **argv)
{
    char reason[DATABASE_REASON_SIZE];
    char path[DATABASE_PATH_SIZE];
    struct database *database = NULL;
    struct check_options o;
    struct check_report report;
    int operands;
    int status;
    enum err err;

    if (!cli_begin(&command, &o, argc, argv, &operands, &status))
        return status;
    if (database_find(argv[0], path) != OK)
        return cli_fail(&command, CLI_FAILED, "the file name is too long");
    err = database_open(path, &database, reason);
    if (err != OK)
        return cli_fail(&command, err == ERR_CORRUPT ? CLI_FOUND : CLI_FAILED, "%s", reason);
    check_report_init(&report);
    if (check_database(database, o.quick, show_progress, &report, reason) != OK)
        status = cli_fail(&command, CLI_FAILED, "%s: %s", path, reason);
    else
        status = show_report(&o, path, &report);
    check_report_clear(&report);
    database_close(database);
    return status;
}
