/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/exchange.h"

#include "common/base/number.h"
#include "edge/access/cors.h"
#include "edge/api/api_call.h"
#include "edge/api/handle.h"
#include "edge/api/route.h"

#include <assert.h>

#define HEADERS_MAX 20000 /* more than a request's Origin header can take */

static enum exchange_result dispatch(struct api_call *call, const struct route *route)
{
    if (route == NULL || ((route->needs & ROUTE_SUBSCRIPTIONS) && !call->config->subscriptions))
        return handle_file(call);
    if (call->method == METHOD_OPTIONS && route->methods != METHOD_OPTIONS)
        return api_call_options(call, route->methods);
    if ((call->method & route->methods) == 0)
        return api_call_not_allowed(call, route->methods);
    return route->handle(call);
}

static enum exchange_result reply(struct api_call *call, const struct route *route,
                                  const struct edge_action *action)
{
    assert(route != NULL && route->reply != NULL);
    return route->reply(call, action);
}

static void begin(struct api_call *call, const struct exchange_context *context,
                  const struct exchange_now *now, struct exchange *x)
{
    *call = (struct api_call){.context = context,
                              .config = context->config,
                              .now = now,
                              .x = x,
                              .method = method_parse(x->message->method)};
    buf_init(&call->headers, HEADERS_MAX);
    cors_write(x->message, context->config->access.cors_origins, &call->headers);
}

static void end(struct api_call *call)
{
    access_clear(&call->access);
    buf_clear(&call->headers);
}

/* Parses the target, then calls the route's handler: the one for the request, or with an action the
 * one for the core's reply. */
static enum exchange_result with_target(struct api_call *call, const struct edge_action *action)
{
    const struct route *route;
    struct target target;
    struct buf decoded;
    enum exchange_result result;

    if (target_parse(call->x->message->target, &target) != OK)
        return api_call_problem(call, 400, "the request target is neither a path nor an http URL");
    buf_init(&decoded, target.path.size);
    call->path = target.path;
    call->raw_path = target.path;
    call->query = target.query;
    if (!percent_plain(target.path, false)) {
        if (percent_decode(target.path, false, &decoded) != OK) {
            buf_clear(&decoded);
            return api_call_problem(call, 400, "the path is not percent-encoded");
        }
        call->path = buf_all(&decoded);
    }
    route = route_find(call->path);
    result = action == NULL ? dispatch(call, route) : reply(call, route, action);
    buf_clear(&decoded);
    return result;
}

/* Counts the response that begins at `at` with a status line ("HTTP/1.1 200 OK"), if there is
 * one. */
static void count_response(const struct exchange_context *context, const struct buf *out, size_t at)
{
    static const struct slice version = SLICE_INIT("HTTP/1.1 ");
    uint64_t status;

    if (context->counters == NULL || out->size < at + version.size + 3 ||
        number_parse(slice_of(out->data + at + version.size, 3), HTTP_STATUS_MAX, &status) != OK ||
        status < HTTP_STATUS_MIN)
        return;
    context->counters->responses[status - HTTP_STATUS_MIN]++;
}

enum exchange_result exchange_start(const struct exchange_context *context,
                                    const struct exchange_now *now, struct exchange *x)
{
    struct api_call call;
    enum exchange_result result;
    size_t at = x->out->size;

    begin(&call, context, now, x);
    result = with_target(&call, NULL);
    end(&call);
    count_response(context, x->out, at);
    return result;
}

void exchange_published(const struct exchange_context *context, const struct exchange_now *now,
                        struct exchange *x)
{
    struct api_call call;
    struct response r;
    size_t at = x->out->size;

    assert(x->publish_request != NULL && publish_request_done(x->publish_request));
    begin(&call, context, now, x);
    r = api_call_response(&call);
    publish_request_respond(x->publish_request, &r, x->out);
    end(&call);
    count_response(context, x->out, at);
}

enum exchange_result exchange_reply(const struct exchange_context *context,
                                    const struct exchange_now *now, struct exchange *x,
                                    const struct edge_action *action)
{
    struct api_call call;
    enum exchange_result result;
    size_t at = x->out->size;

    assert(x->pending != NULL);
    assert(action->type == EDGE_REPLY || action->type == EDGE_PAGE);
    begin(&call, context, now, x);
    result = with_target(&call, action);
    end(&call);
    count_response(context, x->out, at);
    return result;
}

void exchange_session(const struct exchange_context *context, const struct exchange_now *now,
                      const struct edge_action *action)
{
    assert(action->type == EDGE_SESSION);
    handle_subscription_change_command(context, now, action);
}

void exchange_write_retry(struct buf *out, uint32_t random)
{
    handle_stream_write_retry(out, random);
}

/* Returns the route of a request whose target is not parsed yet, or NULL. */
static const struct route *find_route(const struct http_message *message)
{
    struct target target;

    return target_parse(message->target, &target) == OK ? route_find(target.path) : NULL;
}

bool exchange_wants_body(const struct http_message *message)
{
    const struct route *route = find_route(message);

    return route != NULL && (method_parse(message->method) & route->methods) != 0;
}

bool exchange_wants_peer(const struct http_message *message)
{
    const struct route *route = find_route(message);

    return route != NULL && (route->needs & ROUTE_PEER) != 0;
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

void exchange_refuse(const struct exchange_context *context, struct buf *out,
                     const struct exchange_now *now, int status, const char *detail)
{
    assert(status >= 400 && status <= HTTP_STATUS_MAX);
    if (context->counters != NULL)
        count_refusal(context->counters, status);
    response_problem(out, &(struct response){.close = true, .date = now->date},
                     &(struct problem){.status = status, .detail = detail});
}
