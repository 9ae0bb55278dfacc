/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/doctor/probe_stream_posix.h"

#include "broker/ctl/doctor/diagnosis.h"
#include "broker/ctl/lib/cli_posix.h"
#include "broker/ctl/lib/json_read.h"

#include <stdio.h>

#define EVENT_MAX (1u << 20)
#define REQUEST_MS 10000

static enum err open_call(struct probe_route *route, const struct probe_stream_spec *spec,
                          struct slice query, struct http_exchange *out)
{
    char headers[512];
    const struct http_request request = {
        .method = "GET",
        .path = "/subscribe",
        .query = query,
        .token = route->token_in_query ? (struct slice){NULL, 0} : route->client->token,
        .headers = headers,
    };

    (void)snprintf(headers, sizeof headers,
                   "Accept: text/event-stream\r\nCache-Control: no-cache\r\n%s",
                   spec->headers == NULL ? "" : spec->headers);
    return http_client_open(route->client, &request, EVENT_MAX, cli_now_ms() + DOCTOR_WAIT_MS, out,
                            route->reason);
}

enum err probe_stream_open(struct probe_route *route, const struct probe_stream_spec *spec,
                           struct probe_stream *out)
{
    struct buf query;
    enum err err;

    buf_init(&query, 65536);
    http_request_field(&query, "topic", slice_str(spec->topic));
    http_request_field(&query, "hello", SLICE("1"));
    if (spec->last_event_id != NULL)
        http_request_field(&query, "last_event_id", slice_str(spec->last_event_id));
    if (spec->name != NULL)
        http_request_field(&query, "name", slice_str(spec->name));
    if (route->token_in_query)
        http_request_field(&query, "authorization", route->client->token);
    err = open_call(route, spec, buf_all(&query), &out->exchange);
    buf_clear(&query);
    if (err == OK)
        sse_reader_init(&out->events, EVENT_MAX);
    return err;
}

void probe_stream_close(struct probe_stream *s)
{
    http_client_close(&s->exchange);
    sse_reader_clear(&s->events);
}

static void feed(struct probe_stream *s)
{
    struct buf *body = http_response_body(s->exchange.response);

    sse_reader_feed(&s->events, buf_all(body));
    buf_reset(body);
}

enum err probe_stream_bytes(struct probe_stream *s, uint64_t deadline)
{
    struct sse_event event;
    enum err err = http_client_more(&s->exchange, deadline);

    feed(s);
    while (sse_reader_next(&s->events, &event))
        continue;
    return err;
}

enum err probe_stream_event(struct probe_stream *s, uint64_t deadline, struct sse_event *out)
{
    feed(s); /* data that arrived with the head */
    while (!sse_reader_next(&s->events, out)) {
        enum err err = http_client_more(&s->exchange, deadline);

        if (err != OK)
            return err;
        feed(s);
    }
    return OK;
}

int probe_publish(struct probe_route *route, const char *data, size_t size, bool ephemeral)
{
    struct http_request request = {.method = "POST",
                                   .path = "/publish",
                                   .type = "application/x-www-form-urlencoded",
                                   .token = route->client->token};
    struct buf body;
    struct buf answer;
    int status;

    buf_init(&body, 1u << 20);
    buf_init(&answer, 1u << 20);
    http_request_field(&body, "topic", slice_str(route->topic));
    http_request_field(&body, "data", slice_of(data, size));
    if (ephemeral)
        http_request_field(&body, "ephemeral", SLICE("1"));
    else
        http_request_field(&body, "ttl", SLICE("60")); /* does not stay in the history */
    request.body = buf_all(&body);
    /* The caller sees an error in the status and in route->reason. */
    if (http_client_request(route->client, &request, cli_now_ms() + REQUEST_MS, &answer, &status,
                            route->reason) == OK)
        route->reason[0] = '\0';
    buf_clear(&answer);
    buf_clear(&body);
    return status;
}

int64_t probe_presence(struct probe_route *route, const char *topic)
{
    struct http_request request = {
        .method = "GET", .path = "/presence", .token = route->client->token};
    int64_t result = -1;
    uint64_t count = 0;
    struct buf query;
    struct buf answer;
    int status;

    buf_init(&query, 65536);
    buf_init(&answer, 1u << 20);
    http_request_field(&query, "topic", slice_str(topic));
    request.query = buf_all(&query);
    if (http_client_request(route->client, &request, cli_now_ms() + REQUEST_MS, &answer, &status,
                            route->reason) == OK &&
        json_read_number_of(buf_all(&answer), "count", &count))
        result = (int64_t)count;
    buf_clear(&answer);
    buf_clear(&query);
    return result;
}
