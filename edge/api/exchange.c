/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/exchange.h"

#include "common/base/number.h"
#include "edge/access/auth.h"
#include "edge/api/answer.h"

#define HEADERS_MAX 20000 /* more than a request's Origin can be */

static enum exchange_result handle(struct call *call, enum route route)
{
    switch (route) {
    case ROUTE_STREAM:
        return answer_stream(call);
    case ROUTE_PUBLISH:
    case ROUTE_CHAT:
        return answer_publish(call);
    case ROUTE_HISTORY:
        return answer_history(call);
    case ROUTE_TOPICS:
        return answer_topics(call);
    case ROUTE_PRESENCE:
        return answer_presence(call);
    case ROUTE_SESSION:
        return answer_session(call);
    case ROUTE_MERCURE:
        return answer_mercure(call);
    case ROUTE_MERCURE_SUBSCRIPTIONS:
        return answer_subscriptions(call, NULL);
    case ROUTE_MERCURE_METADATA:
        return answer_mercure_metadata(call);
    case ROUTE_ADMIN_EVENTS:
        return answer_admin_events(call);
    case ROUTE_ADMIN_COMMANDS:
        return answer_admin_command(call);
    case ROUTE_ADMIN:
    case ROUTE_NONE:
    case ROUTE_SERVER:
        break;
    }
    return answer_file(call);
}

static enum exchange_result dispatch(struct call *call)
{
    unsigned methods;
    enum route route = route_find(call->path, &methods);

    if (route == ROUTE_NONE ||
        (route == ROUTE_MERCURE_SUBSCRIPTIONS && !call->config->subscriptions))
        return answer_file(call);
    if (call->method == METHOD_OPTIONS)
        return answer_options(call, route == ROUTE_SERVER
                                        ? METHOD_GET | METHOD_HEAD | METHOD_POST | METHOD_OPTIONS
                                        : methods);
    if ((call->method & methods) == 0)
        return answer_not_allowed(call, methods);
    return handle(call, route);
}

/* The broker has looked for the place that a stream's client named, or for subscriptions. */
static enum exchange_result resume(struct call *call, const struct edge_action *found)
{
    unsigned methods;

    if (call->x->asking->kind == ASKING_SUBSCRIPTIONS)
        return answer_subscriptions(call, found);
    if (route_find(call->path, &methods) == ROUTE_MERCURE)
        return answer_mercure_found(call, found);
    return answer_found(call, found);
}

static void begin(struct call *call, const struct exchange_config *config,
                  const struct exchange_now *now, struct exchange *x)
{
    *call = (struct call){
        .config = config, .now = now, .x = x, .method = method_parse(x->message->method)};
    buf_init(&call->headers, HEADERS_MAX);
    cors_write(x->message, config->access.cors_origins, &call->headers);
}

static void end(struct call *call)
{
    access_clear(&call->access);
    buf_clear(&call->headers);
}

/* Does something with the target taken apart. */
static enum exchange_result with_target(struct call *call, const struct edge_action *found)
{
    struct target target;
    struct buf decoded;
    enum exchange_result result;

    if (target_parse(call->x->message->target, &target) != OK)
        return answer_problem(call, 400, "the request's target is neither a path nor an http URL");
    buf_init(&decoded, target.path.size);
    call->path = target.path;
    call->raw_path = target.path;
    call->query = target.query;
    if (!percent_plain(target.path, false)) {
        if (percent_decode(target.path, false, &decoded) != OK) {
            buf_clear(&decoded);
            return answer_problem(call, 400, "the path is not percent-encoded");
        }
        call->path = buf_all(&decoded);
    }
    result = found == NULL ? dispatch(call) : resume(call, found);
    buf_clear(&decoded);
    return result;
}

/* Counts the response that begins at `at`, if there is one: "HTTP/1.1 200 OK". */
static void count_response(const struct exchange_config *config, const struct buf *out, size_t at)
{
    static const struct slice version = SLICE_INIT("HTTP/1.1 ");
    uint64_t status;

    if (config->counters == NULL || out->size < at + version.size + 3 ||
        number_parse(slice_of(out->data + at + version.size, 3), HTTP_STATUS_MAX, &status) != OK ||
        status < HTTP_STATUS_MIN)
        return;
    config->counters->responses[status - HTTP_STATUS_MIN]++;
}

enum exchange_result exchange_start(const struct exchange_config *config,
                                    const struct exchange_now *now, struct exchange *x)
{
    struct call call;
    enum exchange_result result;
    size_t at = x->out->size;

    begin(&call, config, now, x);
    result = with_target(&call, NULL);
    end(&call);
    count_response(config, x->out, at);
    return result;
}

void exchange_published(const struct exchange_config *config, const struct exchange_now *now,
                        struct exchange *x)
{
    struct call call;
    struct response r;
    size_t at = x->out->size;

    begin(&call, config, now, x);
    r = answer_base(&call);
    publishing_respond(x->publishing, &r, x->out);
    end(&call);
    count_response(config, x->out, at);
}

static enum exchange_result pass_on(struct call *call, const struct edge_action *action)
{
    switch (call->x->asking->kind) {
    case ASKING_PAGE:
        return answer_page(call, action);
    case ASKING_JSON:
        return answer_json(call, action);
    case ASKING_SESSION:
        return answer_session_done(call, action);
    case ASKING_ADMIN:
        return answer_admin_done(call, action);
    case ASKING_FIND:
    case ASKING_SUBSCRIPTIONS:
        break;
    }
    return with_target(call, action);
}

enum exchange_result exchange_answered(const struct exchange_config *config,
                                       const struct exchange_now *now, struct exchange *x,
                                       const struct edge_action *action)
{
    struct call call;
    enum exchange_result result;
    size_t at = x->out->size;

    begin(&call, config, now, x);
    result = pass_on(&call, action);
    end(&call);
    count_response(config, x->out, at);
    return result;
}

void exchange_session(const struct exchange_config *config, const struct exchange_now *now,
                      const struct edge_action *action)
{
    answer_wish(config, now, action);
}

void exchange_come_back(struct buf *out, uint32_t random)
{
    answer_come_back(out, random);
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

bool exchange_wants_peer(const struct http_message *message)
{
    return slice_starts(message->target, SLICE("/admin"));
}

static void count_refusal(struct http_counters *c, int status)
{
    c->responses[status - HTTP_STATUS_MIN]++;
    if (status == 408)
        c->request_timeouts++;
    else if (status == 413)
        c->body_limit++;
    else if (status == 414)
        c->target_limit++;
    else if (status == 431)
        c->header_limit++;
}

void exchange_refuse(const struct exchange_config *config, struct buf *out,
                     const struct exchange_now *now, int status, const char *detail)
{
    if (config->counters != NULL)
        count_refusal(config->counters, status);
    response_problem(out, &(struct response){.close = true, .date = now->date},
                     &(struct problem){.status = status, .detail = detail});
}
