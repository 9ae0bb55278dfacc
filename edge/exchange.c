/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/exchange.h"

#include "common/mem.h"
#include "common/topic.h"
#include "edge/request.h"
#include "edge/response.h"
#include "edge/route.h"

/* A client that is turned away, or whose edge ends, comes back within this time: spread, so that nobody is
 * stormed. */
#define TURNED_AWAY_MS_MIN 1000
#define TURNED_AWAY_MS_MAX 5000

#define SECURITY_HEADERS                                                                           \
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "           \
    "connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "                    \
    "frame-ancestors 'none'\r\n"                                                                   \
    "X-Content-Type-Options: nosniff\r\n"                                                          \
    "Referrer-Policy: no-referrer\r\n"

/* What the handlers of one request share. */
struct call {
    const struct exchange_config *config;
    const struct exchange_now *now;
    const struct http_message *message;
    enum method method;
    struct slice path; /* decoded */
    struct slice query;
    void *owner;
    struct buf *out;
    bool *keep_alive;
    struct publishing **out_publishing;
    struct stream **out_stream;
};

static struct response base_response(const struct call *call)
{
    return (struct response){
        .head_only = call->method == METHOD_HEAD,
        .close = !*call->keep_alive,
        .date = call->now->date,
    };
}

static enum exchange_result problem(const struct call *call, int status, const char *detail)
{
    struct response r = base_response(call);

    response_problem(call->out, &r, status, detail);
    return EXCHANGE_ANSWERED;
}

static enum exchange_result answer_options(const struct call *call, unsigned methods)
{
    struct response r = base_response(call);

    r.status = 204;
    r.allow = methods;
    response_write(call->out, &r);
    return EXCHANGE_ANSWERED;
}

static enum exchange_result answer_not_allowed(const struct call *call, unsigned methods)
{
    struct response r = base_response(call);

    r.allow = methods;
    response_problem(call->out, &r, 405, "this path does not take the method");
    return EXCHANGE_ANSWERED;
}

/* ---- streams ---- */

static void write_retry(struct buf *out, uint32_t random, uint32_t low_ms, uint32_t high_ms)
{
    buf_str(out, "retry: ");
    buf_u64(out, low_ms + random % (high_ms - low_ms + 1));
    buf_str(out, "\n\n");
}

void exchange_come_back(struct buf *out, uint32_t random)
{
    write_retry(out, random, TURNED_AWAY_MS_MIN, TURNED_AWAY_MS_MAX);
}

/* EventSource gives up for ever on any status but 200, so a stream that can't be had now is an empty one
 * with a date to come back. */
static void turn_away(const struct call *call)
{
    response_stream(call->out);
    exchange_come_back(call->out, call->now->random);
    *call->keep_alive = false;
}

static struct slice find_last_event_id(const struct call *call, const struct form *query)
{
    static const char *const names[] = {"last_event_id", "lastEventID", "lastEventId",
                                        "Last-Event-ID"};
    struct slice id = http_header(call->message, "Last-Event-ID");

    for (size_t i = 0; i < sizeof names / sizeof names[0] && id.size == 0; i++)
        id = form_find(query, names[i]);
    return id;
}

/* Fills `selectors` (room for max) from the query. Returns a complaint, or NULL. */
static const char *find_selectors(const struct form *query, struct slice *selectors, size_t max,
                                  size_t *out_count)
{
    size_t count = 0;

    for (size_t i = 0; i < query->count; i++) {
        if (!slice_equal(query->fields[i].name, SLICE("topic")))
            continue;
        if (count >= max)
            return "topic: more than one stream may have";
        if (selector_check(query->fields[i].value) != OK)
            return "topic: must be * or 1 to 1024 bytes of UTF-8 without control characters";
        selectors[count++] = query->fields[i].value;
    }
    if (count == 0)
        selectors[count++] = SLICE(ROUTE_DEFAULT_TOPIC);
    *out_count = count;
    return NULL;
}

