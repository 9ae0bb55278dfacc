/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Reads the state of the log at the start, and reconnects to it after a failure. */

#include "broker/journal/journal_sqlite.h"

#include "common/base/mem.h"
#include "common/wire/wire.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

/* ---- what the log holds ---- */

void journal_add_segment(struct journal *j, const struct journal_segment *segment)
{
    if (j->segment_count == j->segment_capacity) {
        size_t capacity = j->segment_capacity == 0 ? 64 : j->segment_capacity * 2;
        struct journal_segment *segments = mem_alloc(capacity * sizeof *segments);
        if (j->segment_count > 0)
            memcpy(segments, j->segments, j->segment_count * sizeof *segments);
        mem_free(j->segments);
        j->segments = segments;
        j->segment_capacity = capacity;
    }
    j->segments[j->segment_count++] = *segment;
    j->segment_bytes += segment->bytes;
}

static enum err read_bounds(struct journal *j)
{
    enum err err = journal_meta_number(&j->sql, "oldest", &j->oldest);

    if (err == ERR_NOT_FOUND) {
        j->oldest = 1;
        err = OK;
    }
    if (err != OK)
        return err;
    err = journal_db_number(&j->sql, SQL_PLAIN(&j->sql, SQL_HEAD), &j->head);
    if (err != OK && err != ERR_NOT_FOUND)
        return err;
    if (err == ERR_NOT_FOUND || j->head + 1 < j->oldest)
        j->head = j->oldest - 1;
    err = journal_meta_number(&j->sql, "last_time", &j->last_time);
    return err == ERR_NOT_FOUND ? OK : err;
}

/* Reads the table of segments. *out_next is the first offset without an index. */
static enum err read_segments(struct journal *j, uint64_t *out_next)
{
    struct sqlite3_stmt *stmt = SQL_GET(&j->sql, SQL_SEGMENT_ALL, j->oldest);
    uint64_t next = j->oldest;
    bool row;

    for (;;) {
        struct journal_segment segment;
        enum err err = journal_db_step(&j->sql, stmt, &row);
        if (err != OK)
            return err;
        if (!row)
            break;
        segment = (struct journal_segment){journal_column(stmt, 0), journal_column(stmt, 1),
                                           journal_column(stmt, 2), journal_column(stmt, 3),
                                           journal_column(stmt, 4)};
        if (segment.first != next || segment.last < segment.first || segment.last > j->head ||
            segment.last - segment.first >= OFFSET_WINDOW_SIZE) {
            journal_reset(stmt);
            return ERR_CORRUPT;
        }
        journal_add_segment(j, &segment);
        next = segment.last + 1;
    }
    *out_next = next;
    return OK;
}

/* ---- the index of the newest records ---- */

static enum err index_row(struct journal *j, struct sqlite3_stmt *stmt, struct recent_index *out)
{
    uint64_t offset = journal_column(stmt, 0);
    uint64_t time_ms = journal_column(stmt, 1);
    struct slice body = journal_column_bytes(stmt, 3);
    struct slice topics[RECORD_TOPICS_MAX];
    struct record record;

    if (offset != recent_index_next(out) ||
        journal_column(stmt, 2) != journal_checksum(offset, time_ms, body) ||
        wire_decode_body(j->decoder, body, topics, &record) != OK)
        return ERR_CORRUPT;
    if (out == &j->recent) /* when opening: the record also has its edge's number */
        journal_edges_update(&j->edges, record.origin, record.seq, time_ms);
    return recent_index_add(out, time_ms, body.size, record.topics, record.topic_count);
}

enum err journal_index(struct journal *j, uint64_t until, bool close_large,
                       struct recent_index *out)
{
    struct sqlite3_stmt *stmt = SQL_GET(&j->sql, SQL_RECORD_SCAN, recent_index_next(out), until);
    bool row;

