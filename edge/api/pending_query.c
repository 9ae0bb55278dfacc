/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/pending_query.h"

#include "common/base/mem.h"

static struct pending_query *create(struct edge *edge, void *owner)
{
    struct pending_query *a = mem_alloc(sizeof *a);

    a->edge = edge;
    a->owner = owner;
    return a;
}

/* The core has it, unless there was an error. */
static enum err settle(struct pending_query *a, enum err err, struct pending_query **out)
{
    if (err == OK) {
        *out = a;
    } else {
        a->done = true;
        pending_query_destroy(a);
    }
    return err;
}

enum err pending_query_command(struct edge *edge, uint64_t now_ms, void *owner,
                               struct slice command, const struct slice *arguments, size_t count,
                               struct pending_query **out)
{
    struct pending_query *a = create(edge, owner);

    return settle(a, edge_query(edge, now_ms, command, arguments, count, a), out);
}

enum err pending_query_page(struct edge *edge, uint64_t now_ms, void *owner,
                            const struct history *spec, bool open, struct grants *grants,
                            struct pending_query **out)
{
    struct pending_query *a = create(edge, owner);

    a->backward = spec->after == EDGE_BACKWARD;
    a->limit = spec->limit;
    a->open = open;
    a->grants = grants == NULL ? NULL : grants_ref(grants);
    return settle(a, edge_history(edge, now_ms, spec, a), out);
}

struct pending_query *pending_query_answered(void *request)
{
    struct pending_query *a = request;

    a->done = true;
    return a;
}

void pending_query_destroy(struct pending_query *a)
{
    if (a == NULL)
        return;
    if (!a->done)
        edge_forget(a->edge, a);
    grants_unref(a->grants);
    mem_free(a);
}
