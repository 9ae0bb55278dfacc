/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/core.h"

#include "common/base/mem.h"

/* Ephemeral records: handed on in the order in which they came, and forgotten. */

#define CASTS_BYTES_MAX                                                                            \
    ((uint64_t)8 << 20) /* waiting to be broadcast; beyond it they are dropped */

static bool acceptable(struct broker *b, struct slice body, uint64_t incarnation, bool *out_canary)
{
    struct slice topics[RECORD_TOPICS_MAX];
    struct record record;
    const char *field;
    bool ok;

    ok = body.size <= b->config.record_bytes &&
         wire_decode_body(b->decoder, body, topics, &record) == OK &&
         record.origin == incarnation && (record.flags & RECORD_EPHEMERAL) != 0 &&
         record_check(&record, &field) == OK;
    *out_canary = ok && slice_equal(record.topics[0], SLICE(WIRE_CANARY_TOPIC));
    return ok;
}

static struct cast *copy(const struct wire_ephemeral *frame)
{
    size_t bytes = 0;
    struct cast *cast;
    char *text;

    for (size_t i = 0; i < frame->count; i++)
        bytes += frame->bodies[i].size;
    cast = mem_try(sizeof *cast + frame->count * sizeof cast->bodies[0] + bytes);
    if (cast == NULL)
        return NULL;
    *cast = (struct cast){.bytes = bytes, .count = frame->count};
    list_init(&cast->link);
    text = (char *)(cast->bodies + frame->count);
    for (size_t i = 0; i < frame->count; i++) {
        memcpy(text, frame->bodies[i].data, frame->bodies[i].size);
        cast->bodies[i] = slice_of(text, frame->bodies[i].size);
        text += frame->bodies[i].size;
    }
    return cast;
}

void broker_cast(struct broker *b, uint64_t now_ms, const struct wire_ephemeral *frame)
{
    struct edge_entry *edge = edges_get(&b->edges, frame->incarnation, now_ms);
    struct cast *cast;
    size_t canaries = 0;

    if (b->stopped || edge == NULL || !epoch_equal(frame->epoch, b->journal.epoch))
        return;
    broker_heard(b, edge, now_ms);
    for (size_t i = 0; i < frame->count; i++) {
        bool canary;

        if (!acceptable(b, frame->bodies[i], frame->incarnation, &canary)) {
            b->stats.malformed++;
            return;
        }
        canaries += canary ? 1 : 0;
    }
    b->stats.canaries += canaries;
    b->stats.ephemerals += frame->count - canaries;
    cast = b->cast_bytes > CASTS_BYTES_MAX ? NULL : copy(frame);
    if (cast == NULL) {
        b->stats.ephemerals_dropped += frame->count - canaries;
        return;
    }
    b->cast_bytes += cast->bytes;
    list_push(&b->casts, &cast->link);
}

bool broker_next_cast(struct broker *b, struct broker_action *out)
{
    struct list *node = list_shift(&b->casts);

    mem_free(b->cast);
    b->cast = NULL;
    if (node == NULL)
        return false;
    b->cast = LIST_ENTRY(node, struct cast, link);
    b->cast_bytes -= b->cast->bytes;
    memset(&out->frame, 0, sizeof out->frame);
    out->type = BROKER_BROADCAST;
    out->frame.type = WIRE_CAST;
    out->frame.cast = (struct wire_cast){.epoch = b->journal.epoch,
                                         .term = b->journal.term,
                                         .bodies = b->cast->bodies,
                                         .count = b->cast->count};
    return true;
}

void broker_clear_casts(struct broker *b)
{
    struct list *node;

    mem_free(b->cast);
    while ((node = list_shift(&b->casts)) != NULL)
        mem_free(LIST_ENTRY(node, struct cast, link));
}
