/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/stats.h"

#include "broker/ctl/request_posix.h"
#include "common/options.h"
#include "common/process_posix.h"

#include <stdio.h>

#define REPLY_SIZE_MAX (16u << 20)

extern char **environ;

struct stats_options {
    const char *broker;
    bool json;
};

static const struct option options[] = {
    {.name = "broker",
     .type = OPTION_STRING,
     .fallback = "ipc://./belfry-data/run",
     .value = "ADDRESS",
     .help = "The broker's base address: ipc://DIR or tcp://HOST:PORT.",
     .field = offsetof(struct stats_options, broker)},
    {.name = "json",
     .type = OPTION_FLAG,
     .help = "Show the broker's reply as it is.",
     .field = offsetof(struct stats_options, json)},
};

static const struct option_table table = {
    .program = "belfry stats",
    .summary = "Shows what the broker counts, and the edges that it knows.",
    .options = options,
    .count = sizeof(options) / sizeof(options[0]),
};

static int fail(int status, const char *reason)
{
    (void)fprintf(stderr, "belfry stats: %s\n", reason);
    return status;
}

static int show(struct slice text)
{
    (void)fwrite(text.data, 1, text.size, stdout);
    if (fflush(stdout) != 0)
        return fail(1, "could not write the answer");
    return 0;
}

static int run(const struct stats_options *o)
{
    char reason[REQUEST_REASON_SIZE];
    struct buf json;
    struct buf text;
    int status;

    buf_init(&json, REPLY_SIZE_MAX);
    buf_init(&text, REPLY_SIZE_MAX);
    if (request_send(o->broker, "stats", NULL, 0, &json, reason) != OK) {
        status = fail(1, reason);
    } else if (o->json) {
        buf_char(&json, '\n');
        status = show(buf_all(&json));
    } else if (stats_table(buf_all(&json), &text) != OK) {
        status = fail(1, "the broker's answer is no JSON object");
    } else {
        status = show(buf_all(&text));
    }
    buf_clear(&text);
    buf_clear(&json);
    return status;
}

int stats_main(int argc, char **argv)
{
    char reason[OPTIONS_REASON_SIZE];
    struct stats_options o;
    int operands = 0;
    bool help = false;

    options_defaults(&table, &o);
    if (options_environment(&table, &o, environ, reason) != OK ||
        options_arguments(&table, &o, argc, argv, &operands, &help, reason) != OK)
        return fail(2, reason);
    if (help)
        return process_show_help(&table);
    if (operands > 0) {
        (void)snprintf(reason, sizeof(reason), "unexpected argument \"%.200s\"", argv[0]);
        return fail(2, reason);
    }
    return run(&o);
}
