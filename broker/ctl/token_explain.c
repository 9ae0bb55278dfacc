/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/token.h"

#include <inttypes.h>
#include <stdbool.h>

#define YEAR_10000_MS UINT64_C(253402300800000)

/* A Gregorian date of days since 1970-01-01. Years are counted from March on, so that the leap day is a year's
 * last one; 719468 days lie between 0000-03-01 and 1970-01-01; 400 years have 146097. */
static void put_date(uint64_t days, struct buf *out)
{
    uint64_t shifted = days + 719468;
    uint64_t era = shifted / 146097;
    uint64_t of_era = shifted % 146097;
    uint64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    uint64_t month = (5 * of_year + 2) / 153; /* 0 is March */
    uint64_t day = of_year - (153 * month + 2) / 5 + 1;

    buf_printf(out, "%04" PRIu64 "-%02" PRIu64 "-%02" PRIu64, era * 400 + year + (month >= 10),
               month < 10 ? month + 3 : month - 9, day);
}

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
    uint64_t seconds = ms / 1000 % 86400;

    if (ms >= YEAR_10000_MS) {
        buf_str(out, "never");
        return;
    }
    put_date(ms / 86400000, out);
    buf_printf(out, "T%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 "Z (", seconds / 3600,
               seconds / 60 % 60, seconds % 60);
    if (ms >= now_ms) {
        buf_str(out, "in ");
        put_duration(ms - now_ms, out);
    } else {
        put_duration(now_ms - ms, out);
        buf_str(out, " ago");
    }
    buf_char(out, ')');
}

/* UTF-8 without the characters that move a terminal: U+0000 to U+001F, U+007F to U+009F. */
static void put_clean(struct slice text, struct buf *out)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bool pair = c == 0xc2 && i + 1 < text.size && (unsigned char)text.data[i + 1] < 0xa0;

        if (c < 0x20 || c == 0x7f || pair)
            buf_char(out, '?');
        else
            buf_char(out, (char)c);
        i += pair;
    }
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
        put_clean(list->grants[i].selector, out);
        buf_str(out, match_name(list->grants[i].match));
    }
    buf_char(out, '\n');
}

static void put_text(const char *label, struct slice text, struct buf *out)
{
    if (text.data == NULL)
        return;
    buf_str(out, label);
    put_clean(text, out);
    buf_char(out, '\n');
}

void token_explain_claims(const struct claims *c, uint64_t now_ms, struct buf *out)
{
    put_grants("publish    ", &c->grants->lists[GRANT_PUBLISH], out);
    put_grants("subscribe  ", &c->grants->lists[GRANT_SUBSCRIBE], out);
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
