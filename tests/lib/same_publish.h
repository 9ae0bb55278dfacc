/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_TESTS_LIB_SAME_PUBLISH_H
#define BELFRY_TESTS_LIB_SAME_PUBLISH_H

/* Compares two parsed publishes. An absent text differs from an empty one. */

#include "edge/publish/publish_body.h"

#include <stdbool.h>

static inline bool same_text(struct slice a, struct slice b)
{
    return (a.data == NULL) == (b.data == NULL) && slice_equal(a, b);
}

static inline bool same_publish(const struct publish_body *a, const struct publish_body *b)
{
    const struct record *x = &a->record;
    const struct record *y = &b->record;

    if (x->topic_count != y->topic_count)
        return false;
    for (size_t i = 0; i < x->topic_count; i++) {
        if (!same_text(x->topics[i], y->topics[i]))
            return false;
    }
    return same_text(x->id, y->id) && same_text(x->type, y->type) && same_text(x->data, y->data) &&
           x->flags == y->flags && x->retry_ms == y->retry_ms && x->ttl_ms == y->ttl_ms &&
           x->if_last == y->if_last && x->group == y->group && x->origin == y->origin &&
           x->seq == y->seq && epoch_equal(a->if_epoch, b->if_epoch) &&
           strcmp(a->reason, b->reason) == 0;
}

#endif
