/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Removes the records before an offset, at an operator's command. */

#include "broker/journal/journal_sqlite.h"

#include <sqlite3.h>
#include <string.h>

/* Retention moves the log's beginning from segment to segment; a trim may move it to any offset.
 * A segment, or a part of the index in memory, that is cut gets a new index that begins at the
 * cut. So no segment begins before the log does. */

struct trim {
    struct journal *j;
    uint64_t oldest;                /* the log's new beginning */
    size_t gone;                    /* number of segments to be removed */
    bool cuts_segment;              /* the segment after those is cut, */
    bool cuts_recent;               /* or the index in memory is cut */
    struct recent_index rest;       /* index of what the cut leaves of either */
    struct journal_segment segment; /* what the cut leaves of the segment */
};

static enum err find_place(struct journal *j, uint64_t before, uint64_t before_ms, uint64_t *out)
{
    uint64_t place = j->oldest;
    enum err err = OK;

    if (before > j->head + 1)
        return ERR_UNKNOWN;
    if (before_ms > 0)
        err = journal_find_time(&j->sql, j->oldest, j->head, before_ms, &place);
    *out = before > place ? before : place;
    return err;
}

static enum err index_rest(struct trim *t)
{
    struct journal *j = t->j;

    while (t->gone < j->segment_count && j->segments[t->gone].last < t->oldest)
        t->gone++;
    t->cuts_segment = t->gone < j->segment_count && j->segments[t->gone].first < t->oldest;
    t->cuts_recent = t->oldest > recent_index_first(&j->recent);
    recent_index_init(&t->rest, &j->recent.key, t->oldest,
                      t->cuts_segment ? OFFSET_WINDOW_SIZE : j->config.segment_records);
    if (t->cuts_segment)
        return journal_index(j, j->segments[t->gone].last, false, &t->rest);
    return t->cuts_recent ? journal_index(j, j->head, true, &t->rest) : OK;
}

static enum err store(struct trim *t)
{
    struct journal *j = t->j;
    enum err err = journal_db_begin(&j->sql);

    if (err == OK)
        err = journal_meta_set_number(&j->sql, "oldest", t->oldest);
    if (err == OK)
        err = journal_meta_set_number(&j->sql, "last_time", j->last_time);
    if (err == OK)
        err = journal_edges_flush(j);
    if (err == OK && t->cuts_segment)
        err = journal_db_run(&j->sql,
                             SQL_GET(&j->sql, SQL_SEGMENT_REMOVE, j->segments[t->gone].first));
    if (err == OK && t->cuts_segment)
        err = journal_seal_whole(j, t->rest.oldest, &t->segment);
    if (err == OK)
        err = journal_db_commit(&j->sql);
    if (err != OK)
        journal_failed(j);
    return err;
}

static void forget_segments(struct trim *t)
{
    struct journal *j = t->j;

    if (t->cuts_segment) {
        j->segment_bytes -= j->segments[t->gone].bytes - t->segment.bytes;
        j->segments[t->gone] = t->segment;
    }
    for (size_t i = 0; i < t->gone; i++)
        j->segment_bytes -= j->segments[i].bytes;
    j->segment_count -= t->gone;
    memmove(j->segments, j->segments + t->gone, j->segment_count * sizeof *j->segments);
}

/* Replaces the index in memory. A reader whose snapshot is older notices that the index begins too
 * late for it, and starts again. */
static void swap_recent(struct trim *t)
{
    struct journal *j = t->j;
    struct recent_index before = j->recent;

    (void)pthread_mutex_lock(&j->lock);
    j->recent = t->rest;
    (void)pthread_mutex_unlock(&j->lock);
    t->rest = before;
    journal_seal_forget(&j->seal);
}

static enum err trim(struct journal *j, uint64_t oldest)
{
    struct trim t = {.j = j, .oldest = oldest};
    enum err err = index_rest(&t);

    if (err == OK)
        err = store(&t);
    if (err == OK) {
        if (t.gone > 0 || t.cuts_segment)
            forget_segments(&t);
        if (t.cuts_recent)
            swap_recent(&t);
        j->oldest = oldest;
        j->purge = true;
    }
    recent_index_clear(&t.rest);
    return err;
}

enum err journal_trim(struct journal *j, uint64_t before, uint64_t before_ms, bool dry_run,
                      uint64_t *out_oldest)
{
    uint64_t oldest = 0;
    enum err err = OK;

    journal_lock_connection(j);
    if (j->suspect)
        err = journal_reconnect(j);
    if (err == OK)
        err = find_place(j, before, before_ms, &oldest);
    if (err == OK && !dry_run && oldest > j->oldest)
        err = trim(j, oldest);
    journal_unlock_connection(j);
    if (err == OK)
        *out_oldest = oldest;
    return err;
}
