/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/operator_posix.h"

#include "broker/ctl/cli_posix.h"
#include "common/mem.h"
#include "common/number.h"

#include <inttypes.h>
#include <stdio.h>

struct disconnect_options {
    const char *broker;
    const char *topic;
    const char *member;
    const char *edge;
    bool yes;
    bool json;
};

static const struct option options[] = {
    CLI_BROKER_OPTION(struct disconnect_options),
    {.name = "topic",
     .type = OPTION_STRING,
     .value = "TOPIC",
     .help = "All that get what is published to it, or listen to just this selector.",
     .field = offsetof(struct disconnect_options, topic)},
    {.name = "member",
     .type = OPTION_STRING,
     .value = "MEMBER",
     .help = "All of this member (a token's subject, or a name).",
     .field = offsetof(struct disconnect_options, member)},
    OPERATOR_EDGE_OPTION(struct disconnect_options),
    OPERATOR_YES_OPTION(struct disconnect_options),
    CLI_JSON_OPTION(struct disconnect_options),
};

static const struct cli_command command = {
    .table = {.program = "belfry disconnect",
              .summary =
                  "Ends streams. They are told when to come back, and go on where they were; "
                  "to keep\nsomebody out, let the token run out.",
              .operands = "[CLIENT...]",
              .options = options,
              .count = sizeof(options) / sizeof(options[0])},
    .examples = "  belfry disconnect 3b0c5a1f9d2e4876-42     (as belfry clients shows it)\n"
                "  belfry disconnect --member ann --yes\n"
                "  belfry disconnect --topic room/7 --edge edge-1\n",
    .operands_max = -1,
};

struct wish {
    const char *kind;
    const char *which;
};

/* Some at a time, and none that came after we began. */
static enum err end_on(struct request_link *link, const char *edge, const struct wish *wish,
                       uint64_t *total, char reason[REQUEST_REASON_SIZE])
{
    uint64_t next = 0;
    char after[24] = "";
    char upto[24] = "";
    struct buf json;
    enum err err;

    buf_init(&json, REQUEST_TEXT_MAX);
    do {
        const struct slice arguments[] = {slice_str(wish->kind), slice_str(wish->which),
                                          slice_str(after), slice_str(upto)};
        uint64_t count = 0;
        uint64_t last = 0;

        buf_reset(&json);
        err = operator_ask(link, edge, "disconnect", arguments, 4, &json, reason);
        if (err != OK)
            break;
        if (!operator_number(buf_all(&json), "disconnected", &count) ||
            !operator_number(buf_all(&json), "upto", &last)) {
            (void)snprintf(reason, REQUEST_REASON_SIZE,
                           "%.64s: the answer is none to this question", edge);
            err = ERR_MALFORMED;
            break;
        }
        *total += count;
        if (!operator_number(buf_all(&json), "next", &next))
            next = 0;
        (void)snprintf(after, sizeof after, "%" PRIu64, next);
        (void)snprintf(upto, sizeof upto, "%" PRIu64, last);
    } while (next > 0);
    buf_clear(&json);
    return err;
}

static int end_everywhere(const struct disconnect_options *o, struct request_link *link,
                          const struct wish *wish, uint64_t *total)
{
    char reason[REQUEST_REASON_SIZE];
    struct operator_edge *edges = NULL;
    size_t count = 0;
    int status = CLI_OK;

    if (operator_edges(link, o->edge, &edges, &count, reason) != OK)
        return cli_fail(&command, CLI_FAILED, "%s", reason);
    for (size_t i = 0; i < count; i++) {
        if (end_on(link, edges[i].incarnation, wish, total, reason) != OK)
            status = cli_fail(&command, CLI_FAILED, "%s", reason);
    }
    mem_free(edges);
    return status;
}

/* An id begins with its edge's incarnation. */
static int end_clients(struct request_link *link, int count, char **ids, uint64_t *total)
{
    char reason[REQUEST_REASON_SIZE];
    char edge[17];
    int status = CLI_OK;

    for (int i = 0; i < count; i++) {
        const struct wish wish = {"client", ids[i]};

        (void)snprintf(edge, sizeof edge, "%s", ids[i]);
        if (end_on(link, edge, &wish, total, reason) != OK)
            status = cli_fail(&command, CLI_FAILED, "%.64s: %s", ids[i], reason);
    }
    return status;
}

static int show(const struct disconnect_options *o, uint64_t total, int status)
{
    struct buf text;

    buf_init(&text, 4096);
    if (o->json)
        buf_printf(&text, "{\"disconnected\":%" PRIu64 "}\n", total);
    else
        buf_printf(&text, "%" PRIu64 " stream%s ended\n", total, total == 1 ? "" : "s");
    status = cli_show(&command, &text, status);
    buf_clear(&text);
    return status;
}

static const char *find_mistake(const struct disconnect_options *o, int count, char **ids)
{
    int kinds = (count > 0) + (o->topic[0] != '\0') + (o->member[0] != '\0');
    uint64_t incarnation;
    uint64_t number;

    if (kinds != 1)
        return "say whom: CLIENT..., --member or --topic, one of these";
    if (count > 0 && o->edge[0] != '\0')
        return "--edge: a client's id says which edge has it";
    for (int i = 0; i < count; i++) {
        if (session_parse(slice_str(ids[i]), &incarnation, &number) != OK)
            return "a client is named as belfry clients shows it";
    }
    return NULL;
}

static bool confirm(const struct disconnect_options *o, int count, char **ids, int *out_status)
{
    const char *where = o->edge[0] == '\0' ? "all edges" : o->edge;

    if (count == 1)
        return operator_confirm(&command, o->yes, out_status, "End the stream %s", ids[0]);
    if (count > 1)
        return operator_confirm(&command, o->yes, out_status, "End %d streams", count);
    if (o->topic[0] != '\0')
        return operator_confirm(&command, o->yes, out_status,
                                "End all streams that listen to \"%s\", on %s", o->topic, where);
    return operator_confirm(&command, o->yes, out_status,
                            "End all streams of the member \"%s\", on %s", o->member, where);
}

int disconnect_main(int argc, char **argv)
{
    char reason[REQUEST_REASON_SIZE];
    struct request_link *link = NULL;
    struct disconnect_options o;
    uint64_t total = 0;
    const char *mistake;
    struct wish wish;
    int operands;
    int status;

    if (!cli_begin(&command, &o, argc, argv, &operands, &status))
        return status;
    mistake = find_mistake(&o, operands, argv);
    if (mistake != NULL)
        return cli_fail(&command, CLI_USAGE, "%s", mistake);
    if (!confirm(&o, operands, argv, &status))
        return status;
    if (request_open(o.broker, &link, reason) != OK)
        return cli_fail(&command, CLI_FAILED, "%s", reason);
    wish = o.topic[0] != '\0' ? (struct wish){"topic", o.topic} : (struct wish){"member", o.member};
    status = operands > 0 ? end_clients(link, operands, argv, &total)
                          : end_everywhere(&o, link, &wish, &total);
    request_close(link);
    return status == CLI_OK || total > 0 ? show(&o, total, status) : status;
}
