/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Appends a batch in one transaction, which assigns the offsets. */

#include "broker/journal/journal_sqlite.h"

#include <assert.h>
#include <sqlite3.h>

/* Limits on the number of parts of the index in memory (recent_index.h). Maintenance writes closed
 * parts to the database. With more than PARTS_SOFT parts, each append does one step of that work.
 * With more than PARTS_HARD, it does as many steps as needed. Both happen only if nothing calls
 * maintenance, or if records come faster than their index can be written. */
#define PARTS_SOFT 2
#define PARTS_HARD 4

/* ---- one entry ---- */

/* Claims the publisher's id for `offset`. ERR_DUPLICATE: another record has the id; *out is that
 * record's offset. */
static enum err claim_id(struct journal *j, struct slice id, uint64_t offset, uint64_t *out)
{
    /* The id of a removed record is free, even if its row has not been deleted yet. */
    struct sqlite3_stmt *stmt = SQL_GET(&j->sql, SQL_ID_ADD, 0, offset, j->oldest);
    enum err err;

    if (stmt != NULL)
        journal_bind_bytes(stmt, 1, id);
    err = journal_db_run(&j->sql, stmt);
    if (err != OK || sqlite3_changes(j->sql.db) == 1)
        return err;
    stmt = SQL_PLAIN(&j->sql, SQL_ID_GET);
    if (stmt != NULL)
        journal_bind_bytes(stmt, 1, id);
    err = journal_db_number(&j->sql, stmt, out);
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
    err = journal_db_run(&j->sql, stmt);
    if (err != OK)
        return err;
    (void)pthread_mutex_lock(&j->lock);
    assert(recent_index_next(&j->recent) == offset);
    err = recent_index_add(&j->recent, entry->time_ms, entry->body.size, entry->record.topics,
                           entry->record.topic_count);
    (void)pthread_mutex_unlock(&j->lock);
    return err;
}

/* An append in progress; `offset` is that of the next record. */
struct storing {
    struct journal *j;
    struct batch *b;
    uint64_t offset;
};

/* Checks that the topic's newest record is record->if_last. ERR_CONFLICT: it is another
 * record; *out is the offset of that one, or 0 if the topic has none. */
static enum err compare(struct journal *j, const struct record *record, uint64_t *out)
{
    uint64_t last = 0;
    enum err err = OK;

    if (record->topic_count > 0)
        err = journal_topic_head(j, record->topics[0], &last);
    if (err != OK || last == record->if_last)
        return err;
    *out = last;
    return ERR_CONFLICT;
}

/* Undoes claim_id(). */
static enum err free_id(struct journal *j, struct slice id, uint64_t offset)
{
    struct sqlite3_stmt *stmt = SQL_GET(&j->sql, SQL_ID_DELETE, 0, offset);

    if (stmt != NULL)
        journal_bind_bytes(stmt, 1, id);
    return journal_db_run(&j->sql, stmt);
}

/* Stores the entry and sets entry->result: OK, or the reason why it was not stored. */
static enum err store_entry(struct storing *s, struct batch_entry *entry)
{
    bool named = entry->record.id.data != NULL;
    enum err err = OK;

    entry->offset = s->offset;
    if (named)
        err = claim_id(s->j, entry->record.id, s->offset, &entry->offset);
    if (err == OK && (entry->record.flags & RECORD_IF_LAST) != 0)
        err = compare(s->j, &entry->record, &entry->offset);
    entry->result = err;
    if (err == ERR_CONFLICT && named)
        err = free_id(s->j, entry->record.id, s->offset);
    if (err == ERR_CONFLICT || err == ERR_DUPLICATE)
        return OK;
    if (err == OK && entry->result == OK) {
        err = store_record(s->j, s->offset, entry);
        s->offset++;
        s->b->stored++;
    }
    return err;
}

/* ---- groups: all or none ---- */

struct group {
    struct batch_entry *entries;
    size_t count;
    uint64_t offset;              /* of its first record */
    struct batch_entry *conflict; /* the entry with ERR_CONFLICT, or NULL */
    size_t duplicates;            /* number of entries with ERR_DUPLICATE */
};

