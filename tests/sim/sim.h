/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_TESTS_SIM_SIM_H
#define BELFRY_TESTS_SIM_SIM_H

/* A seeded simulation of the complete system in one process and in virtual time. It has a broker
 * core, edge cores, a journal, a bus that drops, duplicates and delays frames, network partitions,
 * subscribers whose sockets fill up, publishers that repeat, and crashes at any point. The
 * promises of ARCHITECTURE.md are checked after every step. A violation ends the run with the seed
 * and the time; the same seed repeats the run. */

#include "broker/core/broker.h"
#include "common/base/buf.h"
#include "common/base/list.h"
#include "edge/core/edge.h"

#include <stdbool.h>
#include <stdint.h>

#define SIM_EDGES 3
#define SIM_CLIENTS 8
#define SIM_PUBLISHERS 4 /* maximum number of new publishes per step */
#define SIM_TOPICS 5
#define SIM_PUBLISHES_MAX 4096

/* ---- chance ---- */

/* A random number generator. */
struct chance {
    uint64_t state;
};

uint64_t chance_next(struct chance *c);
uint64_t chance_below(struct chance *c, uint64_t limit); /* 0 .. limit - 1 */
/* Return true with this probability. */
bool chance_percent(struct chance *c, unsigned percent);
bool chance_permille(struct chance *c, unsigned permille);

/* ---- the bus ---- */

/* LANE_UP and LANE_DOWN are the two directions of the control socket. */
enum sim_lane { LANE_PUBLISH, LANE_BROADCAST, LANE_UP, LANE_DOWN, LANES };

struct sim_message {
    struct list link;
    uint64_t due_ms; /* time of arrival */
    size_t size;
    char bytes[];
};

/* One direction of one socket between an edge and the broker: first in, first out, like ZeroMQ's
 * pipes. */
struct sim_link {
    struct list messages;
    uint64_t last_due_ms; /* time of arrival of the newest message; a later one is not earlier */
    unsigned drop_run;    /* number of further messages to lose */
};

/* ---- the journal: what is durable ---- */

struct sim_record {
    uint64_t offset;
    uint64_t time_ms;
    char *body;
    size_t size;
    unsigned topics;  /* a bit per topic */
    uint32_t publish; /* index in sim.publishes, which its data contains */
    bool has_id;      /* its publisher gave it an id */
    bool is_private;
};

struct sim_journal {
    struct epoch epoch;
    uint64_t term;
    unsigned logs; /* number of epochs so far */
    uint64_t oldest;
    struct sim_record *records; /* offset 1 is records[0]; trimmed ones stay for the checks */
    size_t count;
    size_t capacity;
    struct journal_edge *edges;
    size_t edge_count;
    bool full; /* the disk is full */
};

/* ---- processes ---- */

struct sim_read {
    struct broker_read *read;
    uint64_t due_ms;
};

struct sim_broker {
    struct broker *core;
    bool up;
    uint64_t paused_until_ms; /* it does nothing until then, as after SIGSTOP */
    uint64_t restart_ms;      /* time of the next start */
    struct batch *batch;      /* the batch that the writer has */
    uint64_t batch_due_ms;    /* time when it is stored */
    bool trim_out;            /* the writer has an operator's trim */
    uint64_t trim_before;     /* offset before which it removes records */
    uint64_t trim_due_ms;
    struct sim_read reads[64];
    size_t read_count;
    struct wire_decoder *decoder;
};

struct sim_edge {
    struct edge *core;
    bool up;
    uint64_t restart_ms;   /* time of the next start */
    uint64_t cut_until_ms; /* partitioned from the broker */
    struct sim_link links[LANES];
    struct wire_decoder *decoder;
    uint32_t generation; /* number of starts; replies to an earlier one are dropped */
};

/* ---- clients ---- */

struct sim_client {
    unsigned topics;   /* a bit per topic; all 32 bits for "*" */
    bool everything;   /* subscribes to "*" */
    bool by_template;  /* subscribes to "t{number}", which matches every topic */
    bool sees_private; /* also receives private records */
    uint32_t history;  /* number of records that it asks for when it has no id */
    int edge;          /* -1 = not connected */
    struct stream *stream;
    bool wants_more;  /* edge_writable() must be called when there is room in the socket */
    size_t socket;    /* number of bytes that fit into the socket now */
    uint64_t back_ms; /* time of the next attempt to connect */
    bool stalled;     /* it reads nothing for a while */

    /* What the client knows. */
    bool placed; /* it has the id of an event: `epoch` and `position` */
    struct epoch epoch;
    uint64_t position; /* every matching record up to it was received, or reported as a gap */
    uint64_t received; /* number of records */
    uint64_t gaps;     /* number of gap events */

