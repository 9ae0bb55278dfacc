/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/broker.h"

#include "broker/core/broker_state.h"
#include "broker/core/forward_command.h"
#include "broker/core/handle_command.h"
#include "broker/core/handle_control_frame.h"
#include "broker/core/handle_publish_frame.h"
#include "common/base/mem.h"

#include <assert.h>

/* Maximum time from an append to the next beacon, which shows edges that they have lost the last
 * message. The delay saves a beacon for each message. */
#define AFTER_BURST_MS 50
#define LEASE_MS 250 /* interval of the search for silent edges and for commands without a reply */

/* Debug builds check the invariants after each event and each action. */
#ifdef BELFRY_CHECKS
#define CHECK(b) broker_check(b)
#else
#define CHECK(b) ((void)(b))
#endif

struct broker *broker_create(const struct broker_config *config,
                             const struct journal_state *journal, uint64_t now_ms, uint64_t unix_ms)
{
    struct broker *b = mem_alloc(sizeof *b);

    assert(config->edges > 0 && config->batch_records > 0 && config->batch_bytes > 0);
    assert(config->software != NULL);
    b->config = *config;
    b->decoder = wire_decoder_create();
    b->journal = *journal;
    b->journal.edges = NULL;
    b->journal.edge_count = 0;
    b->last_time_ms = journal->last_time_ms;
    b->unix_ms = unix_ms;
    edges_init(&b->edges, config->edges);
    roster_init(&b->roster, &config->hash_key);
    awaited_replies_init(&b->awaited);
    ephemeral_queue_init(&b->ephemerals);
    for (size_t i = 0; i < journal->edge_count; i++) {
        struct edge_entry *e = edges_get(&b->edges, journal->edges[i].incarnation, now_ms);

        if (e != NULL)
            e->accepted = e->resolved = journal->edges[i].accepted;
    }
    b->counters.started_ms = now_ms;
    b->counters.started_head = journal->head;
    b->counters.second = now_ms / 1000;
    batch_queue_init(&b->queue);
    replies_init(&b->replies);
    operator_tasks_init(&b->tasks, config->log_level);
    beacon_init(&b->beacon, config->edges, now_ms);
    publish_outcomes_init(&b->outcomes);
    operator_log_init(&b->operator_log);
    b->lease_ms = now_ms + LEASE_MS;
    CHECK(b);
    return b;
}

void broker_destroy(struct broker *b)
{
    if (b == NULL)
        return;
    replies_clear(&b->replies);
    operator_tasks_clear(&b->tasks);
    batch_queue_clear(&b->queue);
    edges_clear(&b->edges);
    roster_clear(&b->roster);
    awaited_replies_clear(&b->awaited);
    ephemeral_queue_clear(&b->ephemerals);
    wire_decoder_destroy(b->decoder);
    publish_outcomes_clear(&b->outcomes);
    beacon_clear(&b->beacon);
    mem_free(b);
}

/* ---- events ---- */

static void set_time(struct broker *b, uint64_t now_ms, uint64_t unix_ms)
{
    assert(now_ms >= b->now_ms);
    b->now_ms = now_ms;
    b->unix_ms = unix_ms; /* may be set back */
}

void broker_received(struct broker *b, uint64_t now_ms, uint64_t unix_ms,
                     const struct control_peer *peer, const struct wire_frame *frame)
{
    set_time(b, now_ms, unix_ms);
    if (peer != NULL)
        broker_handle_control(b, now_ms, peer, frame);
    else if (frame->type == WIRE_PUBLISH)
        broker_handle_publish(b, now_ms, &frame->publish);
    else if (frame->type == WIRE_EPHEMERAL)
        broker_handle_ephemeral(b, now_ms, &frame->ephemeral);
    else
        b->counters.malformed++;
    CHECK(b);
}

bool broker_malformed(struct broker *b, const struct control_peer *peer, enum err err)
{
    b->counters.malformed++;
    if (peer != NULL)
        replies_add_text(&b->replies, peer, 0, err,
                         err == ERR_VERSION ? "this broker speaks version 1 of the protocol"
                                            : "malformed frame");
    CHECK(b);
    return operator_log_first_malformed(&b->operator_log, peer);
}

static void keep_state(struct broker *b, const struct journal_state *journal)
{
    b->journal = *journal;
    b->journal.edges = NULL;
    b->journal.edge_count = 0;
}

/* Marks the publishes of this batch as resolved: the core knows their outcomes. */
static void resolve(struct broker *b, const struct batch *batch)
{
    for (size_t i = 0; i < batch->edge_count; i++) {
        struct edge_entry *e = edges_find(&b->edges, batch->edges[i].incarnation);

        if (e != NULL && batch->edges[i].accepted > e->resolved)
            e->resolved = batch->edges[i].accepted;
    }
}

