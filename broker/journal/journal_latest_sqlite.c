/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Finds the newest records that match selectors. */

#include "broker/journal/journal_sqlite.h"

#include "common/wire/wire.h"

#include <sqlite3.h>

/* A backward scan. Records after `until` are not counted. */
struct walk {
    struct journal_reader *r;
    uint64_t floor; /* the lowest offset of the scan */
    uint64_t until;
    uint64_t wanted; /* number of records still to be found */
    uint64_t place;  /* oldest record found; at first until + 1, or a higher `floor` */
};

/* Counts the records in the window, from the highest offset down. */
static void count_window(struct walk *k)
{
    uint64_t offset = k->place;

    while (k->wanted > 0 && offset_window_previous(&k->r->window, offset - 1, &offset)) {
        k->place = offset;
        k->wanted--;
    }
}

static enum err walk_topics(struct walk *k)
{
    struct journal_reader *r = k->r;
    uint64_t at = k->until;
    enum err err = OK;

    while (err == OK && k->wanted > 0 && at >= k->floor) {
        struct journal_span span;
        err = journal_reader_span(r, at, &span);
        if (err != OK)
            break;
        offset_window_reset(&r->window, span.first);
        for (size_t i = 0; err == OK && i < r->query->selector_count; i++)
            err = journal_reader_mark(r, &span, journal_match_name(r, i),
                                      k->floor > span.first ? k->floor : span.first, at);
        if (err == OK)
            count_window(k);
        at = span.first - 1;
    }
    return err;
}

/* With patterns a scan ends after this multiple of the maximum work of a page (about 0.1 s). It
 * returns what it has found so far. */
#define WALK_PAGES 8

/* Makes the scan end after the offset `hidden`. Below it, matching records are hidden, and a read
 * from there would be incomplete. */
static void raise_to(struct walk *k, uint64_t hidden)
{
    if (hidden != MATCH_NONE && hidden >= k->floor)
        k->floor = hidden + 1;
    if (k->place < k->floor)
        k->place = k->floor;
}

/* Scans the records from `at` down to `first`. */
static enum err walk_records(struct walk *k, uint64_t first, uint64_t at)
{
    struct journal_reader *r = k->r;
    struct sqlite3_stmt *stmt = SQL_GET(&r->sql, SQL_RECORD_BACK, first, at);
    bool row = true;
    enum err err = OK;

    while (err == OK && k->wanted > 0 && !journal_match_spent(&r->work, WALK_PAGES)) {
        uint64_t least;
        uint64_t most;
        bool meant;
        err = journal_db_step(&r->sql, stmt, &row);
        if (err != OK || !row)
            break;
        err = journal_reader_check(stmt);
        if (err == OK)
            err = journal_match_row(r, stmt, k->floor - 1, &meant, &least, &most);
        if (err != OK)
            break;
        raise_to(k, most);
        if (journal_column(stmt, 0) < k->floor)
            break;
        if (meant && journal_column(stmt, 0) <= k->until) {
            k->place = journal_column(stmt, 0);
            k->wanted--;
        }
    }
    journal_reset(stmt);
    return err;
}

static enum err walk_span(struct walk *k, const struct journal_span *span, uint64_t at)
{
    struct journal_reader *r = k->r;
    uint64_t first = k->floor > span->first ? k->floor : span->first;
    bool all = false;
    enum err err = journal_match_span(r, span, first, at, &all);

    if (err != OK)
        return err;
    if (!all)
        return walk_records(k, first, at);
    for (size_t i = 0; i < r->matched_count; i++)
        raise_to(k, r->topic_values[r->matched[i]]);
    if (first < k->floor)
        first = k->floor;
    err = journal_match_mark(r, span, first, at < k->until ? at : k->until);
    if (err == OK)
        count_window(k);
    return err;
}

/* Scans for a query with patterns. If there are limits, it begins at the head, since they count
 * from there. */
static enum err walk_templates(struct walk *k)
{
    struct journal_reader *r = k->r;
    uint64_t at = r->limited ? r->head : k->until;
    uint64_t few = at < k->floor + MATCH_FEW_RECORDS ? k->floor : at - MATCH_FEW_RECORDS;
    enum err err = walk_records(k, few, at); /* often this finds all */

