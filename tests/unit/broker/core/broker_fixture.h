/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_TESTS_UNIT_BROKER_FIXTURE_H
#define BELFRY_TESTS_UNIT_BROKER_FIXTURE_H

/* A broker's core, for tests that play the journal, the reader and the edges. After every event the
 * actions are taken and recorded, and the invariants checked. */

#include "broker/core/broker.h"
#include "common/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIXTURE_MAX 64
#define FIXTURE_DUPLICATE_OF 1 /* the record that the id "dup" belongs to */

struct fixture {
    struct broker *b;
    struct broker_config config;
    struct journal_state journal;
    uint64_t now;
    uint64_t unix_ms;

    struct batch *writing;
    struct broker_trim trim; /* last trim action */
    unsigned trims;
    enum log_level log_level; /* of the last action */
    unsigned log_levels;
    struct broker_read *reads[FIXTURE_MAX];
    size_t read_count;

    uint64_t offsets[20000]; /* broadcast */
    size_t offset_count;
    uint64_t last_time_ms;
    struct wire_batch batch;
    unsigned batches;
    struct wire_seq_outcome outcomes[20000];
    uint64_t outcome_incarnations[20000];
    size_t outcome_count;
    unsigned outcome_frames;
    struct wire_beacon beacon;
    struct wire_edge_progress edges[FIXTURE_MAX];
    unsigned beacons;
    struct wire_frame answers[FIXTURE_MAX];
    struct control_peer answer_peers[FIXTURE_MAX];
    char answer_text[8192]; /* of the last answer; a command for an edge as words */
    char presence[2048];    /* joins and leaves, a line each: "+topic member payload count" */
    char ephemerals[1024];  /* bodies of ephemeral records, in order */
    size_t ephemeral_size;
    unsigned ephemeral_frames;
    size_t answer_count;
    unsigned reports[BROKER_REPORT_QUEUE_FULL + 1];
    struct broker_report last_report[BROKER_REPORT_QUEUE_FULL + 1];

    struct buf bodies;
};

static const struct control_peer fixture_peer = {4, {'p', 'e', 'e', 'r'}};

static inline void fixture_presence(struct fixture *f, const struct wire_presence *p)
{
    size_t used = strlen(f->presence);

    (void)snprintf(f->presence + used, sizeof f->presence - used, "%c%.*s %.*s %.*s %u\n",
                   p->joined ? '+' : '-', (int)p->topic.size, p->topic.data, (int)p->member.size,
                   p->member.data, p->payload.size == 0 ? 1 : (int)p->payload.size,
                   p->payload.size == 0 ? "-" : p->payload.data, (unsigned)p->count);
}

/* Checks the joins and leaves since the last call. */
static inline void fixture_presence_says(struct fixture *f, const char *expected)
{
    assert_string_equal(f->presence, expected);
    f->presence[0] = '\0';
}

static inline void fixture_ephemeral(struct fixture *f, const struct wire_ephemeral_batch *batch)
{
    f->ephemeral_frames++;
    for (size_t i = 0; i < batch->count; i++) {
        assert_true(f->ephemeral_size + batch->bodies[i].size <= sizeof f->ephemerals);
        memcpy(f->ephemerals + f->ephemeral_size, batch->bodies[i].data, batch->bodies[i].size);
        f->ephemeral_size += batch->bodies[i].size;
    }
}

static inline void fixture_broadcast(struct fixture *f, const struct wire_frame *frame)
{
    if (frame->type == WIRE_BATCH) {
        f->batch = frame->batch;
        f->batches++;
        for (size_t i = 0; i < frame->batch.count; i++) {
            f->offsets[f->offset_count++] = frame->batch.entries[i].offset;
            f->last_time_ms = frame->batch.entries[i].time_ms;
        }
    } else if (frame->type == WIRE_OUTCOME) {
        f->outcome_frames++;
        for (size_t i = 0; i < frame->outcome.count; i++) {
            f->outcome_incarnations[f->outcome_count] = frame->outcome.incarnation;
            f->outcomes[f->outcome_count++] = frame->outcome.outcomes[i];
        }
    } else if (frame->type == WIRE_PRESENCE) {
        fixture_presence(f, &frame->presence);
    } else if (frame->type == WIRE_EPHEMERAL_BATCH) {
        fixture_ephemeral(f, &frame->ephemeral_batch);
    } else {
        assert_int_equal(frame->type, WIRE_BEACON);
        f->beacons++;
        f->beacon = frame->beacon;
        assert_true(frame->beacon.edge_count <= FIXTURE_MAX);
        if (frame->beacon.edge_count > 0)
            memcpy(f->edges, frame->beacon.edges, frame->beacon.edge_count * sizeof *f->edges);
    }
}

