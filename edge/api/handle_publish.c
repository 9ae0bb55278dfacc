/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Handles POST /publish. */

#include "edge/api/handle.h"

enum exchange_result handle_publish_request(struct api_call *call, struct publish_request *p)
{
    struct response r;

    if (!publish_request_done(p)) {
        call->x->publish_request = p;
        return EXCHANGE_WAITS;
    }
    r = api_call_response(call);
    publish_request_respond(p, &r, call->x->out);
    publish_request_destroy(p);
    return EXCHANGE_RESPONDED;
}

static enum exchange_result refuse_body(struct api_call *call, enum err err)
{
    if (err == ERR_INVALID)
        return api_call_problem(
            call, 415,
            "Content-Type must be application/x-www-form-urlencoded, application/json or "
            "application/x-ndjson; any other type needs ?topic=");
    if (err == ERR_TOO_MANY)
        return api_call_problem(call, 413, "the body has more than 1000 records");
    if (err == ERR_MALFORMED)
        return api_call_problem(call, 400, "the body has no record, or is not percent-encoded");
    return api_call_problem(call, 503, err_text(err));
}

static enum exchange_result publish_with(struct api_call *call, const struct form *query)
{
    struct publish_input request = {
        .content_type = http_header(call->x->message, "Content-Type"),
        .query = query,
        .default_topic = SLICE(API_CALL_DEFAULT_TOPIC),
        .body = call->x->message->body,
        .data_max = call->config->data_max,
        .open = call->access.open,
        .grants = call->access.grants,
        .limits = call->context->limits,
        .client = api_call_client(call),
    };
    struct publish_request *p;
    enum err err =
        publish_request_start(call->context->edge, call->now->ms, &request, call->x->owner, &p);

    if (err != OK)
        return refuse_body(call, err);
    return handle_publish_request(call, p);
}

enum exchange_result handle_publish(struct api_call *call)
{
    struct form query;
    enum exchange_result result;

    if (!api_call_admit(call, NULL, ACCESS_TOKEN, true))
        return EXCHANGE_RESPONDED;
    if (!api_call_query(call, &query))
        return EXCHANGE_RESPONDED;
    result = publish_with(call, &query);
    form_clear(&query);
    return result;
}
