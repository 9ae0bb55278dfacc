/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/store/check.h"

#include "broker/journal/journal_sqlite.h"
#include "broker/journal/posting_list.h"
#include "broker/journal/recent_index.h"
#include "common/base/mem.h"
#include "common/wire/wire.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define PAGES_SHARE 300 /* permille of the progress that SQLite's check takes, approximately */
#define PROGRESS_RECORDS 4096                       /* records between two reports of progress */
#define PLACES_MAX ((size_t)OFFSET_WINDOW_SIZE * 5) /* bytes of a posting list */

struct check {
    struct journal_db *sql;
    struct wire_decoder *decoder;
    struct check_report *report;
    database_progress *progress;
    struct check_scan scan;
    struct recent_index index; /* index of the current segment */
    bool indexing;             /* the next record may belong to the index; false after a hole */
    struct journal_segment segment;
    struct sqlite3_stmt *segments;
    struct buf places; /* a posting list, as it should be stored */
};

/* ---- pages ---- */

static enum err check_pages(struct check *c, bool quick)
{
    const char *text = quick ? "PRAGMA quick_check(20)" : "PRAGMA integrity_check(20)";
    struct sqlite3_stmt *stmt = NULL;
    enum err err = OK;
    int code;

    if (sqlite3_prepare_v2(c->sql->db, text, -1, &stmt, NULL) != SQLITE_OK)
        return journal_db_error(c->sql);
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *line = (const char *)sqlite3_column_text(stmt, 0);

        if (line != NULL && strcmp(line, "ok") != 0)
            check_problem(c->report, "SQLite: %s", line);
    }
    if (code != SQLITE_DONE)
        err = journal_db_error(c->sql);
    (void)sqlite3_finalize(stmt);
    return err;
}

/* ---- the index of segments ---- */

static enum err count_rows(struct check *c, const char *text, uint64_t number, uint64_t *out)
{
    struct sqlite3_stmt *stmt = NULL;
    enum err err;

    if (sqlite3_prepare_v2(c->sql->db, text, -1, &stmt, NULL) != SQLITE_OK)
        return journal_db_error(c->sql);
    journal_bind(stmt, 1, number);
    err = journal_db_number(c->sql, stmt, out);
    (void)sqlite3_finalize(stmt);
    return err;
}

static enum err compare_topic(struct check *c, const struct recent_index_part *part, size_t number)
{
    struct slice topic = part->names.list[number].text;
    const struct recent_index_list *list = &part->lists[number];
    struct sqlite3_stmt *stmt = SQL_GET(c->sql, SQL_POSTING_GET, c->segment.first);
    bool row;
    enum err err;

    if (stmt != NULL)
        journal_bind_bytes(stmt, 2, topic);
    err = journal_db_step(c->sql, stmt, &row);
    if (err != OK)
        return err;
    buf_reset(&c->places);
    posting_list_encode(&c->places, list->positions, list->count);
    if (!row || journal_column(stmt, 0) != list->count ||
        !slice_equal(journal_column_bytes(stmt, 1), buf_all(&c->places)))
        check_problem(c->report,
                      "segment %" PRIu64 ": its index of topic \"%.*s\" does not match its records",
                      c->segment.first, topic.size > 200 ? 200 : (int)topic.size, topic.data);
    if (row)
        journal_reset(stmt);
    return buf_ok(&c->places) ? OK : ERR_NO_MEMORY;
}

static enum err compare_index(struct check *c)
{
    const struct recent_index_part *part = c->index.oldest;
    uint64_t rows = 0;
    enum err err =
        count_rows(c, "SELECT count(*) FROM posting WHERE segment = ?1", c->segment.first, &rows);

    if (err == OK && rows != part->names.count)
        check_problem(c->report,
                      "segment %" PRIu64 ": its index has %" PRIu64 " topics, its records have %zu",
                      c->segment.first, rows, part->names.count);
    if (part->bytes != c->segment.bytes || part->first_time != c->segment.first_time ||
        part->last_time != c->segment.last_time)
        check_problem(c->report,
                      "segment %" PRIu64 ": its size or its times do not match its records",
                      c->segment.first);
    for (size_t i = 0; err == OK && i < part->names.count; i++)
        err = compare_topic(c, part, i);
    c->report->segments++;
    return err;
}

