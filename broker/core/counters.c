/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/counters.h"

#include <inttypes.h>

/* Empties the buckets of the seconds that have passed since the newest one. */
static void turn(struct broker_counters *s, uint64_t second)
{
    if (second > s->second + COUNTERS_SECONDS)
        s->second = second - COUNTERS_SECONDS;
    while (s->second < second)
        s->per_second[++s->second % COUNTERS_SECONDS] = 0;
}

void broker_counters_stored(struct broker_counters *s, uint64_t now_ms, uint64_t records,
                            uint64_t commit_us)
{
    turn(s, now_ms / 1000);
    s->per_second[s->second % COUNTERS_SECONDS] += records;
    s->stored += records;
    s->commits++;
    histogram_add(&s->commit_us, commit_us);
}

double broker_counters_rate(const struct broker_counters *s, uint64_t now_ms)
{
    uint64_t second = now_ms / 1000;
    uint64_t first = second < COUNTERS_SECONDS ? 0 : second - (COUNTERS_SECONDS - 1);
    uint64_t sum = 0;
    uint64_t seconds = 0;

    if (first < s->started_ms / 1000)
        first = s->started_ms / 1000;
    /* The current second is not complete yet. */
    for (uint64_t i = first; i < second; i++) {
        seconds++;
        if (i <= s->second && s->second - i < COUNTERS_SECONDS)
            sum += s->per_second[i % COUNTERS_SECONDS];
    }
    return seconds == 0 ? 0 : (double)sum / (double)seconds;
}

static void edge_json(const struct edge_entry *e, const struct journal_state *journal,
                      uint64_t now_ms, struct buf *out)
{
    uint64_t head = journal->head;

    buf_str(out, "{\"name\":");
    buf_json_string(out, slice_str(e->name));
    buf_printf(out, ",\"incarnation\":\"%016" PRIx64 "\",\"address\":", e->incarnation);
    buf_json_string(out, slice_str(e->address));
    buf_str(out, ",\"software\":");
    buf_json_string(out, slice_str(e->software));
    buf_printf(out, ",\"last_seen_ms\":%" PRIu64 ",\"joined_ms\":%" PRIu64,
               now_ms - e->last_seen_ms, now_ms - e->joined_ms);
    buf_printf(out, ",\"name_clash\":%s", e->logged_clash ? "true" : "false");
    buf_printf(out, ",\"accepted\":%" PRIu64 ",\"resolved\":%" PRIu64, e->accepted, e->resolved);
    buf_printf(out, ",\"lag\":%" PRIu64, head > e->metrics.head ? head - e->metrics.head : 0);
#define X(name, help) buf_printf(out, ",\"" #name "\":%" PRIu64, e->metrics.name);
    WIRE_METRICS(X)
#undef X
    buf_printf(out, ",\"broker\":{\"whole\":%s,\"taken\":%" PRIu64 ",\"stored\":%" PRIu64,
               e->whole ? "true" : "false", e->taken, e->stored);
    buf_printf(out, ",\"duplicates\":%" PRIu64 ",\"refused\":%" PRIu64 "}}", e->duplicates,
               e->refused);
}

static void counters_json(const struct broker_counters *s, struct buf *out)
{
    double records = s->commits == 0 ? 0 : (double)s->stored / (double)s->commits;

    buf_printf(out, ",\"commits\":%" PRIu64 ",\"failed_commits\":%" PRIu64, s->commits,
               s->failed_commits);
    buf_printf(out, ",\"records_per_commit\":%.1f", records);
    buf_printf(out, ",\"commit_us\":{\"p50\":%" PRIu64 ",\"p99\":%" PRIu64 "}",
               histogram_quantile(&s->commit_us, 0.5), histogram_quantile(&s->commit_us, 0.99));
    buf_printf(out, ",\"stored\":%" PRIu64 ",\"duplicates\":%" PRIu64 ",\"refused\":%" PRIu64,
               s->stored, s->duplicates, s->refused);
    buf_printf(out, ",\"dropped\":%" PRIu64 ",\"malformed\":%" PRIu64 ",\"foreign\":%" PRIu64,
               s->dropped, s->malformed, s->foreign);
    buf_printf(out, ",\"reads\":%" PRIu64 ",\"ephemerals\":%" PRIu64 ",\"canaries\":%" PRIu64,
               s->reads, s->ephemerals, s->canaries);
}

void broker_counters_json(const struct broker_counters *s, const char *software,
                          const struct journal_state *journal, const struct edges *edges,
                          uint64_t queued, uint64_t now_ms, struct buf *out)
{
    bool first = true;

    buf_str(out, "{\"software\":");
    buf_json_string(out, slice_str(software));
    buf_str(out, ",\"epoch\":");
    buf_json_string(out, epoch_slice(&journal->epoch));
    buf_printf(out, ",\"term\":%" PRIu64 ",\"head\":%" PRIu64 ",\"oldest\":%" PRIu64, journal->term,
               journal->head, journal->oldest);
    buf_printf(out, ",\"records\":%" PRIu64 ",\"record_bytes\":%" PRIu64 ",\"file_bytes\":%" PRIu64,
               journal->records, journal->record_bytes, journal->file_bytes);
    buf_printf(out, ",\"uptime_ms\":%" PRIu64 ",\"publishes_per_second\":%.1f",
               now_ms - s->started_ms, broker_counters_rate(s, now_ms));
    counters_json(s, out);
    buf_printf(out, ",\"started_head\":%" PRIu64 ",\"taken\":%" PRIu64 ",\"queued\":%" PRIu64,
               s->started_head, s->taken, queued);
    buf_str(out, ",\"edges\":[");
    for (const struct edge_entry *e = edges->table; e != NULL; e = e->by_incarnation.next) {
        if (!e->present)
            continue;
        if (!first)
            buf_char(out, ',');
        first = false;
        edge_json(e, journal, now_ms, out);
    }
    buf_str(out, "]}");
}
