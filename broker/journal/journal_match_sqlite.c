/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Finds the topics that a pattern matches, and their records. */

#include "broker/journal/journal_sqlite.h"

#include "common/base/mem.h"
#include "common/wire/wire.h"

#include <sqlite3.h>
#include <string.h>

/* Cost of a match in steps, besides the bytes that it reads. */
#define STEPS_EACH 8

/* Number of topics above which they are not kept from page to page: the records of a segment. */
#define TOPICS_KEPT_MAX 65536

/* ---- the query's selectors ---- */

static bool is_pattern(const struct journal_selector *selector)
{
    return selector->matcher.kind != SELECTOR_EXACT;
}

/* Decides which patterns' topics are looked up. If the head of a pattern begins with another
 * pattern's head, the lookup of that one finds its topics too. */
static void choose_lookups(struct journal_reader *r, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct slice mine = matcher_head(&r->selectors[i].matcher);
        bool covered = !is_pattern(&r->selectors[i]);
        for (size_t k = 0; k < count && !covered; k++) {
            struct slice other = matcher_head(&r->selectors[k].matcher);
            covered = is_pattern(&r->selectors[k]) && slice_starts(mine, other) &&
                      (other.size < mine.size || k < i);
        }
        r->selectors[i].looked_up = !covered;
    }
}

static enum err reserve_selectors(struct journal_reader *r, size_t count)
{
    struct journal_selector *selectors;

    if (count <= r->selector_capacity)
        return OK;
    selectors = mem_try_resize(r->selectors, count * sizeof *selectors);
    if (selectors == NULL)
        return ERR_NO_MEMORY;
    for (size_t i = r->selector_capacity; i < count; i++)
        selectors[i] = (struct journal_selector){.looked_up = false};
    r->selectors = selectors;
    r->selector_capacity = count;
    return OK;
}

static enum err compile(struct journal_reader *r)
{
    size_t count = r->query->selector_count;
    enum err err;

    if (r->everything)
        return OK;
    err = reserve_selectors(r, count);
    for (size_t i = 0; err == OK && i < count; i++) {
        err = matcher_compile(r->query->selectors[i], &r->selectors[i].matcher);
        if (err == OK && is_pattern(&r->selectors[i]))
            r->templated = true;
    }
    if (err == OK && r->templated)
        choose_lookups(r, count);
    return err;
}

struct slice journal_match_name(const struct journal_reader *r, size_t i)
{
    return r->everything ? r->query->selectors[i] : r->selectors[i].matcher.text;
}

/* Returns a hash of all selectors, which is never 0. */
static uint64_t key_of(const struct journal_reader *r)
{
    struct hash_key key = r->topics.key;
    uint64_t hash = 0;

    for (size_t i = 0; i < r->query->selector_count; i++) {
        hash = hash_bytes(&key, r->query->selectors[i]);
        memcpy(key.bytes, &hash, sizeof hash);
    }
    return hash == 0 ? 1 : hash;
}

/* Keeps the topics of the call before if the selectors are the same and no limits apply: then only
 * whether a topic matches is stored with it. Otherwise, or if there are too many, removes them. */
static void settle_topics(struct journal_reader *r)
{
    uint64_t key = r->templated && !r->limited ? key_of(r) : 0;

    if (key == 0 || key != r->topics_key || r->topics.count >= TOPICS_KEPT_MAX)
        topic_ids_reset(&r->topics);
    r->topics_key = key;
}

enum err journal_match_begin(struct journal_reader *r)
{
    enum err err;

    r->templated = false;
    r->work = (struct journal_work){0};
    err = compile(r);
    if (err == OK)
        settle_topics(r);
    return err;
}

void journal_match_end(struct journal_reader *r)
{
    for (size_t i = 0; i < r->selector_capacity; i++)
        matcher_free(&r->selectors[i].matcher);
}

bool journal_match_spent(const struct journal_work *work, uint64_t times)
{
    return work->rows >= times * READ_RECORDS_MAX || work->steps >= times * MATCH_STEPS_MAX ||
           work->lookups >= times * READ_LOOKUPS_MAX;
}

/* ---- topics ---- */

static bool is_meant(struct journal_reader *r, struct slice topic)
{
    size_t count = r->query->selector_count;

    r->work.steps += STEPS_EACH + count;
    for (size_t i = 0; i < count; i++) {
        if (!is_pattern(&r->selectors[i]) && slice_equal(r->selectors[i].matcher.text, topic))
            return true;
    }
    candidate_set(r->candidate, topic);
    for (size_t i = 0; i < count; i++) {
        if (!is_pattern(&r->selectors[i]))
            continue;
        r->work.steps += STEPS_EACH;
        if (matcher_matches(&r->selectors[i].matcher, r->candidate, &r->work.steps))
            return true;
    }
    return false;
}

/* Finds or adds the topic's number in r->topics. */
static enum err find_topic(struct journal_reader *r, struct slice topic, uint64_t after,
                           uint32_t *out)
{
    uint64_t *value;
    bool fresh;
    enum err err = journal_reader_topic(r, topic, &value, &fresh);

    if (err != OK)
        return err;
    *out = (uint32_t)(value - r->topic_values);
    if (!fresh)
        return OK;
    if (!is_meant(r, topic))
        *value = MATCH_NONE;
    else if (r->limited)
        err = journal_reader_hidden(r, topic, after, value);
    return err;
}