    at = few - 1;
    while (err == OK && k->wanted > 0 && at >= k->floor &&
           !journal_match_spent(&r->work, WALK_PAGES)) {
        struct journal_span span;
        err = journal_reader_span(r, at, &span);
        if (err == OK)
            err = walk_span(k, &span, at);
        if (err == OK)
            at = span.first - 1;
    }
    return err;
}

/* Counts the record for each of its topics. *out_hidden is true when each topic has the maximum
 * number of newer records. */
static enum err count_topics(struct journal_reader *r, struct sqlite3_stmt *row, bool *out_hidden)
{
    struct slice topics[RECORD_TOPICS_MAX];
    struct record record;

    *out_hidden = true;
    if (wire_decode_body(r->decoder, journal_column_bytes(row, 3), topics, &record) != OK)
        return ERR_CORRUPT;
    for (size_t i = 0; i < record.topic_count; i++) {
        uint64_t *count;
        bool fresh;
        enum err err = journal_reader_topic(r, record.topics[i], &count, &fresh);
        if (err != OK)
            return err;
        if (++*count <= r->journal->config.topic_records)
            *out_hidden = false;
    }
    return OK;
}

/* Scans for "*" with a limit by count: record by record from the head, since the limit counts from
 * there. */
static enum err walk_rows(struct walk *k)
{
    struct journal_reader *r = k->r;
    struct sqlite3_stmt *stmt = SQL_GET(&r->sql, SQL_RECORD_BACK, k->floor, r->head);
    enum err err = OK;
    bool row;

    while (err == OK && k->wanted > 0) {
        bool hidden;
        err = journal_db_step(&r->sql, stmt, &row);
        if (err != OK || !row)
            return err;
        err = journal_reader_check(stmt);
        if (err == OK)
            err = count_topics(r, stmt, &hidden);
        if (err != OK)
            break;
        if (hidden) {
            if (k->place <= journal_column(stmt, 0))
                k->place = journal_column(stmt, 0) + 1;
            break;
        }
        if (journal_column(stmt, 0) <= k->until) {
            k->place = journal_column(stmt, 0);
            k->wanted--;
        }
    }
    journal_reset(stmt);
    return err;
}

/* Raises the floor above all records that a limit hides. If one followed the result, reading from
 * there would return ERR_EXPIRED. */
static enum err raise_floor(struct walk *k)
{
    struct journal_reader *r = k->r;
    bool any;
    enum err err;

    if (!r->limited || r->everything || r->templated)
        return OK;
    err = journal_reader_hide(r, k->floor - 1, &any);
    for (size_t i = 0; err == OK && any && i < r->query->selector_count; i++) {
        if (r->hidden[i] >= k->floor)
            k->floor = r->hidden[i] + 1;
    }
    return err;
}

static enum err find_place(struct journal_reader *r, uint64_t count, uint64_t *out)
{
    struct walk k = {.r = r, .wanted = count, .floor = r->oldest};
    enum err err;

    k.until = r->query->until < r->head ? r->query->until : r->head;
    if (r->everything && r->age_floor > k.floor)
        k.floor = r->age_floor;
    err = raise_floor(&k);
    if (err != OK)
        return err;
    k.place = k.until + 1 < k.floor ? k.floor : k.until + 1;
    if (r->everything && r->limited && r->journal->config.topic_records > 0) {
        err = walk_rows(&k);
    } else if (!r->everything) {
        err = r->templated ? walk_templates(&k) : walk_topics(&k);
    } else {
        uint64_t held = k.place - k.floor;
        k.place -= held < count ? held : count;
    }
    *out = k.place - 1;
    return err;
}

enum err journal_latest(struct journal_reader *r, const struct journal_query *query, uint64_t count,
                        struct journal_page *out)
{
    uint64_t place = 0;
    enum err err = ERR_UNAVAILABLE;

    for (int i = 0; err == ERR_UNAVAILABLE && i < READ_ATTEMPTS; i++) {
        err = journal_reader_begin(r, query);
        if (err == OK)
            err = find_place(r, count, &place);
        journal_reader_end(r);
    }
    if (err != OK)
        return err;
    out->code = OK;
    out->count = 0;
    buf_reset(&out->bodies);
    out->next = place;
    out->oldest = r->oldest;
    out->head = r->head;
    return OK;
}
