/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/version.h"

#include "broker/ctl/lib/cli_posix.h"
#include "common/process/version.h"

struct version_options {
    bool json;
};

static const struct option options[] = {
    CLI_JSON_OPTION(struct version_options),
};

static const struct cli_command command = {
    .table = {.program = "belfry version",
              .summary = "Shows the version and, if known, the git commit of the build. belfry "
                         "--version shows the same.",
              .options = options,
              .count = sizeof options / sizeof options[0]},
    .examples = "  belfry version\n"
                "  belfry version --json\n",
};

int version_main(int argc, char **argv)
{
    struct version_options o;
    struct buf text;
    int operands;
    int status;

    if (!cli_begin(&command, &o, argc, argv, &operands, &status))
        return status;
    buf_init(&text, 1024);
    if (o.json)
        buf_printf(&text, "{\"version\":\"%s\",\"commit\":\"%s\"}\n", version_number,
                   version_commit);
    else
        buf_printf(&text, "belfry %s\n", version_text);
    status = cli_show(&command, &text, CLI_OK);
    buf_clear(&text);
    return status;
}
