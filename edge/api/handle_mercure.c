/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Handles Mercure's subscribing, publishing and metadata. */

#include "edge/api/handle.h"

#include "common/base/mem.h"
#include "common/topic/selector.h"
#include "edge/mercure/mercure.h"

#define LINE_MAX 512
#define RETRY_SECS 1 /* Retry-After of a 503 */

/* ---- errors ---- */

enum exchange_result handle_mercure_text(struct api_call *call, int status, const char *detail)
{
    struct response r = api_call_response(call);
    struct buf line;

    buf_init(&line, LINE_MAX);
    buf_str(&line, detail);
    buf_char(&line, '\n');
    r.status = status;
    r.retry_secs = status == 503 ? RETRY_SECS : 0;
    r.type = "text/plain; charset=utf-8";
    r.body = buf_all(&line);
    response_write(call->x->out, &r);
    buf_clear(&line);
    return EXCHANGE_RESPONDED;
}

enum exchange_result handle_mercure_refusal(struct api_call *call,
                                            const struct mercure_refusal *refusal)
{
    mercure_write_challenge(call->x->message, refusal, &call->headers);
    return handle_mercure_text(call, refusal->status, refusal->detail);
}

/* ---- subscribing ---- */

static void write_head(struct api_call *call, struct slice cursor)
{
    struct response r;

    call->x->keep_alive = false;
    r = api_call_response(call);
    mercure_write_head(call->x->out, r.extra, cursor);
    if (call->method != METHOD_HEAD)
        buf_str(call->x->out, ":\n");
}

/* Responds with an empty stream, since EventSource does not reconnect after a 503. */
static enum exchange_result turn_away(struct api_call *call)
{
    write_head(call, (struct slice){NULL, 0});
    handle_stream_write_retry(call->x->out, call->now->random);
    return EXCHANGE_RESPONDED;
}

static enum exchange_result begin_stream(struct api_call *call, const struct subscribe *spec,
                                         struct slice cursor)
{
    uint32_t fifth = call->config->retry_ms / 5;
    enum err err = handle_stream_open(call, spec);

    if (err == ERR_INVALID || err == ERR_TOO_LARGE)
        return handle_mercure_text(call, 400, "the topics or the last event id are not valid");
    if (err != OK)
        return turn_away(call);
    write_head(call, cursor);
    buf_str(call->x->out, "retry: ");
    buf_u64(call->x->out, call->config->retry_ms - fifth + call->now->random % (2 * fifth + 1));
    buf_str(call->x->out, "\n\n");
    edge_blocked(call->context->edge, call->x->stream);
    return EXCHANGE_STREAM;
}

/* Asks the broker for the offset of a cursor that may be a publisher's id. */
static enum exchange_result query_offset(struct api_call *call, struct slice cursor)
{
    enum err err = pending_query_command(call->context->edge, call->now->ms, call->x->owner,
                                         SLICE("find"), &cursor, 1, &call->x->pending);

    return err == OK ? EXCHANGE_WAITS : turn_away(call);
}

static enum exchange_result subscribe_from(struct api_call *call, const struct subscribe *base,
                                           struct slice cursor)
{
    struct subscribe spec = *base;
    struct edge_status status;
    char begin[EVENT_ID_SIZE];
    char now[EVENT_ID_SIZE];
    enum mercure_cursor_kind kind;

    edge_status(call->context->edge, &status);
    kind = mercure_cursor_kind(cursor, &status);
    if (kind == MERCURE_CURSOR_FOREIGN && call->x->pending == NULL &&
        cursor.size <= RECORD_ID_SIZE_MAX)
        return query_offset(call, cursor);
    spec.last_event_id = cursor;
    if (kind == MERCURE_CURSOR_FOREIGN && call->found_id.data != NULL) {
        kind = MERCURE_CURSOR_KNOWN;
        spec.last_event_id = call->found_id;
    }
    if (kind == MERCURE_CURSOR_EARLIEST)
        spec.last_event_id = slice_of(
            begin, event_id_format(status.epoch, status.oldest > 0 ? status.oldest - 1 : 0, begin));
    if (cursor.data != NULL)
        cursor = mercure_cursor_header(cursor, kind, &status, now);
    return begin_stream(call, &spec, cursor);
}

static enum exchange_result subscribe_with(struct api_call *call, const struct form *query,
                                           enum mercure_dialect dialect,
                                           struct mercure_selectors *selectors)
{
    struct subscribe spec = {.selectors = selectors->list,
                             .grants = call->access.grants,
                             .open = call->access.open,
                             .publisher_ids = true,
                             .member = access_subject(call->access.grants)};
    char drawn[SUBSCRIBER_UUID_TEXT_SIZE];

