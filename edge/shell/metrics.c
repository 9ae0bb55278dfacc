/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/shell/metrics.h"

#include "edge/core/counters.h"
#include "edge/core/edge_state.h"
#include "edge/state/canary.h"

/* ---- the log and its records ---- */

static void write_log(struct metrics *m, const struct edge_status *s)
{
    const struct wire_metrics *f = &s->metrics;

    metrics_gauge(m, "belfry_edge_log_head", "Offset of the newest record in memory.", s->head);
    metrics_gauge(m, "belfry_edge_log_known_head",
                  "Offset of the newest record that the broker has announced.", s->known_head);
    metrics_gauge(m, "belfry_edge_log_joined_head",
                  "Offset at which this edge began to follow the log.", f->joined_head);
    metrics_gauge(m, "belfry_edge_log_joined_records",
                  "Value of belfry_edge_records_total at that moment, all ways together.",
                  f->joined_records);
    metrics_family(m, "belfry_edge_records_total", METRIC_COUNTER,
                   "Offsets that the tail has passed, by the way that they came.");
    metrics_by(m, "way", "broadcast", f->received);
    metrics_by(m, "way", "fetch", f->fetched);
    metrics_by(m, "way", "lost", f->lost);
    metrics_counter(m, "belfry_edge_fetches_total",
                    "Requests to the broker for records lost on the way.", f->fetches);
    metrics_gauge(m, "belfry_edge_tail_records", "Records in memory.", s->head + 1 - f->tail_first);
    metrics_gauge(m, "belfry_edge_tail_bytes", "Bytes of the records in memory.", f->tail_bytes);
    metrics_gauge(m, "belfry_edge_topics", "Topics in memory.", f->topics);
    metrics_counter(m, "belfry_edge_malformed_frames_total",
                    "Frames from the broker that could not be read.", f->malformed);
}

/* ---- publishes ---- */

static void write_publishes(struct metrics *m, const struct edge_status *s,
                            const struct edge_counters *c)
{
    const struct wire_metrics *f = &s->metrics;

    metrics_counter(m, "belfry_edge_publishes_taken_total",
                    "Records accepted from clients, to be stored.", f->published - f->ephemeral);
    metrics_counter(m, "belfry_edge_ephemerals_taken_total",
                    "Ephemeral records accepted from clients.", f->ephemeral);
    metrics_gauge(m, "belfry_edge_publishes_pending", "Accepted publishes without an outcome yet.",
                  f->pending);
    metrics_family(m, "belfry_edge_publishes_total", METRIC_COUNTER,
                   "Accepted publishes, by outcome.");
    metrics_by(m, "outcome", "stored", f->stored);
    metrics_by(m, "outcome", "duplicate", f->duplicates);
    metrics_by(m, "outcome", "refused", f->refused);
    metrics_by(m, "outcome", "unknown", f->unknown);
    metrics_counter(m, "belfry_edge_resends_total", "Publishes sent to the broker again.",
                    f->resends);
    metrics_counter(m, "belfry_edge_publishes_no_log_total",
                    "Publishes refused because the edge had not found its broker yet.",
                    c->publishes_no_log);
    metrics_histogram(
        m, "belfry_edge_publish_seconds",
        "Time from accepting a record to its outcome, when it is stored and being delivered.",
        &c->publish_us);
}

/* ---- streams ---- */

static void write_behind(struct metrics *m, const struct edge_census *census)
{
    static const char *const steps[EDGE_CENSUS_STEPS] = {
        "0", "1-9", "10-99", "100-999", "1000-9999", "10000-99999", "100000+"};

    metrics_family(m, "belfry_edge_streams_behind", METRIC_GAUGE,
                   "Open streams, by the number of records that they are behind the log.");
    for (size_t i = 0; i < EDGE_CENSUS_STEPS; i++)
        metrics_by(m, "records", steps[i], census->behind[i]);
}

static void write_states(struct metrics *m, const struct edge_census *census)
{
    metrics_family(m, "belfry_edge_streams", METRIC_GAUGE, "Open streams, by state.");
    metrics_by(m, "state", "live", census->states[STREAM_LIVE]);
    metrics_by(m, "state", "blocked", census->blocked);
    metrics_by(m, "state", "locating", census->states[STREAM_LOCATING]);
    metrics_by(m, "state", "replaying", census->states[STREAM_REPLAYING]);
    metrics_by(m, "state", "closing", census->states[STREAM_CLOSING]);
}

