/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/core/accept_publish.h"

#include "common/base/mem.h"
#include "edge/core/edge_state.h"
#include "edge/core/edge_types.h"
#include "edge/state/link.h"
#include "edge/state/outbox.h"

#include <assert.h>

/* Returns true if an id is a position in this very log: such an id could name two records. */
static bool names_own_log(const struct edge *e, struct slice id)
{
    struct epoch epoch;
    uint64_t offset;

    return event_id_parse(id, &epoch, &offset) == OK && epoch_equal(epoch, e->link.epoch);
}

static enum err count_publishes(struct edge *e, enum err err, size_t count)
{
    if (err == OK)
        e->metrics.published += count;
    else if (err == ERR_TOO_LARGE)
        e->counters.records_too_large += count;
    else if (link_joined(&e->link))
        e->counters.publishes_full += count;
    else
        e->counters.publishes_no_log += count;
    return err;
}

enum err accept_publish(struct edge *e, const struct record *record, void *request)
{
    enum err err;

    assert(request != NULL);
    e->outbox.now_us = edge_now_us(e);
    if (!link_joined(&e->link))
        return count_publishes(e, ERR_UNAVAILABLE, 1);
    if (names_own_log(e, record->id))
        return ERR_INVALID;
    if (record->flags & RECORD_EPHEMERAL)
        err = outbox_add_ephemeral(&e->outbox, record, request, e->config.record_bytes);
    else
        err = outbox_add(&e->outbox, e->now_ms, record, request, e->config.record_bytes);
    if (err == OK && record->flags & RECORD_EPHEMERAL)
        e->metrics.ephemeral++;
    return count_publishes(e, err, 1);
}

enum err accept_publish_group(struct edge *e, const struct record *records, size_t count,
                              void *const *requests)
{
    enum err err;

    e->outbox.now_us = edge_now_us(e);
    if (!link_joined(&e->link))
        return count_publishes(e, ERR_UNAVAILABLE, count);
    if (count > EDGE_GROUP_MAX)
        return count_publishes(e, ERR_TOO_LARGE, count);
    for (size_t i = 0; i < count; i++) {
        assert(requests[i] != NULL && !(records[i].flags & RECORD_EPHEMERAL));
        if (names_own_log(e, records[i].id))
            return ERR_INVALID;
    }
    err = outbox_add_group(&e->outbox, e->now_ms, records, count, requests, e->config.record_bytes);
    return count_publishes(e, err, count);
}

bool accept_publish_next_outcome(struct edge *e, struct edge_action *out)
{
    struct pending *p;

    while ((p = outbox_done(&e->outbox)) != NULL) {
        if (p->seq != 0) /* ephemeral ones (seq 0) do not wait for an outcome */
            histogram_add(&e->counters.publish_us, edge_now_us(e) - p->taken_us);
        if (p->request == NULL) {
            mem_free(p);
            continue;
        }
        e->given_publish = p;
        out->type = EDGE_PUBLISHED;
        out->published = (struct edge_published_action){.request = p->request,
                                                        .result = p->result,
                                                        .offset = p->offset,
                                                        .epoch = e->link.epoch};
        return true;
    }
    return false;
}