static inline void fixture_answer(struct fixture *f, const struct broker_action *a)
{
    struct slice text = {0};

    assert_true(f->answer_count < FIXTURE_MAX);
    if (a->reply.frame.type == WIRE_REPLY)
        text = a->reply.frame.reply.text;
    else if (a->reply.frame.type == WIRE_WELCOME)
        text = a->reply.frame.welcome.text;
    else if (a->reply.frame.type == WIRE_COMMAND)
        text = a->reply.frame.command.name;
    assert_true(text.size < sizeof f->answer_text);
    if (text.size > 0)
        memcpy(f->answer_text, text.data, text.size);
    f->answer_text[text.size] = '\0';
    for (size_t i = 0;
         a->reply.frame.type == WIRE_COMMAND && i < a->reply.frame.command.argument_count; i++) {
        strcat(f->answer_text, " ");
        strncat(f->answer_text, a->reply.frame.command.arguments[i].data,
                a->reply.frame.command.arguments[i].size);
    }
    f->answer_peers[f->answer_count] = a->reply.peer;
    f->answers[f->answer_count++] = a->reply.frame;
}

static inline void fixture_drain(struct fixture *f)
{
    struct broker_action a;

    for (unsigned i = 0; broker_next(f->b, &a); i++) {
        assert_true(i < 100000);
        if (a.type == BROKER_APPEND) {
            assert_null(f->writing); /* one at a time */
            f->writing = a.append.batch;
        } else if (a.type == BROKER_BROADCAST) {
            fixture_broadcast(f, &a.broadcast.frame);
        } else if (a.type == BROKER_REPLY) {
            fixture_answer(f, &a);
        } else if (a.type == BROKER_READ) {
            assert_true(f->read_count < FIXTURE_MAX);
            f->reads[f->read_count++] = a.read.job;
        } else if (a.type == BROKER_TRIM) {
            f->trim = *a.trim.command;
            f->trims++;
        } else if (a.type == BROKER_LOG_LEVEL) {
            f->log_level = a.log_level.level;
            f->log_levels++;
        } else {
            assert_int_equal(a.type, BROKER_LOG);
            f->reports[a.log.report.type]++;
            f->last_report[a.log.report.type] = a.log.report;
        }
        broker_check(f->b);
    }
    broker_check(f->b);
}

static inline struct fixture *fixture_open(void)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    broker_config_init(&f->config);
    f->now = 10000;
    f->unix_ms = 1700000000000;
    memcpy(f->journal.epoch.text, "k3f9x2", 7);
    f->journal.term = 3;
    f->journal.oldest = 1;
    f->journal.leader = true;
    buf_init(&f->bodies, 64u << 20);
    return f;
}

/* Creates the broker, after changes to the config and the journal's state. */
static inline void fixture_start(struct fixture *f)
{
    f->b = broker_create(&f->config, &f->journal, f->now, f->unix_ms);
    fixture_drain(f);
}

static inline struct fixture *fixture_running(uint64_t head)
{
    struct fixture *f = fixture_open();

    f->journal.head = head;
    fixture_start(f);
    return f;
}

static inline void fixture_close(struct fixture *f)
{
    broker_destroy(f->b);
    buf_clear(&f->bodies);
    free(f);
}

static inline void fixture_forget(struct fixture *f)
{
    f->offset_count = f->outcome_count = f->answer_count = 0;
    f->batches = f->outcome_frames = f->beacons = 0;
    memset(f->reports, 0, sizeof f->reports);
}

static inline void fixture_tick(struct fixture *f, uint64_t ms)
{
    f->now += ms;
    f->unix_ms += ms;
    broker_tick(f->b, f->now, f->unix_ms);
    fixture_drain(f);
}

