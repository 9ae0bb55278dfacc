/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/session.h"

#include "common/base/mem.h"

#include <stdio.h>

void session_clear(struct session_wish *wish)
{
    buf_clear(&wish->bytes);
    mem_free(wish->selectors);
    wish->selectors = NULL;
    wish->add_count = wish->remove_count = 0;
}

static enum err fail(char reason[SESSION_REASON_SIZE], enum err err, const char *text)
{
    (void)snprintf(reason, SESSION_REASON_SIZE, "%s", text);
    return err;
}

/* The rights of who asks: *out has a reference, or is NULL for the anonymous. */
static enum err find_grants(const struct session_context *c, struct slice token,
                            struct grants **out, char reason[SESSION_REASON_SIZE])
{
    char detail[TOKEN_DETAIL_SIZE];

    *out = NULL;
    if (token.size == 0)
        return c->access->config->anonymous ? OK
                                            : fail(reason, ERR_DENIED, "token: this needs one");
    if (c->access->verify(c->access->context, c->unix_ms, token, out, detail) == TOKEN_OK)
        return OK;
    (void)snprintf(reason, SESSION_REASON_SIZE, "token: %s", detail);
    return ERR_DENIED;
}

static enum err explain(enum err err, char reason[SESSION_REASON_SIZE])
{
    switch ((int)err) {
    case OK:
        return OK;
    case ERR_NOT_FOUND:
        return fail(reason, err, "no such stream is open");
    case ERR_TOO_MANY:
        return fail(reason, err, "add: more topics than a stream may have");
    case ERR_INVALID:
        return fail(reason, err, "remove: the stream would have no topic");
    case ERR_UNAVAILABLE:
        return fail(reason, err, "the stream is in the middle of an event: try again");
    default:
        return fail(reason, err, err_text(err));
    }
}

static enum err change(const struct session_context *c, struct slice session,
                       const struct session_wish *wish, struct grants *grants, bool renew,
                       char reason[SESSION_REASON_SIZE])
{
    struct session_change change = {
        .add = wish->selectors,
        .add_count = wish->add_count,
        .remove = wish->selectors + wish->add_count,
        .remove_count = wish->remove_count,
        .renew = renew,
        .grants = grants,
        .expires_ms = access_expiry(grants, c->now_ms, c->unix_ms, c->random),
    };

    return explain(edge_session_change(c->edge, c->now_ms, session, &change), reason);
}

/* Under rules a stream is changed by its own subject only: sessions are numbered, so they can be guessed. */
static enum err change_own(const struct session_context *c, struct slice session,
                           const struct session_wish *wish, struct slice token,
                           char reason[SESSION_REASON_SIZE])
{
    struct grants *grants;
    struct grants *own;
    enum err err = explain(edge_session_grants(c->edge, session, &own), reason);

    if (err == OK)
        err = find_grants(c, wish->token.size > 0 ? wish->token : token, &grants, reason);
    if (err != OK)
        return err;
    if (!slice_equal(access_subject(own), access_subject(grants)))
        err = fail(reason, ERR_DENIED, "token: its subject is not that of the stream's own");
    else
        err = change(c, session, wish, grants, wish->token.size > 0, reason);
    grants_unref(grants);
    return err;
}

enum err session_apply(const struct session_context *context, struct slice session,
                       struct slice body, struct slice token, char reason[SESSION_REASON_SIZE])
{
    struct session_wish wish;
    enum err err = session_read_json(body, context->selectors_max, &wish, reason);

    if (err != OK)
        return err;
    if (context->access->verify == NULL)
        err = change(context, session, &wish, NULL, false, reason);
    else
        err = change_own(context, session, &wish, token, reason);
    session_clear(&wish);
    return err;
}
