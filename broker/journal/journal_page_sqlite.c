/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Reads pages of records that match selectors. */

#include "broker/journal/journal_sqlite.h"

#include "common/base/mem.h"

#include <sqlite3.h>

/* ---- the page ---- */

static bool reserve_entry(struct journal_page *page)
{
    size_t capacity = page->capacity == 0 ? 64 : page->capacity * 2;
    struct entry *entries;

    if (page->count < page->capacity)
        return true;
    entries = mem_try_resize(page->entries, capacity * sizeof *entries);
    if (entries == NULL)
        return false;
    page->entries = entries;
    page->capacity = capacity;
    return true;
}

/* Adds a record. The bodies move while the buffer grows, so place_bodies() sets their slices at the
 * end. */
static enum err add_row(struct journal_page *page, struct sqlite3_stmt *row)
{
    struct slice body = journal_column_bytes(row, 3);

    if (!reserve_entry(page))
        return ERR_NO_MEMORY;
    buf_slice(&page->bodies, body);
    if (!buf_ok(&page->bodies))
        return ERR_NO_MEMORY;
    page->entries[page->count++] = (struct entry){.offset = journal_column(row, 0),
                                                  .time_ms = journal_column(row, 1),
                                                  .body = {NULL, body.size}};
    return OK;
}

static void place_bodies(struct journal_page *page)
{
    size_t at = 0;

    for (size_t i = 0; i < page->count; i++) {
        page->entries[i].body.data = page->bodies.data + at;
        at += page->entries[i].body.size;
    }
}

/* ---- reading ---- */

/* The state of a scan, which ends when a function sets `stop`. */
struct reading {
    struct journal_reader *r;
    struct journal_page *page;
    uint64_t at;      /* everything before it has been read */
    uint64_t until;   /* last offset to read, not beyond the head */
    uint32_t looked;  /* number of records that were read */
    uint32_t lookups; /* number of posting lists that were read */
    bool stop;
};

/* Moves the scan past the record in this row. */
static void pass(struct reading *g, struct sqlite3_stmt *row)
{
    g->at = journal_column(row, 0) + 1;
    g->looked++;
    g->stop = g->looked >= READ_RECORDS_MAX;
}

/* Adds the record in this row to the page, unless the page is full. */
static enum err put(struct reading *g, struct sqlite3_stmt *row)
{
    struct journal_page *page = g->page;
    size_t size = journal_column_bytes(row, 3).size;
    enum err err;

    if (page->count > 0 &&
        (page->bodies.size >= g->r->max_bytes || size > g->r->max_bytes - page->bodies.size)) {
        g->stop = true;
        return OK;
    }
    err = add_row(page, row);
    if (err == OK)
        pass(g, row);
    return err;
}

/* Checks the record in this row, and adds it to the page unless it is hidden. */
static enum err take(struct reading *g, struct sqlite3_stmt *row)
{
    bool hidden = false;
    enum err err = journal_reader_check(row);

    if (err == OK && g->r->limited && g->r->everything)
        err = journal_reader_row_hidden(g->r, row, &hidden);
    if (err != OK)
        return err;
    if (!hidden)
        return put(g, row);
    g->page->code = ERR_EXPIRED;
    pass(g, row);
    return OK;
}

static enum err read_everything(struct reading *g)
{
    struct journal_db *sql = &g->r->sql;
    struct sqlite3_stmt *stmt = SQL_GET(sql, SQL_RECORD_SCAN, g->at, g->until);
    enum err err = OK;
    bool row;

    while (err == OK && !g->stop && g->at <= g->until) {
        err = journal_db_step(sql, stmt, &row);
        if (err != OK)
            return err;
        if (!row || journal_column(stmt, 0) != g->at)
            err = ERR_CORRUPT; /* there are no holes */
        else
            err = take(g, stmt);
    }
    journal_reset(stmt);
    return err;
}

/* A seek costs about the same as stepping over this number of records. */
#define STEP_OVER 4