enum err journal_match_topic(struct journal_reader *r, struct slice topic, uint64_t after,
                             uint64_t *out)
{
    uint32_t number = 0;
    enum err err = find_topic(r, topic, after, &number);

    if (err == OK)
        *out = r->topic_values[number];
    return err;
}

enum err journal_match_row(struct journal_reader *r, struct sqlite3_stmt *row, uint64_t after,
                           bool *out_meant, uint64_t *out_least, uint64_t *out_most)
{
    struct slice topics[RECORD_TOPICS_MAX];
    struct record record;

    *out_meant = false;
    *out_least = MATCH_NONE;
    *out_most = 0;
    if (wire_decode_body(r->decoder, journal_column_bytes(row, 3), topics, &record) != OK)
        return ERR_CORRUPT;
    r->work.rows += record.topic_count;
    for (size_t i = 0; i < record.topic_count; i++) {
        uint64_t hidden = 0;
        enum err err = journal_match_topic(r, record.topics[i], after, &hidden);
        if (err != OK)
            return err;
        if (hidden == MATCH_NONE)
            continue;
        *out_meant = true;
        if (hidden < *out_least)
            *out_least = hidden;
        if (hidden > *out_most)
            *out_most = hidden;
    }
    return OK;
}

/* ---- the topics of a span ---- */

static enum err add_matched(struct journal_reader *r, uint32_t number)
{
    size_t capacity = r->matched_capacity == 0 ? 64 : r->matched_capacity * 2;
    uint32_t *matched;

    if (r->matched_count == r->matched_capacity) {
        matched = mem_try_resize(r->matched, capacity * sizeof *matched);
        if (matched == NULL)
            return ERR_NO_MEMORY;
        r->matched = matched;
        r->matched_capacity = capacity;
    }
    r->matched[r->matched_count++] = number;
    return OK;
}

/* Adds the topic if a selector matches it. */
static enum err look_at(struct journal_reader *r, struct slice topic, uint64_t after)
{
    uint32_t number = 0;
    enum err err = find_topic(r, topic, after, &number);

    r->work.rows++;
    if (err != OK || r->topic_values[number] == MATCH_NONE)
        return err;
    r->work.lookups++; /* journal_match_mark() will look it up */
    return add_matched(r, number);
}

/* Returns true if the work since `before` is the maximum for one span. */
static bool too_much(const struct journal_reader *r, const struct journal_work *before)
{
    struct journal_work more = {r->work.rows - before->rows, r->work.steps - before->steps,
                                r->work.lookups - before->lookups};

    return journal_match_spent(&more, 1);
}

/* Checks the topics of a segment that begin with a pattern's head. */
static enum err look_up(struct journal_reader *r, uint64_t segment, struct slice head,
                        uint64_t after, const struct journal_work *before)
{
    struct sqlite3_stmt *stmt = SQL_GET(&r->sql, SQL_POSTING_FROM, segment);
    bool row = true;
    enum err err = OK;

    if (stmt != NULL)
        journal_bind_bytes(stmt, 2, head);
    while (err == OK && !too_much(r, before)) {
        err = journal_db_step(&r->sql, stmt, &row);
        if (err != OK || !row || !slice_starts(journal_column_bytes(stmt, 0), head))
            break;
        err = look_at(r, journal_column_bytes(stmt, 0), after);
    }
    journal_reset(stmt);
    return err;
}

static enum err look_in_memory(struct journal_reader *r, uint64_t from, uint64_t until,
                               const struct journal_work *before)
{
    struct recent_index_cursor walk = {0};
    enum err err = OK;

    while (err == OK && !walk.done && !too_much(r, before)) {
        size_t count = 0;
        err = journal_reader_names(r, from, until, &walk, &count);
        for (size_t i = 0; err == OK && i < count; i++)
            err = look_at(r, r->names[i].text, from - 1);
    }
    return err;
}

enum err journal_match_span(struct journal_reader *r, const struct journal_span *span,
                            uint64_t from, uint64_t until, bool *out_all)
{
    const struct journal_work before = r->work;
    size_t count = r->query->selector_count;
    enum err err = OK;

    r->matched_count = 0;
    for (size_t i = 0; err == OK && span->sealed && i < count; i++) {
        if (!is_pattern(&r->selectors[i]))
            err = look_at(r, r->selectors[i].matcher.text, from - 1);
        else if (r->selectors[i].looked_up)
            err =
                look_up(r, span->first, matcher_head(&r->selectors[i].matcher), from - 1, &before);
    }
    if (err == OK && !span->sealed)
        err = look_in_memory(r, from, until, &before);
    *out_all = !too_much(r, &before);
    return err;
}

enum err journal_match_mark(struct journal_reader *r, const struct journal_span *span,
                            uint64_t from, uint64_t until)
{
    enum err err = OK;

    offset_window_reset(&r->window, span->first);
    for (size_t i = 0; err == OK && i < r->matched_count; i++) {
        uint64_t hidden = r->topic_values[r->matched[i]];
        err = journal_reader_mark(r, span, r->topics.list[r->matched[i]].text,
                                  hidden < from ? from : hidden + 1, until);
    }
    return err;
}
