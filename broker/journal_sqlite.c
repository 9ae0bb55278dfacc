/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/journal_sqlite.h"

#include "common/mem.h"
#include "common/wire.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

/* Measured with tests/bench/journal_bench.c: from 8,192 to 65,536 offsets neither writing nor removing
 * differs by more than noise, but a topic's lookups are one per segment, so the largest is the best. Opening
 * reads less than that many records (10 to 30 ms). */
#define SEGMENT_RECORDS WINDOW_SIZE

/* A segment has at most 64 MiB of bodies, and is an eighth of what retention keeps, so that removing
 * one is not removing much more than asked for. */
#define SEGMENT_BYTES ((uint64_t)64 << 20)
#define SEGMENTS_KEPT 8

/* Parts of the index in memory. A closed one waits for maintenance to write it. When there are more than
 * the first number each append does a step of that work, and with more than the second all that is
 * needed: nobody maintains, or records come faster than their index can be written. */
#define PARTS_SOFT 2
#define PARTS_HARD 4

uint64_t journal_checksum(uint64_t offset, uint64_t time_ms, struct slice body)
{
    struct hash_key key;

    for (unsigned i = 0; i < 8; i++) {
        key.bytes[i] = (unsigned char)(offset >> (8 * i));
        key.bytes[8 + i] = (unsigned char)(time_ms >> (8 * i));
    }
    /* 32 bits, as SQLite stores them in four bytes: signed. */
    return (uint64_t)(int64_t)(int32_t)(uint32_t)hash_bytes(&key, body);
}

bool journal_in_memory(const struct journal *j)
{
    return j->config.durability == DURABILITY_MEMORY;
}

void journal_take_turn(struct journal *j)
{
    if (journal_in_memory(j))
        (void)pthread_mutex_lock(&j->turn);
}

void journal_give_turn(struct journal *j)
{
    if (journal_in_memory(j))
        (void)pthread_mutex_unlock(&j->turn);
}

/* ---- opening ---------------------------------------------------------------------------------- */

static void settle_config(struct journal *j)
{
    if (j->config.segment_records == 0 || j->config.segment_records > WINDOW_SIZE)
        j->config.segment_records = SEGMENT_RECORDS;
    j->seal_bytes = SEGMENT_BYTES;
    if (j->config.retention_bytes > 0 && j->config.retention_bytes / SEGMENTS_KEPT < SEGMENT_BYTES)
        j->seal_bytes = j->config.retention_bytes / SEGMENTS_KEPT + 1;
    if (j->config.retention_ms > 0)
        j->seal_ms = j->config.retention_ms / SEGMENTS_KEPT + 1;
}

static enum err open_log(struct journal *j, char reason[JOURNAL_REASON_SIZE])
{
    const char *path = journal_in_memory(j) ? NULL : j->files.database;
    enum err err = journal_sql_open_writer(&j->sql, path);

    if (err == OK)
        err = journal_schema_open(&j->sql, path == NULL ? "memory" : path, j->config.durability,
                                  reason);
    if (err == OK)
        err = journal_recover(j, reason);
    if (err == OK)
        err = journal_identity_open(&j->sql, j->config.durability, &j->files, &j->identity);
    if (err != OK && reason[0] == '\0')
        (void)snprintf(reason, JOURNAL_REASON_SIZE, "%.150s: %s (%.60s)",
                       path == NULL ? "memory" : path, err_text(err), journal_sql_message(&j->sql));
    return err;
}

enum err journal_open(const struct journal_config *config, struct journal **out,
                      char reason[JOURNAL_REASON_SIZE])
{
    struct journal *j = mem_alloc(sizeof *j);
    struct hash_key key;
    enum err err = OK;

    reason[0] = '\0';
    j->config = *config;
    j->files.lock_fd = -1;
    settle_config(j);
    sqlite3_randomness(sizeof key.bytes, key.bytes);
    recent_init(&j->recent, &key, 1, j->config.segment_records);
    j->decoder = wire_decoder_create();
    (void)pthread_mutex_init(&j->lock, NULL);
    (void)pthread_mutex_init(&j->turn, NULL);
    if (!journal_in_memory(j))
        err = journal_files_open(&j->files, config->directory, reason);
    j->config.directory = NULL; /* the caller's string; the paths are in `files` */
    if (err == OK)
        err = open_log(j, reason);
    if (err != OK) {
        j->suspect = true; /* and so is not marked as closed cleanly */
        journal_close(j);
        return err;
    }
    journal_watch_wal(j);
    journal_files_note_term(&j->files, j->identity.term);
    *out = j;
    return OK;
}

