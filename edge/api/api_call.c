/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/api_call.h"

#include "common/topic/selector.h"
#include "edge/access/cors.h"

#define RETRY_SECS 1 /* Retry-After of a 503 */

struct response api_call_response(struct api_call *call)
{
    struct response r = {
        .head_only = call->method == METHOD_HEAD,
        .close = !call->x->keep_alive,
        .date = call->now->date,
    };

    if (call->headers.size == 0 && buf_ok(&call->headers))
        return r;
    buf_char(&call->headers, '\0');
    if (buf_ok(&call->headers)) {
        call->headers.size--;
        r.extra = call->headers.data;
    } else {
        call->x->out->failed = true;
    }
    return r;
}

enum exchange_result api_call_problem(struct api_call *call, int status, const char *detail)
{
    struct response r = api_call_response(call);

    if (status == 503)
        r.retry_secs = RETRY_SECS;
    response_problem(call->x->out, &r, &(struct problem){.status = status, .detail = detail});
    return EXCHANGE_RESPONDED;
}

bool api_call_query(struct api_call *call, struct form *out_query)
{
    if (form_parse(call->query, out_query) == OK)
        return true;
    (void)api_call_problem(call, 400, API_CALL_BAD_QUERY);
    return false;
}

enum exchange_result api_call_error(struct api_call *call, enum err err, const char *detail)
{
    static const struct {
        enum err err;
        int status;
    } statuses[] = {
        {ERR_INVALID, 400},     {ERR_TOO_MANY, 400}, {ERR_TOO_LARGE, 413}, {ERR_DENIED, 403},
        {ERR_NOT_FOUND, 404},   {ERR_CONFLICT, 409}, {ERR_UNKNOWN, 410},   {ERR_EPOCH, 410},
        {ERR_UNAVAILABLE, 503}, {ERR_TIMEOUT, 503},  {ERR_BUSY, 503},      {ERR_CLOSED, 503},
        {ERR_NO_MEMORY, 503},   {ERR_IO, 503},
    };
    int status = 500;

    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        if (statuses[i].err == err)
            status = statuses[i].status;
    }
    return api_call_problem(call, status, detail);
}

enum exchange_result api_call_options(struct api_call *call, unsigned methods)
{
    struct response r;

    cors_write_preflight(call->x->message, call->config->access.cors_origins, methods,
                         &call->headers);
    r = api_call_response(call);
    r.status = 204;
    r.allow = methods;
    response_write(call->x->out, &r);
    return EXCHANGE_RESPONDED;
}

enum exchange_result api_call_not_allowed(struct api_call *call, unsigned methods)
{
    struct response r = api_call_response(call);

    r.allow = methods;
    response_problem(call->x->out, &r,
                     &(struct problem){405, "method not allowed for this path", {NULL, 0}});
    return EXCHANGE_RESPONDED;
}

bool api_call_admit(struct api_call *call, const struct form *query, enum access_need need,
                    bool writes)
{
    struct access_refusal refusal;

    if (access_check(&call->context->access, call->now->unix_ms, call->x->message, query, need,
                     writes, &call->access, &refusal))
        return true;
    if (refusal.status == 401)
        buf_str(&call->headers, refusal.bad_token
                                    ? "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n"
                                    : "WWW-Authenticate: Bearer\r\n");
    (void)api_call_problem(call, refusal.status, refusal.detail);
    return false;
}

/* Joins the values of all X-Forwarded-For headers; the last one comes from the nearest proxy. */
static struct slice forwarded_for(const struct http_message *message, struct buf *joined)
{
    for (size_t i = 0; i < message->header_count; i++) {
        if (!slice_equal_nocase(message->headers[i].name, SLICE("X-Forwarded-For")))
            continue;
        if (joined->size > 0)
            buf_char(joined, ',');
        buf_slice(joined, message->headers[i].value);
    }
    return buf_all(joined);
}

struct address api_call_address(const struct api_call *call)
{
    struct address address = call->x->peer;
    struct buf joined;

    if (call->config->proxies == NULL)
        return address;
    buf_init(&joined, 65536);
    address = forwarded_client(forwarded_for(call->x->message, &joined), &call->x->peer,
                               call->config->proxies);
    buf_clear(&joined);
    return address;
}

struct limits_client api_call_client(const struct api_call *call)
{
    struct limits_client client = {.address = call->x->peer,
                                   .subject = access_subject(call->access.grants)};
    struct address address;

    if (call->context->limits == NULL)
        return client;
    address = api_call_address(call);
    client.address = address_client(&address);
    return client;
}

const char *api_call_selectors(const struct api_call *call, const struct form *query,
                               struct slice *selectors, size_t *out_count)
{
    size_t count = 0;

    for (size_t i = 0; i < query->count; i++) {
        if (!slice_equal(query->fields[i].name, SLICE("topic")))
            continue;
        if (count >= call->config->stream_topics)
            return "topic: too many topics for one stream";
        if (selector_check(query->fields[i].value) != OK)
            return "topic: must be * or 1 to 1024 bytes of UTF-8 without control characters";
        selectors[count++] = query->fields[i].value;
    }
    if (count == 0)
        selectors[count++] = SLICE(API_CALL_DEFAULT_TOPIC);
    *out_count = count;
    return NULL;
}
