/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/roster_json.h"

#include "common/base/number.h"

#include <assert.h>
#include <inttypes.h>

enum err roster_page_after(struct slice text, struct roster_page *page)
{
    const char *dash = text.size == 0 ? NULL : memchr(text.data, '-', text.size);
    uint64_t term;
    uint64_t number;
    size_t at;

    page->after = 0;
    if (text.size == 0)
        return OK;
    if (dash == NULL)
        return ERR_INVALID;
    at = (size_t)(dash - text.data);
    if (number_parse(slice_of(text.data, at), UINT64_MAX, &term) != OK ||
        number_parse(slice_of(dash + 1, text.size - at - 1), UINT64_MAX, &number) != OK)
        return ERR_INVALID;
    if (term != page->term)
        return ERR_UNKNOWN;
    page->after = number;
    return OK;
}

static void write_member(const struct roster_member *m, struct buf *out)
{
    struct slice payload = roster_member_payload(m);

    buf_str(out, "{\"member\":");
    buf_json_string(out, roster_member_name(m));
    if (payload.size > 0) {
        buf_str(out, ",\"payload\":");
        buf_slice(out, payload);
    }
    buf_char(out, '}');
}

static void write_subscription(const struct roster_member *m, struct buf *out)
{
    const struct subscriber_uuid subscriber = roster_member_subscriber(m);
    struct slice payload = roster_member_payload(m);
    char text[SUBSCRIBER_UUID_TEXT_SIZE];

    buf_str(out, "{\"selector\":");
    buf_json_string(out, roster_member_topic(m));
    buf_str(out, ",\"subscriber\":");
    buf_json_string(out, subscriber_uuid_format(&subscriber, text));
    if (payload.size > 0) {
        buf_str(out, ",\"payload\":");
        buf_json_string(out, payload);
    }
    buf_char(out, '}');
}

/* Writes the members of a page, the end of their array, "more" and "next". */
static void write_page(const struct roster *r, struct slice selector,
                       const struct roster_page *page,
                       void (*write)(const struct roster_member *, struct buf *), struct buf *out)
{
    const struct roster_member *m = roster_after(r, selector, page->after);
    uint64_t last = page->after;
    uint64_t count = 0;

    assert(page->limit > 0);
    while (m != NULL && count < page->limit && out->size < ROSTER_PAGE_BYTES) {
        if (count++ > 0)
            buf_char(out, ',');
        write(m, out);
        last = m->number;
        m = roster_after(r, selector, last);
    }
    if (m == NULL)
        buf_str(out, "],\"more\":false}");
    else
        buf_printf(out, "],\"more\":true,\"next\":\"%" PRIu64 "-%" PRIu64 "\"}", page->term, last);
}

void roster_write_members(const struct roster *r, struct slice topic, struct slice selector,
                          const struct roster_page *page, struct buf *out)
{
    buf_str(out, "{\"topic\":");
    buf_json_string(out, topic);
    buf_str(out, ",\"count\":");
    buf_u64(out, roster_count(r, selector));
    buf_str(out, ",\"members\":[");
    write_page(r, selector, page, write_member, out);
}

static void write_version(const struct roster *r, uint64_t term, struct buf *out)
{
    buf_printf(out, "{\"version\":\"%" PRIu64 ".%" PRIu64 "\",\"subscriptions\":[", term,
               r->version);
}

void roster_write_subscriptions(const struct roster *r, struct slice selector,
                                const struct roster_page *page, struct buf *out)
{
    write_version(r, page->term, out);
    write_page(r, selector, page, write_subscription, out);
}

enum err roster_write_subscription(const struct roster *r, struct slice selector,
                                   const struct subscriber_uuid *subscriber, uint64_t term,
                                   struct buf *out)
{
    const struct roster_member *m = roster_find(r, selector, subscriber);

    if (m == NULL)
        return ERR_NOT_FOUND;
    write_version(r, term, out);
    write_subscription(m, out);
    buf_str(out, "],\"more\":false}");
    return OK;
}
