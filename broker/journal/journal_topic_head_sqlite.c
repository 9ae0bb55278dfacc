/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Finds the newest record of a topic. Publishes with if_last depend on it. */

#include "broker/journal/journal_sqlite.h"

#include "broker/journal/posting_list.h"
#include "common/base/mem.h"

#include <assert.h>

/* Number of topics at which the cache is emptied. Each takes about 32 bytes. */
#define LASTS_MAX 4096

enum err journal_last_position(struct slice places, uint32_t *out)
{
    struct posting_list_cursor cursor = posting_list_decode(places);

    if (!posting_list_next(&cursor, out))
        return ERR_CORRUPT; /* no list is empty */
    while (posting_list_next(&cursor, out))
        ;
    return cursor.damaged ? ERR_CORRUPT : OK;
}

/* Finds the topic's newest record in a segment. *out is unchanged when there is none. */
static enum err newest_in_segment(struct journal *j, const struct journal_segment *segment,
                                  struct slice topic, uint64_t *out)
{
    struct sqlite3_stmt *stmt = SQL_GET(&j->sql, SQL_POSTING_GET, segment->first);
    uint32_t place = 0;
    bool row;
    enum err err;

    if (stmt != NULL)
        journal_bind_bytes(stmt, 2, topic);
    err = journal_db_step(&j->sql, stmt, &row);
    if (err != OK || !row)
        return err;
    err = journal_last_position(journal_column_bytes(stmt, 1), &place);
    journal_reset(stmt);
    if (err == OK && place > segment->last - segment->first)
        err = ERR_CORRUPT;
    if (err == OK)
        *out = segment->first + place;
    return err;
}

/* Returns the topic's entry in the cache, which is new if needed. Returns NULL when memory runs
 * out: then the search is only slower. */
static struct journal_cached_head *known(struct journal *j, struct slice topic)
{
    size_t before;
    uint32_t number;

    if (j->lasts.count >= LASTS_MAX)
        topic_ids_reset(&j->lasts);
    before = j->lasts.count;
    if (j->last_values == NULL)
        j->last_values = mem_try(LASTS_MAX * sizeof *j->last_values);
    if (j->last_values == NULL || topic_ids_add(&j->lasts, topic, &number) != OK)
        return NULL;
    if (j->lasts.count > before)
        j->last_values[number] = (struct journal_cached_head){0};
    return &j->last_values[number];
}

/* Finds the topic's newest record in the segments; 0 = none. It takes at most one lookup per
 * segment that was written since the last call for the topic. */
static enum err newest_sealed(struct journal *j, struct slice topic, uint64_t *out)
{
    struct journal_cached_head *last = known(j, topic);
    uint64_t seen = last == NULL ? 0 : last->seen;
    uint64_t found = 0;
    enum err err = OK;

    for (size_t i = j->segment_count; err == OK && found == 0 && i > 0; i--) {
        if (j->segments[i - 1].last <= seen)
            break;
        err = newest_in_segment(j, &j->segments[i - 1], topic, &found);
    }
    if (err != OK)
        return err;
    if (found == 0 && last != NULL)
        found = last->last;
    if (last != NULL && j->segment_count > 0)
        *last = (struct journal_cached_head){j->segments[j->segment_count - 1].last, found};
    *out = found >= j->oldest ? found : 0;
    return OK;
}

enum err journal_topic_head(struct journal *j, struct slice topic, uint64_t *out)
{
    uint64_t skip = 0;

    assert(journal_db_in_transaction(&j->sql));
    /* Only this thread changes `recent`, so it may read without the lock. */
    if (recent_index_nth(&j->recent, topic, j->oldest, recent_index_next(&j->recent) - 1, &skip,
                         out))
        return OK;
    return newest_sealed(j, topic, out);
}
