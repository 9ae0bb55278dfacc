/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Writes the index of full segments, applies retention, and checkpoints, in small steps. */

#include "broker/journal/journal_sqlite.h"

#include "broker/journal/posting_list.h"
#include "common/base/mem.h"
#include "common/wire/wire.h"

#include <assert.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* Maximum work of one step. It takes a few milliseconds (tests/bench/journal_bench.c). */
#define STEP_POSTINGS 2048
#define STEP_POSTING_BYTES ((size_t)512 << 10)
#define STEP_RECORDS 2048
#define STEP_RECORD_BYTES ((size_t)4 << 20)

/* Maximum memory of the index of an open part. */
#define PART_MEMORY ((size_t)16 << 20)

/* Maximum size of one topic's list: 65,536 positions of 5 bytes. */
#define POSTING_BYTES_MAX ((size_t)OFFSET_WINDOW_SIZE * 5)

/* ---- checkpoint ---- */

/* Notes the size of the write-ahead log after a commit. */
static int committed(void *context, struct sqlite3 *db, const char *name, int pages)
{
    struct journal *j = context;

    (void)db;
    (void)name;
    j->wal_pages = (uint64_t)pages;
    return SQLITE_OK;
}

void journal_watch_wal(struct journal *j)
{
    (void)sqlite3_wal_hook(j->sql.db, committed, j);
}

enum err journal_checkpoint(struct journal *j, bool wait)
{
    /* Readers hold a snapshot for one page only, so the wait is short. */
    int mode = wait ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    int left = 0;
    int done = 0;
    int code;

    (void)sqlite3_busy_timeout(j->sql.db, 100);
    errno = 0;
    code = sqlite3_wal_checkpoint_v2(j->sql.db, "main", mode, &left, &done);
    (void)sqlite3_busy_timeout(j->sql.db, BUSY_WAIT_MS);
    if (code == SQLITE_BUSY)
        return OK; /* a reader is in the way: the next checkpoint does the rest */
    if (code != SQLITE_OK)
        return journal_db_error(&j->sql);
    j->wal_pages = left > done ? (uint64_t)(left - done) : 0;
    return OK;
}

/* ---- the index of closed parts ---- */

bool journal_part_is_large(const struct journal *j, const struct recent_index_part *part)
{
    return part->bytes >= j->seal_bytes || recent_index_part_memory(part) >= PART_MEMORY;
}

void journal_close_part(struct journal *j, bool due)
{
    const struct recent_index_part *part = j->recent.newest;

    if (part->closed || part->count == 0)
        return;
    if (!due && !journal_part_is_large(j, part))
        return;
    (void)pthread_mutex_lock(&j->lock);
    recent_index_close(&j->recent);
    (void)pthread_mutex_unlock(&j->lock);
}

struct sort_item {
    struct slice text;
    uint32_t number;
};

static int by_text(const void *left, const void *right)
{
    const struct sort_item *a = left;
    const struct sort_item *b = right;
    size_t common = a->text.size < b->text.size ? a->text.size : b->text.size;
    int order = common == 0 ? 0 : memcmp(a->text.data, b->text.data, common);

    if (order != 0)
        return order;
    return a->text.size < b->text.size ? -1 : a->text.size > b->text.size;
}

/* Sorts the part's topics in the order of the table's key, so that writing them is an append. */
static enum err seal_begin(struct journal_seal *seal, const struct recent_index_part *part)
{
    size_t count = part->names.count;
    struct sort_item *items = mem_try((count + 1) * sizeof *items);
    uint32_t *order = mem_try((count + 1) * sizeof *order);

    if (items == NULL || order == NULL) {
        mem_free(items);
        mem_free(order);
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++)
        items[i] = (struct sort_item){part->names.list[i].text, (uint32_t)i};
    qsort(items, count, sizeof *items, by_text);
    for (size_t i = 0; i < count; i++)
        order[i] = items[i].number;
    mem_free(items);
    *seal = (struct journal_seal){.order = order, .count = count};
    return OK;
}

void journal_seal_forget(struct journal_seal *seal)
{
    mem_free(seal->order);
    *seal = (struct journal_seal){0};
}

static enum err write_posting(struct journal *j, const struct recent_index_part *part,
                              uint32_t number, struct buf *places)
{
    const struct recent_index_list *list = &part->lists[number];
    struct sqlite3_stmt *stmt;

    if (list->count == 0)
        return OK;
    buf_reset(places);
    posting_list_encode(places, list->positions, list->count);
    if (!buf_ok(places))
        return ERR_NO_MEMORY;
    stmt = SQL_GET(&j->sql, SQL_POSTING_ADD, part->first, 0, list->count);
    if (stmt != NULL) {
        journal_bind_bytes(stmt, 2, part->names.list[number].text);
        journal_bind_bytes(stmt, 4, buf_all(places));
    }
    return journal_db_run(&j->sql, stmt);
}