static enum exchange_result open_stream(const struct call *call, const struct subscribe *spec)
{
    uint32_t fifth = call->config->retry_ms / 5;
    enum err err =
        edge_subscribe(call->config->edge, call->now->ms, spec, call->owner, call->out_stream);

    if (err == ERR_INVALID || err == ERR_TOO_LARGE)
        return problem(call, 400, "the stream's topics or its Last-Event-ID are not valid");
    if (err != OK) {
        turn_away(call);
        return EXCHANGE_ANSWERED;
    }
    *call->keep_alive = false;
    response_stream(call->out);
    write_retry(call->out, call->now->random, call->config->retry_ms - fifth,
                call->config->retry_ms + fifth);
    edge_blocked(call->config->edge, *call->out_stream);
    return EXCHANGE_STREAM;
}

static enum exchange_result subscribe_with(const struct call *call, const struct form *query,
                                           struct slice *selectors)
{
    struct subscribe spec = {.selectors = selectors};
    struct slice text = form_find(query, "history");
    uint64_t history = 0;
    const char *complaint =
        find_selectors(query, selectors, call->config->stream_topics, &spec.selector_count);

    if (complaint != NULL)
        return problem(call, 400, complaint);
    if (text.size > 0 && number_parse(text, EXCHANGE_HISTORY_MAX, &history) != OK)
        return problem(call, 400, "history: must be a number from 0 to 10000");
    spec.history = (uint32_t)history;
    spec.last_event_id = find_last_event_id(call, query);
    if (call->method == METHOD_HEAD) {
        response_stream(call->out);
        *call->keep_alive = false;
        return EXCHANGE_ANSWERED;
    }
    return open_stream(call, &spec);
}

static enum exchange_result answer_stream(const struct call *call)
{
    struct form query;
    struct slice *selectors;
    enum exchange_result result;

    if (form_parse(call->query, &query) != OK)
        return problem(call, 400, "the query is not percent-encoded, or has over 1000 fields");
    selectors = mem_alloc((call->config->stream_topics + 1) * sizeof *selectors);
    result = subscribe_with(call, &query, selectors);
    mem_free(selectors);
    form_clear(&query);
    return result;
}

/* ---- publishes ---- */

void exchange_finish(const struct publishing *p, const struct exchange_now *now, bool keep_alive,
                     struct buf *out)
{
    struct response r = {.close = !keep_alive, .date = now->date};

    publishing_respond(p, &r, out);
}

static enum exchange_result refuse_body(const struct call *call, enum err err)
{
    if (err == ERR_INVALID)
        return problem(
            call, 415,
            "Content-Type must be application/x-www-form-urlencoded, application/json or "
            "application/x-ndjson; any other needs ?topic=");
    if (err == ERR_TOO_MANY)
        return problem(call, 413, "more than 1000 records in one body");
    if (err == ERR_MALFORMED)
        return problem(call, 400, "the body holds no record, or is not percent-encoded");
    return problem(call, 503, err_text(err));
}

static enum exchange_result publish_with(const struct call *call, const struct form *query)
{
    struct publishing_request request = {
        .content_type = http_header(call->message, "Content-Type"),
        .query = query,
        .default_topic = SLICE(ROUTE_DEFAULT_TOPIC),
        .body = call->message->body,
        .data_max = call->config->data_max,
        .read_json = call->config->read_json,
    };
    struct publishing *p;
    enum err err = publishing_start(call->config->edge, call->now->ms, &request, call->owner, &p);

    if (err != OK)
        return refuse_body(call, err);
    if (!publishing_done(p)) {
        *call->out_publishing = p;
        return EXCHANGE_WAITS;
    }
    exchange_finish(p, call->now, *call->keep_alive, call->out);
    publishing_destroy(p);
    return EXCHANGE_ANSWERED;
}

