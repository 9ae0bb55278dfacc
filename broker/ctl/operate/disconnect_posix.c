/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* `belfry disconnect`: ends streams. */

#include "broker/ctl/operate/operate.h"

#include "broker/ctl/lib/cli_posix.h"
#include "broker/ctl/lib/json_read.h"
#include "broker/ctl/operate/edge_command_posix.h"
#include "common/base/mem.h"
#include "common/wire/session_id.h"

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
     .help = "All streams that receive this topic, or subscribe to this selector.",
     .field = offsetof(struct disconnect_options, topic)},
    {.name = "member",
     .type = OPTION_STRING,
     .value = "MEMBER",
     .help = "All streams of this member (a token's subject, or a name).",
     .field = offsetof(struct disconnect_options, member)},
    OPERATE_EDGE_OPTION(struct disconnect_options),
    OPERATE_YES_OPTION(struct disconnect_options),
    CLI_JSON_OPTION(struct disconnect_options),
};

static const struct cli_command command = {
    .table = {.program = "belfry disconnect",
              .summary =
                  "Ends streams. Their clients reconnect later and resume without a gap; to keep "
                  "a client\nout, let its token expire.",
              .operands = "[CLIENT...]",
              .options = options,
              .count = sizeof(options) / sizeof(options[0])},
    .examples = "  belfry disconnect 3b0c5a1f9d2e4876-42     # an id from belfry clients\n"
                "  belfry disconnect --member ann --yes\n"
                "  belfry disconnect --topic room/7 --edge edge-1\n",
    .operands_max = -1,
};

struct selection {
    const char *kind;
    const char *value;
};

/* Progress through the streams of an edge, which takes several requests. */
struct progress {
    uint64_t after; /* number of the last stream examined; 0 = all were examined */
    uint64_t upto;  /* streams with a higher number are newer than the command and stay open */
    uint64_t ended; /* number of streams ended */
};

static struct slice number_text(uint64_t number, char text[24])
{
    return slice_of(text, (size_t)snprintf(text, 24, "%" PRIu64, number));
}

/* Ends the next streams. */
static enum err end_some(struct broker_client *client, const char *edge,
                         const struct selection *selection, struct progress *progress,
                         char reason[BROKER_CLIENT_REASON_SIZE])
{
    char after[24];
    char upto[24];
    const struct slice arguments[] = {slice_str(selection->kind), slice_str(selection->value),
                                      number_text(progress->after, after),
                                      number_text(progress->upto, upto)};
    uint64_t count = 0;
    uint64_t last = 0;
    struct buf json;
    enum err err;

    buf_init(&json, BROKER_CLIENT_TEXT_MAX);
    err = edge_command_send(client, edge, "disconnect", arguments, 4, &json, reason);
    if (err == OK && (!json_read_number_of(buf_all(&json), "disconnected", &count) ||
                      !json_read_number_of(buf_all(&json), "upto", &last))) {
        (void)snprintf(reason, BROKER_CLIENT_REASON_SIZE, "%.64s: unexpected answer", edge);
        err = ERR_MALFORMED;
    }
    if (err == OK) {
        progress->ended += count;
        progress->upto = last;
        if (!json_read_number_of(buf_all(&json), "next", &progress->after))
            progress->after = 0;
    }
    buf_clear(&json);
    return err;
}

static enum err end_on(struct broker_client *client, const char *edge,
                       const struct selection *selection, uint64_t upto, uint64_t *total,
                       char reason[BROKER_CLIENT_REASON_SIZE])
{
    struct progress progress = {.upto = upto};
    enum err err;

    do {
        err = end_some(client, edge, selection, &progress, reason);
    } while (err == OK && progress.after > 0);
    *total += progress.ended;
    return err;
}

/* Sets *out to the number of the edge's newest stream, by a request that begins after all streams
 * and so ends none. */
static enum err newest_stream(struct broker_client *client, const char *edge,
                              const struct selection *selection, uint64_t *out,
                              char reason[BROKER_CLIENT_REASON_SIZE])
{
    struct progress progress = {.after = UINT64_MAX, .upto = UINT64_MAX};
    enum err err = end_some(client, edge, selection, &progress, reason);

    if (err == OK)
        *out = progress.upto;
    return err;
}

/* Finds the newest stream of each edge before any stream is ended, so that a client that reconnects
 * to another edge is not disconnected again. Keeps the edges that answer, and returns their
 * number. */
