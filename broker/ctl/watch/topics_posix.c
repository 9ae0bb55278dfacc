/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/watch/topics.h"

#include "broker/ctl/lib/broker_client_posix.h"
#include "broker/ctl/lib/cli_posix.h"

#include <stdio.h>

#define TEXT_MAX (256u << 20)

struct topics_options {
    const char *broker;
    const char *after;
    uint64_t limit;
    int sort; /* enum topics_sort */
    bool json;
};

static const struct option options[] = {
    CLI_BROKER_OPTION(struct topics_options),
    {.name = "sort",
     .type = OPTION_CHOICE,
     .fallback = "name",
     .choices = "name|records|last",
     .help = "Order: by name, most records first, or newest record first.",
     .field = offsetof(struct topics_options, sort)},
    {.name = "limit",
     .type = OPTION_NUMBER,
     .fallback = "1000",
     .help = "Maximum number to show; 0 = all.",
     .field = offsetof(struct topics_options, limit)},
    {.name = "after",
     .type = OPTION_STRING,
     .value = "NAME",
     .help = "Only topics after this name.",
     .field = offsetof(struct topics_options, after)},
    CLI_JSON_OPTION(struct topics_options),
};

static const struct cli_command command = {
    .table = {.program = "belfry topics",
              .summary = "Shows the topics that have records in the log.",
              .options = options,
              .count = sizeof(options) / sizeof(options[0])},
    .examples = "  belfry topics\n"
                "  belfry topics --sort records --limit 10\n"
                "  belfry topics --limit 0 --json | jq -r '.[].topic'\n",
};

/* Returns whether no more pages are needed. In the order of names, the broker's first topics are
 * the result; for any other order, all topics must be read. */
static bool is_enough(const struct topics_options *o, uint64_t seen)
{
    return o->sort == TOPICS_BY_NAME && o->limit > 0 && seen >= o->limit;
}

static enum err collect(const struct topics_options *o, struct topics_list *list,
                        char reason[BROKER_CLIENT_REASON_SIZE])
{
    struct broker_client *client = NULL;
    struct slice arguments[2];
    uint64_t seen = 0;
    bool more = true;
    struct buf json;
    struct buf last;
    enum err err = broker_client_open(o->broker, &client, reason);

    buf_init(&json, BROKER_CLIENT_TEXT_MAX);
    buf_init(&last, 65536);
    buf_str(&last, o->after);
    while (err == OK && more && !is_enough(o, seen)) {
        buf_reset(&json);
        arguments[0] = slice_of(last.size == 0 ? "" : last.data, last.size);
        arguments[1] = SLICE("1000");
        err = broker_client_command(client, "topics", arguments, 2, &json, reason);
        if (err == OK && topics_list_add(list, buf_all(&json), &more, &last) != OK) {
            err = ERR_MALFORMED;
            (void)snprintf(reason, BROKER_CLIENT_REASON_SIZE,
                           "%.300s: the reply is not a list of topics", o->broker);
        }
        seen += TOPICS_PAGE;
    }
    buf_clear(&last);
    buf_clear(&json);
    broker_client_close(client);
    return err;
}

int topics_main(int argc, char **argv)
{
    char reason[BROKER_CLIENT_REASON_SIZE];
    struct topics_options o;
    struct topics_list *list;
    struct buf text;
    int operands;
    int status;

    if (!cli_begin(&command, &o, argc, argv, &operands, &status))
        return status;
    list = topics_list_create();
    buf_init(&text, TEXT_MAX);
    if (collect(&o, list, reason) != OK)
        status = cli_fail(&command, CLI_FAILED, "%s", reason);
    else if (topics_list_write(list, (enum topics_sort)o.sort, (size_t)o.limit, o.json, &text) !=
             OK)
        status = cli_fail(&command, CLI_FAILED, "too many topics; use --limit");
    else
        status = cli_show(&command, &text, CLI_OK);
    buf_clear(&text);
    topics_list_destroy(list);
    return status;
}
