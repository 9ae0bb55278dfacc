/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Makes the claims of a new token. */

#include "broker/ctl/token/token.h"

#include <assert.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

/* Returns the text up to the next comma outside braces: {a,b} is one expression of a template. */
static struct slice next_selector(const char *text)
{
    size_t depth = 0;
    size_t size = 0;

    while (text[size] != '\0' && (text[size] != ',' || depth > 0)) {
        if (text[size] == '{')
            depth++;
        else if (text[size] == '}' && depth > 0)
            depth--;
        size++;
    }
    return slice_of(text, size);
}

static enum err put_selectors(const char *text, struct buf *out)
{
    bool first = true;

    buf_char(out, '[');
    for (;;) {
        struct slice selector = next_selector(text);

        if (selector.size == 0)
            return ERR_INVALID;
        if (!first)
            buf_char(out, ',');
        first = false;
        buf_json_string(out, selector);
        text += selector.size;
        if (*text == '\0')
            break;
        text++;
    }
    buf_char(out, ']');
    return OK;
}

/* Appends a member's name, after a comma unless it is the first. */
static void put_name(const char *name, struct buf *out)
{
    if (out->size > 0 && out->data[out->size - 1] != '{')
        buf_char(out, ',');
    buf_json_string(out, slice_str(name));
    buf_char(out, ':');
}

static void put_string(const char *name, const char *value, struct buf *out)
{
    if (value[0] == '\0')
        return;
    put_name(name, out);
    buf_json_string(out, slice_str(value));
}

static void put_seconds(const char *name, uint64_t ms, struct buf *out)
{
    put_name(name, out);
    buf_u64(out, ms / 1000);
}

static enum err put_grants(const struct token_fields *fields, struct buf *out)
{
    enum err err = OK;

    put_name("mercure", out);
    buf_char(out, '{');
    if (fields->publish[0] != '\0') {
        put_name("publish", out);
        err = put_selectors(fields->publish, out);
    }
    if (err == OK && fields->subscribe[0] != '\0') {
        put_name("subscribe", out);
        err = put_selectors(fields->subscribe, out);
    }
    if (err == OK && fields->admin) {
        put_name("admin", out);
        buf_str(out, "true");
    }
    if (fields->payload[0] != '\0') {
        put_name("payload", out);
        buf_str(out, fields->payload);
    }
    buf_char(out, '}');
    return err;
}

static bool is_json(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

    json_decref(value);
    return value != NULL;
}

enum err token_build_claims(const struct token_fields *fields, uint64_t now_ms, struct buf *out)
{
    enum err err;

    assert(fields->payload[0] == '\0' || is_json(fields->payload));
    buf_char(out, '{');
    put_string("iss", fields->issuer, out);
    put_string("sub", fields->subject, out);
    put_string("aud", fields->audience, out);
    put_seconds("iat", now_ms, out);
    if (fields->expires_ms > 0)
        put_seconds("exp", now_ms + fields->expires_ms, out);
    err = put_grants(fields, out);
    buf_char(out, '}');
    if (err != OK)
        return err;
    return buf_ok(out) ? OK : ERR_TOO_LARGE;
}
