/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Opens and closes readers, and finds the records of a topic through the index. */

#include "broker/journal/journal_sqlite.h"

#include "broker/journal/posting_list.h"
#include "common/base/mem.h"
#include "common/wire/wire.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

/* Maximum size of the texts of JOURNAL_NAMES topics, each shorter than a body. */
#define NAMES_TEXT_MAX ((size_t)64 << 20)

/* ---- opening ---- */

static void count_reader(struct journal *j, unsigned change)
{
    (void)pthread_mutex_lock(&j->lock);
    j->reader_count += change;
    (void)pthread_mutex_unlock(&j->lock);
}

enum err journal_reader_open(struct journal *j, struct journal_reader **out)
{
    struct journal_reader *r = mem_alloc(sizeof *r);
    enum err err = OK;

    r->journal = j;
    count_reader(j, 1);
    topic_ids_init(&r->topics, &j->recent.key);
    topic_ids_init(&r->rare, &j->recent.key);
    r->candidate = mem_alloc(sizeof *r->candidate);
    r->names = mem_alloc(JOURNAL_NAMES * sizeof *r->names);
    buf_init(&r->names_text, NAMES_TEXT_MAX);
    r->decoder = wire_decoder_create();
    if (journal_in_memory(j))
        journal_db_share(&r->sql, &j->sql);
    else
        err = journal_db_open_reader(&r->sql, j->files.database);
    if (err != OK) {
        journal_reader_close(r);
        return err;
    }
    *out = r;
    return OK;
}

void journal_reader_close(struct journal_reader *r)
{
    if (r == NULL)
        return;
    journal_lock_connection(r->journal);
    journal_db_close(&r->sql);
    journal_unlock_connection(r->journal);
    wire_decoder_destroy(r->decoder);
    topic_ids_clear(&r->topics);
    topic_ids_clear(&r->rare);
    mem_free(r->rare_values);
    mem_free(r->topic_values);
    mem_free(r->hidden);
    mem_free(r->selectors);
    mem_free(r->candidate);
    mem_free(r->matched);
    mem_free(r->names);
    buf_clear(&r->names_text);
    count_reader(r->journal, -1u);
    mem_free(r);
}

/* ---- one moment of the log ---- */

static enum err number_or(struct journal_db *sql, struct sqlite3_stmt *stmt, uint64_t fallback,
                          uint64_t *out)
{
    enum err err = journal_db_number(sql, stmt, out);

    if (err == ERR_NOT_FOUND) {
        *out = fallback;
        return OK;
    }
    return err;
}

static enum err see_sealed(struct journal_reader *r)
{
    struct sqlite3_stmt *stmt = SQL_PLAIN(&r->sql, SQL_SEALED);
    bool row;
    enum err err = journal_db_step(&r->sql, stmt, &row);

    if (err != OK)
        return err;
    r->sealed = row ? journal_column(stmt, 1) : 0; /* NULL is read as 0 */
    journal_reset(stmt);
    if (r->sealed + 1 < r->oldest)
        r->sealed = r->oldest - 1;
    return OK;
}

static enum err read_bounds(struct journal_reader *r)
{
    enum err err = journal_meta_number(&r->sql, "oldest", &r->oldest);

    if (err == ERR_NOT_FOUND) {
        r->oldest = 1;
        err = OK;
    }
    if (err == OK)
        err = number_or(&r->sql, SQL_PLAIN(&r->sql, SQL_HEAD), 0, &r->head);
    if (err != OK)
        return err;
    if (r->head + 1 < r->oldest)
        r->head = r->oldest - 1;
    return see_sealed(r);
}

enum err journal_reader_lock(struct journal_reader *r)
{
    (void)pthread_mutex_lock(&r->journal->lock);
    if (recent_index_first(&r->journal->recent) <= r->sealed + 1)
        return OK;
    (void)pthread_mutex_unlock(&r->journal->lock);
    return ERR_UNAVAILABLE;
}

void journal_reader_unlock(struct journal_reader *r)
{
    (void)pthread_mutex_unlock(&r->journal->lock);
}

static enum err prepare_query(struct journal_reader *r, const struct journal_query *query)
{
    const struct journal_config *config = &r->journal->config;
    bool star = false;

