/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/handle_publish_frame.h"

#include "broker/journal/batch.h"

/* Publishes come over PUB/SUB, which may drop long runs of them. The rule that makes this safe:
 * only an edge's next number is accepted. The edge sends everything else again. */

static struct batch *collecting(struct broker *b)
{
    return batch_queue_collecting(&b->queue, b->config.batch_bytes, b->config.batch_records);
}

static bool queue_has_room(struct broker *b, size_t bytes)
{
    bool room = b->queue.bytes + bytes <= b->config.queue_bytes;

    if (!room && !b->queue.full)
        operator_log_add(&b->operator_log, BROKER_REPORT_QUEUE_FULL, NULL, ERR_TOO_LARGE);
    b->queue.full = b->queue.full || !room; /* reset when a publish is accepted again */
    return room;
}

/* Decodes a body, and checks its size, its numbers and its fields. out->group is also set when a
 * check fails, unless the body cannot be decoded. */
static enum err decode_publish(struct broker *b, const struct wire_publish *frame, size_t index,
                               struct slice topics[RECORD_TOPICS_MAX], struct record *out)
{
    struct slice body = frame->bodies[index];
    const char *field;
    enum err err;

    err = wire_decode_body(b->decoder, body, topics, out);
    if (err != OK)
        *out = (struct record){0};
    if (body.size > b->config.record_bytes)
        return ERR_TOO_LARGE;
    if (err != OK)
        return err;
    if (out->origin != frame->incarnation || out->seq != frame->first_seq + index)
        return ERR_MALFORMED;
    return record_check(out, &field);
}

/* Refuses a publish. Its number counts as used, and its edge gets an outcome. */
static void refuse(struct broker *b, struct edge_entry *edge, const struct wire_publish *frame,
                   size_t index, enum err err)
{
    if (!edge->logged_bad)
        operator_log_add(&b->operator_log, BROKER_REPORT_BAD_PUBLISH, edge, err);
    edge->logged_bad = true;
    b->counters.refused++;
    edge->refused++;
    publish_outcomes_add(&b->outcomes, frame->incarnation, frame->first_seq + index, err, 0);
}

/* Marks the publishes up to index `last` as accepted, whether they are to be stored or were
 * refused. The number must be in the batch of the record: a broker that stored only the record
 * would accept the publish twice. */
static void mark_taken(struct broker *b, struct batch *batch, struct edge_entry *edge,
                       const struct wire_publish *frame, size_t last)
{
    b->queue.full = false;
    edge->accepted = frame->first_seq + last;
    batch_set_edge(batch, frame->incarnation, edge->accepted, b->unix_ms);
}

/* Adds all publishes of a group to a batch. Returns false when memory runs out; then none is
 * added. */
static bool add_group(struct broker *b, struct batch *batch, const struct wire_publish *frame,
                      size_t index, size_t count)
{
    size_t count_before = batch->count;
    size_t bytes_before = batch->bytes;

    for (size_t i = index; i < index + count; i++) {
        struct slice topics[RECORD_TOPICS_MAX];
        struct record record;

        if (decode_publish(b, frame, i, topics, &record) != OK ||
            batch_add(batch, &record, frame->bodies[i], b->last_time_ms) != OK) {
            batch->count = count_before;
            batch->bytes = bytes_before;
            return false;
        }
    }
    b->queue.bytes += batch->bytes - bytes_before;
    return true;
}

/* Accepts publishes that are stored all or none. When one of them is invalid, all are refused. */
static size_t take_group(struct broker *b, struct edge_entry *edge,
                         const struct wire_publish *frame, size_t index, size_t count)
{
    struct slice topics[RECORD_TOPICS_MAX];
    struct record record;
    struct batch *batch;
    size_t bytes = 0;
    size_t good = 0;
    enum err err = OK;

    for (size_t i = 0; i < count; i++)
        bytes += frame->bodies[index + i].size;
    if (!queue_has_room(b, bytes))
        return 0;
    batch = collecting(b);
    while (good < count && (err = decode_publish(b, frame, index + good, topics, &record)) == OK)
        good++;
    if (good == count && !add_group(b, batch, frame, index, count))
        return 0;
    for (size_t i = 0; good < count && i < count; i++)
        refuse(b, edge, frame, index + i, i == good ? err : ERR_CONFLICT);
    mark_taken(b, batch, edge, frame, index + count - 1);
    return count;
}

