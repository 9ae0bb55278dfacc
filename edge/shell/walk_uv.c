/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/walk_uv.h"

#include "edge/shell/conn.h"
#include "edge/shell/inspect.h"
#include "edge/shell/socket_posix.h"

#include <inttypes.h>

struct walking {
    struct conn_set *set;
    const struct clients_query *query;
    struct clients_walk *walk;
    struct inspect inspect;
    struct list *at; /* the next one to look at */
    size_t looked_at;
};

/* Streams stand in the order of their numbers. From page to page the place is remembered. */
static struct list *place_after(struct conn_set *set, uint64_t after)
{
    struct list *streams = &set->states[CONN_STREAM];
    struct list *at = streams->next;

    if (set->place != NULL && set->place->number == after)
        return set->place->link.next;
    while (at != streams && conn_of(at)->number <= after)
        at = at->next;
    return at;
}

static void begin(struct walking *w, struct conn_set *set, const struct clients_query *query,
                  struct clients_walk *walk)
{
    *walk = (struct clients_walk){.upto = query->upto};
    if (walk->upto > set->last_number)
        walk->upto = set->last_number;
    *w = (struct walking){.set = set, .query = query, .walk = walk};
    w->at = place_after(set, query->client > 0 ? query->client - 1 : query->after);
    inspect_begin(&w->inspect, set->context.exchange.edge, query->topic, query->member);
}

/* The next stream that is meant; NULL at the walk's end. */
static struct conn *next(struct walking *w)
{
    const struct list *streams = &w->set->states[CONN_STREAM];

    while (w->at != streams && conn_of(w->at)->number <= w->walk->upto) {
        struct conn *c = conn_of(w->at);

        if (w->looked_at == CLIENTS_LOOKED_AT_MAX || w->walk->count == w->query->limit)
            return NULL;
        if (w->query->client > 0 && c->number != w->query->client)
            break;
        w->at = w->at->next;
        w->looked_at++;
        w->walk->next = c->number;
        w->set->place = c;
        if (!inspect_matches(&w->inspect, c->stream))
            continue;
        w->walk->count++;
        return c;
    }
    w->walk->next = 0;
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
    inspect_write(c->set->context.exchange.edge, c->stream, out);
    buf_char(out, '}');
}

void walk_list(struct conn_set *set, uint64_t incarnation, const struct clients_query *query,
               struct buf *out, struct clients_walk *walk)
{
    size_t start = out->size;
    struct walking w;
    struct conn *c;

    begin(&w, set, query, walk);
    while (out->size - start < CLIENTS_BYTES && (c = next(&w)) != NULL) {
        if (walk->count > 1)
            buf_char(out, ',');
        describe(c, incarnation, out);
    }
    inspect_end(&w.inspect);
}

void walk_end(struct conn_set *set, const struct clients_query *query, struct clients_walk *walk)
{
    struct conn *found[CLIENTS_ENDED_MAX];
    struct walking w;
    struct conn *c;
    size_t count = 0;

    /* They are ended after the walk: their topics may go with them. */
    begin(&w, set, query, walk);
    while (count < CLIENTS_ENDED_MAX && (c = next(&w)) != NULL)
        found[count++] = c;
    inspect_end(&w.inspect);
    for (size_t i = 0; i < count; i++)
        conn_end_stream(found[i]);
}
