/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/unit/edge/api/exchange_fixture.h"

struct world *world_open(struct fixture *f, uint64_t head)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    w->f = f;
    fixture_join(f, head);
    w->config = (struct exchange_config){
        .data_max = 100,
        .retry_ms = 2000,
        .stream_topics = 3,
        .access = {.cookie_name = "token", .cors_origins = "", .publish_origins = ""},
    };
    w->context = (struct exchange_context){
        .config = &w->config, .edge = f->e, .access = {.config = &w->config.access}};
    w->now = (struct exchange_now){.ms = f->now, .random = 12345};
    buf_init(&w->out, 1 << 20);
    buf_init(&w->client.got, 1 << 20);
    w->client.room = SIZE_MAX;
    return w;
}

int world_close(void **state)
{
    struct world *w = *state;

    publish_request_destroy(w->x.publish_request);
    pending_query_destroy(w->x.pending);
    limits_destroy(w->context.limits);
    buf_clear(&w->out);
    buf_clear(&w->client.got);
    fixture_close(w->f);
    free(w);
    return 0;
}

void world_header(struct world *w, const char *name, const char *value)
{
    assert_true(w->header_count < WORLD_HEADERS);
    w->headers[w->header_count++] = (struct http_header){slice_str(name), slice_str(value)};
}

enum exchange_result world_ask(struct world *w, const char *method, const char *target,
                               const char *body)
{
    enum exchange_result result;

    w->message = (struct http_message){.method = slice_str(method),
                                       .target = slice_str(target),
                                       .minor = 1,
                                       .headers = w->headers,
                                       .header_count = w->header_count,
                                       .body = slice_str(body)};
    w->header_count = 0;
    w->x = (struct exchange){.message = &w->message,
                             .owner = &w->client,
                             .peer = w->peer,
                             .out = &w->out,
                             .keep_alive = true};
    buf_reset(&w->out);
    result = exchange_start(&w->context, &w->now, &w->x);
    buf_char(&w->out, '\0');
    return result;
}

enum exchange_result world_reply(struct world *w, const struct edge_action *action)
{
    enum exchange_result result;

    buf_reset(&w->out);
    result = exchange_reply(&w->context, &w->now, &w->x, action);
    buf_char(&w->out, '\0');
    pending_query_destroy(w->x.pending);
    w->x.pending = NULL;
    return result;
}

void world_published(struct world *w)
{
    buf_reset(&w->out);
    exchange_published(&w->context, &w->now, &w->x);
    buf_char(&w->out, '\0');
    publish_request_destroy(w->x.publish_request);
    w->x.publish_request = NULL;
}

void world_expect(const struct world *w, const char *text)
{
    if (strstr(w->out.data, text) == NULL)
        print_error("no \"%s\" in: %s\n", text, w->out.data);
    assert_non_null(strstr(w->out.data, text));
}

void world_expect_status(const struct world *w, int status)
{
    char line[32];

    (void)snprintf(line, sizeof line, "HTTP/1.1 %d ", status);
    if (strncmp(w->out.data, line, strlen(line)) != 0)
        print_error("not %d: %s\n", status, w->out.data);
    assert_int_equal(strncmp(w->out.data, line, strlen(line)), 0);
}