    if (!mercure_read_selectors(query, dialect, call->config->hub_url, selectors))
        return handle_mercure_text(call, 400, selectors->reason);
    spec.selector_count = selectors->count;
    if (call->method == METHOD_HEAD) {
        write_head(call, (struct slice){NULL, 0});
        return EXCHANGE_RESPONDED;
    }
    if (call->config->subscriptions) {
        spec.watch = dialect == MERCURE_MODERN ? WATCH_MODERN : WATCH_LEGACY;
        if (spec.member.size == 0) {
            edge_draw_member(call->context->edge, drawn);
            spec.member = slice_str(drawn);
        }
    }
    spec.expires_ms =
        access_expiry(spec.grants, call->now->ms, call->now->unix_ms, call->now->random);
    return subscribe_from(call, &spec, mercure_cursor(call->x->message, query, dialect));
}

static enum exchange_result handle_subscribe(struct api_call *call, const struct form *query)
{
    enum mercure_dialect dialect = mercure_dialect_of(query);
    struct mercure_refusal refusal;
    struct mercure_selectors selectors = {.max = call->config->stream_topics};
    enum exchange_result result;

    if (!mercure_admit_subscriber(&call->context->access, call->now->unix_ms, call->x->message,
                                  query, dialect, &call->access, &refusal))
        return handle_mercure_refusal(call, &refusal);
    selectors.list = mem_alloc(selectors.max * sizeof *selectors.list);
    buf_init(&selectors.marked, selectors.max * SELECTOR_SIZE_MAX);
    result = subscribe_with(call, query, dialect, &selectors);
    buf_clear(&selectors.marked);
    mem_free(selectors.list);
    return result;
}

/* ---- publishing ---- */

static enum exchange_result start_publish(struct api_call *call, const struct publish_body *publish)
{
    const struct publish_input request = {
        .open = true, /* mercure_check_publish() has checked the access */
        .limits = call->context->limits,
        .client = api_call_client(call),
    };
    struct publish_request *p;

    if (publish_request_start_text(call->context->edge, call->now->ms, &request, publish,
                                   call->x->owner, &p) != OK)
        return handle_mercure_text(call, 503, "out of memory; retry later");
    return handle_publish_request(call, p);
}

static enum exchange_result publish_with(struct api_call *call, const struct form *query,
                                         struct publish_body *publish)
{
    const struct http_message *message = call->x->message;
    struct mercure_refusal refusal = {.status = 0};
    enum mercure_dialect dialect;
    int status;

    if (!mercure_admit_publisher(&call->context->access, call->now->unix_ms, message, query,
                                 &call->access, &dialect, &refusal))
        return handle_mercure_refusal(call, &refusal);
    status = mercure_read_form(publish, http_header(message, "Content-Type"), message->body);
    if (status != 0)
        return handle_mercure_text(call, status, publish->reason);
    if (mercure_check_publish(publish, &call->access, dialect, call->config->data_max, &refusal) !=
        0)
        return handle_mercure_refusal(call, &refusal);
    return start_publish(call, publish);
}

static enum exchange_result handle_post(struct api_call *call, const struct form *query)
{
    struct publish_body publish;
    enum exchange_result result;

    publish_body_init(&publish, query, (struct slice){NULL, 0});
    result = publish_with(call, query, &publish);
    publish_body_clear(&publish);
    return result;
}

/* ---- routes ---- */

enum exchange_result handle_mercure(struct api_call *call)
{
    struct form query;
    enum exchange_result result;

    if (form_parse(call->query, &query) != OK)
        return handle_mercure_text(call, 400, API_CALL_BAD_QUERY);
    result =
        call->method == METHOD_POST ? handle_post(call, &query) : handle_subscribe(call, &query);
    form_clear(&query);
    return result;
}

enum exchange_result handle_mercure_reply(struct api_call *call, const struct edge_action *action)
{
    char id[EVENT_ID_SIZE];

    return handle_stream_found(call, action, id) ? handle_mercure(call) : turn_away(call);
}

enum exchange_result handle_mercure_metadata(struct api_call *call)
{
    struct response r = api_call_response(call);
    struct buf origin;
    struct buf body;

    buf_init(&origin, LINE_MAX);
    mercure_write_origin(call->x->message, &origin);
    if (origin.size == 0 || !buf_ok(&origin)) {
        buf_clear(&origin);
        return handle_mercure_text(call, 400, "host: not a valid host name");
    }
    buf_init(&body, 2 * LINE_MAX);
    mercure_write_metadata(buf_all(&origin), call->config->subscriptions, &body);
    r.status = 200;
    r.type = "application/json";
    r.body = buf_all(&body);
    response_write(call->x->out, &r);
    buf_clear(&origin);
    buf_clear(&body);
    return EXCHANGE_RESPONDED;
}
