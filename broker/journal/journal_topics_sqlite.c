/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Lists topics, and finds the record with a publisher's id. */

#include "broker/journal/journal_sqlite.h"

#include "common/base/mem.h"

#include <assert.h>
#include <sqlite3.h>
#include <string.h>

/* ---- topics of the index in memory ---- */

/* Fills r->names with copies of names. The lock must be held. */
static enum err copy_names(struct journal_reader *r, uint64_t from, uint64_t until,
                           struct recent_index_cursor *walk, size_t *out_count)
{
    *out_count =
        recent_index_topics(&r->journal->recent, from, until, walk, r->names, JOURNAL_NAMES);
    buf_reset(&r->names_text);
    for (size_t i = 0; i < *out_count; i++)
        buf_slice(&r->names_text, r->names[i].text);
    return buf_ok(&r->names_text) ? OK : ERR_NO_MEMORY;
}

enum err journal_reader_names(struct journal_reader *r, uint64_t from, uint64_t until,
                              struct recent_index_cursor *walk, size_t *out_count)
{
    size_t at = 0;
    enum err err = journal_reader_lock(r);

    if (err != OK)
        return err;
    err = copy_names(r, from, until, walk, out_count);
    journal_reader_unlock(r);
    for (size_t i = 0; err == OK && i < *out_count; i++) {
        r->names[i].text.data = r->names_text.data + at;
        at += r->names[i].text.size;
    }
    return err;
}

/* ---- the first names after a name ---- */

/* The names found so far, in order. Only the first `limit` are kept. A name that was pushed out
 * does not come back, since the number of names before it only grows. So the counts are complete,
 * though parts and segments are read one after another. The parts come first, then the segments
 * from the newest back. */
struct collection {
    struct journal_reader *r;
    struct slice after;
    size_t limit;
    struct journal_topic *topics;
    size_t count;
};

static int compare(struct slice a, struct slice b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);

    if (order != 0)
        return order;
    return a.size < b.size ? -1 : a.size > b.size;
}

