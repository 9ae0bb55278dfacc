/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Handles the operator's routes: the stream of metrics, and commands. */

#include "edge/api/handle.h"

#include "edge/access/origins.h"
#include "edge/api/admin_command.h"

#define REASON_MAX 512
#define BODY_MAX (64u << 10)

/* ---- access ---- */

/* Returns true if an unknown proxy forwarded the request: then the peer's address is not the
 * client's. */
static bool is_forwarded(const struct api_call *call)
{
    static const char *const names[] = {"X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"};
    const struct networks *proxies = call->config->proxies;

    if (proxies != NULL && networks_have(proxies, &call->x->peer))
        return false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (http_header(call->x->message, names[i]).data != NULL)
            return true;
    }
    return false;
}

/* Returns true if the Host is this machine. A page from elsewhere may have pointed a name of its
 * own at this address (DNS rebinding). */
static bool is_called_local(struct slice host)
{
    struct address address;
    size_t size = 0;

    if (host.size > 0 && host.data[0] == '[') {
        host = slice_of(host.data + 1, host.size - 1);
        while (size < host.size && host.data[size] != ']')
            size++;
    } else {
        while (size < host.size && host.data[size] != ':')
            size++;
    }
    host.size = size;
    return slice_equal_nocase(host, SLICE("localhost")) ||
           (address_parse(host, &address) == OK && address_is_loopback(&address));
}

/* Returns why a request is refused at an edge without keys, or NULL. */
static const char *refuse_open(const struct api_call *call, bool writes)
{
    const struct http_message *message = call->x->message;
    struct address client = api_call_address(call);

    if (!address_is_loopback(&client) || is_forwarded(call))
        return "without keys (--jwt-key) this is allowed only from this machine";
    if (!is_called_local(http_header(message, "Host")))
        return "host: must be localhost or a loopback address when there are no keys";
    if (writes && http_header(message, "Origin").data != NULL && !origins_trust_page(message, ""))
        return "origin: must be this host";
    return NULL;
}

/* Checks the access. Returns false after responding with a refusal. */
static bool admit(struct api_call *call, const struct form *query, bool writes)
{
    const char *why;

    if (!api_call_admit(call, query, ACCESS_TOKEN, writes))
        return false;
    if (call->access.open)
        why = refuse_open(call, writes);
    else
        why = call->access.grants->admin ? NULL : "token: does not grant admin";
    if (why != NULL)
        (void)api_call_problem(call, 403, why);
    return why == NULL;
}

/* ---- events ---- */

static enum exchange_result open_stream(struct api_call *call)
{
    char topic[EDGE_STATS_TOPIC_SIZE];
    struct slice selector;
    struct subscribe spec = {.selectors = &selector, .selector_count = 1, .stats = true};

    edge_stats_topic(call->context->edge, topic);
    selector = slice_str(topic);
    spec.expires_ms =
        access_expiry(call->access.grants, call->now->ms, call->now->unix_ms, call->now->random);
    return handle_stream_begin(call, &spec);
}

enum exchange_result handle_admin_events(struct api_call *call)
{
    struct form query;
    enum exchange_result result = EXCHANGE_RESPONDED;

    if (!api_call_query(call, &query))
        return EXCHANGE_RESPONDED;
    if (admit(call, &query, false))
        result = open_stream(call);
    form_clear(&query);
    return result;
}

/* ---- commands ---- */

static enum exchange_result send_command(struct api_call *call, const struct admin_command *command)
{
    enum err err;

    if (!admin_command_allowed(command))
        return api_call_problem(call, 403, "command: not allowed over HTTP");
    err =
        pending_query_command(call->context->edge, call->now->ms, call->x->owner, command->command,
                              command->arguments, command->count, &call->x->pending);
    return err == OK ? EXCHANGE_WAITS
                     : api_call_error(call, err, "the broker cannot be reached; retry later");
}

enum exchange_result handle_admin_command(struct api_call *call)
{
    const struct http_message *message = call->x->message;
    struct admin_command command;
    char reason[ADMIN_COMMAND_REASON_SIZE];
    enum exchange_result result;

    if (!admit(call, NULL, true))
        return EXCHANGE_RESPONDED;
    if (!media_type_is(http_header(message, "Content-Type"), "application/json"))
        return api_call_problem(call, 415, "the body must be application/json");
    if (message->body.size > BODY_MAX)
        return api_call_problem(call, 413, "the body of a command must be at most 64 KiB");
    if (admin_command_read(message->body, &command, reason) != OK)
        return api_call_problem(call, 400, reason);
    result = send_command(call, &command);
    admin_command_clear(&command);
    return result;
}

enum exchange_result handle_admin_reply(struct api_call *call, const struct edge_action *action)
{
    struct buf line;

    if (action->reply.result == OK)
        return handle_json_reply(call, action);
    buf_init(&line, REASON_MAX);
    if (action->reply.text.size > 0 && action->reply.text.size < REASON_MAX)
        buf_slice(&line, action->reply.text);
    else
        buf_str(&line, err_text(action->reply.result));
    buf_char(&line, '\0');
    (void)api_call_error(call, action->reply.result, line.data);
    buf_clear(&line);
    return EXCHANGE_RESPONDED;
}
