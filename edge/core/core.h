/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_EDGE_CORE_CORE_H
#define BELFRY_EDGE_CORE_CORE_H

/* The inside of the edge's core, shared by edge.c (events and actions), receive.c (what comes from the broker) and
 * fanout.c (streams). Everybody else sees edge.h. */

#include "edge/core/counters.h"
#include "edge/core/edge.h"
#include "edge/state/canary.h"
#include "edge/state/commands.h"
#include "edge/state/delivery.h"
#include "edge/state/ephemeral.h"
#include "edge/state/inbox.h"
#include "edge/state/link.h"
#include "edge/state/outbox.h"
#include "edge/state/presence.h"
#include "edge/state/queries.h"
#include "edge/state/stream_extra.h"

#define EDGE_NOTES_MAX 32 /* waiting for the shell; further ones are dropped */

/* The streams that operators look at. */
struct admin {
    uint32_t streams;
    uint64_t next_ms; /* when the broker is asked again */
    bool asked;       /* and has not answered yet */
};

struct edge {
    struct edge_config config;
    struct wire_decoder *decoder; /* for bodies */
    uint64_t now_ms;              /* of the last event */

    uint64_t ticked_ms; /* the last edge_tick() */
    uint64_t unix_ms;   /* the wall clock; 0 = not known */
    bool busy;          /* an event came: there may be more to do than fan-out */
    bool draining;      /* edge_drain(): the operator's decision, whatever the link's state */
    bool told_ready;    /* the last tick found the edge ready: only a change is logged */

    struct link link;
    struct tail tail;
    struct topics topics;
    struct inbox inbox;
    struct outbox outbox;
    struct delivery delivery;
    struct extra_table extras;
    uint64_t last_drawn; /* number of members that were drawn */
    struct ephemeral ephemeral;

    struct queries queries;
    struct commands commands;
    struct presence presence;

    /* Scratch. */
    struct buf sse;
    struct buf text;
    struct topic *record_topics[RECORD_TOPICS_MAX];
    struct slice *selectors;  /* of the READ frame that the shell has */
    struct pending *answered; /* given to the shell with the last action */

    struct wire_figures figures;
    struct edge_counters counters;
    struct admin admin;
    struct canary canary;
    struct slice canary_body; /* in the frame that the shell has */
    uint64_t now_us;          /* 0: not known */
    bool told_malformed;
    struct edge_note notes[EDGE_NOTES_MAX];
    size_t note_first;
    size_t note_count;
};

void edge_tell(struct edge *e, enum edge_note_type type, enum err code, uint64_t number,
               struct slice text);

/* ---- receive.c ---- */

/* Notices silence, repeats what got no answer. */
void receive_tick(struct edge *e);

/* The next frame for the control socket: hello, ping, a hole's fetch. */
bool receive_next(struct edge *e, struct edge_action *out);

/* The tail's oldest record leaves it. */
void receive_evict(struct edge *e);

/* Returns true when the tail has reached the head that the log had when we joined. */
bool receive_warm(const struct edge *e);

/* forget.c: an operator has taken the records before `oldest` out of the log; they leave the memory too. */
void edge_forget_before(struct edge *e, uint64_t oldest);

/* ---- figures.c ---- */

/* Now, in microseconds. */
uint64_t figures_micros(const struct edge *e);

/* The next PING; the next canary. */
bool figures_next_ping(struct edge *e, struct edge_action *out);
bool figures_next_canary(struct edge *e, struct edge_action *out);

/* True when an ephemeral record is a canary, ours or another edge's: it goes to nobody. */
bool figures_take_canary(struct edge *e, const struct record *record);

/* ---- ask.c ---- */

/* Takes the answer to a question. Returns false when no question waits for it. */
bool ask_reply(struct edge *e, const struct wire_reply *frame);
bool ask_records(struct edge *e, const struct wire_records *frame);
void ask_tick(struct edge *e);

/* The next question or answer for the control socket; the next answer for the shell. */
bool ask_next_frame(struct edge *e, struct edge_action *out);
bool ask_next_answer(struct edge *e, struct edge_action *out);

/* Takes what the broker hands on to this edge. */
void ask_command(struct edge *e, const struct wire_admin *frame);

/* ---- sessions.c ---- */

/* What a new stream asked for beyond its topics. ERR_NO_MEMORY. */
MUST_CHECK enum err session_open(struct edge *e, struct stream *s, const struct subscribe *spec);
void session_close(struct edge *e, struct stream *s);

/* belfry.hello, or belfry.sync, when it is due. */
bool session_hello(struct edge *e, struct stream *s, struct edge_action *out);
bool session_sync(struct edge *e, struct stream *s, struct edge_action *out);
void session_tick(struct edge *e);

/* ---- onlookers.c ---- */

/* A stream of an operator's is opened, closed. It is told
 *
 *   event: belfry.stats         data: the broker's answer to "stats" (broker/core/stats.h), once a second
 *   event: belfry.unavailable   data: {"detail": one line}; instead, when there is no answer */
void admin_opened(struct edge *e);
void admin_closed(struct edge *e);
void admin_tick(struct edge *e);

/* Takes what came of a question. False: it was not ours. */
bool admin_answered(struct edge *e, const void *request, enum err code, struct slice answer);

/* ---- announce.c ---- */

/* Queues ephemeral records, and comings and goings, for those who listen. */
void announce_records(struct edge *e, const struct wire_cast *frame);
void announce_presence(struct edge *e, const struct wire_presence *frame);

/* Queues an event of the edge's own for those who listen to the topic. */
void announce_event(struct edge *e, struct slice topic, struct slice type, struct slice data);

/* ---- fanout.c ---- */

/* Every stream looks at where it stands again (the tail was emptied). `tell`: what each is told first, and
 * then all go on at the tail's head. */
void fanout_restart(struct edge *e, enum stream_tell tell);

/* The next thing to send to a stream, or to ask for it. */
bool fanout_next(struct edge *e, struct edge_action *out);

/* Makes the cursor say where the stream stands, and drops what was prepared for it: its topics are about to change.
 * No record may be half out. */
void fanout_settle(struct edge *e, struct stream *s);

/* Ends a stream: the client comes back by its id. */
void fanout_close(struct edge *e, struct stream *s);

/* ---- catchup.c ---- */

/* The stream waits for its turn to ask for a place or a page. */
void catchup_begin(struct edge *e, struct stream *s);

/* Takes the stream out of replaying. */
void catchup_end(struct edge *e, struct stream *s);

/* Drops the page and what was asked: the stream asks again. */
void catchup_reset(struct edge *e, struct stream *s);

/* The answer to a stream's read. */
void catchup_records(struct edge *e, struct read *read, const struct wire_records *frame);

/* A stream's read got no answer: it asks again. */
void catchup_read_lost(struct edge *e, struct read *read);

/* The next question to the broker. */
bool catchup_next(struct edge *e, struct edge_action *out);

#endif
