/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/watch/stats.h"

#include "broker/ctl/lib/broker_client_posix.h"
#include "broker/ctl/lib/cli_posix.h"

struct stats_options {
    const char *broker;
    bool json;
};

static const struct option options[] = {
    CLI_BROKER_OPTION(struct stats_options),
    CLI_JSON_OPTION(struct stats_options),
};

static const struct cli_command stats_command = {
    .table = {.program = "belfry stats",
              .summary = "Shows the broker's counters and the edges that are connected to it.",
              .options = options,
              .count = sizeof(options) / sizeof(options[0])},
    .examples = "  belfry stats\n"
                "  belfry stats --broker tcp://10.0.0.1:7000 --json | jq .head\n",
};

static const struct cli_command edges_command = {
    .table = {.program = "belfry edges",
              .summary = "Shows the edges that are connected to the broker.",
              .options = options,
              .count = sizeof(options) / sizeof(options[0])},
    .examples = "  belfry edges\n"
                "  belfry edges --json | jq 'map(.streams) | add'\n",
};

/* Appends the reply unchanged, and a line end. */
static enum err as_it_is(struct slice json, struct buf *out)
{
    buf_slice(out, json);
    buf_char(out, '\n');
    return OK;
}

static int run(const struct cli_command *command, const char *broker,
               enum err (*write)(struct slice json, struct buf *out))
{
    char reason[BROKER_CLIENT_REASON_SIZE];
    struct broker_client *client = NULL;
    struct buf json;
    struct buf text;
    int status;

    buf_init(&json, BROKER_CLIENT_TEXT_MAX);
    buf_init(&text, BROKER_CLIENT_TEXT_MAX);
    if (broker_client_open(broker, &client, reason) != OK ||
        broker_client_command(client, "stats", NULL, 0, &json, reason) != OK)
        status = cli_fail(command, CLI_FAILED, "%s", reason);
    else if (write(buf_all(&json), &text) != OK)
        status = cli_fail(command, CLI_FAILED, "the broker's reply is not a JSON object");
    else
        status = cli_show(command, &text, CLI_OK);
    buf_clear(&text);
    buf_clear(&json);
    broker_client_close(client);
    return status;
}

int stats_main(int argc, char **argv)
{
    struct stats_options o;
    int operands;
    int status;

    if (!cli_begin(&stats_command, &o, argc, argv, &operands, &status))
        return status;
    return run(&stats_command, o.broker, o.json ? as_it_is : stats_table);
}

int edges_main(int argc, char **argv)
{
    struct stats_options o;
    int operands;
    int status;

    if (!cli_begin(&edges_command, &o, argc, argv, &operands, &status))
        return status;
    return run(&edges_command, o.broker, o.json ? stats_edges_json : stats_edges);
}
