/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_STATE_QUERIES_H
#define BELFRY_EDGE_STATE_QUERIES_H

/* Queries to the broker for HTTP requests: commands, and pages of the log. Each is sent, waits
 * for its answer (a page for several), and is then given to the shell once. Pure data;
 * edge/core/control.c makes the frames and actions. */

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/list.h"
#include "common/base/slice.h"
#include "common/wire/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUERIES_MAX 4096 /* maximum number of queries that wait for an answer, or for the shell */

/* A query to the broker for an HTTP request: a command, or a page of the log. */
enum query_type {
    QUERY_COMMAND,
    QUERY_LATEST, /* finds the offset at which a backward page begins */
    QUERY_PAGE,
};

struct query {
    struct list link;
    enum query_type type;
    bool sent;   /* false: to be sent, or sent again */
    uint64_t id; /* number of the frame that was sent */
    uint64_t deadline_ms;
    void *request;   /* NULL: forgotten */
    uint64_t after;  /* the next part of the page begins behind this offset */
    uint64_t before; /* as in struct history */
    uint64_t until;  /* last offset of the page */
    bool backward;
    bool cut; /* a backward page lost its oldest records: there was no room for them */

    uint32_t limit;          /* maximum number of entries of the page */
    size_t count;            /* arguments or selectors */
    struct slice *arguments; /* then the command at [count]; their bytes follow */
    enum err code;
    struct buf answer; /* the reply, or the bodies of the page */
    struct entry *entries;
    size_t entry_count;
    uint64_t next;   /* the page is complete up to this offset */
    uint64_t oldest; /* of the log */
    uint64_t head;   /* of the log */
};

struct queries {
    struct list waiting; /* struct query, in the order of their deadlines */
    struct list done;    /* struct query with an answer */
    struct query *given; /* given to the shell with the last action, or NULL */
    uint32_t count;      /* number of queries in both lists, and the given one */
    uint32_t unsent;     /* number of waiting ones that are to be sent */
};

void queries_init(struct queries *q);

/* Frees all queries without notifying their owners. */
void queries_clear(struct queries *q);

/* Asserts the invariants. */
void queries_check(const struct queries *q);

/* Adds a query, to be sent. Copies the command and its arguments. Returns NULL when there is no
 * memory. There must be fewer than QUERIES_MAX. */
struct query *queries_add(struct queries *q, uint64_t now_ms, enum query_type type,
                          struct slice command, const struct slice *arguments, size_t count,
                          void *request);

/* NULL is allowed. */
void queries_free(struct queries *q, struct query *query);

/* Returns the query that was sent with this number, or NULL. */
struct query *queries_find(struct queries *q, uint64_t id);

/* Forgets a request: nobody gets the answer. */
void queries_forget(struct queries *q, const void *request);

/* Lets a query be sent again. It must have been sent before. */
void queries_resend(struct queries *q, struct query *query);

/* Ends a query: its answer is complete, or there is none. */
void queries_finish(struct queries *q, struct query *query, enum err code);

/* Returns the next query to send, or NULL. It counts as sent. */
struct query *queries_next_unsent(struct queries *q);

/* Returns the next answer, or NULL. It is valid until the next call. */
struct query *queries_next_done(struct queries *q);

/* Takes a request's answer out of those that have come; the caller frees it with queries_free().
 * Returns NULL when there is none. */
struct query *queries_take_done(struct queries *q, const void *request);

/* Returns a query whose deadline has passed, or NULL. */
struct query *queries_expired(const struct queries *q, uint64_t now_ms);

/* Takes part of a page. Returns false when the rest is still to be read: the query is sent again.
 * Otherwise query->code is the result. */
bool queries_take_page(struct queries *q, struct query *query, const struct wire_records *frame);

#endif
