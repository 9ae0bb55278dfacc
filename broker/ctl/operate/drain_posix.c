/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* `belfry drain` and `belfry undrain`: take an edge out of service, and back. */

#include "broker/ctl/operate/operate.h"

#include "broker/ctl/lib/cli_posix.h"
#include "broker/ctl/lib/json_read.h"
#include "broker/ctl/lib/text.h"
#include "broker/ctl/operate/edge_command_posix.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>

#define LOOK_MS 200    /* interval of requests with --wait */
#define GRACE_MS 10000 /* --wait gives up this long after the drain window */

struct drain_options {
    const char *broker;
    bool wait;
    bool yes;
    bool json;
};

static const struct option drain_options[] = {
    CLI_BROKER_OPTION(struct drain_options),
    {.name = "wait",
     .type = OPTION_FLAG,
     .help = "Wait until all streams are closed.",
     .field = offsetof(struct drain_options, wait)},
    OPERATE_YES_OPTION(struct drain_options),
    CLI_JSON_OPTION(struct drain_options),
};

static const struct option undrain_options[] = {
    CLI_BROKER_OPTION(struct drain_options),
    CLI_JSON_OPTION(struct drain_options),
};

static const struct cli_command drain_command = {
    .table = {.program = "belfry drain",
              .summary =
                  "Takes an edge out of service: it reports not ready (/readyz), accepts no new "
                  "streams, and\ncloses the open ones over its --drain-window, so that clients "
                  "reconnect to other edges.\nOther requests are still answered. The edge stays "
                  "like this until it is stopped or put\nback with `belfry undrain`.",
              .operands = "EDGE",
              .options = drain_options,
              .count = sizeof(drain_options) / sizeof(drain_options[0])},
    .examples = "  belfry drain edge-1\n"
                "  belfry drain edge-1 --yes --wait     # then stop the edge's process\n",
    .operands_min = 1,
    .operands_max = 1,
};

static const struct cli_command undrain_command = {
    .table = {.program = "belfry undrain",
              .summary = "Puts an edge back into service after `belfry drain`.",
              .operands = "EDGE",
              .options = undrain_options,
              .count = sizeof(undrain_options) / sizeof(undrain_options[0])},
    .examples = "  belfry undrain edge-1\n",
    .operands_min = 1,
    .operands_max = 1,
};

struct state {
    uint64_t streams;
    uint64_t window_ms;
};

static enum err change(struct broker_client *client, const char *edge, const char *command,
                       struct buf *json, struct state *out, char reason[BROKER_CLIENT_REASON_SIZE])
{
    enum err err;

    buf_reset(json);
    err = edge_command_send(client, edge, command, NULL, 0, json, reason);
    if (err != OK)
        return err;
    if (json_read_number_of(buf_all(json), "streams", &out->streams) &&
        json_read_number_of(buf_all(json), "window_ms", &out->window_ms))
        return OK;
    (void)snprintf(reason, BROKER_CLIENT_REASON_SIZE, "%.64s: unexpected reply", edge);
    return ERR_MALFORMED;
}

/* Repeats the command until no stream is left. A repeated command changes nothing and returns the
 * number of streams left. */
static enum err wait_for_none(struct broker_client *client, const char *edge, struct buf *json,
                              struct state *state, char reason[BROKER_CLIENT_REASON_SIZE])
{
    uint64_t deadline = cli_now_ms() + state->window_ms + GRACE_MS;
    enum err err = OK;

    while (err == OK && state->streams > 0) {
        if (cli_now_ms() > deadline) {
            (void)snprintf(reason, BROKER_CLIENT_REASON_SIZE,
                           "%.64s: %" PRIu64 " streams are still open", edge, state->streams);
            return ERR_TIMEOUT;
        }
        cli_progress("%" PRIu64 " streams left", state->streams);
        (void)poll(NULL, 0, LOOK_MS);
        err = change(client, edge, "drain", json, state, reason);
    }
    cli_progress_end();
    return err;
}

static int show(const struct cli_command *command, const struct drain_options *o, const char *edge,
                bool drains, const struct state *state, const struct buf *json)
{
    char window[TEXT_SIZE];
    struct buf text;
    int status;

    buf_init(&text, 65536);
    text_duration((double)state->window_ms, window);
    if (o->json)
        buf_slice(&text, buf_all(json));
    else if (!drains)
        buf_printf(&text, "%s accepts streams again", edge);
    else if (state->streams == 0)
        buf_printf(&text, "%s is drained", edge);
    else
        buf_printf(&text, "%s is draining: %" PRIu64 " stream%s close%s within %s", edge,
                   state->streams, state->streams == 1 ? "" : "s", state->streams == 1 ? "s" : "",
                   window);
    buf_char(&text, '\n');
    status = cli_show(command, &text, CLI_OK);
    buf_clear(&text);
    return status;
}

static int run(const struct cli_command *command, const struct drain_options *o, const char *edge,
               bool drains)
{
    char reason[BROKER_CLIENT_REASON_SIZE];
    struct broker_client *client = NULL;
    struct state state = {0};
    struct buf json;
    enum err err = broker_client_open(o->broker, &client, reason);
    int status;

    buf_init(&json, BROKER_CLIENT_TEXT_MAX);
    if (err == OK)
        err = change(client, edge, drains ? "drain" : "undrain", &json, &state, reason);
    if (err == OK && o->wait)
        err = wait_for_none(client, edge, &json, &state, reason);
    status = err == OK ? show(command, o, edge, drains, &state, &json)
                       : cli_fail(command, CLI_FAILED, "%s", reason);
    buf_clear(&json);
    broker_client_close(client);
    return status;
}

int drain_main(int argc, char **argv)
{
    struct drain_options o;
    int operands;
    int status;

    if (!cli_begin(&drain_command, &o, argc, argv, &operands, &status) ||
        !edge_command_confirm(&drain_command, o.yes, &status, "Take %s out of service", argv[0]))
        return status;
    return run(&drain_command, &o, argv[0], true);
}

int undrain_main(int argc, char **argv)
{
    struct drain_options o = {0};
    int operands;
    int status;

    if (!cli_begin(&undrain_command, &o, argc, argv, &operands, &status))
        return status;
    return run(&undrain_command, &o, argv[0], false);
}