void journal_close(struct journal *j)
{
    if (j == NULL)
        return;
    /* When either fails, the next start has more to do, that is all. */
    if (!j->suspect && !journal_in_memory(j) &&
        (journal_identity_close(&j->sql) != OK || journal_checkpoint(j, true) != OK))
        j->suspect = true;
    journal_sql_close(&j->sql);
    journal_files_close(&j->files);
    wire_decoder_destroy(j->decoder);
    recent_clear(&j->recent);
    mem_free(j->segments);
    mem_free(j->seal.order);
    mem_free(j->edges);
    mem_free(j->edge_seen);
    (void)pthread_mutex_destroy(&j->lock);
    (void)pthread_mutex_destroy(&j->turn);
    mem_free(j);
}

/* ---- state ------------------------------------------------------------------------------------ */

void journal_state(const struct journal *j, struct journal_state *out)
{
    uint64_t bytes = j->segment_bytes;

    /* Only this thread changes `recent`, so it may look without the lock. */
    for (const struct recent_part *part = j->recent.oldest; part != NULL; part = part->next)
        bytes += part->bytes;
    *out = (struct journal_state){.leader = true,
                                  .epoch = j->identity.epoch,
                                  .term = j->identity.term,
                                  .head = j->head,
                                  .oldest = j->oldest,
                                  .last_time_ms = j->last_time,
                                  .records = j->head + 1 - j->oldest,
                                  .record_bytes = bytes,
                                  .edges = j->edges,
                                  .edge_count = j->edge_count};
    if (!journal_in_memory(j))
        out->file_bytes = journal_files_size(&j->files);
}

void journal_note_edge(struct journal *j, uint64_t incarnation, uint64_t accepted, uint64_t seen_ms)
{
    size_t i = 0;

    while (i < j->edge_count && j->edges[i].incarnation != incarnation)
        i++;
    if (i == j->edge_capacity) {
        size_t capacity = i == 0 ? 16 : i * 2;
        struct journal_edge *edges = mem_alloc(capacity * sizeof *edges);
        uint64_t *seen = mem_alloc(capacity * sizeof *seen);
        if (i > 0) {
            memcpy(edges, j->edges, i * sizeof *edges);
            memcpy(seen, j->edge_seen, i * sizeof *seen);
        }
        mem_free(j->edges);
        mem_free(j->edge_seen);
        j->edges = edges;
        j->edge_seen = seen;
        j->edge_capacity = capacity;
    }
    if (i == j->edge_count)
        j->edge_count++;
    j->edges[i] = (struct journal_edge){incarnation, accepted};
    j->edge_seen[i] = seen_ms;
}

/* ---- appending -------------------------------------------------------------------------------- */

/* Claims the publisher's id for `offset`. ERR_DUPLICATE: it is another record's, *out is that one's. */
static enum err claim_id(struct journal *j, struct slice id, uint64_t offset, uint64_t *out)
{
    /* An id whose record is gone is free, even if its row is still to be deleted. */
    struct sqlite3_stmt *stmt = SQL_GET(&j->sql, SQL_ID_ADD, 0, offset, j->oldest);
    enum err err;

    if (stmt != NULL)
        journal_bind_bytes(stmt, 1, id);
    err = journal_sql_run(&j->sql, stmt);
    if (err != OK || sqlite3_changes(j->sql.db) == 1)
        return err;
    stmt = SQL_PLAIN(&j->sql, SQL_ID_GET);
    if (stmt != NULL)
        journal_bind_bytes(stmt, 1, id);
    err = journal_sql_number(&j->sql, stmt, out);
    if (err == ERR_NOT_FOUND)
        return ERR_CORRUPT;
    return err == OK ? ERR_DUPLICATE : err;
}