    r->query = query;
    r->max_bytes = query->max_bytes < READ_BYTES_MAX ? query->max_bytes : READ_BYTES_MAX;
    for (size_t i = 0; i < query->selector_count; i++)
        star = star || slice_equal(query->selectors[i], SLICE("*"));
    r->everything = star || query->selector_count == 0;
    r->limited = query->selector_count > 0 && (config->topic_records > 0 || config->topic_ms > 0);
    r->age_floor = 0;
    if (!r->limited || config->topic_ms == 0 || query->now_ms <= config->topic_ms)
        return OK;
    return journal_find_time(&r->sql, r->oldest, r->head, query->now_ms - config->topic_ms,
                             &r->age_floor);
}

enum err journal_reader_begin(struct journal_reader *r, const struct journal_query *query)
{
    enum err err = OK;

    assert(r->query == NULL);
    journal_lock_connection(r->journal);
    if (!journal_in_memory(r->journal))
        err = journal_db_run(&r->sql, SQL_PLAIN(&r->sql, SQL_BEGIN));
    if (err == OK)
        err = read_bounds(r);
    if (err == OK)
        err = prepare_query(r, query);
    if (err == OK)
        err = journal_match_begin(r);
    return err;
}

void journal_reader_end(struct journal_reader *r)
{
    journal_match_end(r);
    r->query = NULL;
    if (!journal_in_memory(r->journal))
        journal_db_rollback(&r->sql); /* nothing was written */
    journal_unlock_connection(r->journal);
}

/* ---- the index ---- */

enum err journal_reader_span(struct journal_reader *r, uint64_t offset, struct journal_span *out)
{
    struct sqlite3_stmt *stmt;
    bool row;
    enum err err;

    if (offset > r->sealed) {
        uint64_t first =
            r->sealed + 1 + (offset - r->sealed - 1) / OFFSET_WINDOW_SIZE * OFFSET_WINDOW_SIZE;
        *out = (struct journal_span){first, first + (OFFSET_WINDOW_SIZE - 1), false};
        if (out->last > r->head)
            out->last = r->head;
        return OK;
    }
    stmt = SQL_GET(&r->sql, SQL_SEGMENT_AT, offset);
    err = journal_db_step(&r->sql, stmt, &row);
    if (err != OK)
        return err;
    if (!row)
        return ERR_CORRUPT;
    *out = (struct journal_span){journal_column(stmt, 0), journal_column(stmt, 1), true};
    journal_reset(stmt);
    return out->last < offset || out->last - out->first >= OFFSET_WINDOW_SIZE ? ERR_CORRUPT : OK;
}

static enum err mark_list(struct journal_reader *r, const struct journal_span *span,
                          struct slice places, uint64_t from, uint64_t until)
{
    struct posting_list_cursor cursor = posting_list_decode(places);
    uint32_t place;

    while (posting_list_next(&cursor, &place)) {
        uint64_t offset = span->first + place;
        if (offset > span->last)
            return ERR_CORRUPT;
        if (offset > until)
            return OK;
        if (offset >= from)
            offset_window_add(&r->window, offset);
    }
    return cursor.damaged ? ERR_CORRUPT : OK;
}

enum err journal_reader_mark(struct journal_reader *r, const struct journal_span *span,
                             struct slice topic, uint64_t from, uint64_t until)
{
    struct sqlite3_stmt *stmt;
    bool row;
    enum err err;

    if (until > span->last)
        until = span->last;
    if (from > until)
        return OK;
    if (!span->sealed) {
        err = journal_reader_lock(r);
        if (err != OK)
            return err;
        recent_index_find(&r->journal->recent, topic, from, until, &r->window);
        journal_reader_unlock(r);
        return OK;
    }
    stmt = SQL_GET(&r->sql, SQL_POSTING_GET, span->first);
    if (stmt != NULL)
        journal_bind_bytes(stmt, 2, topic);
    err = journal_db_step(&r->sql, stmt, &row);
    if (err != OK || !row)
        return err;
    err = mark_list(r, span, journal_column_bytes(stmt, 1), from, until);
    journal_reset(stmt);
    return err;
}

/* ---- records ---- */

enum err journal_reader_check(struct sqlite3_stmt *row)
{
    uint64_t sum = journal_checksum(journal_column(row, 0), journal_column(row, 1),
                                    journal_column_bytes(row, 3));

    return sum == journal_column(row, 2) ? OK : ERR_CORRUPT;
}