static enum exchange_result answer_publish(const struct call *call)
{
    struct form query;
    enum exchange_result result;

    if (form_parse(call->query, &query) != OK)
        return problem(call, 400, "the query is not percent-encoded, or has over 1000 fields");
    result = publish_with(call, &query);
    form_clear(&query);
    return result;
}

/* ---- files ---- */

static enum exchange_result answer_asset(const struct call *call, const struct asset *asset)
{
    struct asset_answer a = asset_answer(asset, http_header(call->message, "If-None-Match"),
                                         http_header(call->message, "Accept-Encoding"));
    struct response r = base_response(call);
    struct buf extra;

    buf_init(&extra, 2048);
    buf_str(&extra, SECURITY_HEADERS "Cache-Control: no-cache\r\nVary: Accept-Encoding\r\n");
    buf_printf(&extra, "ETag: %s\r\n", asset->etag);
    if (a.gzip)
        buf_str(&extra, "Content-Encoding: gzip\r\n");
    buf_char(&extra, '\0');
    r.status = a.status;
    r.type = a.status == 200 ? asset->type : NULL;
    r.body = a.body;
    r.extra = extra.data;
    if (buf_ok(&extra))
        response_write(call->out, &r);
    else
        call->out->failed = true;
    buf_clear(&extra);
    return EXCHANGE_ANSWERED;
}

static enum exchange_result answer_file(const struct call *call)
{
    const struct asset *asset = asset_find(&call->config->assets, call->path);
    unsigned methods = METHOD_GET | METHOD_HEAD | METHOD_OPTIONS;

    if (asset == NULL)
        return problem(call, 404, "nothing is here");
    if (call->method == METHOD_OPTIONS)
        return answer_options(call, methods);
    if ((call->method & methods) == 0)
        return answer_not_allowed(call, methods);
    return answer_asset(call, asset);
}

/* ---- routing ---- */

static enum exchange_result dispatch(const struct call *call)
{
    unsigned methods;
    enum route route = route_find(call->path, &methods);

    if (route == ROUTE_NONE)
        return answer_file(call);
    if (call->method == METHOD_OPTIONS)
        return answer_options(call, route == ROUTE_SERVER
                                        ? METHOD_GET | METHOD_HEAD | METHOD_POST | METHOD_OPTIONS
                                        : methods);
    if ((call->method & methods) == 0)
        return answer_not_allowed(call, methods);
    return route == ROUTE_STREAM ? answer_stream(call) : answer_publish(call);
}

enum exchange_result exchange_start(const struct exchange_config *config,
                                    const struct exchange_now *now,
                                    const struct http_message *message, void *owner,
                                    struct buf *out, bool *keep_alive,
                                    struct publishing **out_publishing, struct stream **out_stream)
{
    struct call call = {config,     now,
                        message,    method_parse(message->method),
                        {NULL, 0},  {NULL, 0},
                        owner,      out,
                        keep_alive, out_publishing,
                        out_stream};
    struct target target;
    struct buf path;
    enum exchange_result result;

    if (target_parse(message->target, &target) != OK)
        return problem(&call, 400, "the request's target is neither a path nor an http URL");
    buf_init(&path, target.path.size);
    if (percent_decode(target.path, false, &path) != OK) {
        buf_clear(&path);
        return problem(&call, 400, "the path is not percent-encoded");
    }
    call.path = buf_all(&path);
    call.query = target.query;
    result = dispatch(&call);
    buf_clear(&path);
    return result;
}

bool exchange_wants_body(const struct http_message *message)
{
    struct target target;
    unsigned methods;

    if (target_parse(message->target, &target) != OK)
        return false;
    (void)route_find(target.path, &methods);
    return (method_parse(message->method) & methods) != 0;
}

void exchange_refuse(struct buf *out, const struct exchange_now *now, int status,
                     const char *detail)
{
    response_problem(out, &(struct response){.close = true, .date = now->date}, status, detail);
}
