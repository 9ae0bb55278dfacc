/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/api/asking.h"

#include "common/base/mem.h"

static struct asking *create(struct edge *edge, void *owner)
{
    struct asking *a = mem_alloc(sizeof *a);

    a->edge = edge;
    a->owner = owner;
    return a;
}

/* The core has it, unless there was an error. */
static enum err settle(struct asking *a, enum err err, struct asking **out)
{
    if (err == OK) {
        *out = a;
    } else {
        a->done = true;
        asking_destroy(a);
    }
    return err;
}

enum err asking_command(struct edge *edge, uint64_t now_ms, void *owner, struct slice command,
                        const struct slice *arguments, size_t count, struct asking **out)
{
    struct asking *a = create(edge, owner);

    return settle(a, edge_query(edge, now_ms, command, arguments, count, a), out);
}

enum err asking_page(struct edge *edge, uint64_t now_ms, void *owner, const struct history *spec,
                     bool open, struct grants *grants, struct asking **out)
{
    struct asking *a = create(edge, owner);

    a->backward = spec->after == EDGE_BACKWARD;
    a->limit = spec->limit;
    a->open = open;
    a->grants = grants == NULL ? NULL : grants_ref(grants);
    return settle(a, edge_history(edge, now_ms, spec, a), out);
}

struct asking *asking_answered(void *request)
{
    struct asking *a = request;

    a->done = true;
    return a;
}

void asking_destroy(struct asking *a)
{
    if (a == NULL)
        return;
    if (!a->done)
        edge_forget(a->edge, a);
    grants_unref(a->grants);
    mem_free(a);
}