static void begin_index(struct check *c)
{
    struct hash_key key;

    sqlite3_randomness(sizeof key.bytes, key.bytes);
    recent_index_clear(&c->index);
    recent_index_init(&c->index, &key, c->segment.first, OFFSET_WINDOW_SIZE);
}

/* Moves to the next segment, which should begin at `expected`. */
static enum err next_segment(struct check *c, uint64_t expected)
{
    bool row;
    enum err err = journal_db_step(c->sql, c->segments, &row);

    c->indexing = false;
    if (err != OK)
        return err;
    if (!row) {
        c->segment = (struct journal_segment){.first = UINT64_MAX, .last = UINT64_MAX};
        return OK;
    }
    c->segment =
        (struct journal_segment){journal_column(c->segments, 0), journal_column(c->segments, 1),
                                 journal_column(c->segments, 2), journal_column(c->segments, 3),
                                 journal_column(c->segments, 4)};
    if (c->segment.first != expected)
        check_problem(c->report, "segment %" PRIu64 " should begin at %" PRIu64, c->segment.first,
                      expected);
    if (c->segment.last < c->segment.first || c->segment.last > c->report->info.head ||
        c->segment.last - c->segment.first >= OFFSET_WINDOW_SIZE) {
        check_problem(c->report, "segment %" PRIu64 " cannot end at %" PRIu64, c->segment.first,
                      c->segment.last);
        return OK;
    }
    begin_index(c);
    c->indexing = true;
    return OK;
}

static enum err add_to_index(struct check *c, uint64_t offset, uint64_t time_ms, size_t size,
                             const struct record *record)
{
    enum err err = OK;

    if (!c->indexing || offset < c->segment.first)
        return OK;
    if (recent_index_next(&c->index) != offset) {
        c->indexing = false; /* after a hole or an unreadable record, which was reported */
        return OK;
    }
    err = recent_index_add(&c->index, time_ms, size, record->topics, record->topic_count);
    if (err == OK && offset == c->segment.last) {
        err = compare_index(c);
        c->indexing = false;
    }
    return err;
}

/* ---- records ---- */

static enum err check_id(struct check *c, uint64_t offset, struct slice id)
{
    struct sqlite3_stmt *stmt = SQL_PLAIN(c->sql, SQL_ID_GET);
    uint64_t found = 0;
    enum err err;

    if (stmt != NULL)
        journal_bind_bytes(stmt, 1, id);
    err = journal_db_number(c->sql, stmt, &found);
    if (err != OK && err != ERR_NOT_FOUND)
        return err;
    c->report->ids++;
    if (found != offset)
        check_problem(c->report, "record %" PRIu64 " is not found by the id of its publisher",
                      offset);
    return OK;
}

static enum err check_row(struct check *c, struct sqlite3_stmt *row)
{
    uint64_t offset = journal_column(row, 0);
    uint64_t time_ms = journal_column(row, 1);
    struct slice body = journal_column_bytes(row, 3);
    struct slice topics[RECORD_TOPICS_MAX];
    struct record record;
    enum err err = OK;

    while (err == OK && c->segment.last < offset)
        err = next_segment(c, c->segment.last + 1);
    if (err != OK || !check_scan_record(c->report, &c->scan, offset, time_ms))
        return err;
    c->report->records++;
    if (journal_column(row, 2) != journal_checksum(offset, time_ms, body)) {
        check_problem(c->report, "record %" PRIu64 ": wrong checksum", offset);
        return OK;
    }
    if (wire_decode_body(c->decoder, body, topics, &record) != OK) {
        check_problem(c->report, "record %" PRIu64 " cannot be decoded", offset);
        return OK;
    }
    if (record.id.data != NULL)
        err = check_id(c, offset, record.id);
    return err == OK ? add_to_index(c, offset, time_ms, body.size, &record) : err;
}

