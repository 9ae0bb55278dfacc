/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Handles /history, /topics and /presence. */

#include "edge/api/handle.h"

#include "common/base/mem.h"
#include "common/topic/topic.h"
#include "edge/api/history.h"

#include <stdio.h>

#define PAGE_DEFAULT 50
#define TOPICS_DEFAULT 100
#define MEMBERS_DEFAULT 1000
#define REASON_MAX 256
#define LIMIT_SIZE 24
#define BAD_LIMIT "limit: must be a number from 1 to 1000"
#define BODY_MAX (14u << 20) /* less than the 16 MiB that a connection can send */

static enum exchange_result respond(struct api_call *call, struct slice body)
{
    struct response r;

    buf_str(&call->headers, "Cache-Control: no-store\r\n");
    r = api_call_response(call);
    r.status = 200;
    r.type = "application/json";
    r.body = body;
    response_write(call->x->out, &r);
    return EXCHANGE_RESPONDED;
}

static const char *error_detail(enum err err)
{
    if (err == ERR_TIMEOUT)
        return "no reply from the broker in time; retry later";
    if (err == ERR_UNAVAILABLE)
        return "the broker cannot be reached or has too many requests; retry later";
    return err_text(err);
}

static enum exchange_result wait_for_reply(struct api_call *call, enum err err)
{
    return err == OK ? EXCHANGE_WAITS : api_call_error(call, err, error_detail(err));
}

/* Parses the query and checks access. Returns false after responding. */
static bool begin(struct api_call *call, enum access_need need, struct form *out_query)
{
    if (!api_call_query(call, out_query))
        return false;
    if (api_call_admit(call, NULL, need, false))
        return true;
    form_clear(out_query);
    return false;
}

/* Reads `limit` from the query. Returns false if it is not a number from 1 to 1000. */
static bool find_limit(const struct form *query, uint64_t fallback, uint64_t *out)
{
    struct slice text = form_find(query, "limit");

    *out = fallback;
    return text.size == 0 || (number_parse(text, EDGE_PAGE_MAX, out) == OK && *out > 0);
}

static struct slice limit_text(uint64_t limit, char text[LIMIT_SIZE])
{
    (void)snprintf(text, LIMIT_SIZE, "%u", (unsigned)limit);
    return slice_str(text);
}

/* ---- history ---- */

/* Reads a cursor from the query. Returns 0 if it is valid or absent, otherwise the status of the
 * problem. */
static int find_cursor(const struct api_call *call, const struct form *query, const char *name,
                       uint64_t *out)
{
    struct slice text = form_find(query, name);
    struct edge_status status;
    struct epoch epoch;

    if (text.size == 0)
        return 0;
    if (event_id_parse(text, &epoch, out) != OK)
        return 400;
    edge_status(call->context->edge, &status);
    return epoch_equal(epoch, status.epoch) ? 0 : 410;
}

static enum exchange_result bad_cursor(struct api_call *call, int status, const char *name)
{
    char detail[80];

    (void)snprintf(detail, sizeof detail, "%s: %s", name,
                   status == 410 ? "the id belongs to another log"
                                 : "must be an event id of the log");
    return api_call_problem(call, status, detail);
}

static enum exchange_result page_with(struct api_call *call, const struct form *query,
                                      struct slice *selectors)
{
    struct history spec = {.selectors = selectors, .after = EDGE_BACKWARD, .before = UINT64_MAX};
    const char *error = api_call_selectors(call, query, selectors, &spec.selector_count);
    uint64_t limit;
    int status;

    if (error != NULL)
        return api_call_problem(call, 400, error);
    if (!find_limit(query, PAGE_DEFAULT, &limit))
        return api_call_problem(call, 400, BAD_LIMIT);
    status = find_cursor(call, query, "before", &spec.before);
    if (status != 0)
        return bad_cursor(call, status, "before");
    status = find_cursor(call, query, "after", &spec.after);
    if (status != 0)
        return bad_cursor(call, status, "after");
    spec.limit = (uint32_t)limit;
    return wait_for_reply(call, pending_query_page(call->context->edge, call->now->ms,
                                                   call->x->owner, &spec, call->access.open,
                                                   call->access.grants, &call->x->pending));
}

enum exchange_result handle_history(struct api_call *call)
{
    struct form query;
    struct slice *selectors;
    enum exchange_result result;