static struct journal_segment segment_of(const struct recent_index_part *part)
{
    return (struct journal_segment){part->first, part->first + part->count - 1, part->bytes,
                                    part->first_time, part->last_time};
}

/* Writes some postings, and after the last one the segment, which makes them valid. */
static enum err write_some(struct journal *j, const struct journal_seal *seal,
                           const struct recent_index_part *part, size_t *out_done)
{
    struct journal_segment segment = segment_of(part);
    size_t done = seal->done;
    size_t bytes = 0;
    struct buf places;
    enum err err = OK;

    buf_init(&places, POSTING_BYTES_MAX);
    for (size_t i = 0;
         err == OK && done < seal->count && i < STEP_POSTINGS && bytes < STEP_POSTING_BYTES; i++) {
        err = write_posting(j, part, seal->order[done++], &places);
        bytes += places.size;
    }
    buf_clear(&places);
    if (err == OK && done == seal->count)
        err = journal_edges_flush(j);
    if (err == OK && done == seal->count)
        err =
            journal_db_run(&j->sql, SQL_GET(&j->sql, SQL_SEGMENT_ADD, segment.first, segment.last,
                                            segment.bytes, segment.first_time, segment.last_time));
    *out_done = done;
    return err;
}

enum err journal_seal_whole(struct journal *j, const struct recent_index_part *part,
                            struct journal_segment *out)
{
    struct journal_seal seal;
    enum err err = seal_begin(&seal, part);

    assert(journal_db_in_transaction(&j->sql));
    if (err != OK)
        return err;
    *out = segment_of(part);
    do {
        err = write_some(j, &seal, part, &seal.done);
    } while (err == OK && seal.done < seal.count);
    journal_seal_forget(&seal);
    return err;
}

enum err journal_seal_step(struct journal *j)
{
    const struct recent_index_part *part = j->recent.oldest;
    struct journal_segment segment = segment_of(part);
    size_t done;
    enum err err = OK;

    assert(part->closed);
    if (j->seal.order == NULL)
        err = seal_begin(&j->seal, part);
    if (err == OK)
        err = journal_db_begin(&j->sql);
    if (err != OK)
        return err;
    err = write_some(j, &j->seal, part, &done);
    if (err == OK)
        err = journal_db_commit(&j->sql);
    if (err != OK) {
        journal_failed(j);
        return err;
    }
    j->seal.done = done;
    if (done < j->seal.count)
        return OK;
    journal_seal_forget(&j->seal);
    journal_add_segment(j, &segment);
    (void)pthread_mutex_lock(&j->lock);
    recent_index_drop(&j->recent);
    (void)pthread_mutex_unlock(&j->lock);
    return OK;
}

/* ---- retention ---- */

static bool too_old(const struct journal *j, uint64_t now_ms, uint64_t last_time)
{
    return j->config.retention_ms > 0 && now_ms > last_time &&
           now_ms - last_time > j->config.retention_ms;
}

/* Returns true if the newest part has reached the age at which it is closed. */
static bool part_is_old(const struct journal *j, uint64_t now_ms)
{
    const struct recent_index_part *part = j->recent.newest;

    return j->seal_ms > 0 && !part->closed && part->count > 0 && now_ms > part->first_time &&
           now_ms - part->first_time > j->seal_ms;
}

/* Returns true if retention removes the oldest segment. */
static bool expired(const struct journal *j, uint64_t now_ms)
{
    uint64_t bytes = j->segment_bytes;

    if (j->segment_count == 0)
        return false;
    if (too_old(j, now_ms, j->segments[0].last_time))
        return true;
    if (j->config.retention_bytes == 0 || j->segments[0].last == j->head)
        return false; /* the newest records stay, whatever their size */
    for (const struct recent_index_part *part = j->recent.oldest; part != NULL; part = part->next)
        bytes += part->bytes;
    return bytes > j->config.retention_bytes;
}

/* Moves the log's beginning to the end of its oldest segment. */
static enum err expire_step(struct journal *j)
{
    struct journal_segment segment = j->segments[0];
    enum err err = journal_db_begin(&j->sql);

    if (err == OK)
        err = journal_meta_set_number(&j->sql, "oldest", segment.last + 1);
    if (err == OK)
        err = journal_meta_set_number(&j->sql, "last_time", j->last_time);
    if (err == OK)
        err = journal_db_commit(&j->sql);
    if (err != OK) {
        journal_failed(j);
        return err;
    }
    j->segment_count--;
    memmove(j->segments, j->segments + 1, j->segment_count * sizeof *j->segments);
    j->segment_bytes -= segment.bytes;
    j->oldest = segment.last + 1;
    j->purge = true;
    return OK;
}