/* Counts the outcome of one publish for its edge. */
static void count_outcome(struct edge_entry *e, enum err result)
{
    if (e == NULL)
        return;
    if (result == OK)
        e->stored++;
    else if (result == ERR_DUPLICATE)
        e->duplicates++;
    else
        e->refused++;
}

/* Counts the outcomes, and queues those of the entries that got no record. */
static void record_outcomes(struct broker *b, struct batch *batch, enum err result)
{
    struct edge_entry *e = NULL;

    for (size_t i = 0; i < batch->count; i++) {
        struct batch_entry *entry = &batch->entries[i];

        if (result != OK)
            entry->result = result;
        if (i == 0 || entry->record.origin != batch->entries[i - 1].record.origin)
            e = edges_find(&b->edges, entry->record.origin);
        count_outcome(e, entry->result);
        if (entry->result == OK)
            continue;
        if (entry->result == ERR_DUPLICATE)
            b->counters.duplicates++;
        else
            b->counters.refused++;
        publish_outcomes_add(
            &b->outcomes, entry->record.origin, entry->record.seq, entry->result,
            entry->result == ERR_DUPLICATE || entry->result == ERR_CONFLICT ? entry->offset : 0);
    }
}

void broker_appended(struct broker *b, uint64_t now_ms, struct batch *batch, enum err result,
                     const struct journal_state *journal, uint64_t commit_us)
{
    batch_queue_written(&b->queue, batch);
    record_outcomes(b, batch, result);
    resolve(b, batch);
    if (result == OK) {
        broker_counters_stored(&b->counters, now_ms, batch->stored, commit_us);
        keep_state(b, journal);
        if (b->append_error != OK)
            operator_log_add(&b->operator_log, BROKER_REPORT_APPEND_RECOVERED, NULL, OK);
    } else {
        b->counters.failed_commits++;
        batch->stored = 0;
        if (b->append_error == OK)
            operator_log_add(&b->operator_log, BROKER_REPORT_APPEND_FAILED, NULL, result);
    }
    b->append_error = result;
    beacon_hurry(&b->beacon, now_ms + AFTER_BURST_MS);
    CHECK(b);
}

void broker_maintained(struct broker *b, uint64_t now_ms, const struct journal_state *journal)
{
    (void)now_ms;
    /* Only an append moves the head: a batch may be stored already and not broadcast yet. */
    b->journal.oldest =
        journal->oldest <= b->journal.head + 1 ? journal->oldest : b->journal.head + 1;
    b->journal.records = journal->records;
    b->journal.record_bytes = journal->record_bytes;
    b->journal.file_bytes = journal->file_bytes;
    CHECK(b);
}

void broker_trimmed(struct broker *b, uint64_t now_ms, enum err result, uint64_t oldest,
                    const struct journal_state *journal)
{
    uint64_t before = b->journal.oldest;

    if (result == OK)
        broker_maintained(b, now_ms, journal);
    broker_end_trim(b, now_ms, result, oldest, before);
    CHECK(b);
}

void broker_read_done(struct broker *b, uint64_t now_ms, struct broker_read *read)
{
    (void)now_ms;
    if (read->type == BROKER_READ_TOPICS || read->type == BROKER_READ_FIND)
        broker_finish_command(b, read);
    else
        (void)replies_finish_read(&b->replies, WIRE_RECORDS, read,
                                  read->result == OK ? read->page.code : read->result);
    CHECK(b);
}

static void expire_edges(struct broker *b, uint64_t now_ms)
{
    struct edge_entry *gone;

    while ((gone = edges_expire(&b->edges, now_ms)) != NULL) {
        operator_log_add(&b->operator_log, BROKER_REPORT_EDGE_GONE, gone, OK);
        roster_unseat(&b->roster, gone->incarnation, true, now_ms);
        gone->roster_serial = 0;
        gone->roster_lost = true;
    }
}

void broker_tick(struct broker *b, uint64_t now_ms, uint64_t unix_ms)
{
    set_time(b, now_ms, unix_ms);
    beacon_tick(&b->beacon, now_ms);
    if (now_ms >= b->lease_ms) {
        b->lease_ms = now_ms + LEASE_MS;
        expire_edges(b, now_ms);
        broker_expire_forwarded(b, now_ms);
    }
    CHECK(b);
}

uint64_t broker_deadline(const struct broker *b)
{
    return b->beacon.due_ms < b->lease_ms ? b->beacon.due_ms : b->lease_ms;
}

void broker_stop(struct broker *b)
{
    b->stopped = true;
    CHECK(b);
}