static size_t find(const struct collection *c, struct slice name)
{
    size_t low = 0;
    size_t high = c->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(c->topics[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_wanted(const struct collection *c, struct slice name)
{
    if (c->after.data != NULL && compare(name, c->after) <= 0)
        return false;
    return c->count < c->limit || compare(name, c->topics[c->count - 1].name) <= 0;
}

/* Finds or adds the topic of a name; a new one has the count 0. */
static enum err take(struct collection *c, struct slice name, struct journal_topic **out)
{
    size_t place = find(c, name);
    uint32_t number = 0;
    enum err err;

    *out = &c->topics[place];
    if (place < c->count && slice_equal((*out)->name, name))
        return OK;
    err = topic_ids_add(&c->r->topics, name, &number);
    if (err != OK)
        return err;
    if (c->count == c->limit)
        c->count--;
    memmove(&c->topics[place + 1], &c->topics[place], (c->count - place) * sizeof c->topics[0]);
    c->topics[place] = (struct journal_topic){.name = c->r->topics.list[number].text};
    c->count++;
    return OK;
}

static enum err collect_recent(struct collection *c)
{
    struct journal_reader *r = c->r;
    struct recent_index_cursor walk = {0};
    enum err err = OK;

    while (err == OK && !walk.done) {
        size_t count = 0;
        err = journal_reader_names(r, r->sealed + 1, r->head, &walk, &count);
        for (size_t i = 0; err == OK && i < count; i++) {
            struct journal_topic *topic;
            if (!is_wanted(c, r->names[i].text))
                continue;
            err = take(c, r->names[i].text, &topic);
            if (err != OK)
                break;
            topic->count += r->names[i].count;
            topic->last = r->names[i].last; /* parts come oldest first */
        }
    }
    return err;
}

static enum err add_row(struct collection *c, const struct journal_span *span,
                        struct sqlite3_stmt *row)
{
    struct journal_topic *topic;
    uint32_t place = 0;
    enum err err = take(c, journal_column_bytes(row, 0), &topic);

    if (err != OK)
        return err;
    topic->count += journal_column(row, 1);
    if (topic->last != 0)
        return OK; /* from a newer segment */
    err = journal_last_position(journal_column_bytes(row, 2), &place);
    topic->last = span->first + place;
    return err == OK && topic->last > span->last ? ERR_CORRUPT : err;
}

static enum err collect_segment(struct collection *c, const struct journal_span *span)
{
    struct sqlite3_stmt *stmt = SQL_GET(&c->r->sql, SQL_POSTING_FROM, span->first);
    enum err err = OK;
    bool row;

    if (stmt != NULL)
        journal_bind_bytes(stmt, 2, c->after);
    while (err == OK) {
        struct slice name;
        err = journal_db_step(&c->r->sql, stmt, &row);
        if (err != OK || !row)
            break;
        name = journal_column_bytes(stmt, 0);
        if (is_wanted(c, name))
            err = add_row(c, span, stmt);
        else if (c->after.data == NULL || !slice_equal(name, c->after))
            break; /* after the last name, with no room left */
    }
    journal_reset(stmt);
    return err;
}

static enum err collect(struct collection *c)
{
    struct journal_reader *r = c->r;
    uint64_t at = r->sealed;
    enum err err = OK;

    c->count = 0;
    if (c->limit == 0)
        return OK;
    err = collect_recent(c);
    while (err == OK && at >= r->oldest) {
        struct journal_span span;
        err = journal_reader_span(r, at, &span);
        if (err == OK)
            err = collect_segment(c, &span);
        if (err == OK)
            at = span.first - 1;
    }
    return err;
}

/* Copies the names into the page, which owns them from then on. */
static enum err hand_over(struct collection *c, struct journal_page *page)
{
    size_t at = 0;

    page->code = OK;
    page->count = 0;
    page->oldest = c->r->oldest;
    page->head = c->r->head;
    page->next = c->r->head;
    buf_reset(&page->bodies);
    for (size_t i = 0; i < c->count; i++)
        buf_slice(&page->bodies, c->topics[i].name);
    if (!buf_ok(&page->bodies))
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < c->count; i++) {
        c->topics[i].name.data = page->bodies.data + at;
        at += c->topics[i].name.size;
    }
    return OK;
}

enum err journal_topics(struct journal_reader *r, struct slice after, size_t limit,
                        struct journal_page *page, struct journal_topic *topics, size_t *out_count)
{
    static const struct journal_query all = {.selectors = NULL};
    struct collection c = {.r = r, .after = after, .topics = topics};
    enum err err = ERR_UNAVAILABLE;

    assert(limit > 0 && limit <= JOURNAL_TOPICS_MAX);
    c.limit = limit;
    for (int i = 0; err == ERR_UNAVAILABLE && i < READ_ATTEMPTS; i++) {
        err = journal_reader_begin(r, &all);
        if (err == OK)
            err = collect(&c);
        if (err == OK)
            err = hand_over(&c, page);
        journal_reader_end(r);
    }
    if (err == OK)
        *out_count = c.count;
    return err;
}

/* ---- ids ---- */

enum err journal_find(struct journal_reader *r, struct slice id, uint64_t *out_offset)
{
    static const struct journal_query all = {.selectors = NULL};
    struct sqlite3_stmt *stmt;
    uint64_t offset = 0;
    enum err err = journal_reader_begin(r, &all);

    if (err == OK) {
        stmt = SQL_PLAIN(&r->sql, SQL_ID_GET);
        if (stmt != NULL)
            journal_bind_bytes(stmt, 1, id);
        err = journal_db_number(&r->sql, stmt, &offset);
    }
    journal_reader_end(r);
    if (err != OK && err != ERR_NOT_FOUND)
        return err;
    /* The row of a removed record may still be there. */
    *out_offset = err == OK && offset >= r->oldest && offset <= r->head ? offset : 0;
    return OK;
}
