/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/watch/audit.h"

#include "broker/ctl/lib/broker_client_posix.h"
#include "broker/ctl/lib/cli_posix.h"

#include <poll.h>
#include <stdio.h>

#define LOOK_MS 250 /* between two requests */
/* An edge that has not sent its counters for this long is no longer in the broker's table. */
#define FRESH_MS 10000

struct audit_options {
    const char *broker;
    bool json;
    uint64_t wait_ms;
};

static const struct option options[] = {
    CLI_BROKER_OPTION(struct audit_options),
    CLI_JSON_OPTION(struct audit_options),
    {.name = "wait",
     .type = OPTION_DURATION,
     .fallback = "5s",
     .max = 600000,
     .help = "Maximum time to wait for a moment without changes.",
     .field = offsetof(struct audit_options, wait_ms)},
};

static const struct cli_command command = {
    .table = {.program = "belfry audit",
              .summary =
                  "Checks that the counters of a running system agree: that no record is lost "
                  "or repeated between\nthe edges and the log. Exit status 3: they do not.",
              .options = options,
              .count = sizeof(options) / sizeof(options[0])},
    .examples = "  belfry audit\n"
                "  belfry audit --json | jq '.books[] | select(.state == \"off\")'\n",
};

/* Makes the later reply the earlier one. */
static void move_on(struct buf *first, struct buf *second)
{
    struct buf old = *first;

    *first = *second;
    *second = old;
    buf_reset(second);
}

/* Takes two replies that can be compared: of a quiet system, if there is such a moment within
 * `wait_ms`. */
static enum err take_pair(struct broker_client *client, uint64_t wait_ms, struct buf *first,
                          struct buf *second, char reason[BROKER_CLIENT_REASON_SIZE])
{
    uint64_t begin = cli_now_ms();
    enum audit_pair pair = AUDIT_STALE;
    enum err err = broker_client_command(client, "stats", NULL, 0, first, reason);

    while (err == OK) {
        uint64_t spent = cli_now_ms() - begin;

        if (pair == AUDIT_QUIET || (pair == AUDIT_MOVING && spent >= wait_ms) ||
            spent >= wait_ms + FRESH_MS)
            break;
        if (pair == AUDIT_MOVING)
            move_on(first, second);
        (void)poll(NULL, 0, LOOK_MS);
        buf_reset(second);
        err = broker_client_command(client, "stats", NULL, 0, second, reason);
        if (err == OK && audit_compare(buf_all(first), buf_all(second), &pair) != OK) {
            (void)snprintf(reason, BROKER_CLIENT_REASON_SIZE, "the broker's reply has no counters");
            err = ERR_MALFORMED;
        }
    }
    if (err == OK && pair == AUDIT_STALE) {
        (void)snprintf(reason, BROKER_CLIENT_REASON_SIZE, "an edge no longer sends its counters");
        err = ERR_TIMEOUT;
    }
    return err;
}

static int show(const struct audit *a, bool json)
{
    struct buf text;
    int status = audit_is_balanced(a) ? CLI_OK : CLI_FOUND;

    buf_init(&text, BROKER_CLIENT_TEXT_MAX);
    if (json)
        audit_write_json(a, &text);
    else
        audit_write(a, &text);
    status = cli_show(&command, &text, status);
    buf_clear(&text);
    return status;
}

static int look(struct broker_client *client, const struct audit_options *o)
{
    char reason[BROKER_CLIENT_REASON_SIZE];
    struct audit audit;
    struct buf first;
    struct buf second;
    int status;

    audit_init(&audit);
    buf_init(&first, BROKER_CLIENT_TEXT_MAX);
    buf_init(&second, BROKER_CLIENT_TEXT_MAX);
    if (take_pair(client, o->wait_ms, &first, &second, reason) != OK)
        status = cli_fail(&command, CLI_FAILED, "%s", reason);
    else if (audit_evaluate(&audit, buf_all(&first), buf_all(&second)) != OK)
        status = cli_fail(&command, CLI_FAILED, "the broker's reply has no counters");
    else
        status = show(&audit, o->json);
    audit_clear(&audit);
    buf_clear(&first);
    buf_clear(&second);
    return status;
}

int audit_main(int argc, char **argv)
{
    char reason[BROKER_CLIENT_REASON_SIZE];
    struct broker_client *client;
    struct audit_options o;
    int operands;
    int status;

    if (!cli_begin(&command, &o, argc, argv, &operands, &status))
        return status;
    if (broker_client_open(o.broker, &client, reason) != OK)
        return cli_fail(&command, CLI_FAILED, "%s", reason);
    status = look(client, &o);
    broker_client_close(client);
    return status;
}
