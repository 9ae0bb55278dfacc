/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/doctor/probe_stream_posix.h"

#include "broker/ctl/doctor/diagnosis.h"
#include "broker/ctl/lib/cli_posix.h"
#include "broker/ctl/lib/problem.h"

#include <stdio.h>

#define EVENT_MAX (1u << 20)
#define REQUEST_MS 10000

static enum err open_call(struct probe_way *way, const struct probe_stream_spec *spec,
                          struct slice query, struct client_call *out)
{
    char headers[512];
    const struct target_request request = {
        .method = "GET",
        .path = "/subscribe",
        .query = query,
        .token = way->token_in_query ? (struct slice){NULL, 0} : way->client->token,
        .headers = headers,
    };

    (void)snprintf(headers, sizeof headers,
                   "Accept: text/event-stream\r\nCache-Control: no-cache\r\n%s",
                   spec->headers == NULL ? "" : spec->headers);
    return client_open(way->client, &request, EVENT_MAX, cli_now_ms() + DOCTOR_WAIT_MS, out,
                       way->reason);
}

enum err probe_stream_open(struct probe_way *way, const struct probe_stream_spec *spec,
                           struct probe_stream *out)
{
    struct buf query;
    enum err err;

    buf_init(&query, 65536);
    target_field(&query, "topic", slice_str(spec->topic));
    target_field(&query, "hello", SLICE("1"));
    if (spec->last_event_id != NULL)
        target_field(&query, "last_event_id", slice_str(spec->last_event_id));
    if (spec->name != NULL)
        target_field(&query, "name", slice_str(spec->name));
    if (way->token_in_query)
        target_field(&query, "authorization", way->client->token);
    err = open_call(way, spec, buf_all(&query), &out->call);
    buf_clear(&query);
    if (err == OK)
        sse_reader_init(&out->events, EVENT_MAX);
    return err;
}

void probe_stream_close(struct probe_stream *s)
{
    client_close(&s->call);
    sse_reader_clear(&s->events);
}

static void feed(struct probe_stream *s)
{
    struct buf *body = http_reply_body(s->call.reply);

    sse_reader_feed(&s->events, buf_all(body));
    buf_reset(body);
}

enum err probe_stream_bytes(struct probe_stream *s, uint64_t deadline)
{
    struct sse_event event;
    enum err err = client_more(&s->call, deadline);

    feed(s);
    while (sse_reader_next(&s->events, &event))
        continue;
    return err;
}

enum err probe_stream_event(struct probe_stream *s, uint64_t deadline, struct sse_event *out)
{
    feed(s); /* what came with the head */
    while (!sse_reader_next(&s->events, out)) {
        enum err err = client_more(&s->call, deadline);

        if (err != OK)
            return err;
        feed(s);
    }
    return OK;
}

int probe_publish(struct probe_way *way, const char *data, size_t size, bool ephemeral)
{
    struct target_request request = {.method = "POST",
                                     .path = "/publish",
                                     .type = "application/x-www-form-urlencoded",
                                     .token = way->client->token};
    struct buf body;
    struct buf answer;
    int status;

    buf_init(&body, 1u << 20);
    buf_init(&answer, 1u << 20);
    target_field(&body, "topic", slice_str(way->topic));
    target_field(&body, "data", slice_of(data, size));
    if (ephemeral)
        target_field(&body, "ephemeral", SLICE("1"));
    else
        target_field(&body, "ttl", SLICE("60")); /* it does not stay in anybody's history */
    request.body = buf_all(&body);
    /* What is wrong is in the status and in way->reason. */
    if (client_ask(way->client, &request, cli_now_ms() + REQUEST_MS, &answer, &status,
                   way->reason) == OK)
        way->reason[0] = '\0';
    buf_clear(&answer);
    buf_clear(&body);
    return status;
}

int64_t probe_presence(struct probe_way *way, const char *topic)
{
    struct target_request request = {
        .method = "GET", .path = "/presence", .token = way->client->token};
    int64_t count = -1;
    struct buf query;
    struct buf answer;
    int status;

    buf_init(&query, 65536);
    buf_init(&answer, 1u << 20);
    target_field(&query, "topic", slice_str(topic));
    request.query = buf_all(&query);
    if (client_ask(way->client, &request, cli_now_ms() + REQUEST_MS, &answer, &status,
                   way->reason) == OK)
        count = problem_number(buf_all(&answer), "count");
    buf_clear(&answer);
    buf_clear(&query);
    return count;
}
