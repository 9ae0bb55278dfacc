/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/subscription_change.h"

#include "common/base/mem.h"
#include "common/topic/selector.h"

#include <jansson.h>
#include <stdio.h>

/* ---- the body ---- */

void subscription_change_clear(struct subscription_change *request)
{
    buf_clear(&request->bytes);
    mem_free(request->selectors);
    request->selectors = NULL;
    request->add_count = request->remove_count = 0;
}

static enum err refuse(char reason[SUBSCRIPTION_CHANGE_REASON_SIZE], const char *field,
                       const char *what)
{
    (void)snprintf(reason, SUBSCRIPTION_CHANGE_REASON_SIZE, "%s: %s", field, what);
    return ERR_INVALID;
}

/* The buffer has room for the complete source text, so it does not move and slices into it stay
 * valid. */
static struct slice copy_string(struct buf *bytes, const json_t *string)
{
    size_t start = bytes->size;

    buf_append(bytes, json_string_value(string), json_string_length(string));
    return slice_of(bytes->data + start, bytes->size - start);
}

static enum err take_selectors(const json_t *root, const char *name,
                               struct subscription_change *request, size_t *out_count,
                               char reason[SUBSCRIPTION_CHANGE_REASON_SIZE])
{
    const json_t *list = json_object_get(root, name);
    struct slice *to = request->selectors + request->add_count;

    if (list == NULL || json_is_null(list))
        return OK;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        struct slice text;

        if (!json_is_string(item))
            return refuse(reason, name, "must be an array of strings");
        text = copy_string(&request->bytes, item);
        if (selector_check(text) != OK)
            return refuse(reason, name,
                          "each must be * or 1 to 1024 bytes without control characters");
        to[i] = text;
    }
    *out_count = json_array_size(list);
    return OK;
}

static enum err take_token(const json_t *root, struct subscription_change *request,
                           char reason[SUBSCRIPTION_CHANGE_REASON_SIZE])
{
    const json_t *token = json_object_get(root, "token");

    if (token == NULL || json_is_null(token))
        return OK;
    if (!json_is_string(token))
        return refuse(reason, "token", "must be a string");
    request->token = copy_string(&request->bytes, token);
    return OK;
}

static enum err check_list(const json_t *root, const char *name,
                           char reason[SUBSCRIPTION_CHANGE_REASON_SIZE])
{
    const json_t *list = json_object_get(root, name);

    if (list == NULL || json_is_null(list) || json_is_array(list))
        return OK;
    return refuse(reason, name, "must be an array of strings");
}

static enum err take(const json_t *root, struct slice text, size_t max,
                     struct subscription_change *request,
                     char reason[SUBSCRIPTION_CHANGE_REASON_SIZE])
{
    size_t count = json_array_size(json_object_get(root, "add")) +
                   json_array_size(json_object_get(root, "remove"));
    enum err err = check_list(root, "add", reason);

    if (err == OK)
        err = check_list(root, "remove", reason);
    if (err != OK)
        return err;
    if (count > 2 * max) {
        (void)snprintf(reason, SUBSCRIPTION_CHANGE_REASON_SIZE,
                       "add: too many topics for one stream");
        return ERR_TOO_MANY;
    }
    request->selectors = mem_try((count + 1) * sizeof *request->selectors);
    if (request->selectors == NULL || buf_reserve(&request->bytes, text.size) == NULL) {
        (void)snprintf(reason, SUBSCRIPTION_CHANGE_REASON_SIZE, "out of memory; retry later");
        return ERR_NO_MEMORY;
    }
    err = take_selectors(root, "add", request, &request->add_count, reason);
    if (err == OK)
        err = take_selectors(root, "remove", request, &request->remove_count, reason);
    if (err == OK)
        err = take_token(root, request, reason);
    return err;
}

