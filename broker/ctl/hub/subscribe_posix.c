/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/hub/subscribe.h"

#include "broker/ctl/lib/cli_posix.h"
#include "broker/ctl/lib/http_client_posix.h"
#include "broker/ctl/lib/record_text.h"
#include "broker/ctl/lib/sse_reader.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define TOPICS_MAX 1000
#define EVENT_MAX (16u << 20)
#define LAST_EVENT_ID_MAX 400 /* an id of a publisher has at most 256 bytes */
#define RETRY_MS 2000         /* reconnection time until the stream sets one */
#define HEAD_MS 10000
#define LOOK_MS 500 /* interval of checks whether standard output is still read */
#define FOREVER UINT64_MAX

struct subscribe_options {
    struct http_client_options client;
    const char *last_event_id;
    uint64_t history;
    uint64_t count;
    uint64_t timeout_ms;
    bool reconnect;
    bool raw;
    bool json;
};

#define FIELD(name) offsetof(struct subscribe_options, name)

static const struct option options[] = {
    HTTP_CLIENT_URL_OPTION(struct subscribe_options),
    {.name = "history",
     .type = OPTION_NUMBER,
     .max = 10000,
     .help = "Start with the last N records.",
     .field = FIELD(history)},
    {.name = "last-event-id",
     .type = OPTION_STRING,
     .value = "ID",
     .help = "Start after this event.",
     .field = FIELD(last_event_id)},
    {.name = "count",
     .type = OPTION_NUMBER,
     .help = "Exit after N events; 0 = never.",
     .field = FIELD(count)},
    {.name = "timeout",
     .type = OPTION_DURATION,
     .help = "Exit with status 1 if no event arrives within this time; 0 = never.",
     .field = FIELD(timeout_ms)},
    {.name = "reconnect",
     .type = OPTION_FLAG,
     .fallback = "yes",
     .help = "Reconnect when the stream ends, as browsers do.",
     .field = FIELD(reconnect)},
    {.name = "raw", .type = OPTION_FLAG, .help = "Print only the data.", .field = FIELD(raw)},
    HTTP_CLIENT_OPTIONS(struct subscribe_options),
    CLI_JSON_OPTION(struct subscribe_options),
};

static const struct cli_command command = {
    .table = {.program = "belfry subscribe",
              .summary = "Shows the events of a stream as they arrive. A TOPIC is a name, a URI "
                         "template or *. The\n"
                         "default is chat.",
              .operands = "[TOPIC...]",
              .options = options,
              .count = sizeof(options) / sizeof(options[0])},
    .examples = "  belfry subscribe news --history 10\n"
                "  belfry subscribe 'room/{id}' --json | jq .data\n"
                "  belfry subscribe jobs --raw --count 1 --timeout 30s\n",
    .operands_max = TOPICS_MAX,
};

struct subscriber {
    const struct subscribe_options *options;
    struct http_client client;
    struct sse_reader events;
    struct buf query;
    struct buf text;
    uint64_t seen;     /* number of events shown */
    uint64_t give_up;  /* time to exit without an event; FOREVER = never */
    bool reconnecting; /* the loss of the stream was reported */
    char reason[HTTP_CLIENT_REASON_SIZE];
};

static void put_json(const struct sse_event *event, struct buf *out)
{
    buf_str(out, "{\"id\":");
    buf_json_string(out, event->id);
    buf_str(out, ",\"type\":");
    buf_json_string(out, event->type);
    buf_str(out, ",\"data\":");
    buf_json_string(out, event->data);
    buf_str(out, "}\n");
}

static void put_event(const struct subscribe_options *o, const struct sse_event *event,
                      struct buf *out)
{
    struct record_line line = {.id = event->id, .type = event->type, .data = event->data};

    if (o->json) {
        put_json(event, out);
    } else if (o->raw) {
        record_data(event->data, false, out);
        buf_char(out, '\n');
    } else {
        if (slice_equal(event->type, SLICE("message")))
            line.type.size = 0;
        record_line_text(&line, out);
    }
}

static bool is_done(const struct subscriber *s)
{
    return s->options->count > 0 && s->seen >= s->options->count;
}

static void expect_more(struct subscriber *s)
{
    s->give_up = s->options->timeout_ms == 0 ? FOREVER : cli_now_ms() + s->options->timeout_ms;
}

/* Shows the complete events. */
static int show_events(struct subscriber *s, struct buf *body)
{
    struct sse_event event;

    sse_reader_feed(&s->events, buf_all(body));
    buf_reset(body);
    buf_reset(&s->text);
    while (!is_done(s) && sse_reader_next(&s->events, &event)) {
        put_event(s->options, &event, &s->text);
        s->seen++;
        expect_more(s);
    }
    if (s->events.too_large)
        return cli_fail(&command, CLI_FAILED, "an event is too large");
    return cli_show(&command, &s->text, CLI_OK);
}

