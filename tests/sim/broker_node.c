/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "sim.h"

#include "common/base/mem.h"

#include <stdio.h>
#include <stdlib.h>

/* The broker's process: its core, a writer that needs time, readers, and crashes in between. */

void broker_start(struct sim *s)
{
    struct broker_config config;
    struct journal_state state;

    broker_config_init(&config);
    config.batch_records = 1 + (uint32_t)chance_below(&s->chance, 12);
    config.queue_bytes = chance_percent(&s->chance, 20) ? 2000 : 1u << 20;
    config.reads = 8;
    s->journal.term++;
    sim_journal_state(s, &state);
    s->broker.core = broker_create(&config, &state, s->now_ms, 1000000 + s->now_ms);
    s->broker.up = true;
    s->broker.batch = NULL;
    s->broker.read_count = 0;
    s->broker.trim_out = false;
    s->broker.paused_until_ms = 0;
}

void broker_crash(struct sim *s)
{
    struct sim_broker *b = &s->broker;
    uint64_t oldest;

    if (!b->up)
        return;
    s->crashes++;
    /* The batch in progress may have reached the disk or not. It was not broadcast. */
    if (b->batch != NULL && chance_percent(&s->chance, 50))
        (void)sim_journal_append(s, b->batch);
    if (b->trim_out && chance_percent(&s->chance, 50))
        (void)sim_journal_trim_to(s, b->trim_before, &oldest);
    for (size_t i = 0; i < b->read_count; i++)
        broker_read_done(b->core, s->now_ms, b->reads[i].read);
    broker_destroy(b->core);
    b->core = NULL;
    b->up = false;
    b->batch = NULL;
    b->trim_out = false;
    b->read_count = 0;
    b->restart_ms = s->now_ms + 20 + chance_below(&s->chance, 1500);
    for (int i = 0; i < SIM_EDGES; i++)
        bus_reset(s, &s->edges[i]);
    if (chance_percent(&s->chance, 3) && !s->calm)
        sim_journal_new_epoch(s);
}

static void writer_done(struct sim *s, enum err result)
{
    struct sim_broker *b = &s->broker;
    struct batch *batch = b->batch;
    struct journal_state state;

    b->batch = NULL;
    sim_journal_state(s, &state);
    broker_appended(b->core, s->now_ms, batch, result, &state, 100);
}

/* Sabotages the commit: reports the batch as stored and never stores it. Its records become visible
 * without being durable. */
static void store_early(struct sim *s)
{
    struct journal_state state;
    struct batch *batch = s->broker.batch;

    sim_journal_state(s, &state);
    batch->stored = batch->count;
    for (size_t i = 0; i < batch->count; i++) {
        batch->entries[i].result = OK;
        batch->entries[i].offset = ++state.head;
    }
    s->broker.batch = NULL;
    broker_appended(s->broker.core, s->now_ms, batch, OK, &state, 100);
}

static void take_batch(struct sim *s, struct batch *batch)
{
    s->broker.batch = batch;
    s->broker.batch_due_ms = s->now_ms + chance_below(&s->chance, s->calm ? 3 : 25);
    if (s->sabotage_commit)
        store_early(s);
}

/* The sender of an operator's command. SIM_EDGES is not the number of an edge. */
static const struct control_peer operator= { 1, {SIM_EDGES} };

static void ask_for_trim(struct sim *s)
{
    struct wire_frame frame = {.type = WIRE_COMMAND};
    uint64_t most = s->journal.count + 2 - s->journal.oldest;
    char before[24];
    struct slice arguments[] = {{before, 0}, {NULL, 0}, {NULL, 0}};

    arguments[0].size =
        (size_t)snprintf(before, sizeof before, "%llu",
                         (unsigned long long)(s->journal.oldest + chance_below(&s->chance, most)));
    frame.command = (struct wire_command){1, SLICE("trim"), arguments, 3};
    broker_received(s->broker.core, s->now_ms, 1000000 + s->now_ms, &operator, & frame);
}

static void take_trim(struct sim *s, const struct broker_trim *trim)
{
    s->broker.trim_out = true;
    s->broker.trim_before = trim->before;
    s->broker.trim_due_ms = s->now_ms + chance_below(&s->chance, 30);
}

/* Carries out an operator's trim. The writer does one thing after the other: a batch that it has is
 * stored first. */
static void trim_done(struct sim *s)
{
    struct sim_broker *b = &s->broker;
    struct journal_state state;
    uint64_t oldest = 0;
    enum err err = sim_journal_trim_to(s, b->trim_before, &oldest);

    b->trim_out = false;
    sim_journal_state(s, &state);
    broker_trimmed(b->core, s->now_ms, err, oldest, &state);
}

static void take_read(struct sim *s, struct broker_read *read)
{
    struct sim_broker *b = &s->broker;

    if (b->read_count == sizeof b->reads / sizeof b->reads[0])
        sim_fail(s, "the core has handed out too many reads");
    b->reads[b->read_count].read = read;
    b->reads[b->read_count++].due_ms = s->now_ms + chance_below(&s->chance, s->calm ? 2 : 30);
}

void broker_pump(struct sim *s)
{
    struct broker_action action;

    while (broker_next(s->broker.core, &action)) {
        if (action.type == BROKER_APPEND) {
            take_batch(s, action.append.batch);
        } else if (action.type == BROKER_READ) {
            take_read(s, action.read.job);
        } else if (action.type == BROKER_TRIM) {
            take_trim(s, action.trim.command);
        } else if (action.type == BROKER_REPLY && action.reply.peer.bytes[0] == SIM_EDGES) {
            continue;
        } else if (action.type == BROKER_BROADCAST) {
            for (int i = 0; i < SIM_EDGES; i++)
                bus_put(s, &s->edges[i], LANE_BROADCAST, &action.broadcast.frame);
        } else if (action.type == BROKER_REPLY) {
            struct sim_edge *edge = &s->edges[(int)action.reply.peer.bytes[0]];

            if ((char)edge->generation == action.reply.peer.bytes[1])
                bus_put(s, edge, LANE_DOWN, &action.reply.frame);
        }
    }
    broker_check(s->broker.core);
}

static void finish_reads(struct sim *s)
{
    struct sim_broker *b = &s->broker;

    for (size_t i = 0; i < b->read_count;) {
        struct sim_read read = b->reads[i];

        if (read.due_ms > s->now_ms) {
            i++;
            continue;
        }
        b->reads[i] = b->reads[--b->read_count];
        sim_journal_read(s, read.read);
        broker_read_done(b->core, s->now_ms, read.read);
    }
}

void broker_turn(struct sim *s)
{
    struct sim_broker *b = &s->broker;
    struct journal_state state;

    if (!b->up) {
        if (s->now_ms >= b->restart_ms)
            broker_start(s);
        return;
    }
    if (s->now_ms < b->paused_until_ms)
        return;
    if (b->batch != NULL && s->now_ms >= b->batch_due_ms)
        writer_done(s, sim_journal_append(s, b->batch));
    if (b->trim_out && b->batch == NULL && s->now_ms >= b->trim_due_ms)
        trim_done(s);
    finish_reads(s);
    if (!s->calm && chance_permille(&s->chance, 1))
        ask_for_trim(s);
    if (!s->calm && chance_permille(&s->chance, 3)) {
        sim_journal_trim(s);
        sim_journal_state(s, &state);
        broker_maintained(b->core, s->now_ms, &state);
    }
    if (s->now_ms >= broker_deadline(b->core))
        broker_tick(b->core, s->now_ms, 1000000 + s->now_ms);
    broker_pump(s);
}