static void write_resumes(struct metrics *m, const struct edge_counters *c)
{
    metrics_counter(m, "belfry_edge_streams_opened_total", "Streams opened.", c->streams_opened);
    metrics_family(m, "belfry_edge_resumes_total", METRIC_COUNTER,
                   "Streams opened with a last event id, by where the position was found.");
    metrics_by(m, "from", "memory", c->resumed_tail);
    metrics_by(m, "from", "log", c->resumed_log);
    metrics_by(m, "from", "nowhere", c->resumed_unknown);
    metrics_family(m, "belfry_edge_gaps_total", METRIC_COUNTER,
                   "Gap events sent to streams, by reason.");
    metrics_by(m, "reason", "expired", c->gaps[GAP_EXPIRED]);
    metrics_by(m, "reason", "unknown", c->gaps[GAP_UNKNOWN]);
    metrics_by(m, "reason", "epoch", c->gaps[GAP_EPOCH]);
}

static void write_deliveries(struct metrics *m, const struct wire_metrics *f,
                             const struct edge_counters *c)
{
    metrics_counter(m, "belfry_edge_deliveries_total", "Records written to streams.", f->delivered);
    metrics_family(m, "belfry_edge_skipped_total", METRIC_COUNTER,
                   "Records that matched a stream and were not sent to it, by reason.");
    metrics_by(m, "reason", "private", c->skipped_private);
    metrics_by(m, "reason", "expired", c->skipped_expired);
    metrics_counter(m, "belfry_edge_ephemerals_received_total",
                    "Ephemeral records received from the broker.", c->ephemeral_received);
    metrics_counter(m, "belfry_edge_ephemeral_deliveries_total",
                    "Events without an offset (ephemeral, presence) written to streams.",
                    c->ephemeral_delivered);
    metrics_counter(
        m, "belfry_edge_ephemeral_drops_total",
        "Events without an offset dropped, because a stream could not take them at that moment.",
        c->ephemeral_dropped);
}

static void write_replays(struct metrics *m, const struct wire_metrics *f,
                          const struct edge_counters *c)
{
    metrics_counter(m, "belfry_edge_replays_total",
                    "Requests to the broker for streams that are behind the tail.", f->replays);
    metrics_counter(m, "belfry_edge_pages_total", "Pages of history received.", c->pages);
    metrics_counter(m, "belfry_edge_page_records_total", "Records in these pages.",
                    c->page_records);
}

/* ---- the broker's side ---- */

static void write_link(struct metrics *m, const struct edge_counters *c,
                       const struct canary *canary)
{
    metrics_counter(m, "belfry_edge_broker_silences_total",
                    "Times that no beacon arrived for three periods.", c->silences);
    metrics_counter(m, "belfry_edge_logs_followed_total",
                    "Logs followed; more than one means that the epoch has changed.", c->logs);
    metrics_counter(m, "belfry_edge_canaries_sent_total", "Canaries sent.", canary->number);
    metrics_counter(m, "belfry_edge_canaries_lost_total",
                    "Canaries that had not returned before the next one.", canary->lost);
    metrics_histogram(m, "belfry_edge_canary_seconds",
                      "Round trip of a canary: this edge, the broker, this edge.",
                      &canary->round_us);
}

static void write_turned_away(struct metrics *m, const struct edge_counters *c)
{
    metrics_family(m, "belfry_edge_turned_away_total", METRIC_COUNTER,
                   "Streams told to retry later for another reason than a limit.");
    metrics_by(m, "reason", "draining", c->streams_draining);
    metrics_by(m, "reason", "no_log", c->streams_no_log);
}

/* ---- HTTP ---- */

static void write_responses(struct metrics *m, const struct http_counters *c)
{
    char code[4] = "";

    metrics_family(m, "belfry_edge_http_responses_total", METRIC_COUNTER,
                   "Responses by status; the head of a stream counts as one.");
    for (unsigned i = 0; i <= HTTP_STATUS_MAX - HTTP_STATUS_MIN; i++) {
        unsigned status = i + HTTP_STATUS_MIN;

        if (c->responses[i] == 0 && status != 200)
            continue;
        for (size_t digit = 3; digit > 0; status /= 10)
            code[--digit] = (char)('0' + status % 10);
        metrics_by(m, "code", code, c->responses[i]);
    }
}

