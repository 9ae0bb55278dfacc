/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Applies the limits per topic (count and age) when records are read. */

#include "broker/journal/journal_sqlite.h"

#include "common/base/mem.h"
#include "common/wire/wire.h"

#include <sqlite3.h>
#include <string.h>

/* The limits per topic: reads return the newest `topic_records` records of a topic, and none before
 * r->age_floor. Both hide the oldest records, so one offset per topic suffices: records up to it
 * are hidden. It is found by scanning the topic's posting lists from the newest record
 * backwards. */

/* Finds the record of the topic in a segment that has *skip newer ones there. Otherwise leaves
 * *out unchanged, and subtracts the number of the segment's records from *skip. */
static enum err nth_in_segment(struct journal_reader *r, const struct journal_span *span,
                               struct slice topic, uint64_t *skip, uint64_t *out)
{
    struct sqlite3_stmt *stmt = SQL_GET(&r->sql, SQL_POSTING_GET, span->first);
    uint64_t count;
    bool row;
    enum err err;

    r->work.lookups++;
    if (stmt != NULL)
        journal_bind_bytes(stmt, 2, topic);
    err = journal_db_step(&r->sql, stmt, &row);
    if (err != OK || !row)
        return err;
    count = journal_column(stmt, 0);
    journal_reset(stmt);
    if (*skip >= count) {
        *skip -= count;
        return OK;
    }
    offset_window_reset(&r->window, span->first);
    err = journal_reader_mark(r, span, topic, span->first, span->last);
    if (err != OK)
        return err;
    *out = span->last + 1;
    for (uint64_t i = 0; i <= *skip; i++) {
        if (!offset_window_previous(&r->window, *out - 1, out))
            return ERR_CORRUPT; /* the list is shorter than its count */
    }
    return OK;
}

/* Maximum number of topics in r->rare. Each takes about 32 bytes. */
#define RARE_TOPICS_MAX 4096

/* Empties r->rare when the segments have changed or it is full. */
static void forget_rare(struct journal_reader *r)
{
    if (r->rare_oldest == r->oldest && r->rare_sealed == r->sealed &&
        r->rare.count < RARE_TOPICS_MAX)
        return;
    topic_ids_reset(&r->rare);
    r->rare_oldest = r->oldest;
    r->rare_sealed = r->sealed;
}

/* Returns true if the segments are known to have at most `count` records of the topic after
 * `after`. */
static bool is_rare(struct journal_reader *r, struct slice topic, uint64_t count, uint64_t after)
{
    uint32_t number;

    forget_rare(r);
    return topic_ids_find(&r->rare, topic, &number) && r->rare_values[number].floor <= after &&
           r->rare_values[number].count <= count;
}

/* Remembers that the segments have only `count` records of the topic after `floor`. When memory
 * runs out, the next call scans again. */
static void note_rare(struct journal_reader *r, struct slice topic, uint64_t count, uint64_t floor)
{
    uint32_t number;

    if (r->rare_values == NULL)
        r->rare_values = mem_try((RARE_TOPICS_MAX + 1) * sizeof *r->rare_values);
    if (r->rare_values == NULL || topic_ids_add(&r->rare, topic, &number) != OK)
        return;
    r->rare_values[number] = (struct journal_rare){.floor = floor, .count = count};
}

/* Finds the newest record of a topic in the segments that has `skip` newer ones there and is
 * after `after`; 0 = none. */
static enum err nth_sealed(struct journal_reader *r, struct slice topic, uint64_t skip,
                           uint64_t after, uint64_t *out)
{
    uint64_t at = r->sealed;
    uint64_t left = skip;
    enum err err = OK;

    *out = 0;
    if (is_rare(r, topic, skip, after))
        return OK;
    while (err == OK && *out == 0 && at > after && at >= r->oldest) {
        struct journal_span span;
        err = journal_reader_span(r, at, &span);
        if (err == OK)
            err = nth_in_segment(r, &span, topic, &left, out);
        if (err == OK)
            at = span.first - 1;
    }
    if (err == OK && *out == 0)
        note_rare(r, topic, skip - left, at);
    return err;
}