static enum err open_stream(struct subscriber *s, struct http_exchange *exchange)
{
    char headers[512];
    const struct http_request request = {
        .method = "GET",
        .path = "/subscribe",
        .query = buf_all(&s->query),
        .token = s->client.token,
        .headers = headers,
    };
    struct slice id = buf_all(&s->events.last_id);
    uint64_t deadline = cli_now_ms() + HEAD_MS;

    (void)snprintf(headers, sizeof headers,
                   "Accept: text/event-stream\r\nCache-Control: no-cache\r\n");
    if (id.size > 0 && id.size <= LAST_EVENT_ID_MAX)
        (void)snprintf(headers + strlen(headers), sizeof headers - strlen(headers),
                       "Last-Event-ID: %.*s\r\n", (int)id.size, id.data);
    return http_client_open(&s->client, &request, EVENT_MAX,
                            deadline < s->give_up ? deadline : s->give_up, exchange, s->reason);
}

/* Like a browser, gives up on a response that is not an event stream. */
static int check_stream(struct subscriber *s, struct http_exchange *exchange)
{
    struct slice type = http_response_header(exchange->response, "Content-Type");

    if (http_response_status(exchange->response) != 200) {
        if (http_client_finish(&s->client, exchange, cli_now_ms() + HEAD_MS, s->reason) == OK)
            http_client_explain(&s->client, exchange, s->reason);
        return cli_fail(&command, CLI_FAILED, "%s", s->reason);
    }
    if (!slice_starts(type, SLICE("text/event-stream")))
        return cli_fail(&command, CLI_FAILED,
                        "%s: the response is not an event stream; belfry doctor may explain why",
                        s->client.target.authority);
    return CLI_OK;
}

static int out_of_time(const struct subscriber *s)
{
    return cli_fail(&command, CLI_FAILED, "no event for %" PRIu64 " ms", s->options->timeout_ms);
}

/* Reads until the stream ends (CLI_OK, and not is_done()), or the command has to end. */
static int read_stream(struct subscriber *s, struct http_exchange *exchange)
{
    int status = show_events(s, http_response_body(exchange->response));

    while (status == CLI_OK && !is_done(s)) {
        uint64_t look = cli_now_ms() + LOOK_MS;
        enum err err = http_client_more(exchange, look < s->give_up ? look : s->give_up);

        if (cli_reader_gone())
            return CLI_FAILED;
        if (err == ERR_TIMEOUT && cli_now_ms() < s->give_up)
            continue;
        if (err == ERR_TIMEOUT)
            return out_of_time(s);
        status = show_events(s, http_response_body(exchange->response));
        if (err != OK)
            break;
        s->reconnecting = false;
    }
    return status;
}

static int run_once(struct subscriber *s)
{
    struct http_exchange exchange;
    int status;

    sse_reader_restart(&s->events);
    if (open_stream(s, &exchange) != OK)
        return -1;
    status = check_stream(s, &exchange);
    if (status == CLI_OK)
        status = read_stream(s, &exchange);
    http_client_close(&exchange);
    return status;
}

static int run(struct subscriber *s)
{
    int status = run_once(s);

    if (status < 0)
        return cli_fail(&command, CLI_FAILED, "%s", s->reason);
    while (status <= CLI_OK && !is_done(s) && s->options->reconnect) {
        uint64_t pause = s->events.retry_ms > 0 ? s->events.retry_ms : RETRY_MS;

        if (!s->reconnecting)
            cli_note("belfry subscribe: the stream ended; reconnecting");
        s->reconnecting = true;
        if (cli_now_ms() >= s->give_up)
            return out_of_time(s);
        (void)poll(NULL, 0, pause > 60000 ? 60000 : (int)pause);
        status = run_once(s);
    }
    return status < 0 ? CLI_FAILED : status;
}

int subscribe_main(int argc, char **argv)
{
    struct subscribe_options o;
    struct subscriber s = {.options = &o};
    char number[24];
    int operands;
    int status;

    if (!cli_begin(&command, &o, argc, argv, &operands, &status))
        return status;
    if (strpbrk(o.last_event_id, "\r\n") != NULL || strlen(o.last_event_id) > LAST_EVENT_ID_MAX)
        return cli_fail(&command, CLI_USAGE, "--last-event-id: not an event id");
    buf_init(&s.query, 1u << 20);
    buf_init(&s.text, (size_t)2 * EVENT_MAX);
    sse_reader_init(&s.events, EVENT_MAX);
    buf_str(&s.events.last_id, o.last_event_id);
    for (int i = 0; i < operands; i++)
        http_request_field(&s.query, "topic", slice_str(argv[i]));
    (void)snprintf(number, sizeof number, "%" PRIu64, o.history);
    if (o.history > 0)
        http_request_field(&s.query, "history", slice_str(number));
    expect_more(&s);
    if (http_client_init(&s.client, &o.client, s.reason) != OK)
        status = cli_fail(&command, CLI_USAGE, "%s", s.reason);
    else
        status = run(&s);
    buf_clear(&s.query);
    buf_clear(&s.text);
    sse_reader_clear(&s.events);
    http_client_clear(&s.client);
    return status;
}
