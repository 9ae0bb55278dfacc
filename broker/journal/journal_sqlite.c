/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/journal/journal_sqlite.h"

#include "common/base/mem.h"
#include "common/wire/wire.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

/* Measured with tests/bench/journal_bench.c: from 8,192 to 65,536 offsets neither writing nor
 * removing differs by more than noise. A topic needs one lookup per segment, so the largest
 * segment is the best. Opening reads fewer records than this (10 to 30 ms). */
#define SEGMENT_RECORDS OFFSET_WINDOW_SIZE

/* A segment has at most 64 MiB of bodies, and at most an eighth of what retention keeps, so that
 * removing a segment does not remove much more than intended. */
#define SEGMENT_BYTES ((uint64_t)64 << 20)
#define SEGMENTS_KEPT 8

uint64_t journal_checksum(uint64_t offset, uint64_t time_ms, struct slice body)
{
    struct hash_key key;

    for (unsigned i = 0; i < 8; i++) {
        key.bytes[i] = (unsigned char)(offset >> (8 * i));
        key.bytes[8 + i] = (unsigned char)(time_ms >> (8 * i));
    }
    /* Only 32 bits are kept, sign-extended, since SQLite stores such a number in four bytes. */
    return (uint64_t)(int64_t)(int32_t)(uint32_t)hash_bytes(&key, body);
}

bool journal_in_memory(const struct journal *j)
{
    return j->config.durability == DURABILITY_MEMORY;
}

/* Is not called at each commit, since it costs two system calls. */
void journal_measure(struct journal *j)
{
    if (!journal_in_memory(j))
        j->file_bytes = journal_files_size(&j->files);
}

void journal_lock_connection(struct journal *j)
{
    if (journal_in_memory(j))
        (void)pthread_mutex_lock(&j->turn);
}

void journal_unlock_connection(struct journal *j)
{
    if (journal_in_memory(j))
        (void)pthread_mutex_unlock(&j->turn);
}

/* ---- opening ---- */

static void complete_config(struct journal *j)
{
    if (j->config.segment_records == 0 || j->config.segment_records > OFFSET_WINDOW_SIZE)
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
    enum err err = journal_db_open_writer(&j->sql, path);

    if (err == OK)
        err = journal_schema_open(&j->sql, path == NULL ? "memory" : path, j->config.durability,
                                  reason);
    if (err == OK)
        err = journal_recover(j, reason);
    if (err == OK)
        err = journal_identity_open(&j->sql, j->config.durability, &j->files, &j->identity);
    if (err != OK && reason[0] == '\0')
        (void)snprintf(reason, JOURNAL_REASON_SIZE, "%.150s: %s (%.60s)",
                       path == NULL ? "memory" : path, err_text(err), journal_db_message(&j->sql));
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
    complete_config(j);
    sqlite3_randomness(sizeof key.bytes, key.bytes);
    recent_index_init(&j->recent, &key, 1, j->config.segment_records);
    topic_ids_init(&j->lasts, &key);
    j->decoder = wire_decoder_create();
    (void)pthread_mutex_init(&j->lock, NULL);
    (void)pthread_mutex_init(&j->turn, NULL);
    if (!journal_in_memory(j))
        err = journal_files_open(&j->files, config->directory, reason);
    j->config.directory = NULL; /* the caller's string; the paths are in `files` */
    if (err == OK)
        err = open_log(j, reason);
    if (err != OK) {
        j->suspect = true; /* so it is not marked as closed cleanly */
        journal_close(j);
        return err;
    }
    journal_watch_wal(j);
    journal_files_write_term(&j->files, j->identity.term);
    journal_measure(j);
    *out = j;
    return OK;
}

void journal_close(struct journal *j)
{
    if (j == NULL)
        return;
    assert(j->reader_count == 0);
    /* If one of them fails, the next start has more to do. */
    if (!j->suspect && !journal_in_memory(j) &&
        (journal_identity_close(&j->sql) != OK || journal_checkpoint(j, true) != OK))
        j->suspect = true;
    journal_db_close(&j->sql);
    journal_files_close(&j->files);
    wire_decoder_destroy(j->decoder);
    recent_index_clear(&j->recent);
    topic_ids_clear(&j->lasts);
    mem_free(j->last_values);
    mem_free(j->segments);
    mem_free(j->seal.order);
    journal_edges_clear(&j->edges);
    (void)pthread_mutex_destroy(&j->lock);
    (void)pthread_mutex_destroy(&j->turn);
    mem_free(j);
}

/* ---- state ---- */

void journal_state(const struct journal *j, struct journal_state *out)
{
    uint64_t bytes = j->segment_bytes;

    /* Only this thread changes `recent`, so it may read without the lock. */
    for (const struct recent_index_part *part = j->recent.oldest; part != NULL; part = part->next)
        bytes += part->bytes;
    *out = (struct journal_state){.leader = true,
                                  .epoch = j->identity.epoch,
                                  .term = j->identity.term,
                                  .head = j->head,
                                  .oldest = j->oldest,
                                  .last_time_ms = j->last_time,
                                  .records = j->head + 1 - j->oldest,
                                  .record_bytes = bytes,
                                  .file_bytes = j->file_bytes,
                                  .edges = j->edges.list,
                                  .edge_count = j->edges.count};
}