    if (!begin(call, ACCESS_LISTEN, &query))
        return EXCHANGE_RESPONDED;
    selectors = mem_alloc((call->config->stream_topics + 1) * sizeof *selectors);
    result = page_with(call, &query, selectors);
    mem_free(selectors);
    form_clear(&query);
    return result;
}

enum exchange_result handle_history_reply(struct api_call *call, const struct edge_action *action)
{
    struct buf body;
    enum err err;

    if (action->page.result != OK)
        return api_call_error(call, action->page.result, error_detail(action->page.result));
    buf_init(&body, BODY_MAX);
    err = history_write(call->x->pending, &action->page, &body);
    if (err == OK && buf_ok(&body))
        (void)respond(call, buf_all(&body));
    else
        (void)api_call_error(call, err,
                             err == OK ? "limit: the page is too large; ask for fewer records"
                                       : err_text(err));
    buf_clear(&body);
    return EXCHANGE_RESPONDED;
}

/* ---- topics and presence ---- */

/* Responds with the line in which the broker says what is wrong with the request. */
static enum exchange_result respond_broker_error(struct api_call *call,
                                                 const struct edge_action *action)
{
    enum exchange_result result;
    struct buf line;

    buf_init(&line, REASON_MAX);
    buf_slice(&line, action->reply.text);
    buf_char(&line, '\0');
    result = api_call_error(call, action->reply.result,
                            buf_ok(&line) ? line.data : error_detail(action->reply.result));
    buf_clear(&line);
    return result;
}

enum exchange_result handle_json_reply(struct api_call *call, const struct edge_action *action)
{
    if ((action->reply.result == ERR_INVALID || action->reply.result == ERR_UNKNOWN) &&
        action->reply.text.size > 0)
        return respond_broker_error(call, action);
    if (action->reply.result != OK)
        return api_call_error(call, action->reply.result, error_detail(action->reply.result));
    return respond(call, action->reply.text);
}

static enum exchange_result query_broker(struct api_call *call, struct slice command,
                                         const struct slice *arguments, size_t count)
{
    return wait_for_reply(call,
                          pending_query_command(call->context->edge, call->now->ms, call->x->owner,
                                                command, arguments, count, &call->x->pending));
}

static enum exchange_result topics_with(struct api_call *call, const struct form *query)
{
    struct slice arguments[2] = {form_find(query, "after"), {NULL, 0}};
    uint64_t limit;
    char text[LIMIT_SIZE];

    if (!access_listens(&call->access, SLICE("*")))
        return api_call_problem(call, 403, "token: must grant subscribing to * to list all topics");
    if (arguments[0].size > 0 && topic_check(arguments[0]) != OK)
        return api_call_problem(call, 400, "after: must be a topic");
    if (!find_limit(query, TOPICS_DEFAULT, &limit))
        return api_call_problem(call, 400, BAD_LIMIT);
    arguments[1] = limit_text(limit, text);
    return query_broker(call, SLICE("topics"), arguments, 2);
}

enum exchange_result handle_topics(struct api_call *call)
{
    struct form query;
    enum exchange_result result;

    if (!begin(call, ACCESS_TOKEN, &query))
        return EXCHANGE_RESPONDED;
    result = topics_with(call, &query);
    form_clear(&query);
    return result;
}

static enum exchange_result presence_with(struct api_call *call, const struct form *query)
{
    struct slice topic = form_find(query, "topic");
    struct slice arguments[3] = {topic, form_find(query, "after"), {NULL, 0}};
    uint64_t limit;
    char text[LIMIT_SIZE];

    if (topic_check(topic) != OK)
        return api_call_problem(
            call, 400, "topic: must be 1 to 1024 bytes of UTF-8 without control characters");
    if (!access_listens(&call->access, topic))
        return api_call_problem(call, 403, "topic: the token does not grant subscribing to it");
    if (!find_limit(query, MEMBERS_DEFAULT, &limit))
        return api_call_problem(call, 400, BAD_LIMIT);
    arguments[2] = limit_text(limit, text);
    return query_broker(call, SLICE("presence"), arguments, 3);
}

enum exchange_result handle_presence(struct api_call *call)
{
    struct form query;
    enum exchange_result result;

    if (!begin(call, ACCESS_TOKEN, &query))
        return EXCHANGE_RESPONDED;
    result = presence_with(call, &query);
    form_clear(&query);
    return result;
}