    /* The state of its parser. */
    struct buf line; /* the current line */
    bool has_id;
    struct epoch event_epoch;
    uint64_t event_offset;
    char event_type[32];
    char event_data[256];
    bool has_data;
};

/* A publish, with all its repetitions. */
struct sim_publish {
    bool has_id;
    bool is_private;
    bool waiting; /* an edge has accepted it and has not reported its outcome */
    bool acked;
    bool given_up; /* it failed, and is not repeated because it has no id */
    int edge;      /* edge of the last attempt */
    uint32_t generation;
    uint64_t again_ms;    /* time of the next attempt */
    uint64_t deadline_ms; /* time when its publisher stops waiting */
    uint64_t offset;      /* offset in the acknowledgement */
    struct epoch epoch;   /* epoch in the acknowledgement */
    uint32_t topics;      /* a bit per topic */
};

struct sim {
    uint64_t seed;
    struct chance chance;
    uint64_t now_ms;
    bool calm;            /* no more faults */
    bool sabotage_commit; /* batches are reported as stored and are not stored */
    struct sim_journal journal;
    struct sim_broker broker;
    struct sim_edge edges[SIM_EDGES];
    struct sim_client clients[SIM_CLIENTS];
    struct sim_publish publishes[SIM_PUBLISHES_MAX];
    uint32_t publish_count;
    unsigned fault_level; /* 0 to 29; the probabilities of faults grow with it */
    uint64_t deliveries;
    uint64_t gaps; /* number of gap events */
    uint64_t crashes;
    struct buf scratch;
};

/* Ends the run: a promise is broken. */
void sim_fail(const struct sim *s, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));

/* ---- bus.c ---- */
/* Discards all messages between the edge and the broker. */
void bus_reset(struct sim *s, struct sim_edge *edge);
/* Sends a frame, which may be lost, delayed or duplicated. */
void bus_put(struct sim *s, struct sim_edge *edge, enum sim_lane lane,
             const struct wire_frame *frame);
/* Delivers the messages that are due. */
void bus_turn(struct sim *s);

/* ---- journal.c ---- */
void sim_journal_init(struct sim *s);
void sim_journal_clear(struct sim *s);
void sim_journal_state(const struct sim *s, struct journal_state *out);
/* Stores a batch and sets the result of each entry. Returns ERR_FULL. */
enum err sim_journal_append(struct sim *s, struct batch *batch);
/* Carries out a read and sets its result. */
void sim_journal_read(struct sim *s, struct broker_read *read);
/* Removes some of the oldest records, as retention does. */
void sim_journal_trim(struct sim *s);
/* Trims the log as an operator does: journal_trim(). */
enum err sim_journal_trim_to(struct sim *s, uint64_t before, uint64_t *out_oldest);
/* Begins another, empty log. */
void sim_journal_new_epoch(struct sim *s);
/* Returns a bit per topic that one of the selectors matches; "*" is not supported. */
unsigned sim_topics_of(const struct slice *names, size_t count);
/* Returns the first record after `after` that matches, or NULL. */
const struct sim_record *sim_next_record(const struct sim *s, unsigned topics, uint64_t after);

/* ---- broker_node.c ---- */
void broker_start(struct sim *s);
void broker_crash(struct sim *s);
/* Does what is due in this step. */
void broker_turn(struct sim *s);
/* Carries out the core's actions. */
void broker_pump(struct sim *s);

/* ---- edge_node.c ---- */
void edge_start(struct sim *s, struct sim_edge *edge);
void edge_crash(struct sim *s, struct sim_edge *edge);
/* Does what is due in this step. */
void edge_turn(struct sim *s, struct sim_edge *edge);
/* Carries out the core's actions. */
void edge_pump(struct sim *s, struct sim_edge *edge);

/* ---- clients.c ---- */
void clients_init(struct sim *s);
void clients_clear(struct sim *s);
void clients_turn(struct sim *s);
/* Returns the first record after `after` that the client should get, or NULL. */
const struct sim_record *client_next(const struct sim *s, const struct sim_client *c,
                                     uint64_t after);
/* Disconnects the client, which connects again later. */
void client_gone(struct sim *s, struct sim_client *client);
/* Parses and checks bytes that the client has received. */
void client_bytes(struct sim *s, struct sim_client *client, const char *bytes, size_t size);
/* Makes new publishes, and repeats those that have no outcome. */
void clients_publish(struct sim *s);
/* Checks the outcome of a publish; `request` is its struct sim_publish. */
void publish_outcome(struct sim *s, void *request, enum err result, uint64_t offset,
                     struct epoch epoch);
void publish_edge_died(struct sim *s, int edge);
void clients_finish(struct sim *s); /* checks every promise at the end of the run */

#endif