/* Frees the publisher's id of a record that is deleted. */
static enum err forget_id(struct journal *j, struct sqlite3_stmt *row)
{
    struct slice topics[RECORD_TOPICS_MAX];
    struct record record;
    struct sqlite3_stmt *stmt;

    /* If the body is damaged, the row of its id stays. It has no effect, since its offset is before
     * `oldest`. */
    if (wire_decode_body(j->decoder, journal_column_bytes(row, 3), topics, &record) != OK ||
        record.id.data == NULL)
        return OK;
    stmt = SQL_GET(&j->sql, SQL_ID_DELETE, 0, journal_column(row, 0));
    if (stmt != NULL)
        journal_bind_bytes(stmt, 1, record.id);
    return journal_db_run(&j->sql, stmt);
}

/* Deletes some records before `oldest`. *out_last is the last one, or 0 when there were none. */
static enum err purge_records(struct journal *j, uint64_t *out_last)
{
    struct sqlite3_stmt *stmt = SQL_GET(&j->sql, SQL_RECORD_SCAN, 0, j->oldest - 1);
    uint64_t last = 0;
    size_t bytes = 0;
    enum err err;
    bool row;

    for (size_t i = 0; i < STEP_RECORDS && bytes < STEP_RECORD_BYTES; i++) {
        err = journal_db_step(&j->sql, stmt, &row);
        if (err != OK)
            return err;
        if (!row)
            break;
        last = journal_column(stmt, 0);
        bytes += journal_column_bytes(stmt, 3).size;
        err = forget_id(j, stmt);
        if (err != OK) {
            journal_reset(stmt);
            return err;
        }
    }
    journal_reset(stmt);
    *out_last = last;
    if (last == 0)
        return OK;
    return journal_db_run(&j->sql, SQL_GET(&j->sql, SQL_RECORD_DELETE, last));
}

/* Deletes some postings of segments before `oldest`. *out_more: more are left. */
static enum err purge_postings(struct journal *j, bool *out_more)
{
    struct sqlite3_stmt *stmt = SQL_GET(&j->sql, SQL_POSTING_NTH, j->oldest, STEP_POSTINGS);
    struct sqlite3_stmt *remove;
    bool row;
    enum err err = journal_db_step(&j->sql, stmt, &row);

    if (err != OK)
        return err;
    *out_more = row;
    if (!row)
        return journal_db_run(&j->sql, SQL_GET(&j->sql, SQL_POSTING_DELETE, j->oldest));
    remove = SQL_GET(&j->sql, SQL_POSTING_DELETE_TO, journal_column(stmt, 0));
    if (remove != NULL)
        (void)sqlite3_bind_value(remove, 2, sqlite3_column_value(stmt, 1));
    journal_reset(stmt);
    return journal_db_run(&j->sql, remove);
}

static enum err purge_some(struct journal *j, bool *out_more)
{
    uint64_t last = 0;
    enum err err = purge_records(j, &last);

    *out_more = true;
    if (err != OK || last != 0)
        return err;
    err = purge_postings(j, out_more);
    if (err != OK || *out_more)
        return err;
    return journal_db_run(&j->sql, SQL_GET(&j->sql, SQL_SEGMENT_DELETE, j->oldest));
}

static enum err purge_step(struct journal *j)
{
    bool more = false;
    enum err err = journal_db_begin(&j->sql);

    if (err == OK)
        err = purge_some(j, &more);
    if (err == OK)
        err = journal_db_commit(&j->sql);
    if (err != OK) {
        journal_failed(j);
        return err;
    }
    j->purge = more;
    return OK;
}

/* ---- all of it ---- */

void journal_failed(struct journal *j)
{
    journal_db_rollback(&j->sql);
    journal_edges_invalidate(&j->edges);
    j->suspect = !journal_in_memory(j);
}

static bool checkpoint_due(const struct journal *j)
{
    return !journal_in_memory(j) && j->wal_pages >= WAL_PAGES_SOFT;
}

static enum err step(struct journal *j, uint64_t now_ms)
{
    if (j->suspect)
        return journal_reconnect(j);
    if (checkpoint_due(j))
        return journal_checkpoint(j, false);
    if (j->recent.oldest->closed)
        return journal_seal_step(j);
    if (expired(j, now_ms))
        return expire_step(j);
    if (j->purge)
        return purge_step(j);
    return journal_edges_forget(j, now_ms);
}

enum err journal_maintain(struct journal *j, uint64_t now_ms, bool *out_more)
{
    enum err err;

    journal_lock_connection(j);
    journal_close_part(j, part_is_old(j, now_ms));
    err = step(j, now_ms);
    if (err == OK)
        *out_more = j->recent.oldest->closed || expired(j, now_ms) || j->purge ||
                    journal_edges_any_expired(&j->edges, now_ms);
    journal_measure(j);
    journal_unlock_connection(j);
    return err;
}
