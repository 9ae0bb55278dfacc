/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Handles Mercure's subscription API. It lists the subscriptions of all edges, which the broker
 * knows. */

#include "edge/api/handle.h"

#include "edge/api/roster_page.h"
#include "edge/mercure/mercure.h"
#include "edge/mercure/mercure_subscriptions.h"

#include <stdio.h>

#define LIMIT_MAX 1000 /* maximum and default size of a page */
#define VERSION_MAX 41 /* two numbers of 64 bits and a dot */
#define ETAG_SIZE (EVENT_ID_SIZE + VERSION_MAX + 16)
#define BODY_MAX (14u << 20) /* less than the 16 MiB that a connection can send */

/* A parsed request. */
struct subscriptions_request {
    struct form query;
    struct mercure_address address;
};

/* ---- access ---- */

static enum mercure_dialect dialect_of(const struct api_call *call)
{
    bool modern = call->access.grants != NULL ? call->access.grants->modern
                                              : mercure_path_is_modern(call->raw_path);

    return modern ? MERCURE_MODERN : MERCURE_LEGACY;
}

static void write_target(const struct api_call *call, struct buf *out)
{
    buf_slice(out, call->raw_path);
    if (call->query.data != NULL) {
        buf_char(out, '?');
        buf_slice(out, call->query);
    }
}

/* Returns whether the token grants the path. In the older dialect, a grant may also name the path
 * with the query. */
static bool is_granted(const struct api_call *call, const struct grants *grants)
{
    struct buf target;
    bool granted = grants_subscribe(grants, call->raw_path);

    if (granted || grants->modern || call->query.data == NULL)
        return granted;
    buf_init(&target, call->raw_path.size + 1 + call->query.size);
    write_target(call, &target);
    granted = buf_ok(&target) && grants_subscribe(grants, buf_all(&target));
    buf_clear(&target);
    return granted;
}

/* Checks the access. Being an anonymous client is not enough: a list reveals more than any single
 * topic. */
static bool admit(struct api_call *call, const struct form *query,
                  struct mercure_refusal *out_refusal)
{
    if (!mercure_admit_subscriber(&call->context->access, call->now->unix_ms, call->x->message,
                                  query, dialect_of(call), &call->access, out_refusal))
        return false;
    if (call->access.open)
        return true;
    if (call->access.grants == NULL)
        return mercure_refuse(out_refusal, 401, MERCURE_NO_CODE, "token: required");
    if (is_granted(call, call->access.grants))
        return true;
    if (call->access.grants->modern)
        return mercure_refuse(out_refusal, 403, MERCURE_INSUFFICIENT_SCOPE,
                              "token: does not grant subscribing to this path");
    return mercure_refuse(out_refusal, 401, MERCURE_INVALID_TOKEN,
                          "token: does not grant subscribing to this path");
}

/* ---- the query ---- */

static enum exchange_result query_broker(struct api_call *call,
                                         const struct subscriptions_request *request)
{
    struct slice limit_text = form_find(&request->query, "limit");
    uint64_t limit = LIMIT_MAX;
    struct slice arguments[4] = {request->address.selector, request->address.subscriber,
                                 form_find(&request->query, "after"), SLICE("1000")};
    enum err err;

    if (limit_text.size > 0) {
        if (number_parse(limit_text, LIMIT_MAX, &limit) != OK || limit == 0)
            return handle_mercure_text(call, 400, "limit: must be a number from 1 to 1000");
        arguments[3] = limit_text;
    }
    err = pending_query_command(call->context->edge, call->now->ms, call->x->owner,
                                SLICE("subscriptions"), arguments, 4, &call->x->pending);
    if (err == OK)
        return EXCHANGE_WAITS;
    return handle_mercure_text(call, 503, "the broker cannot be reached; retry later");
}