/* Moves the scan to `offset`. */
static enum err seek(struct reading *g, struct sqlite3_stmt **scan, uint64_t *scan_at,
                     uint64_t offset)
{
    bool row = true;
    enum err err = OK;

    if (*scan == NULL || offset - *scan_at > STEP_OVER) {
        journal_reset(*scan);
        *scan = SQL_GET(&g->r->sql, SQL_RECORD_SCAN, offset, g->until);
        *scan_at = offset - 1;
    }
    while (err == OK && row && *scan_at < offset) {
        err = journal_db_step(&g->r->sql, *scan, &row);
        ++*scan_at;
    }
    if (err == OK && (!row || journal_column(*scan, 0) != offset))
        err = ERR_CORRUPT;
    return err;
}

/* Reads the members of the window up to `last`. */
static enum err read_window(struct reading *g, uint64_t last)
{
    struct sqlite3_stmt *scan = NULL;
    uint64_t scan_at = 0;
    uint64_t offset;
    enum err err = OK;

    while (!g->stop && offset_window_next(&g->r->window, g->at, &offset)) {
        g->at = offset; /* no record from g->at up to here matches */
        err = seek(g, &scan, &scan_at, offset);
        if (err == OK)
            err = take(g, scan);
        if (err != OK)
            break;
    }
    journal_reset(scan);
    if (err == OK && !g->stop)
        g->at = last + 1;
    return err;
}

static enum err read_span(struct reading *g)
{
    struct journal_reader *r = g->r;
    struct journal_span span;
    uint64_t last;
    enum err err = journal_reader_span(r, g->at, &span);

    if (err != OK)
        return err;
    last = span.last < g->until ? span.last : g->until;
    offset_window_reset(&r->window, span.first);
    for (size_t i = 0; err == OK && i < r->query->selector_count; i++) {
        uint64_t from = g->at;
        if (r->limited && r->hidden[i] >= from)
            from = r->hidden[i] + 1;
        err = journal_reader_mark(r, &span, journal_match_name(r, i), from, last);
        g->lookups++;
    }
    if (err == OK)
        err = read_window(g, last);
    if (g->lookups >= READ_LOOKUPS_MAX)
        g->stop = true;
    return err;
}

/* ---- patterns ---- */

/* Checks the record in this row, and adds it to the page if a selector matches it and a matching
 * topic does not hide it. */
static enum err take_meant(struct reading *g, struct sqlite3_stmt *row)
{
    uint64_t offset = journal_column(row, 0);
    uint64_t least = 0;
    uint64_t most = 0;
    bool meant = false;
    enum err err = journal_reader_check(row);

    if (err == OK)
        err = journal_match_row(g->r, row, offset - 1, &meant, &least, &most);
    if (err != OK)
        return err;
    if (meant && most >= offset)
        g->page->code = ERR_EXPIRED;
    if (meant && least < offset)
        return put(g, row);
    pass(g, row);
    return OK;
}

/* Scans the records up to `last`: at least one, whatever work its topics need. */
static enum err scan_span(struct reading *g, uint64_t last)
{
    struct journal_db *sql = &g->r->sql;
    struct sqlite3_stmt *stmt = SQL_GET(sql, SQL_RECORD_SCAN, g->at, last);
    enum err err = OK;
    bool row;

    while (err == OK && !g->stop && g->at <= last) {
        err = journal_db_step(sql, stmt, &row);
        if (err != OK)
            return err;
        if (!row || journal_column(stmt, 0) != g->at)
            err = ERR_CORRUPT;
        else
            err = take_meant(g, stmt);
        if (journal_match_spent(&g->r->work, 1))
            g->stop = true;
    }
    journal_reset(stmt);
    return err;
}

/* Reports the page as expired if a matching topic hides records. */
static void say_hidden(struct reading *g)
{
    const struct journal_reader *r = g->r;

    for (size_t i = 0; i < r->matched_count; i++) {
        if (r->topic_values[r->matched[i]] >= g->at)
            g->page->code = ERR_EXPIRED;
    }
}