/* Undoes what the group has stored. */
static enum err undo_group(struct storing *s, const struct group *g,
                           const struct recent_index_mark *mark)
{
    enum err err = journal_db_run(&s->j->sql, SQL_PLAIN(&s->j->sql, SQL_GROUP_UNDO));

    if (err != OK || s->offset == g->offset)
        return err;
    (void)pthread_mutex_lock(&s->j->lock);
    recent_index_rewind(&s->j->recent, mark);
    (void)pthread_mutex_unlock(&s->j->lock);
    s->b->stored -= s->offset - g->offset;
    s->offset = g->offset;
    return OK;
}

/* Sets the results of a group that was undone. An entry keeps its result only if it repeats a
 * record from before the group: an offset within the group no longer exists. */
static enum err refuse_group(struct storing *s, const struct group *g)
{
    for (size_t i = 0; i < g->count; i++) {
        struct batch_entry *entry = &g->entries[i];
        if (g->conflict == NULL && entry->result == ERR_DUPLICATE && entry->offset < g->offset)
            continue;
        entry->result = ERR_CONFLICT;
        entry->offset = 0;
    }
    if (g->conflict == NULL || g->conflict->record.topic_count == 0)
        return OK;
    return journal_topic_head(s->j, g->conflict->record.topics[0], &g->conflict->offset);
}

static enum err store_group(struct storing *s, struct batch_entry *entries, size_t count)
{
    struct group g = {.entries = entries, .count = count, .offset = s->offset};
    struct recent_index_mark mark = recent_index_mark(&s->j->recent);
    enum err err = journal_db_run(&s->j->sql, SQL_PLAIN(&s->j->sql, SQL_GROUP_BEGIN));

    for (size_t i = 0; err == OK && g.conflict == NULL && i < count; i++) {
        err = store_entry(s, &entries[i]);
        if (entries[i].result == ERR_CONFLICT)
            g.conflict = &entries[i];
        g.duplicates += entries[i].result == ERR_DUPLICATE;
    }
    if (err == OK && (g.conflict != NULL || (g.duplicates > 0 && g.duplicates < count))) {
        err = undo_group(s, &g, &mark);
        if (err == OK)
            err = refuse_group(s, &g);
    }
    if (err == OK)
        err = journal_db_run(&s->j->sql, SQL_PLAIN(&s->j->sql, SQL_GROUP_END));
    return err;
}

static enum err store_entries(struct journal *j, struct batch *b)
{
    struct storing s = {j, b, j->head + 1};
    enum err err = OK;

    for (size_t i = 0; err == OK && i < b->count;) {
        size_t count = (size_t)b->entries[i].record.group + 1;
        if (count > b->count - i)
            count = b->count - i;
        err = count == 1 ? store_entry(&s, &b->entries[i]) : store_group(&s, &b->entries[i], count);
        i += count;
    }
    return err;
}

/* ---- the batch ---- */

static enum err store(struct journal *j, struct batch *b)
{
    enum err err = journal_db_begin(&j->sql);

    if (err == OK)
        err = store_entries(j, b);
    if (err == OK)
        err = journal_edges_store(j, b);
    if (err == OK)
        err = journal_db_commit(&j->sql);
    return err;
}

static void append_failed(struct journal *j, struct batch *b, const struct recent_index_mark *mark,
                          enum err err)
{
    journal_failed(j);
    (void)pthread_mutex_lock(&j->lock);
    recent_index_rewind(&j->recent, mark);
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
        journal_edges_update(&j->edges, b->edges[i].incarnation, b->edges[i].accepted,
                             b->edges[i].seen_ms);
    journal_close_part(j, false);
}

/* Does the part of journal_maintain()'s work that must not pile up if nothing calls that
 * function. */
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
    struct recent_index_mark mark;
    enum err err;

    journal_lock_connection(j);
    b->stored = 0;
    err = catch_up(j);
    mark = recent_index_mark(&j->recent);
    if (err == OK)
        err = store(j, b);
    if (err == OK)
        append_done(j, b);
    else
        append_failed(j, b, &mark, err);
    journal_unlock_connection(j);
    return err;
}