static size_t find_newest(struct broker_client *client, const struct selection *selection,
                          struct edge_list_entry *edges, size_t count, uint64_t *upto, int *status)
{
    char reason[BROKER_CLIENT_REASON_SIZE];
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (newest_stream(client, edges[i].incarnation, selection, &upto[kept], reason) == OK)
            edges[kept++] = edges[i];
        else
            *status = cli_fail(&command, CLI_FAILED, "%s", reason);
    }
    return kept;
}

static int end_everywhere(const struct disconnect_options *o, struct broker_client *client,
                          const struct selection *selection, uint64_t *total)
{
    char reason[BROKER_CLIENT_REASON_SIZE];
    struct edge_list_entry *edges = NULL;
    uint64_t *upto;
    size_t count = 0;
    int status = CLI_OK;

    if (edge_command_targets(client, o->edge, &edges, &count, reason) != OK)
        return cli_fail(&command, CLI_FAILED, "%s", reason);
    upto = mem_alloc((count + 1) * sizeof *upto);
    count = find_newest(client, selection, edges, count, upto, &status);
    for (size_t i = 0; i < count; i++) {
        if (end_on(client, edges[i].incarnation, selection, upto[i], total, reason) != OK)
            status = cli_fail(&command, CLI_FAILED, "%s", reason);
    }
    mem_free(upto);
    mem_free(edges);
    return status;
}

/* Ends single streams by their ids. An id begins with its edge's incarnation. */
static int end_clients(struct broker_client *client, int count, char **ids, uint64_t *total)
{
    char reason[BROKER_CLIENT_REASON_SIZE];
    char edge[17];
    int status = CLI_OK;

    for (int i = 0; i < count; i++) {
        const struct selection selection = {"client", ids[i]};

        (void)snprintf(edge, sizeof edge, "%s", ids[i]);
        if (end_on(client, edge, &selection, UINT64_MAX, total, reason) != OK)
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

static const char *check_usage(const struct disconnect_options *o, int count, char **ids)
{
    int kinds = (count > 0) + (o->topic[0] != '\0') + (o->member[0] != '\0');
    uint64_t incarnation;
    uint64_t number;

    if (kinds != 1)
        return "give exactly one of CLIENT..., --member or --topic";
    if (count > 0 && o->edge[0] != '\0')
        return "--edge cannot be combined with CLIENT: a client's id names its edge";
    for (int i = 0; i < count; i++) {
        if (session_id_parse(slice_str(ids[i]), &incarnation, &number) != OK)
            return "CLIENT must be an id that belfry clients shows";
    }
    return NULL;
}

static bool confirm(const struct disconnect_options *o, int count, char **ids, int *out_status)
{
    const char *where = o->edge[0] == '\0' ? "all edges" : o->edge;

    if (count == 1)
        return edge_command_confirm(&command, o->yes, out_status, "End the stream %s", ids[0]);
    if (count > 1)
        return edge_command_confirm(&command, o->yes, out_status, "End %d streams", count);
    if (o->topic[0] != '\0')
        return edge_command_confirm(&command, o->yes, out_status,
                                    "End all streams that subscribe to \"%s\", on %s", o->topic,
                                    where);
    return edge_command_confirm(&command, o->yes, out_status,
                                "End all streams of the member \"%s\", on %s", o->member, where);
}

int disconnect_main(int argc, char **argv)
{
    char reason[BROKER_CLIENT_REASON_SIZE];
    struct broker_client *client = NULL;
    struct disconnect_options o;
    uint64_t total = 0;
    const char *error;
    struct selection selection;
    int operands;
    int status;

    if (!cli_begin(&command, &o, argc, argv, &operands, &status))
        return status;
    error = check_usage(&o, operands, argv);
    if (error != NULL)
        return cli_fail(&command, CLI_USAGE, "%s", error);
    if (!confirm(&o, operands, argv, &status))
        return status;
    if (broker_client_open(o.broker, &client, reason) != OK)
        return cli_fail(&command, CLI_FAILED, "%s", reason);
    selection = o.topic[0] != '\0' ? (struct selection){"topic", o.topic}
                                   : (struct selection){"member", o.member};
    status = operands > 0 ? end_clients(client, operands, argv, &total)
                          : end_everywhere(&o, client, &selection, &total);
    broker_client_close(client);
    return status == CLI_OK || total > 0 ? show(&o, total, status) : status;
}
