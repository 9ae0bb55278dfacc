/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/hub/history.h"

#include "broker/ctl/lib/cli_posix.h"
#include "broker/ctl/lib/http_client_posix.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define PAGE_MAX (64u << 20)

struct history_options {
    struct http_client_options client;
    const char *before;
    const char *after;
    uint64_t limit;
    bool json;
};

#define FIELD(name) offsetof(struct history_options, name)

static const struct option options[] = {
    HTTP_CLIENT_URL_OPTION(struct history_options),
    {.name = "limit",
     .type = OPTION_NUMBER,
     .fallback = "50",
     .min = 1,
     .max = 1000,
     .help = "Maximum number of records.",
     .field = FIELD(limit)},
    {.name = "before",
     .type = OPTION_STRING,
     .value = "ID",
     .help = "Show the last records before this event.",
     .field = FIELD(before)},
    {.name = "after",
     .type = OPTION_STRING,
     .value = "ID",
     .help = "Show the first records after this event.",
     .field = FIELD(after)},
    HTTP_CLIENT_OPTIONS(struct history_options),
    CLI_JSON_OPTION(struct history_options),
};

static const struct cli_command command = {
    .table = {.program = "belfry history",
              .summary = "Shows a page of stored records, newest last. A TOPIC is a name, a URI "
                         "template or *. The\n"
                         "default is chat.",
              .operands = "[TOPIC...]",
              .options = options,
              .count = sizeof(options) / sizeof(options[0])},
    .examples = "  belfry history news\n"
                "  belfry history news --before k3f9x2-1843 --limit 100\n"
                "  belfry history '*' --json | jq -r '.records[].data'\n",
    .operands_max = 1000,
};

static void put_query(const struct history_options *o, int count, char *const *topics,
                      struct buf *query)
{
    char limit[24];

    (void)snprintf(limit, sizeof limit, "%" PRIu64, o->limit);
    for (int i = 0; i < count; i++)
        http_request_field(query, "topic", slice_str(topics[i]));
    http_request_field(query, "limit", slice_str(limit));
    if (o->before[0] != '\0')
        http_request_field(query, "before", slice_str(o->before));
    if (o->after[0] != '\0')
        http_request_field(query, "after", slice_str(o->after));
}

static int show_page(const struct history_options *o, const struct buf *page)
{
    struct buf text;
    struct buf before;
    int status;

    if (o->json)
        return cli_show(&command, page, CLI_OK);
    buf_init(&text, (size_t)2 * PAGE_MAX);
    buf_init(&before, 64);
    if (history_text(buf_all(page), &text, &before) != OK)
        status = cli_fail(&command, CLI_FAILED, "the response is not a page of history");
    else
        status = cli_show(&command, &text, CLI_OK);
    if (status == CLI_OK && before.size > 0 && o->after[0] == '\0' && isatty(STDOUT_FILENO))
        cli_note("(for older records: --before %.*s)", (int)before.size, before.data);
    buf_clear(&before);
    buf_clear(&text);
    return status;
}

static int run(const struct history_options *o, const struct http_client *client,
               struct slice query)
{
    const struct http_request request = {
        .method = "GET", .path = "/history", .query = query, .token = client->token};
    char reason[HTTP_CLIENT_REASON_SIZE];
    struct buf page;
    int code;
    int status;

    buf_init(&page, PAGE_MAX);
    if (http_client_request(client, &request, cli_now_ms() + HTTP_CLIENT_RESPONSE_MS, &page, &code,
                            reason) != OK)
        status = cli_fail(&command, CLI_FAILED, "%s", reason);
    else
        status = show_page(o, &page);
    buf_clear(&page);
    return status;
}

int history_main(int argc, char **argv)
{
    char reason[HTTP_CLIENT_REASON_SIZE];
    struct history_options o;
    struct http_client client;
    struct buf query;
    int operands;
    int status;

    if (!cli_begin(&command, &o, argc, argv, &operands, &status))
        return status;
    buf_init(&query, 1u << 20);
    put_query(&o, operands, argv, &query);
    if (http_client_init(&client, &o.client, reason) != OK)
        status = cli_fail(&command, CLI_USAGE, "%s", reason);
    else
        status = run(&o, &client, buf_all(&query));
    http_client_clear(&client);
    buf_clear(&query);
    return status;
}
