/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/client_list_uv.h"

#include "edge/shell/conn.h"
#include "edge/shell/socket_posix.h"
#include "edge/shell/stream_inspect.h"

#include <assert.h>
#include <inttypes.h>

struct scan {
    struct conn_set *set;
    const struct client_filter *filter;
    struct client_page *page;
    struct stream_inspect inspect;
    struct list *at; /* the next stream to check */
    size_t looked_at;
};

/* Finds the first stream with a higher number than `after`. Streams are in the order of their
 * numbers. The set remembers the end of the last page, so that the next one needs no search. */
static struct list *find_after(struct conn_set *set, uint64_t after)
{
    struct list *streams = &set->states[CONN_STREAM];
    struct list *at = streams->next;

    if (set->page_end != NULL && set->page_end->number == after)
        return set->page_end->link.next;
    while (at != streams && conn_of(at)->number <= after)
        at = at->next;
    return at;
}

static void begin(struct scan *s, struct conn_set *set, const struct client_filter *filter,
                  struct client_page *page)
{
    *page = (struct client_page){.upto = filter->upto};
    if (page->upto > set->last_number)
        page->upto = set->last_number;
    *s = (struct scan){.set = set, .filter = filter, .page = page};
    s->at = find_after(set, filter->client > 0 ? filter->client - 1 : filter->after);
    stream_inspect_begin(&s->inspect, set->context.exchange.edge, filter->topic, filter->member);
}

/* Returns the next selected stream, or NULL at the end of the page. */
static struct conn *next(struct scan *s)
{
    const struct list *streams = &s->set->states[CONN_STREAM];

    while (s->at != streams && conn_of(s->at)->number <= s->page->upto) {
        struct conn *c = conn_of(s->at);

        if (s->looked_at == CLIENT_FILTER_SCAN_MAX || s->page->count == s->filter->limit)
            return NULL;
        if (s->filter->client > 0 && c->number != s->filter->client)
            break;
        s->at = s->at->next;
        s->looked_at++;
        s->page->next = c->number;
        s->set->page_end = c;
        if (!stream_inspect_matches(&s->inspect, c->stream))
            continue;
        s->page->count++;
        return c;
    }
    s->page->next = 0;
    return NULL;
}

static void describe(const struct conn *c, uint64_t incarnation, struct buf *out)
{
    struct address peer = socket_peer(c->fd);
    char address[ADDRESS_TEXT_MAX];

    (void)address_format(&peer, address);
    buf_printf(out, "{\"id\":\"%016" PRIx64 "-%" PRIu64 "\",\"address\":\"%s\"", incarnation,
               c->number, address);
    buf_printf(out, ",\"since\":%" PRIu32 ",\"waiting\":%zu,", c->since_s,
               c->out.size + socket_unsent(c->fd));
    stream_inspect_write(c->set->context.exchange.edge, c->stream, out);
    buf_char(out, '}');
}

void client_list_write(struct conn_set *set, uint64_t incarnation,
                       const struct client_filter *filter, struct buf *out,
                       struct client_page *page)
{
    size_t start = out->size;
    struct scan s;
    struct conn *c;

    assert(filter->limit <= CLIENT_FILTER_LIST_MAX);
    begin(&s, set, filter, page);
    while (out->size - start < CLIENT_FILTER_LIST_BYTES && (c = next(&s)) != NULL) {
        if (page->count > 1)
            buf_char(out, ',');
        describe(c, incarnation, out);
    }
    stream_inspect_end(&s.inspect);
}

void client_list_disconnect(struct conn_set *set, const struct client_filter *filter,
                            struct client_page *page)
{
    struct conn *found[CLIENT_FILTER_DISCONNECT_MAX];
    struct scan s;
    struct conn *c;
    size_t count = 0;

    /* Streams are ended after the scan, since topics that the scan uses may be freed with them. */
    assert(filter->limit <= CLIENT_FILTER_DISCONNECT_MAX);
    begin(&s, set, filter, page);
    while (count < CLIENT_FILTER_DISCONNECT_MAX && (c = next(&s)) != NULL)
        found[count++] = c;
    stream_inspect_end(&s.inspect);
    for (size_t i = 0; i < count; i++)
        conn_end_stream(found[i]);
}
