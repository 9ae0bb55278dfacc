/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/core.h"

#include "common/base/mem.h"

/* Ephemeral records: handed on in the order in which they came, and forgotten. */

#define EPHEMERALS_BYTES_MAX                                                                       \
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

static struct ephemeral *copy(const struct wire_ephemeral *frame)
{
    size_t bytes = 0;
    struct ephemeral *ephemeral;
    char *text;

    for (size_t i = 0; i < frame->count; i++)
        bytes += frame->bodies[i].size;
    ephemeral = mem_try(sizeof *ephemeral + frame->count * sizeof ephemeral->bodies[0] + bytes);
    if (ephemeral == NULL)
        return NULL;
    *ephemeral = (struct ephemeral){.bytes = bytes, .count = frame->count};
    list_init(&ephemeral->link);
    text = (char *)(ephemeral->bodies + frame->count);
    for (size_t i = 0; i < frame->count; i++) {
        memcpy(text, frame->bodies[i].data, frame->bodies[i].size);
        ephemeral->bodies[i] = slice_of(text, frame->bodies[i].size);
        text += frame->bodies[i].size;
    }
    return ephemeral;
}

void broker_ephemeral(struct broker *b, uint64_t now_ms, const struct wire_ephemeral *frame)
{
    struct edge_entry *edge = edges_get(&b->edges, frame->incarnation, now_ms);
    struct ephemeral *ephemeral;
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
    ephemeral = b->ephemeral_bytes > EPHEMERALS_BYTES_MAX ? NULL : copy(frame);
    if (ephemeral == NULL) {
        b->stats.ephemerals_dropped += frame->count - canaries;
        return;
    }
    b->ephemeral_bytes += ephemeral->bytes;
    list_push(&b->ephemerals, &ephemeral->link);
}

bool broker_next_ephemeral(struct broker *b, struct broker_action *out)
{
    struct list *node = list_shift(&b->ephemerals);

    mem_free(b->ephemeral_out);
    b->ephemeral_out = NULL;
    if (node == NULL)
        return false;
    b->ephemeral_out = LIST_ENTRY(node, struct ephemeral, link);
    b->ephemeral_bytes -= b->ephemeral_out->bytes;
    memset(&out->frame, 0, sizeof out->frame);
    out->type = BROKER_BROADCAST;
    out->frame.type = WIRE_CAST;
    out->frame.cast = (struct wire_cast){.epoch = b->journal.epoch,
                                         .term = b->journal.term,
                                         .bodies = b->ephemeral_out->bodies,
                                         .count = b->ephemeral_out->count};
    return true;
}

void broker_clear_ephemerals(struct broker *b)
{
    struct list *node;

    mem_free(b->ephemeral_out);
    while ((node = list_shift(&b->ephemerals)) != NULL)
        mem_free(LIST_ENTRY(node, struct ephemeral, link));
}