static enum err store_record(struct journal *j, uint64_t offset, const struct batch_entry *entry)
{
    struct sqlite3_stmt *stmt = SQL_GET(&j->sql, SQL_RECORD_ADD, offset, entry->time_ms,
                                        journal_checksum(offset, entry->time_ms, entry->body));
    enum err err;

    if (stmt != NULL)
        journal_bind_bytes(stmt, 4, entry->body);
    err = journal_sql_run(&j->sql, stmt);
    if (err != OK)
        return err;
    (void)pthread_mutex_lock(&j->lock);
    assert(recent_next(&j->recent) == offset);
    err = recent_add(&j->recent, entry->time_ms, entry->body.size, entry->record.topics,
                     entry->record.topic_count);
    (void)pthread_mutex_unlock(&j->lock);
    return err;
}

static enum err store_entries(struct journal *j, struct batch *b)
{
    uint64_t offset = j->head + 1;

    for (size_t i = 0; i < b->count; i++) {
        struct batch_entry *entry = &b->entries[i];
        enum err err = OK;
        entry->offset = offset;
        if (entry->record.id.data != NULL)
            err = claim_id(j, entry->record.id, offset, &entry->offset);
        if (err == OK) {
            err = store_record(j, offset, entry);
            offset++;
            b->stored++;
        }
        entry->result = err;
        if (err != OK && err != ERR_DUPLICATE)
            return err;
    }
    return OK;
}

static enum err store_edges(struct journal *j, const struct batch *b)
{
    for (size_t i = 0; i < b->edge_count; i++) {
        const struct batch_edge *edge = &b->edges[i];
        enum err err = journal_sql_run(&j->sql, SQL_GET(&j->sql, SQL_EDGE_SET, edge->incarnation,
                                                        edge->accepted, edge->seen_ms));
        if (err != OK)
            return err;
    }
    return OK;
}

static enum err store(struct journal *j, struct batch *b)
{
    enum err err = journal_sql_begin(&j->sql);

    if (err == OK)
        err = store_entries(j, b);
    if (err == OK)
        err = store_edges(j, b);
    if (err == OK)
        err = journal_sql_commit(&j->sql);
    return err;
}

static void append_failed(struct journal *j, struct batch *b, const struct recent_mark *mark,
                          enum err err)
{
    journal_failed(j);
    (void)pthread_mutex_lock(&j->lock);
    recent_rewind(&j->recent, mark);
    (void)pthread_mutex_unlock(&j->lock);
    for (size_t i = 0; i < b->count; i++) {
        b->entries[i].result = err;
        b->entries[i].offset = 0;
    }
    b->stored = 0;
}

static void append_done(struct journal *j, const struct batch *b)
{
    j->head += b->stored;
    for (size_t i = b->count; i > 0; i--) {
        if (b->entries[i - 1].result == OK) {
            j->last_time = b->entries[i - 1].time_ms;
            break;
        }
    }
    for (size_t i = 0; i < b->edge_count; i++)
        journal_note_edge(j, b->edges[i].incarnation, b->edges[i].accepted, b->edges[i].seen_ms);
    journal_close_part(j, false);
}

/* What must not pile up when nobody calls journal_maintain(). */
static enum err catch_up(struct journal *j)
{
    enum err err = OK;

    if (j->suspect)
        err = journal_reconnect(j);
    if (err == OK && j->recent.part_count > PARTS_SOFT)
        err = journal_seal_step(j);
    while (err == OK && j->recent.part_count > PARTS_HARD)
        err = journal_seal_step(j);
    if (err == OK && !journal_in_memory(j) && j->wal_pages >= WAL_PAGES_HARD)
        err = journal_checkpoint(j, j->wal_pages >= WAL_PAGES_STUCK);
    return err;
}

enum err journal_append(struct journal *j, struct batch *b)
{
    struct recent_mark mark;
    enum err err;

    journal_take_turn(j);
    b->stored = 0;
    err = catch_up(j);
    mark = recent_mark(&j->recent);
    if (err == OK)
        err = store(j, b);
    if (err == OK)
        append_done(j, b);
    else
        append_failed(j, b, &mark, err);
    journal_give_turn(j);
    return err;
}
