/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/shell/metrics.h"

#include "broker/core/broker_state.h"

#include <inttypes.h>
#include <stdio.h>

static void write_log(struct metrics *m, const struct broker *b)
{
    metrics_gauge(m, "belfry_broker_log_head", "Offset of the newest record.", b->journal.head);
    metrics_gauge(m, "belfry_broker_log_oldest", "Offset of the oldest record that is left.",
                  b->journal.oldest);
    metrics_gauge(m, "belfry_broker_log_started_head", "The head when this broker began.",
                  b->counters.started_head);
    metrics_gauge(m, "belfry_broker_log_term", "Which broker this is, of the log's brokers.",
                  b->journal.term);
    metrics_gauge(m, "belfry_broker_log_records", "Records in the log.", b->journal.records);
    metrics_gauge(m, "belfry_broker_log_record_bytes", "Bytes of their bodies.",
                  b->journal.record_bytes);
    metrics_gauge(m, "belfry_broker_log_file_bytes", "Bytes of the database's files.",
                  b->journal.file_bytes);
}

static void write_publishes(struct metrics *m, const struct broker *b)
{
    const struct broker_counters *s = &b->counters;

    metrics_counter(m, "belfry_broker_publishes_taken_total",
                    "Publishes taken from edges, each once.", s->taken);
    metrics_family(m, "belfry_broker_publishes_total", METRIC_COUNTER, "What became of them.");
    metrics_by(m, "outcome", "stored", s->stored);
    metrics_by(m, "outcome", "duplicate", s->duplicates);
    metrics_by(m, "outcome", "refused", s->refused);
    metrics_gauge(m, "belfry_broker_publishes_queued", "Taken, and waiting for the disk.",
                  batch_queue_count(&b->queue));
    metrics_gauge(m, "belfry_broker_queue_bytes", "Bytes of those.", b->queue.bytes);
    metrics_gauge(m, "belfry_broker_queue_bytes_max", "Beyond it publishes are dropped.",
                  b->config.queue_bytes);
    metrics_family(m, "belfry_broker_publishes_dropped_total", METRIC_COUNTER,
                   "Publishes not taken, which their edges send again, by reason.");
    metrics_by(m, "reason", "order", s->dropped - s->dropped_full);
    metrics_by(m, "reason", "queue", s->dropped_full);
    metrics_counter(m, "belfry_broker_ephemerals_total", "Records handed on that are never stored.",
                    s->ephemerals);
    metrics_counter(m, "belfry_broker_canaries_total",
                    "Records of edges that measure the way round.", s->canaries);
}

static void write_journal(struct metrics *m, const struct broker *b)
{
    metrics_counter(m, "belfry_broker_commits_total", "Transactions.", b->counters.commits);
    metrics_counter(m, "belfry_broker_commits_failed_total",
                    "Transactions that failed; their publishes are refused.",
                    b->counters.failed_commits);
    metrics_histogram(m, "belfry_broker_commit_seconds", "How long a transaction took.",
                      &b->counters.commit_us);
    metrics_counter(m, "belfry_broker_reads_total", "Reads of the log for edges and operators.",
                    b->counters.reads);
    metrics_counter(m, "belfry_broker_commands_total",
                    "Questions and commands of operators and edges.", b->counters.commands);
    metrics_gauge(m, "belfry_broker_reads_pending", "Reads waiting, or in the making.",
                  b->reads.count);
    metrics_gauge(m, "belfry_broker_reads_max", "Beyond it edges are told to ask again.",
                  b->config.reads);
}

static void write_frames(struct metrics *m, const struct broker *b)
{
    metrics_counter(m, "belfry_broker_malformed_frames_total", "Frames that could not be read.",
                    b->counters.malformed);
    metrics_counter(m, "belfry_broker_foreign_frames_total",
                    "Frames of publishes into another log.", b->counters.foreign);
}

/* A sample of an edge; its name alone may be another edge's, too. */
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
                   "How far each edge was behind the log when it last told.");
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
    metrics_gauge(m, "belfry_broker_edges", "Edges heard of within five seconds.", present);
    metrics_gauge(m, "belfry_broker_edges_max", "More are refused.", b->config.edges);
    metrics_gauge(m, "belfry_broker_streams", "Open streams of all edges, as they last told.",
                  streams);
    write_lags(m, b);
}

static void write_limits(struct metrics *m, const struct broker_counters *s)
{
    metrics_family(m, "belfry_broker_limit_hits_total", METRIC_COUNTER,
                   "What a limit refused or dropped, by limit.");
    metrics_by(m, "limit", "edges", s->edges_refused);
    metrics_by(m, "limit", "reads", s->reads_refused);
    metrics_by(m, "limit", "listeners", s->members_unlisted);
    metrics_by(m, "limit", "queue", s->dropped_full);
    metrics_by(m, "limit", "ephemerals", s->ephemerals_dropped);
}

void broker_metrics(struct metrics *m, const struct broker *b, bool ready)
{
    metrics_gauge(m, "belfry_broker_ready", "1 when publishes can be stored.", ready);
    write_log(m, b);
    write_publishes(m, b);
    write_journal(m, b);
    write_frames(m, b);
    write_edges(m, b);
    write_limits(m, &b->counters);
}
