/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Explains the claims of a token in text. */

#include "broker/ctl/token/token.h"

#include "broker/ctl/lib/text.h"
#include "common/base/json_text.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>

#define YEAR_10000_MS UINT64_C(253402300800000)

static void put_duration(uint64_t ms, struct buf *out)
{
    uint64_t seconds = ms / 1000;

    if (seconds < 120)
        buf_printf(out, "%" PRIu64 " s", seconds);
    else if (seconds < 2 * 3600)
        buf_printf(out, "%" PRIu64 " min", seconds / 60);
    else if (seconds < 2 * 86400)
        buf_printf(out, "%" PRIu64 " h", seconds / 3600);
    else
        buf_printf(out, "%" PRIu64 " days", seconds / 86400);
}

void token_explain_time(uint64_t ms, uint64_t now_ms, struct buf *out)
{
    char time[TEXT_SIZE];

    if (ms >= YEAR_10000_MS) {
        buf_str(out, "never");
        return;
    }
    text_second(ms, time);
    buf_printf(out, "%s (", time);
    if (ms >= now_ms) {
        buf_str(out, "in ");
        put_duration(ms - now_ms, out);
    } else {
        put_duration(now_ms - ms, out);
        buf_str(out, " ago");
    }
    buf_char(out, ')');
}

static const char *match_name(enum grant_match match)
{
    switch (match) {
    case GRANT_SELECTOR:
        return "";
    case GRANT_EXACT:
        return " (exactly)";
    case GRANT_URLPATTERN:
        return " (URL pattern)";
    }
    return "";
}

static void put_grants(const char *label, const struct grant_list *list, struct buf *out)
{
    buf_str(out, label);
    if (list->count == 0)
        buf_str(out, list->claimed ? "nothing (an empty list)" : "nothing");
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            buf_str(out, ", ");
        text_clean(out, list->grants[i].selector);
        buf_str(out, match_name(list->grants[i].match));
    }
    buf_char(out, '\n');
}

static void put_text(const char *label, struct slice text, struct buf *out)
{
    if (text.data == NULL)
        return;
    buf_str(out, label);
    text_clean(out, text);
    buf_char(out, '\n');
}

void token_explain_claims(const struct claims *c, uint64_t now_ms, struct buf *out)
{
    put_grants("publish    ", &c->grants->lists[GRANT_PUBLISH], out);
    put_grants("subscribe  ", &c->grants->lists[GRANT_SUBSCRIBE], out);
    if (c->grants->admin)
        buf_str(out, "admin      yes: operators' commands\n");
    put_text("payload    ", c->grants->payload, out);
    put_text("subject    ", c->grants->subject, out);
    put_text("issuer     ", c->issuer, out);
    for (size_t i = 0; i < c->audience_count; i++)
        put_text("audience   ", c->audiences[i], out);
    if (c->nbf_ms > 0) {
        buf_str(out, "valid from ");
        token_explain_time(c->nbf_ms, now_ms, out);
        buf_char(out, '\n');
    }
    buf_str(out, "expires    ");
    token_explain_time(c->exp_ms, now_ms, out);
    buf_char(out, '\n');
}

enum err token_explain_json(struct slice json, struct buf *out)
{
    json_t *root = NULL;
    char *text;

    if (!json_text_too_deep(json, CLAIMS_DEPTH_MAX))
        root = json_loadb(json.data, json.size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    if (root == NULL)
        return ERR_INVALID;
    text = json_dumps(root, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
    json_decref(root);
    if (text == NULL)
        return ERR_NO_MEMORY;
    buf_str(out, text);
    free(text);
    return buf_ok(out) ? OK : ERR_TOO_LARGE;
}