bool broker_idle(const struct broker *b)
{
    return batch_queue_idle(&b->queue) && b->replies.read_count == 0 &&
           b->tasks.trim_state == OPERATOR_TRIM_NONE;
}

/* ---- actions ---- */

/* Makes a BATCH frame from the records of a stored batch. */
static bool next_batch(struct broker *b, struct broker_action *out)
{
    if (!batch_queue_records(&b->queue, &out->broadcast.frame.batch))
        return false;
    out->type = BROKER_BROADCAST;
    out->broadcast.frame.type = WIRE_BATCH;
    out->broadcast.frame.batch.epoch = b->journal.epoch;
    out->broadcast.frame.batch.term = b->journal.term;
    return true;
}

static bool next_outcome(struct broker *b, struct broker_action *out)
{
    if (!publish_outcomes_next(&b->outcomes, &out->broadcast.frame.outcome))
        return false;
    out->type = BROKER_BROADCAST;
    out->broadcast.frame.type = WIRE_OUTCOME;
    out->broadcast.frame.outcome.epoch = b->journal.epoch;
    out->broadcast.frame.outcome.term = b->journal.term;
    return true;
}

static bool next_beacon(struct broker *b, struct broker_action *out)
{
    if (!beacon_next(&b->beacon, &b->edges, &b->journal, &out->broadcast.frame.beacon))
        return false;
    out->type = BROKER_BROADCAST;
    out->broadcast.frame.type = WIRE_BEACON;
    return true;
}

static bool next_ephemeral(struct broker *b, struct broker_action *out)
{
    if (!ephemeral_queue_next(&b->ephemerals, &out->broadcast.frame.ephemeral_batch))
        return false;
    out->type = BROKER_BROADCAST;
    out->broadcast.frame.type = WIRE_EPHEMERAL_BATCH;
    out->broadcast.frame.ephemeral_batch.epoch = b->journal.epoch;
    out->broadcast.frame.ephemeral_batch.term = b->journal.term;
    return true;
}

static bool next_presence(struct broker *b, struct broker_action *out)
{
    memset(&out->broadcast.frame, 0, sizeof out->broadcast.frame);
    if (!roster_next(&b->roster, b->now_ms, &out->broadcast.frame.presence))
        return false;
    out->type = BROKER_BROADCAST;
    out->broadcast.frame.type = WIRE_PRESENCE;
    out->broadcast.frame.presence.epoch = b->journal.epoch;
    out->broadcast.frame.presence.term = b->journal.term;
    return true;
}

static bool next_reply(struct broker *b, struct broker_action *out)
{
    struct reply *reply = replies_next(&b->replies);

    if (reply == NULL)
        return false;
    out->type = BROKER_REPLY;
    out->reply.peer = reply->peer;
    reply_frame(reply, &b->journal, &b->config, &out->reply.frame);
    return true;
}

/* Gives the oldest batch to the writer when it is free. */
static bool next_append(struct broker *b, struct broker_action *out)
{
    out->type = BROKER_APPEND;
    out->append.batch = batch_queue_next(&b->queue);
    return out->append.batch != NULL;
}

static bool next_action(struct broker *b, struct broker_action *out)
{
    replies_release(&b->replies);
    /* The writer comes first: it works while the shell broadcasts. */
    if (next_append(b, out))
        return true;
    if (next_batch(b, out) || next_outcome(b, out))
        return true;
    batch_queue_recycle(&b->queue);
    if (operator_log_next(&b->operator_log, &out->log.report)) {
        out->type = BROKER_LOG;
        return true;
    }
    if (next_reply(b, out) || operator_tasks_next(&b->tasks, out))
        return true;
    if (next_ephemeral(b, out) || next_presence(b, out))
        return true;
    if (next_beacon(b, out))
        return true;
    out->read.job = replies_next_read(&b->replies);
    out->type = BROKER_READ;
    return out->read.job != NULL;
}

bool broker_next(struct broker *b, struct broker_action *out)
{
    bool found = next_action(b, out);

    CHECK(b);
    return found;
}

void broker_check(const struct broker *b)
{
    edges_check(&b->edges);
    roster_check(&b->roster);
    awaited_replies_check(&b->awaited);
    batch_queue_check(&b->queue);
    ephemeral_queue_check(&b->ephemerals);
    replies_check(&b->replies);
    operator_tasks_check(&b->tasks);
    publish_outcomes_check(&b->outcomes);
    operator_log_check(&b->operator_log);
    beacon_check(&b->beacon);
    assert(b->journal.oldest <= b->journal.head + 1);
    assert(b->counters.taken == b->counters.stored + b->counters.duplicates + b->counters.refused +
                                    batch_queue_count(&b->queue));
}
