/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Handles POST /subscriptions/{session}. */

#include "edge/api/handle.h"

#include "common/base/json_text.h"
#include "edge/access/credentials.h"
#include "edge/api/subscription_change.h"

#include <stdio.h>

static struct subscription_change_context session_of(const struct exchange_context *context,
                                                     const struct exchange_now *now)
{
    return (struct subscription_change_context){
        .edge = context->edge,
        .access = &context->access,
        .selectors_max = context->config->stream_topics,
        .now_ms = now->ms,
        .unix_ms = now->unix_ms,
        .random = now->random,
    };
}

static enum exchange_result respond(struct api_call *call, enum err err, const char *reason)
{
    struct response r;

    if (err != OK)
        return api_call_error(call, err, reason);
    r = api_call_response(call);
    r.status = 204;
    response_write(call->x->out, &r);
    return EXCHANGE_RESPONDED;
}

static enum exchange_result change_local(struct api_call *call, struct slice session,
                                         struct slice token)
{
    struct subscription_change_context session_context = session_of(call->context, call->now);
    char reason[SUBSCRIPTION_CHANGE_REASON_SIZE];
    enum err err =
        subscription_change_apply(&session_context, session, call->x->message->body, token, reason);

    return respond(call, err, reason);
}

static enum exchange_result change_remote(struct api_call *call, struct slice session,
                                          struct slice token)
{
    const struct slice arguments[] = {session, call->x->message->body, token};
    enum err err = pending_query_command(call->context->edge, call->now->ms, call->x->owner,
                                         SLICE("session"), arguments, 3, &call->x->pending);

    if (err == OK)
        return EXCHANGE_WAITS;
    return api_call_error(call, err, "the edge of the stream cannot be reached; retry later");
}

static bool has_token(struct slice body)
{
    struct buf text;
    bool found;

    buf_init(&text, body.size);
    found = json_text_member(body, "token", &text);
    buf_clear(&text);
    return found;
}

static struct slice last_part(struct slice path)
{
    size_t at = path.size;

    while (at > 0 && path.data[at - 1] != '/')
        at--;
    return slice_of(path.data + at, path.size - at);
}

enum exchange_result handle_subscription_change(struct api_call *call)
{
    struct slice session = last_part(call->path);
    struct credentials credentials =
        credentials_find(call->x->message, NULL, call->config->access.cookie_name);
    bool local;

    if (edge_session_local(call->context->edge, session, &local) != OK)
        return api_call_problem(call, 404, "no such stream");
    /* A token that comes with the request must be valid at this edge. */
    if (!(credentials.source == CREDENTIALS_NONE && has_token(call->x->message->body)) &&
        !api_call_admit(call, NULL, ACCESS_LISTEN, true))
        return EXCHANGE_RESPONDED;
    return local ? change_local(call, session, credentials.token)
                 : change_remote(call, session, credentials.token);
}

enum exchange_result handle_subscription_change_reply(struct api_call *call,
                                                      const struct edge_action *action)
{
    char reason[SUBSCRIPTION_CHANGE_REASON_SIZE];
    size_t size =
        action->reply.text.size < sizeof reason ? action->reply.text.size : sizeof reason - 1;

    if (size > 0)
        memcpy(reason, action->reply.text.data, size);
    reason[size] = '\0';
    return respond(call, action->reply.result,
                   size > 0 ? reason : "no reply from the edge of the stream; retry later");
}

void handle_subscription_change_command(const struct exchange_context *context,
                                        const struct exchange_now *now,
                                        const struct edge_action *action)
{
    struct subscription_change_context session_context = session_of(context, now);
    char reason[SUBSCRIPTION_CHANGE_REASON_SIZE] = "";
    enum err err = subscription_change_apply(&session_context, action->session.session,
                                             action->session.body, action->session.token, reason);

    edge_command_reply(context->edge, action->session.request, err, slice_str(reason));
}
