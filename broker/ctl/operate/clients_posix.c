/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* `belfry clients`: shows the open streams of the edges. */

#include "broker/ctl/operate/operate.h"

#include "broker/ctl/lib/cli_posix.h"
#include "broker/ctl/operate/clients_list.h"
#include "broker/ctl/operate/edge_command_posix.h"
#include "common/base/mem.h"
#include "common/process/clock_posix.h"

#include <inttypes.h>
#include <stdio.h>

#define PAGE 1000 /* maximum that an edge returns at a time */
#define TEXT_MAX (256u << 20)

struct clients_options {
    const char *broker;
    const char *topic;
    const char *edge;
    uint64_t limit;
    bool json;
};

static const struct option options[] = {
    CLI_BROKER_OPTION(struct clients_options),
    {.name = "topic",
     .type = OPTION_STRING,
     .value = "TOPIC",
     .help = "Only streams that receive this topic, or subscribe to this selector.",
     .field = offsetof(struct clients_options, topic)},
    OPERATE_EDGE_OPTION(struct clients_options),
    {.name = "limit",
     .type = OPTION_NUMBER,
     .fallback = "100",
     .help = "Maximum number to show; 0 = all.",
     .field = offsetof(struct clients_options, limit)},
    CLI_JSON_OPTION(struct clients_options),
};

static const struct cli_command command = {
    .table = {.program = "belfry clients",
              .summary = "Shows the open streams of the edges.",
              .options = options,
              .count = sizeof(options) / sizeof(options[0])},
    .examples = "  belfry clients\n"
                "  belfry clients --topic room/7\n"
                "  belfry clients --edge edge-1 --limit 0 --json | jq 'map(.lag) | max'\n",
};

static bool is_full(const struct clients_options *o, const struct clients_list *list)
{
    return o->limit > 0 && clients_list_count(list) >= o->limit;
}

/* Collects an edge's streams page by page, up to the limit. Sets *out_cut if there are more. */
static enum err collect(const struct clients_options *o, struct broker_client *client,
                        const struct edge_list_entry *edge, struct clients_list *list,
                        bool *out_cut, char reason[BROKER_CLIENT_REASON_SIZE])
{
    uint64_t next = 0;
    struct buf json;
    enum err err;

    buf_init(&json, BROKER_CLIENT_TEXT_MAX);
    do {
        uint64_t left = o->limit == 0 ? PAGE : o->limit - clients_list_count(list);
        char after[24];
        char limit[24];
        struct slice arguments[3];

        (void)snprintf(after, sizeof after, "%" PRIu64, next);
        (void)snprintf(limit, sizeof limit, "%" PRIu64, left < PAGE ? left : PAGE);
        arguments[0] = slice_str(o->topic);
        arguments[1] = slice_str(after);
        arguments[2] = slice_str(limit);
        buf_reset(&json);
        err = edge_command_send(client, edge->incarnation, "clients", arguments, 3, &json, reason);
        if (err == OK) {
            err = clients_list_add(list, edge->name, buf_all(&json), &next);
            if (err != OK)
                (void)snprintf(reason, BROKER_CLIENT_REASON_SIZE,
                               "%.64s: the reply is not a list of clients", edge->name);
        }
    } while (err == OK && next > 0 && !is_full(o, list));
    *out_cut = *out_cut || next > 0;
    buf_clear(&json);
    return err;
}

static int show(const struct clients_options *o, const struct clients_list *list, int status)
{
    struct buf text;

    buf_init(&text, TEXT_MAX);
    if (clients_list_write(list, o->json, clock_unix_ms() / 1000, &text) == OK)
        status = cli_show(&command, &text, status);
    else
        status = cli_fail(&command, CLI_FAILED, "too many clients; use --limit");
    buf_clear(&text);
    return status;
}

/* Reports an edge that does not answer, and shows the streams of the others. */
static int list_all(const struct clients_options *o, struct broker_client *client,
                    const struct edge_list_entry *edges, size_t count)
{
    struct clients_list *list = clients_list_create();
    char reason[BROKER_CLIENT_REASON_SIZE];
    bool cut = false;
    int status = CLI_OK;
    size_t i = 0;

    for (; i < count && !is_full(o, list); i++) {
        if (collect(o, client, &edges[i], list, &cut, reason) != OK)
            status = cli_fail(&command, CLI_FAILED, "%s", reason);
    }
    status = show(o, list, status);
    if ((cut || i < count) && !o->json)
        cli_note("There may be more; --limit 0 shows all.");
    clients_list_destroy(list);
    return status;
}

int clients_main(int argc, char **argv)
{
    char reason[BROKER_CLIENT_REASON_SIZE];
    struct broker_client *client = NULL;
    struct edge_list_entry *edges = NULL;
    struct clients_options o;
    size_t count = 0;
    int operands;
    int status;

    if (!cli_begin(&command, &o, argc, argv, &operands, &status))
        return status;
    if (broker_client_open(o.broker, &client, reason) == OK &&
        edge_command_targets(client, o.edge, &edges, &count, reason) == OK)
        status = list_all(&o, client, edges, count);
    else
        status = cli_fail(&command, CLI_FAILED, "%s", reason);
    mem_free(edges);
    broker_client_close(client);
    return status;
}
