/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/session.h"

#include "common/base/mem.h"
#include "common/topic/topic.h"

#include <jansson.h>
#include <stdio.h>

static enum err refuse(char reason[SESSION_REASON_SIZE], const char *field, const char *what)
{
    (void)snprintf(reason, SESSION_REASON_SIZE, "%s: %s", field, what);
    return ERR_INVALID;
}

/* The buffer has room for the whole source text, so that slices into it stay good. */
static struct slice copy_string(struct buf *bytes, const json_t *string)
{
    size_t start = bytes->size;

    buf_append(bytes, json_string_value(string), json_string_length(string));
    return slice_of(bytes->data + start, bytes->size - start);
}

static enum err take_selectors(const json_t *root, const char *name, struct session_wish *wish,
                               size_t *out_count, char reason[SESSION_REASON_SIZE])
{
    const json_t *list = json_object_get(root, name);
    struct slice *to = wish->selectors + wish->add_count;

    if (list == NULL || json_is_null(list))
        return OK;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        struct slice text;

        if (!json_is_string(item))
            return refuse(reason, name, "must be an array of strings");
        text = copy_string(&wish->bytes, item);
        if (selector_check(text) != OK)
            return refuse(reason, name,
                          "each must be * or 1 to 1024 bytes without control characters");
        to[i] = text;
    }
    *out_count = json_array_size(list);
    return OK;
}

static enum err take_token(const json_t *root, struct session_wish *wish,
                           char reason[SESSION_REASON_SIZE])
{
    const json_t *token = json_object_get(root, "token");

    if (token == NULL || json_is_null(token))
        return OK;
    if (!json_is_string(token))
        return refuse(reason, "token", "must be a string");
    wish->token = copy_string(&wish->bytes, token);
    return OK;
}

static enum err check_list(const json_t *root, const char *name, char reason[SESSION_REASON_SIZE])
{
    const json_t *list = json_object_get(root, name);

    if (list == NULL || json_is_null(list) || json_is_array(list))
        return OK;
    return refuse(reason, name, "must be an array of strings");
}

static enum err take(const json_t *root, struct slice text, size_t max, struct session_wish *wish,
                     char reason[SESSION_REASON_SIZE])
{
    size_t count = json_array_size(json_object_get(root, "add")) +
                   json_array_size(json_object_get(root, "remove"));
    enum err err = check_list(root, "add", reason);

    if (err == OK)
        err = check_list(root, "remove", reason);
    if (err != OK)
        return err;
    if (count > 2 * max) {
        (void)snprintf(reason, SESSION_REASON_SIZE, "add: more topics than a stream may have");
        return ERR_TOO_MANY;
    }
    wish->selectors = mem_try((count + 1) * sizeof *wish->selectors);
    if (wish->selectors == NULL || buf_reserve(&wish->bytes, text.size) == NULL) {
        (void)snprintf(reason, SESSION_REASON_SIZE, "no memory");
        return ERR_NO_MEMORY;
    }
    err = take_selectors(root, "add", wish, &wish->add_count, reason);
    if (err == OK)
        err = take_selectors(root, "remove", wish, &wish->remove_count, reason);
    if (err == OK)
        err = take_token(root, wish, reason);
    return err;
}

enum err session_read_json(struct slice text, size_t max, struct session_wish *out,
                           char reason[SESSION_REASON_SIZE])
{
    struct session_wish wish = {.selectors = NULL};
    json_error_t error;
    json_t *root = json_loadb(text.data == NULL ? "" : text.data, text.size,
                              JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    enum err err;

    buf_init(&wish.bytes, text.size);
    if (!json_is_object(root)) {
        (void)snprintf(reason, SESSION_REASON_SIZE, "the body must be a JSON object");
        err = ERR_INVALID;
    } else {
        err = take(root, text, max, &wish, reason);
    }
    json_decref(root);
    if (err == OK)
        *out = wish;
    else
        session_clear(&wish);
    return err;
}