static enum err read_span_templates(struct reading *g)
{
    struct journal_reader *r = g->r;
    struct journal_span span;
    bool all = false;
    uint64_t last;
    enum err err = journal_reader_span(r, g->at, &span);

    if (err != OK)
        return err;
    last = span.last < g->until ? span.last : g->until;
    if (last - g->at < MATCH_FEW_RECORDS)
        return scan_span(g, last);
    err = journal_match_span(r, &span, g->at, last, &all);
    if (err != OK)
        return err;
    if (!all) {
        r->work = (struct journal_work){0};
        err = scan_span(g, last);
        g->stop = true;
        return err;
    }
    say_hidden(g);
    err = journal_match_mark(r, &span, g->at, last);
    if (err == OK)
        err = read_window(g, last);
    if (journal_match_spent(&r->work, 1))
        g->stop = true;
    return err;
}

/* ---- topics ---- */

/* Skips the records that limits hide for all selectors. */
static void skip_hidden(struct reading *g)
{
    struct journal_reader *r = g->r;
    uint64_t lowest = UINT64_MAX;

    for (size_t i = 0; i < r->query->selector_count; i++) {
        if (r->hidden[i] < lowest)
            lowest = r->hidden[i];
    }
    if (lowest >= g->at)
        g->at = lowest + 1;
}

static enum err read_templates(struct reading *g)
{
    enum err err = OK;

    while (err == OK && !g->stop && g->at <= g->until)
        err = read_span_templates(g);
    return err;
}

static enum err read_topics(struct reading *g)
{
    enum err err = OK;

    if (g->r->limited) {
        bool any;
        err = journal_reader_hide(g->r, g->at - 1, &any);
        if (err != OK)
            return err;
        if (any)
            g->page->code = ERR_EXPIRED;
        skip_hidden(g);
    }
    while (err == OK && !g->stop && g->at <= g->until)
        err = read_span(g);
    return err;
}

/* Finds where to begin, and whether records before it are missing. */
static void begin_at(struct reading *g)
{
    struct journal_reader *r = g->r;

    g->at = r->query->after + 1;
    if (g->at < r->oldest) {
        g->page->code = ERR_EXPIRED;
        g->at = r->oldest;
    }
    if (r->everything && g->at < r->age_floor) {
        g->page->code = ERR_EXPIRED;
        g->at = r->age_floor;
    }
}

static enum err read_some(struct reading *g)
{
    if (g->r->everything)
        return read_everything(g);
    return g->r->templated ? read_templates(g) : read_topics(g);
}

static enum err read_page(struct journal_reader *r, struct journal_page *page)
{
    const struct journal_query *query = r->query;
    struct reading g = {.r = r, .page = page};
    enum err err = OK;

    page->oldest = r->oldest;
    page->head = r->head;
    page->next = r->head;
    if (query->after > r->head) {
        page->code = ERR_UNKNOWN;
        return OK;
    }
    g.until = query->until < r->head ? query->until : r->head;
    begin_at(&g);
    if (g.at <= g.until)
        err = read_some(&g);
    place_bodies(page);
    /* The scan may have begun or skipped beyond `until`; the page ends there all the same. */
    page->next = g.at - 1 < g.until ? g.at - 1 : g.until;
    if (page->next < query->after)
        page->next = query->after;
    return err;
}

static void reset_page(struct journal_page *page)
{
    page->code = OK;
    page->count = 0;
    buf_reset(&page->bodies);
}

enum err journal_read(struct journal_reader *r, const struct journal_query *query,
                      struct journal_page *out)
{
    enum err err = ERR_UNAVAILABLE;

    for (int i = 0; err == ERR_UNAVAILABLE && i < READ_ATTEMPTS; i++) {
        reset_page(out);
        err = journal_reader_begin(r, query);
        if (err == OK)
            err = read_page(r, out);
        journal_reader_end(r);
    }
    return err;
}
