/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/handle.h"

enum exchange_result answer_publish(struct call *call, struct publish_request *p)
{
    struct response r;

    if (!publish_request_done(p)) {
        call->x->publish_request = p;
        return EXCHANGE_WAITS;
    }
    r = answer_base(call);
    publish_request_respond(p, &r, call->x->out);
    publish_request_destroy(p);
    return EXCHANGE_ANSWERED;
}

static enum exchange_result refuse_body(struct call *call, enum err err)
{
    if (err == ERR_INVALID)
        return answer_problem(
            call, 415,
            "Content-Type must be application/x-www-form-urlencoded, application/json or "
            "application/x-ndjson; any other needs ?topic=");
    if (err == ERR_TOO_MANY)
        return answer_problem(call, 413, "more than 1000 records in one body");
    if (err == ERR_MALFORMED)
        return answer_problem(call, 400, "the body holds no record, or is not percent-encoded");
    return answer_problem(call, 503, err_text(err));
}

static enum exchange_result publish_with(struct call *call, const struct form *query)
{
    struct publish_input request = {
        .content_type = http_header(call->x->message, "Content-Type"),
        .query = query,
        .default_topic = SLICE(ANSWER_DEFAULT_TOPIC),
        .body = call->x->message->body,
        .data_max = call->config->data_max,
        .open = call->access.open,
        .grants = call->access.grants,
        .limits = call->context->limits,
        .client = answer_client(call),
    };
    struct publish_request *p;
    enum err err =
        publish_request_start(call->context->edge, call->now->ms, &request, call->x->owner, &p);

    if (err != OK)
        return refuse_body(call, err);
    return answer_publish(call, p);
}

enum exchange_result handle_publish(struct call *call)
{
    struct form query;
    enum exchange_result result;

    if (!answer_admit(call, NULL, ACCESS_TOKEN, true))
        return EXCHANGE_ANSWERED;
    if (!answer_query(call, &query))
        return EXCHANGE_ANSWERED;
    result = publish_with(call, &query);
    form_clear(&query);
    return result;
}
