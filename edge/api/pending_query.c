/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/pending_query.h"

#include "common/base/mem.h"

#include <assert.h>

static struct pending_query *create(struct edge *edge, void *owner)
{
    struct pending_query *q = mem_alloc(sizeof *q);

    q->edge = edge;
    q->owner = owner;
    return q;
}

/* Hands the query out, or frees it after an error: then the core does not know it. */
static enum err finish_start(struct pending_query *q, enum err err, struct pending_query **out)
{
    if (err == OK) {
        *out = q;
    } else {
        q->done = true;
        pending_query_destroy(q);
    }
    return err;
}

enum err pending_query_command(struct edge *edge, uint64_t now_ms, void *owner,
                               struct slice command, const struct slice *arguments, size_t count,
                               struct pending_query **out)
{
    struct pending_query *q = create(edge, owner);

    return finish_start(q, edge_query(edge, now_ms, command, arguments, count, q), out);
}

enum err pending_query_page(struct edge *edge, uint64_t now_ms, void *owner,
                            const struct history *spec, bool open, struct grants *grants,
                            struct pending_query **out)
{
    struct pending_query *q = create(edge, owner);

    q->backward = spec->after == EDGE_BACKWARD;
    q->limit = spec->limit;
    q->open = open;
    q->grants = grants == NULL ? NULL : grants_ref(grants);
    return finish_start(q, edge_history(edge, now_ms, spec, q), out);
}

struct pending_query *pending_query_reply(void *request)
{
    struct pending_query *q = request;

    assert(!q->done);
    q->done = true;
    return q;
}

void pending_query_destroy(struct pending_query *q)
{
    if (q == NULL)
        return;
    if (!q->done)
        edge_forget(q->edge, q);
    grants_unref(q->grants);
    mem_free(q);
}