/* ---- the edges' part ---- */

static inline void fixture_receive(struct fixture *f, const struct control_peer *peer,
                                   const struct wire_frame *frame)
{
    broker_received(f->b, f->now, f->unix_ms, peer, frame);
    fixture_drain(f);
}

static inline void fixture_publish_bodies(struct fixture *f, uint64_t incarnation, uint64_t settled,
                                          uint64_t first, const struct slice *bodies, size_t count)
{
    struct wire_frame frame = {.type = WIRE_PUBLISH};

    frame.publish.epoch = f->journal.epoch;
    frame.publish.incarnation = incarnation;
    frame.publish.settled = settled;
    frame.publish.first_seq = first;
    frame.publish.bodies = bodies;
    frame.publish.count = count;
    fixture_receive(f, NULL, &frame);
}

/* Returns the body of a publish with this number, valid until the next fixture_publish(). */
static inline struct slice fixture_body(struct fixture *f, uint64_t incarnation, uint64_t seq,
                                        const char *id, const char *data)
{
    static const struct slice topics[] = {SLICE_INIT("a")};
    struct record record = {.origin = incarnation,
                            .seq = seq,
                            .topic_count = 1,
                            .topics = topics,
                            .data = slice_str(data)};

    if (id != NULL)
        record.id = slice_str(id);
    buf_reset(&f->bodies);
    wire_encode_body(&f->bodies, &record);
    return buf_all(&f->bodies);
}

/* Publishes first .. first + count - 1 in one frame. */
static inline void fixture_publish(struct fixture *f, uint64_t incarnation, uint64_t settled,
                                   uint64_t first, size_t count, const char *id)
{
    struct slice *bodies = calloc(count + 1, sizeof *bodies);
    char *bytes = calloc(count + 1, 64);

    assert_non_null(bodies);
    assert_non_null(bytes);
    for (size_t i = 0; i < count; i++) {
        struct slice body = fixture_body(f, incarnation, first + i, id, "hello");

        assert_true(body.size <= 64);
        memcpy(bytes + 64 * i, body.data, body.size);
        bodies[i] = slice_of(bytes + 64 * i, body.size);
    }
    fixture_publish_bodies(f, incarnation, settled, first, bodies, count);
    free(bodies);
    free(bytes);
}

/* Returns the progress of the edge in the last beacon. Returns false when it is not there. */
static inline bool fixture_progress(const struct fixture *f, uint64_t incarnation,
                                    uint64_t *out_accepted, uint64_t *out_resolved)
{
    for (size_t i = 0; i < f->beacon.edge_count; i++) {
        if (f->edges[i].incarnation == incarnation) {
            *out_accepted = f->edges[i].accepted;
            *out_resolved = f->edges[i].resolved;
            return true;
        }
    }
    return false;
}

/* Waits for a beacon, and checks the edge's progress in it. */
static inline void fixture_beacon_says(struct fixture *f, uint64_t incarnation, uint64_t accepted,
                                       uint64_t resolved)
{
    unsigned before = f->beacons;
    uint64_t a = 0;
    uint64_t r = 0;

    while (f->beacons == before)
        fixture_tick(f, 10);
    assert_true(fixture_progress(f, incarnation, &a, &r));
    assert_int_equal(a, accepted);
    assert_int_equal(r, resolved);
}

/* ---- the journal's part ---- */

/* Returns the batch that the writer has, as stored or failed. */
static inline void fixture_append(struct fixture *f, enum err result)
{
    struct batch *batch = f->writing;

    assert_non_null(batch);
    f->writing = NULL;
    batch->stored = result == OK ? 0 : batch->count; /* a failed append may leave anything */
    for (size_t i = 0; i < batch->count && result == OK; i++) {
        struct batch_entry *e = &batch->entries[i];
        bool duplicate = slice_equal(e->record.id, SLICE("dup"));

        e->result = duplicate ? ERR_DUPLICATE : OK;
        e->offset = duplicate ? FIXTURE_DUPLICATE_OF : ++f->journal.head;
        batch->stored += !duplicate;
    }
    broker_appended(f->b, f->now, batch, result, &f->journal, 1000);
    fixture_drain(f);
}

#endif