    for (;;) {
        enum err err = journal_db_step(&j->sql, stmt, &row);
        if (err != OK)
            return err;
        if (!row)
            return recent_index_next(out) == until + 1 ? OK : ERR_CORRUPT;
        err = index_row(j, stmt, out);
        if (err != OK) {
            journal_reset(stmt);
            return err;
        }
        if (close_large && journal_part_is_large(j, out->newest))
            recent_index_close(out);
    }
}

/* Indexes the records from `next` up to at most a segment's worth. */
static enum err index_some(struct journal *j, uint64_t next)
{
    uint64_t until = j->head - next < OFFSET_WINDOW_SIZE ? j->head : next + OFFSET_WINDOW_SIZE - 1;
    enum err err = journal_index(j, until, true, &j->recent);

    j->last_time = j->recent.newest->last_time;
    return err;
}

/* Indexes the records after the last segment, usually fewer than a segment has. For a database of
 * the first schema, which has no index, these are all records. */
static enum err index_end(struct journal *j, uint64_t next)
{
    struct hash_key key = j->recent.key;
    enum err err = journal_db_run(&j->sql, SQL_GET(&j->sql, SQL_POSTING_DELETE_FROM, next));

    recent_index_clear(&j->recent);
    recent_index_init(&j->recent, &key, next, j->config.segment_records);
    while (err == OK && recent_index_next(&j->recent) <= j->head) {
        err = index_some(j, recent_index_next(&j->recent));
        while (err == OK && j->recent.part_count > 2)
            err = journal_seal_step(j);
    }
    return err;
}

enum err journal_recover(struct journal *j, char reason[JOURNAL_REASON_SIZE])
{
    uint64_t next = 1;
    enum err err = read_bounds(j);

    if (err == OK)
        err = read_segments(j, &next);
    if (err == OK)
        err = journal_edges_read(j);
    if (err == OK)
        err = index_end(j, next);
    if (err == OK && j->segment_count > 0 && j->recent.oldest->count == 0)
        j->last_time = j->segments[j->segment_count - 1].last_time;
    j->purge = true; /* there may be something to delete: the first maintenance checks */
    if (err == ERR_CORRUPT && sqlite3_errcode(j->sql.db) != SQLITE_CORRUPT)
        (void)snprintf(reason, JOURNAL_REASON_SIZE,
                       "%.180s: damaged: record %" PRIu64 " or its segment can't be read",
                       j->files.database, recent_index_next(&j->recent));
    return err;
}

/* ---- after a failure ---- */

/* Checks that the log ends where it did, with an undamaged record. */
static enum err verify_end(struct journal *j, struct journal_db *sql)
{
    struct sqlite3_stmt *stmt;
    uint64_t head = 0;
    bool row;
    enum err err = journal_db_number(sql, SQL_PLAIN(sql, SQL_HEAD), &head);

    if (err == ERR_NOT_FOUND && j->head + 1 == j->oldest)
        return OK;
    if (err != OK)
        return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
    if (head != j->head)
        return ERR_CORRUPT;
    stmt = SQL_GET(sql, SQL_RECORD_SCAN, head, head);
    err = journal_db_step(sql, stmt, &row);
    if (err != OK)
        return err;
    if (!row || journal_column(stmt, 2) !=
                    journal_checksum(head, journal_column(stmt, 1), journal_column_bytes(stmt, 3)))
        err = ERR_CORRUPT;
    journal_reset(stmt);
    return err;
}

enum err journal_reconnect(struct journal *j)
{
    struct journal_db fresh;
    /* Opened before the old connection is closed, so that the shared-memory index of the
     * write-ahead log stays. It does not contain what the failed transaction may have written to
     * the log. */
    enum err err = journal_db_open_writer(&fresh, j->files.database);

    if (err == OK)
        err = journal_db_configure(&fresh, j->config.durability == DURABILITY_FULL);
    if (err == OK)
        err = verify_end(j, &fresh);
    if (err != OK) {
        journal_db_close(&fresh);
        return err;
    }
    journal_db_close(&j->sql);
    j->sql = fresh;
    j->suspect = false;
    journal_watch_wal(j);
    return OK;
}