static void report_progress(const struct check *c, uint64_t offset)
{
    const struct database_info *f = &c->report->info;
    uint64_t all = f->head + 1 - f->oldest;

    if (c->progress != NULL && c->report->records % PROGRESS_RECORDS == 0)
        c->progress((unsigned)(PAGES_SHARE + (offset - f->oldest) * (1000 - PAGES_SHARE) / all));
}

static enum err check_records(struct check *c)
{
    const struct database_info *f = &c->report->info;
    struct sqlite3_stmt *stmt = SQL_GET(c->sql, SQL_RECORD_SCAN, f->oldest, INT64_MAX);
    bool row;

    c->scan = (struct check_scan){.next = f->oldest};
    c->segment = (struct journal_segment){.first = f->oldest, .last = f->oldest - 1};
    for (;;) {
        enum err err = journal_db_step(c->sql, stmt, &row);
        if (err != OK)
            return err;
        if (!row)
            return OK;
        report_progress(c, journal_column(stmt, 0));
        err = check_row(c, stmt);
        if (err != OK) {
            journal_reset(stmt);
            return err;
        }
    }
}

/* ---- the complete check ---- */

static enum err check_rest(struct check *c)
{
    uint64_t rows = 0;
    enum err err = count_rows(c, "SELECT count(*) FROM publisher_id WHERE offset >= ?1",
                              c->report->info.oldest, &rows);

    if (err == OK && rows != c->report->ids)
        check_problem(c->report, "there are %" PRIu64 " ids for %" PRIu64 " records with an id",
                      rows, c->report->ids);
    if (err == OK)
        err = count_rows(c, "SELECT count(*) FROM record WHERE offset < ?1", c->report->info.oldest,
                         &c->report->waiting);
    /* Segments after the last record were not visited by the scan. */
    if (err == OK)
        err = count_rows(c, "SELECT count(*) FROM segment WHERE last > ?1", c->report->info.head,
                         &rows);
    if (err == OK && rows > 0 && c->segment.first != UINT64_MAX &&
        c->segment.last <= c->report->info.head)
        check_problem(c->report, "%" PRIu64 " segments are beyond the end of the log", rows);
    return err;
}

static enum err check_all(struct check *c, bool quick)
{
    const struct database_info *f = &c->report->info;
    enum err err;

    if (!epoch_known(f->epoch))
        check_problem(c->report, "the log has no epoch");
    if (f->term == 0)
        check_problem(c->report, "the log has no term");
    if (c->progress != NULL)
        c->progress(0);
    err = check_pages(c, quick);
    if (err == OK)
        err = check_records(c);
    return err == OK ? check_rest(c) : err;
}

enum err check_database(struct database *d, bool quick, database_progress *progress,
                        struct check_report *out, char reason[DATABASE_REASON_SIZE])
{
    struct check c = {.sql = database_sql(d), .report = out, .progress = progress};
    struct hash_key key = {{0}};
    enum err err = database_info(d, &out->info, reason);

    if (err != OK)
        return err;
    c.decoder = wire_decoder_create();
    recent_index_init(&c.index, &key, 1, OFFSET_WINDOW_SIZE);
    buf_init(&c.places, PLACES_MAX);
    c.segments = SQL_GET(c.sql, SQL_SEGMENT_ALL, out->info.oldest);
    err = check_all(&c, quick);
    if (err == ERR_CORRUPT) {
        check_problem(out, "SQLite: %s", journal_db_message(c.sql));
        err = OK;
    }
    if (err != OK)
        (void)snprintf(reason, DATABASE_REASON_SIZE, "cannot complete the check: %.200s",
                       journal_db_message(c.sql));
    journal_reset(c.segments);
    buf_clear(&c.places);
    recent_index_clear(&c.index);
    wire_decoder_destroy(c.decoder);
    return err;
}