static void write_limits(struct metrics *m, const struct edge_counters *c,
                         const struct shell_metrics *s)
{
    metrics_family(m, "belfry_edge_limit_hits_total", METRIC_COUNTER,
                   "Requests, streams and connections refused or closed by a limit, by limit.");
    metrics_by(m, "limit", "streams", c->streams_full);
    metrics_by(m, "limit", "pending_publishes", c->publishes_full);
    metrics_by(m, "limit", "record", c->records_too_large);
    metrics_by(m, "limit", "pages", c->pages_dropped);
    metrics_by(m, "limit", "hole", c->inbox_dropped);
    metrics_by(m, "limit", "address_streams", s->limits.address_streams);
    metrics_by(m, "limit", "subject_streams", s->limits.subject_streams);
    metrics_by(m, "limit", "address_publishes", s->limits.address_publishes);
    metrics_by(m, "limit", "subject_publishes", s->limits.subject_publishes);
    metrics_by(m, "limit", "address_ephemerals", s->limits.address_ephemerals);
    metrics_by(m, "limit", "subject_ephemerals", s->limits.subject_ephemerals);
    metrics_by(m, "limit", "body", s->http->body_limit);
    metrics_by(m, "limit", "target", s->http->target_limit);
    metrics_by(m, "limit", "headers", s->http->header_limit);
    metrics_by(m, "limit", "request_time", s->http->request_timeouts);
    metrics_by(m, "limit", "idle_time", s->http->idle_timeouts);
    metrics_by(m, "limit", "write_time", s->http->write_timeouts);
    metrics_by(m, "limit", "stream_text", s->http->stream_text_limit);
}

static void write_tokens(struct metrics *m, const struct token_counters *t)
{
    metrics_family(m, "belfry_edge_tokens_total", METRIC_COUNTER,
                   "Valid tokens, by whether they were verified or found in the cache.");
    metrics_by(m, "way", "verified", t->outcomes[TOKEN_OK]);
    metrics_by(m, "way", "cached", t->cached);
    metrics_family(m, "belfry_edge_tokens_refused_total", METRIC_COUNTER,
                   "Invalid tokens, by reason.");
    for (int i = TOKEN_OK + 1; i < TOKEN_OUTCOMES; i++)
        metrics_by(m, "reason", token_error_text((enum token_error)i), t->outcomes[i]);
    metrics_counter(m, "belfry_edge_tokens_evicted_total",
                    "Tokens dropped from the cache for lack of room.", t->evicted);
}

static void write_shell(struct metrics *m, const struct shell_metrics *s)
{
    metrics_gauge(m, "belfry_edge_ready", "1 if clients may be sent here.", s->ready);
    metrics_gauge(m, "belfry_edge_draining",
                  "1 while no new streams are accepted: SIGTERM, or an operator's drain.",
                  s->draining);
    metrics_counter(m, "belfry_edge_streams_drained_total",
                    "Streams closed by a drain, to reconnect elsewhere.", s->http->streams_drained);
    metrics_gauge(m, "belfry_edge_connections", "Open connections, including streams.",
                  s->connections);
    metrics_gauge(m, "belfry_edge_connections_max", "Connections that the file descriptors allow.",
                  s->connections_max);
    metrics_counter(m, "belfry_edge_connections_accepted_total", "Connections accepted.",
                    s->http->accepted);
    metrics_counter(m, "belfry_edge_accept_pauses_total",
                    "Times that new connections had to wait for file descriptors.",
                    s->http->accept_pauses);
    write_responses(m, s->http);
}

void edge_metrics(struct metrics *m, const struct edge *e, const struct shell_metrics *shell)
{
    struct edge_status status;
    struct edge_counters counters;
    struct edge_census census;

    edge_status(e, &status);
    edge_counters(e, &counters);
    edge_census(e, &census);
    write_log(m, &status);
    write_publishes(m, &status, &counters);
    write_states(m, &census);
    write_behind(m, &census);
    write_resumes(m, &counters);
    write_deliveries(m, &status.metrics, &counters);
    write_replays(m, &status.metrics, &counters);
    write_turned_away(m, &counters);
    write_link(m, &counters, &e->canary);
    write_shell(m, shell);
    write_limits(m, &counters, shell);
    write_tokens(m, &shell->tokens);
}