static enum exchange_result respond_failure(struct api_call *call, const struct edge_action *action)
{
    switch ((int)action->reply.result) {
    case ERR_NOT_FOUND:
        return handle_mercure_text(call, 404, "subscriptions: no such subscription");
    case ERR_INVALID:
        return handle_mercure_text(call, 400, "after: must be the next cursor of a page");
    case ERR_UNKNOWN:
        return handle_mercure_text(call, 410,
                                   "after: the broker has restarted; begin with the first page");
    default:
        return handle_mercure_text(call, 503, "the broker cannot be reached; retry later");
    }
}

/* ---- the response ---- */

/* Returns the id of the last event before the list was made, or "earliest". */
static struct slice last_event(const struct api_call *call, char id[EVENT_ID_SIZE])
{
    struct edge_status status;

    edge_status(call->context->edge, &status);
    if (status.known_head == 0)
        return SLICE("earliest");
    return slice_of(id, event_id_format(status.epoch, status.known_head, id));
}

static struct mercure_subscription subscription_of(const struct roster_entry *entry,
                                                   const struct selector *selector)
{
    return (struct mercure_subscription){.selector = *selector,
                                         .subscriber = entry->subscriber,
                                         .payload = entry->payload,
                                         .active = true};
}

/* Writes the address of the next page. Other fields of the query have no meaning here and are left
 * out. */
static void write_next(const struct api_call *call, const struct subscriptions_request *request,
                       struct slice next, struct buf *out)
{
    struct slice limit = form_find(&request->query, "limit");
    uint64_t number = LIMIT_MAX;

    buf_slice(out, call->raw_path);
    if (number_parse(limit, LIMIT_MAX, &number) != OK)
        number = LIMIT_MAX;
    buf_str(out, "?limit=");
    buf_u64(out, number);
    buf_str(out, "&after=");
    buf_slice(out, next);
}

static void write_collection(const struct api_call *call,
                             const struct subscriptions_request *request,
                             const struct roster_page *page, struct slice last, struct buf *out)
{
    struct mercure_collection c = {.modern = request->address.modern, .last_event_id = last};
    struct buf id;
    struct buf next;
    bool first = true;

    buf_init(&id, call->raw_path.size + 1 + call->query.size);
    buf_init(&next, call->raw_path.size + 128);
    if (c.modern)
        buf_slice(&id, call->raw_path);
    else
        write_target(call, &id);
    if (page->next.size > 0)
        write_next(call, request, page->next, &next);
    c.id = buf_all(&id);
    c.next = buf_all(&next);
    mercure_collection_begin(&c, out);
    for (size_t i = 0; i < page->count; i++) {
        const struct roster_entry *entry = &page->entries[i];
        struct selector selector;
        struct mercure_subscription s;

        if (!mercure_subscription_names(entry->selector, c.modern, &selector))
            continue;
        s = subscription_of(entry, &selector);
        buf_str(out, first ? "" : ",");
        mercure_subscription_write(&s, c.modern, (struct slice){NULL, 0}, out);
        first = false;
    }
    mercure_collection_end(out);
    buf_clear(&id);
    buf_clear(&next);
}

static bool write_one(const struct subscriptions_request *request, const struct roster_page *page,
                      struct slice last, struct buf *out)
{
    struct mercure_subscription s;
    struct selector selector;

    if (page->count != 1 ||
        !mercure_subscription_names(page->entries[0].selector, request->address.modern, &selector))
        return false;
    s = subscription_of(&page->entries[0], &selector);
    mercure_subscription_write(&s, request->address.modern, last, out);
    buf_char(out, '\n');
    return true;
}

/* The ETag changes with each record and with each subscription that begins or ends. */
static void write_headers(struct api_call *call, bool modern, struct slice last, const char *etag)
{
    buf_printf(&call->headers, "Cache-Control: private, no-cache\r\nETag: %s\r\n", etag);
    if (modern) {
        buf_str(&call->headers, "Link: <" MERCURE_PATH ">; rel=\"mercure\"; last-event-id=\"");
        buf_slice(&call->headers, last);
        buf_str(&call->headers, "\"; type=\"mercure\"; content-type=\"application/json\"\r\n");
    }
}