enum err subscription_change_read(struct slice text, size_t max, struct subscription_change *out,
                                  char reason[SUBSCRIPTION_CHANGE_REASON_SIZE])
{
    struct subscription_change request = {.selectors = NULL};
    json_error_t error;
    json_t *root = json_loadb(text.data == NULL ? "" : text.data, text.size,
                              JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    enum err err;

    buf_init(&request.bytes, text.size);
    if (!json_is_object(root)) {
        (void)snprintf(reason, SUBSCRIPTION_CHANGE_REASON_SIZE, "the body must be a JSON object");
        err = ERR_INVALID;
    } else {
        err = take(root, text, max, &request, reason);
    }
    json_decref(root);
    if (err == OK)
        *out = request;
    else
        subscription_change_clear(&request);
    return err;
}

/* ---- the stream ---- */

static enum err fail(char reason[SUBSCRIPTION_CHANGE_REASON_SIZE], enum err err, const char *text)
{
    (void)snprintf(reason, SUBSCRIPTION_CHANGE_REASON_SIZE, "%s", text);
    return err;
}

/* Finds the grants of the client: *out is a reference, or NULL for an anonymous client. */
static enum err find_grants(const struct subscription_change_context *c, struct slice token,
                            struct grants **out, char reason[SUBSCRIPTION_CHANGE_REASON_SIZE])
{
    char detail[TOKEN_DETAIL_SIZE];

    *out = NULL;
    if (token.size == 0)
        return c->access->config->anonymous ? OK : fail(reason, ERR_DENIED, "token: required");
    if (c->access->verify(c->access->context, c->unix_ms, token, out, detail) == TOKEN_OK)
        return OK;
    (void)snprintf(reason, SUBSCRIPTION_CHANGE_REASON_SIZE, "token: %s", detail);
    return ERR_DENIED;
}

static enum err explain(enum err err, char reason[SUBSCRIPTION_CHANGE_REASON_SIZE])
{
    switch ((int)err) {
    case OK:
        return OK;
    case ERR_NOT_FOUND:
        return fail(reason, err, "no such stream");
    case ERR_TOO_MANY:
        return fail(reason, err, "add: too many topics for one stream");
    case ERR_INVALID:
        return fail(reason, err, "remove: at least one topic must remain");
    case ERR_UNAVAILABLE:
        return fail(reason, err, "the stream is in the middle of an event; retry later");
    default:
        return fail(reason, err, err_text(err));
    }
}

static enum err apply(const struct subscription_change_context *c, struct slice session,
                      const struct subscription_change *request, struct grants *grants, bool renew,
                      char reason[SUBSCRIPTION_CHANGE_REASON_SIZE])
{
    struct session_change change = {
        .add = request->selectors,
        .add_count = request->add_count,
        .remove = request->selectors + request->add_count,
        .remove_count = request->remove_count,
        .renew = renew,
        .grants = grants,
        .expires_ms = access_expiry(grants, c->now_ms, c->unix_ms, c->random),
    };

    return explain(edge_session_change(c->edge, c->now_ms, session, &change), reason);
}

/* With keys, only the subject of the stream's own token may change it: session ids are numbered and
 * can be guessed. */
static enum err apply_own(const struct subscription_change_context *c, struct slice session,
                          const struct subscription_change *request, struct slice token,
                          char reason[SUBSCRIPTION_CHANGE_REASON_SIZE])
{
    struct grants *grants;
    struct grants *own;
    enum err err = explain(edge_session_grants(c->edge, session, &own), reason);

    if (err == OK)
        err = find_grants(c, request->token.size > 0 ? request->token : token, &grants, reason);
    if (err != OK)
        return err;
    if (!slice_equal(access_subject(own), access_subject(grants)))
        err = fail(reason, ERR_DENIED, "token: must have the subject of the stream's token");
    else
        err = apply(c, session, request, grants, request->token.size > 0, reason);
    grants_unref(grants);
    return err;
}

enum err subscription_change_apply(const struct subscription_change_context *context,
                                   struct slice session, struct slice body, struct slice token,
                                   char reason[SUBSCRIPTION_CHANGE_REASON_SIZE])
{
    struct subscription_change request;
    enum err err = subscription_change_read(body, context->selectors_max, &request, reason);

    if (err != OK)
        return err;
    if (context->access->verify == NULL)
        err = apply(context, session, &request, NULL, false, reason);
    else
        err = apply_own(context, session, &request, token, reason);
    subscription_change_clear(&request);
    return err;
}