/* Finds the newest record of a topic that has `skip` newer ones and is after `after`; 0 = none. */
static enum err nth_newest(struct journal_reader *r, struct slice topic, uint64_t skip,
                           uint64_t after, uint64_t *out)
{
    uint64_t found = 0;
    enum err err = journal_reader_lock(r);

    if (err != OK)
        return err;
    (void)recent_index_nth(&r->journal->recent, topic, r->sealed + 1, r->head, &skip, &found);
    journal_reader_unlock(r);
    if (found == 0)
        err = nth_sealed(r, topic, skip, after, &found);
    *out = found > after ? found : 0;
    return err;
}

/* Finds the newest record of a topic that is older than the age limit and after `after`; 0 =
 * none. */
static enum err newest_old(struct journal_reader *r, struct slice topic, uint64_t after,
                           uint64_t *out)
{
    uint64_t at = r->age_floor - 1;
    enum err err = OK;

    *out = 0;
    while (err == OK && at > after && at >= r->oldest) {
        struct journal_span span;
        err = journal_reader_span(r, at, &span);
        if (err != OK)
            break;
        offset_window_reset(&r->window, span.first);
        r->work.lookups++;
        err = journal_reader_mark(r, &span, topic, after + 1, at);
        if (err != OK || offset_window_previous(&r->window, at, out))
            break;
        at = span.first - 1;
    }
    return err;
}

enum err journal_reader_hidden(struct journal_reader *r, struct slice topic, uint64_t after,
                               uint64_t *out)
{
    uint64_t by_count = 0;
    uint64_t by_age = 0;
    enum err err = OK;

    if (after + 1 < r->oldest)
        after = r->oldest - 1;
    if (r->journal->config.topic_records > 0)
        err = nth_newest(r, topic, r->journal->config.topic_records, after, &by_count);
    if (err == OK && r->age_floor > after + 1 && by_count + 1 < r->age_floor)
        err = newest_old(r, topic, by_count > after ? by_count : after, &by_age);
    if (err == OK)
        *out = by_age > by_count ? by_age : by_count;
    return err;
}

enum err journal_reader_hide(struct journal_reader *r, uint64_t after, bool *out_any)
{
    size_t count = r->query->selector_count;

    if (count > r->hidden_capacity) {
        uint64_t *hidden = mem_try_resize(r->hidden, count * sizeof *hidden);
        if (hidden == NULL)
            return ERR_NO_MEMORY;
        r->hidden = hidden;
        r->hidden_capacity = count;
    }
    *out_any = false;
    for (size_t i = 0; i < count; i++) {
        enum err err = journal_reader_hidden(r, journal_match_name(r, i), after, &r->hidden[i]);
        if (err != OK)
            return err;
        *out_any = *out_any || r->hidden[i] > 0;
    }
    return OK;
}

enum err journal_reader_topic(struct journal_reader *r, struct slice topic, uint64_t **out,
                              bool *out_new)
{
    size_t before = r->topics.count;
    uint32_t number;
    enum err err;

    if (before == r->topic_capacity) {
        size_t capacity = before == 0 ? 64 : before * 2;
        uint64_t *values = mem_try_resize(r->topic_values, capacity * sizeof *values);
        if (values == NULL)
            return ERR_NO_MEMORY;
        r->topic_values = values;
        r->topic_capacity = capacity;
    }
    err = topic_ids_add(&r->topics, topic, &number);
    if (err != OK)
        return err;
    *out_new = r->topics.count > before;
    if (*out_new)
        r->topic_values[number] = 0;
    *out = &r->topic_values[number];
    return OK;
}

enum err journal_reader_row_hidden(struct journal_reader *r, struct sqlite3_stmt *row, bool *out)
{
    struct slice topics[RECORD_TOPICS_MAX];
    struct record record;
    uint64_t offset = journal_column(row, 0);

    *out = false;
    if (r->journal->config.topic_records == 0)
        return OK; /* the age was checked already */
    if (wire_decode_body(r->decoder, journal_column_bytes(row, 3), topics, &record) != OK)
        return ERR_CORRUPT;
    for (size_t i = 0; i < record.topic_count; i++) {
        uint64_t *hidden;
        bool fresh;
        enum err err = journal_reader_topic(r, record.topics[i], &hidden, &fresh);
        if (err == OK && fresh)
            err = journal_reader_hidden(r, record.topics[i], r->query->after, hidden);
        if (err != OK || offset > *hidden)
            return err;
    }
    *out = record.topic_count > 0;
    return OK;
}