/* Accepts the publish with the edge's next number, and the rest of its group. Returns the number of
 * publishes. Returns 0 when the edge must send them again later. */
static size_t take(struct broker *b, struct edge_entry *edge, const struct wire_publish *frame,
                   size_t index)
{
    struct slice topics[RECORD_TOPICS_MAX];
    struct slice body = frame->bodies[index];
    struct record record;
    struct batch *batch;
    enum err err;

    err = decode_publish(b, frame, index, topics, &record);
    if (record.group > 0 && index + record.group < frame->count)
        return take_group(b, edge, frame, index, record.group + 1u);
    if (!queue_has_room(b, body.size))
        return 0;
    batch = collecting(b);
    if (err == OK && record.group > 0)
        err = ERR_MALFORMED; /* a group is never cut */
    if (err != OK)
        refuse(b, edge, frame, index, err);
    else if (batch_add(batch, &record, body, b->last_time_ms) != OK)
        return 0;
    else
        b->queue.bytes += body.size;
    mark_taken(b, batch, edge, frame, index);
    return 1;
}

static void take_all(struct broker *b, struct edge_entry *edge, const struct wire_publish *frame,
                     uint64_t now_ms)
{
    size_t taken;

    for (size_t i = 0; i < frame->count; i += taken) {
        uint64_t seq = frame->first_seq + i;

        taken = 1;
        if (seq <= edge->accepted)
            continue;
        taken = seq == edge->accepted + 1 ? take(b, edge, frame, i) : 0;
        b->counters.taken += taken;
        edge->taken += taken;
        if (taken == 0) {
            b->counters.dropped += frame->count - i;
            if (seq == edge->accepted + 1)
                b->counters.dropped_full += frame->count - i;
            /* The beacon is sent soon, not at once: losses mostly come in runs. */
            beacon_hurry(&b->beacon, now_ms + 10);
            break;
        }
    }
}

void broker_handle_publish(struct broker *b, uint64_t now_ms, const struct wire_publish *frame)
{
    struct edge_entry *edge = edges_get(&b->edges, frame->incarnation, now_ms);

    if (b->stopped || edge == NULL)
        return;
    if (!epoch_equal(frame->epoch, b->journal.epoch)) {
        b->counters.foreign++;
        if (!edge->logged_epoch)
            operator_log_add(&b->operator_log, BROKER_REPORT_FOREIGN_EPOCH, edge, ERR_EPOCH);
        edge->logged_epoch = true;
        return;
    }
    broker_mark_seen(b, edge, now_ms);
    if (!edge->published)
        beacon_hurry(&b->beacon, now_ms + 10); /* the edge waits to be named in it */
    edge->published = true;
    if (!edge->met)
        edge->whole = edge->accepted == 0 && frame->settled == 0;
    edge->met = true;
    /* Nobody waits for the publishes up to `settled`, so their numbers may be skipped: an earlier
     * broker refused them, or the edge gave up before they came here. */
    if (frame->settled > edge->accepted)
        edge->accepted = frame->settled;
    if (frame->settled > edge->resolved)
        edge->resolved = frame->settled;
    if (b->unix_ms > b->last_time_ms)
        b->last_time_ms = b->unix_ms;
    take_all(b, edge, frame, now_ms);
}

/* ---- ephemeral records ---- */

static bool is_ephemeral(struct broker *b, struct slice body, uint64_t incarnation,
                         bool *out_canary)
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

void broker_handle_ephemeral(struct broker *b, uint64_t now_ms, const struct wire_ephemeral *frame)
{
    struct edge_entry *edge = edges_get(&b->edges, frame->incarnation, now_ms);
    size_t canaries = 0;

    if (b->stopped || edge == NULL || !epoch_equal(frame->epoch, b->journal.epoch))
        return;
    broker_mark_seen(b, edge, now_ms);
    for (size_t i = 0; i < frame->count; i++) {
        bool canary;

        if (!is_ephemeral(b, frame->bodies[i], frame->incarnation, &canary)) {
            b->counters.malformed++;
            return;
        }
        canaries += canary ? 1 : 0;
    }
    b->counters.canaries += canaries;
    b->counters.ephemerals += frame->count - canaries;
    if (!ephemeral_queue_add(&b->ephemerals, frame))
        b->counters.ephemerals_dropped += frame->count - canaries;
}
