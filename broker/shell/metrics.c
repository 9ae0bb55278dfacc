/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/shell/metrics.h"

#include "broker/core/broker_state.h"

#include <inttypes.h>
#include <stdio.h>

static void write_log(struct metrics *m, const struct broker *b)
{
    metrics_gauge(m, "belfry_broker_log_head", "Offset of the newest record.", b->journal.head);
    metrics_gauge(m, "belfry_broker_log_oldest", "Offset of the oldest record left.",
                  b->journal.oldest);
    metrics_gauge(m, "belfry_broker_log_started_head", "Head of the log when this broker started.",
                  b->counters.started_head);
    metrics_gauge(m, "belfry_broker_log_term", "Term of this broker; it rises with each start.",
                  b->journal.term);
    metrics_gauge(m, "belfry_broker_log_records", "Records in the log.", b->journal.records);
    metrics_gauge(m, "belfry_broker_log_record_bytes", "Bytes of the records' bodies.",
                  b->journal.record_bytes);
    metrics_gauge(m, "belfry_broker_log_file_bytes", "Bytes of the database's files.",
                  b->journal.file_bytes);
}

static void write_publishes(struct metrics *m, const struct broker *b)
{
    const struct broker_counters *s = &b->counters;

    metrics_counter(m, "belfry_broker_publishes_taken_total",
                    "Publishes accepted from edges, each counted once.", s->taken);
    metrics_family(m, "belfry_broker_publishes_total", METRIC_COUNTER,
                   "Accepted publishes, by outcome.");
    metrics_by(m, "outcome", "stored", s->stored);
    metrics_by(m, "outcome", "duplicate", s->duplicates);
    metrics_by(m, "outcome", "refused", s->refused);
    metrics_gauge(m, "belfry_broker_publishes_queued", "Accepted publishes that wait for the disk.",
                  batch_queue_count(&b->queue));
    metrics_gauge(m, "belfry_broker_queue_bytes", "Bytes of the publishes that wait for the disk.",
                  b->queue.bytes);
    metrics_gauge(m, "belfry_broker_queue_bytes_max",
                  "Limit of the queue; beyond it publishes are dropped.", b->config.queue_bytes);
    metrics_family(m, "belfry_broker_publishes_dropped_total", METRIC_COUNTER,
                   "Publishes dropped, which their edges send again, by reason.");
    metrics_by(m, "reason", "order", s->dropped - s->dropped_full);
    metrics_by(m, "reason", "queue", s->dropped_full);
    metrics_counter(m, "belfry_broker_ephemerals_total", "Ephemeral records passed on.",
                    s->ephemerals);
    metrics_counter(m, "belfry_broker_canaries_total", "Canaries of edges passed on.", s->canaries);
}

static void write_journal(struct metrics *m, const struct broker *b)
{
    metrics_counter(m, "belfry_broker_commits_total", "Transactions committed.",
                    b->counters.commits);
    metrics_counter(m, "belfry_broker_commits_failed_total",
                    "Transactions that failed; their publishes are refused.",
                    b->counters.failed_commits);
    metrics_histogram(m, "belfry_broker_commit_seconds", "Duration of a transaction.",
                      &b->counters.commit_us);
    metrics_counter(m, "belfry_broker_reads_total", "Reads of the log for edges and operators.",
                    b->counters.reads);
    metrics_counter(m, "belfry_broker_commands_total", "Commands from operators and edges.",
                    b->counters.commands);
    metrics_gauge(m, "belfry_broker_reads_pending", "Reads waiting or in progress.",
                  b->replies.read_count);
    metrics_gauge(m, "belfry_broker_reads_max",
                  "Limit of reads; beyond it edges are told to retry.", b->config.reads);
}

static void write_frames(struct metrics *m, const struct broker *b)
{
    metrics_counter(m, "belfry_broker_malformed_frames_total", "Frames that could not be read.",
                    b->counters.malformed);
    metrics_counter(m, "belfry_broker_foreign_frames_total", "Publish frames for another log.",
                    b->counters.foreign);
}

/* Writes a sample of an edge. Its name alone is not unique. */
static void write_edge(struct metrics *m, const struct edge_entry *edge, uint64_t value)
{
    char incarnation[17];
    const struct metric_label labels[] = {
        {"edge", slice_str(edge->name)},
        {"incarnation", {incarnation, sizeof incarnation - 1}},
    };

    (void)snprintf(incarnation, sizeof incarnation, "%016" PRIx64, edge->incarnation);
    metrics_sample(m, labels, 2, value);
}

static void write_lags(struct metrics *m, const struct broker *b)
{
    metrics_family(m, "belfry_broker_edge_lag_records", METRIC_GAUGE,
                   "Records that each edge was behind the log when it last reported.");
    for (const struct edge_entry *e = b->edges.table; e != NULL; e = e->by_incarnation.next) {
        if (e->present && e->greeted)
            write_edge(m, e,
                       b->journal.head > e->metrics.head ? b->journal.head - e->metrics.head : 0);
    }
}

static void write_edges(struct metrics *m, const struct broker *b)
{
    uint64_t present = 0;
    uint64_t streams = 0;

    for (const struct edge_entry *e = b->edges.table; e != NULL; e = e->by_incarnation.next) {
        present += e->present ? 1 : 0;
        streams += e->present ? e->metrics.streams : 0;
    }
    metrics_gauge(m, "belfry_broker_edges", "Edges heard from within five seconds.", present);
    metrics_gauge(m, "belfry_broker_edges_max", "Limit of edges; further ones are refused.",
                  b->config.edges);
    metrics_gauge(m, "belfry_broker_streams", "Open streams of all edges, as last reported.",
                  streams);
    write_lags(m, b);
}

static void write_limits(struct metrics *m, const struct broker_counters *s)
{
    metrics_family(m, "belfry_broker_limit_hits_total", METRIC_COUNTER,
                   "Edges, reads, publishes and members refused or dropped by a limit, by limit.");
    metrics_by(m, "limit", "edges", s->edges_refused);
    metrics_by(m, "limit", "reads", s->reads_refused);
    metrics_by(m, "limit", "listeners", s->members_unlisted);
    metrics_by(m, "limit", "queue", s->dropped_full);
    metrics_by(m, "limit", "ephemerals", s->ephemerals_dropped);
}

void broker_metrics(struct metrics *m, const struct broker *b, bool ready)
{
    metrics_gauge(m, "belfry_broker_ready", "1 if publishes can be stored.", ready);
    write_log(m, b);
    write_publishes(m, b);
    write_journal(m, b);
    write_frames(m, b);
    write_edges(m, b);
    write_limits(m, &b->counters);
}