static enum exchange_result respond(struct api_call *call,
                                    const struct subscriptions_request *request,
                                    const struct roster_page *page)
{
    struct slice known = http_header(call->x->message, "If-None-Match");
    bool modern = request->address.modern;
    char id[EVENT_ID_SIZE];
    struct slice last = last_event(call, id);
    char etag[ETAG_SIZE];
    struct response r;
    struct buf body;

    /* The token selects one of two documents at the same address, so the ETag includes the
     * dialect. */
    (void)snprintf(etag, sizeof etag, "\"%.*s;%.*s%s\"", (int)last.size, last.data,
                   (int)(page->version.size < VERSION_MAX ? page->version.size : VERSION_MAX),
                   page->version.data, modern ? ";modern" : "");
    buf_init(&body, BODY_MAX);
    if (request->address.subscriber.data == NULL)
        write_collection(call, request, page, last, &body);
    else if (!write_one(request, page, last, &body)) {
        buf_clear(&body);
        return handle_mercure_text(call, 404, "subscriptions: no such subscription");
    }
    write_headers(call, modern, last, etag);
    r = api_call_response(call);
    r.status = known.size > 0 && etag_matches(known, slice_str(etag)) ? 304 : 200;
    r.type = modern ? "application/json" : "application/ld+json";
    if (r.status == 304)
        r.type = NULL;
    r.body = buf_all(&body);
    response_write(call->x->out, &r);
    if (!buf_ok(&body))
        call->x->out->failed = true;
    buf_clear(&body);
    return EXCHANGE_RESPONDED;
}

static enum exchange_result respond_list(struct api_call *call,
                                         const struct subscriptions_request *request,
                                         const struct edge_action *action)
{
    struct roster_page page;
    enum exchange_result result;

    if (action->reply.result != OK)
        return respond_failure(call, action);
    if (roster_page_read(action->reply.text, &page) != OK)
        return handle_mercure_text(
            call, 500, "internal error: unexpected reply from the broker; please report it");
    result = respond(call, request, &page);
    roster_page_clear(&page);
    return result;
}

/* ---- the route ---- */

static enum exchange_result handle_admitted(struct api_call *call,
                                            struct subscriptions_request *request,
                                            const struct edge_action *action)
{
    enum mercure_reading reading = MERCURE_READ_PATH;
    struct mercure_refusal refusal;
    const char *error = NULL;
    enum exchange_result result;
    int status;

    if (!admit(call, &request->query, &refusal))
        return handle_mercure_refusal(call, &refusal);
    if (call->access.grants != NULL)
        reading = call->access.grants->modern ? MERCURE_READ_MODERN : MERCURE_READ_LEGACY;
    status = mercure_address_parse(call->raw_path, reading, call->config->hub_url,
                                   &request->address, &error);
    if (status != 0)
        return handle_mercure_text(call, status, error);
    result = action == NULL ? query_broker(call, request) : respond_list(call, request, action);
    mercure_address_clear(&request->address);
    return result;
}

/* Handles the request, or the core's reply to its query. `action` is that reply, or NULL. */
static enum exchange_result handle_request(struct api_call *call, const struct edge_action *action)
{
    struct subscriptions_request request = {.address = {.modern = false}};
    enum exchange_result result;

    /* The path as it was sent is used: in it, as in grants, the slashes of a topic are encoded. */
    if (!slice_starts(call->raw_path, SLICE(MERCURE_SUBSCRIPTIONS_PATH)))
        return handle_mercure_text(call, 404, "subscriptions: nothing found at this path");
    if (form_parse(call->query, &request.query) != OK)
        return handle_mercure_text(call, 400, API_CALL_BAD_QUERY);
    result = handle_admitted(call, &request, action);
    form_clear(&request.query);
    return result;
}

enum exchange_result handle_mercure_subscriptions(struct api_call *call)
{
    return handle_request(call, NULL);
}

enum exchange_result handle_mercure_subscriptions_reply(struct api_call *call,
                                                        const struct edge_action *action)
{
    return handle_request(call, action);
}
