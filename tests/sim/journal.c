/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "sim.h"

#include "common/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A journal in memory that keeps the promises of broker/journal/journal.h. It survives the
 * broker's crashes. */

void sim_journal_init(struct sim *s)
{
    s->journal =
        (struct sim_journal){.epoch = epoch_make(chance_next(&s->chance)), .logs = 1, .oldest = 1};
}

static void forget_records(struct sim_journal *j)
{
    for (size_t i = 0; i < j->count; i++)
        mem_free(j->records[i].body);
    j->count = 0;
}

void sim_journal_clear(struct sim *s)
{
    forget_records(&s->journal);
    mem_free(s->journal.records);
    mem_free(s->journal.edges);
}

/* Begins another log, as when the data directory is lost. */
void sim_journal_new_epoch(struct sim *s)
{
    struct sim_journal *j = &s->journal;

    forget_records(j);
    j->edge_count = 0;
    j->oldest = 1;
    j->logs++;
    j->epoch = epoch_make(chance_next(&s->chance));
}

void sim_journal_state(const struct sim *s, struct journal_state *out)
{
    const struct sim_journal *j = &s->journal;

    *out = (struct journal_state){.leader = true,
                                  .epoch = j->epoch,
                                  .term = j->term,
                                  .head = j->count,
                                  .oldest = j->oldest,
                                  .edges = j->edges,
                                  .edge_count = j->edge_count};
    if (j->count > 0)
        out->last_time_ms = j->records[j->count - 1].time_ms;
}

unsigned sim_topics_of(const struct slice *names, size_t count)
{
    unsigned topics = 0;

    for (size_t i = 0; i < count; i++) {
        if (slice_equal(names[i], SLICE("t{number}")))
            topics |= (1u << SIM_TOPICS) - 1;
        else if (names[i].size == 2 && names[i].data[0] == 't')
            topics |= 1u << (names[i].data[1] - '0');
    }
    return topics;
}

const struct sim_record *sim_next_record(const struct sim *s, unsigned topics, uint64_t after)
{
    for (uint64_t offset = after + 1; offset <= s->journal.count; offset++) {
        if (s->journal.records[offset - 1].topics & topics)
            return &s->journal.records[offset - 1];
    }
    return NULL;
}

/* Returns the offset of the record with this publish's id, or 0 if the log has none. */
static uint64_t find_id(const struct sim_journal *j, uint32_t publish)
{
    for (uint64_t offset = j->oldest; offset <= j->count; offset++) {
        if (j->records[offset - 1].publish == publish && j->records[offset - 1].has_id)
            return offset;
    }
    return 0;
}

static void store(struct sim *s, const struct batch_entry *entry, uint32_t publish)
{
    struct sim_journal *j = &s->journal;
    struct sim_record *r;

    if (j->count == j->capacity) {
        j->capacity = j->capacity * 2 + 64;
        j->records = realloc(j->records, j->capacity * sizeof *j->records);
    }
    for (size_t i = j->oldest - 1; i < j->count; i++) {
        if (j->records[i].publish == publish)
            sim_fail(s, "publish %u is stored twice, at %zu and %zu", publish, i + 1, j->count + 1);
    }
    r = &j->records[j->count++];
    *r = (struct sim_record){.offset = j->count,
                             .time_ms = entry->time_ms,
                             .body = mem_alloc(entry->body.size),
                             .size = entry->body.size,
                             .topics =
                                 sim_topics_of(entry->record.topics, entry->record.topic_count),
                             .publish = publish,
                             .has_id = entry->record.id.size > 0,
                             .is_private = (entry->record.flags & RECORD_PRIVATE) != 0};
    memcpy(r->body, entry->body.data, entry->body.size);
}

static void note_edge(struct sim_journal *j, const struct batch_edge *edge)
{
    for (size_t i = 0; i < j->edge_count; i++) {
        if (j->edges[i].incarnation == edge->incarnation) {
            j->edges[i].accepted = edge->accepted;
            return;
        }
    }
    j->edges = realloc(j->edges, (j->edge_count + 1) * sizeof *j->edges);
    j->edges[j->edge_count++] = (struct journal_edge){edge->incarnation, edge->accepted};
}

enum err sim_journal_append(struct sim *s, struct batch *batch)
{
    struct sim_journal *j = &s->journal;

    batch->stored = 0;
    if (j->full && !s->calm)
        return ERR_FULL;
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_entry *entry = &batch->entries[i];
        uint32_t publish = (uint32_t)strtoul(entry->record.data.data + 1, NULL, 10);
        uint64_t first = entry->record.id.size > 0 ? find_id(j, publish) : 0;

        entry->result = first > 0 ? ERR_DUPLICATE : OK;
        entry->offset = first > 0 ? first : j->count + 1;
        if (first > 0)
            continue;
        store(s, entry, publish);
        batch->stored++;
    }
    for (size_t i = 0; i < batch->edge_count; i++)
        note_edge(j, &batch->edges[i]);
    return OK;
}

static unsigned mask_of(const struct journal_query *query)
{
    if (query->selector_count == 0)
        return ~0u;
    return sim_topics_of(query->selectors, query->selector_count);
}

static void read_latest(struct sim *s, struct broker_read *read)
{
    struct sim_journal *j = &s->journal;
    unsigned topics = mask_of(&read->query);
    uint64_t left = read->count;
    uint64_t offset = read->query.until;

    for (; offset >= j->oldest && left > 0; offset--) {
        if (j->records[offset - 1].topics & topics)
            left--;
    }
    read->page.next = offset;
}

static void add_entry(struct journal_page *page, const struct sim_record *r)
{
    page->entries = realloc(page->entries, (page->count + 1) * sizeof *page->entries);
    page->entries[page->count++] =
        (struct entry){r->offset, r->time_ms, slice_of(r->body, r->size)};
}

static void read_page(struct sim *s, struct broker_read *read)
{
    struct sim_journal *j = &s->journal;
    struct journal_page *page = &read->page;
    unsigned topics = mask_of(&read->query);
    uint64_t after = read->query.after;
    uint64_t bytes = 0;
    const struct sim_record *r;

    page->next = after > read->query.until ? after : read->query.until;
    if (after + 1 < j->oldest) {
        page->code = ERR_EXPIRED;
        after = j->oldest - 1;
        page->next = page->next < after ? after : page->next;
    }
    while ((r = sim_next_record(s, topics, after)) != NULL && r->offset <= read->query.until) {
        if (page->count > 0 && bytes + r->size > read->query.max_bytes) {
            page->next = after;
            return;
        }
        add_entry(page, r);
        bytes += r->size;
        after = r->offset;
    }
}

void sim_journal_read(struct sim *s, struct broker_read *read)
{
    journal_page_init(&read->page);
    read->result = OK;
    read->page.oldest = s->journal.oldest;
    read->page.head = s->journal.count;
    if (read->type == BROKER_READ_LATEST)
        read_latest(s, read);
    else
        read_page(s, read);
}

void sim_journal_trim(struct sim *s)
{
    struct sim_journal *j = &s->journal;

    if (j->count > j->oldest)
        j->oldest += chance_below(&s->chance, j->count - j->oldest);
}

enum err sim_journal_trim_to(struct sim *s, uint64_t before, uint64_t *out_oldest)
{
    struct sim_journal *j = &s->journal;

    if (before > j->count + 1)
        return ERR_UNKNOWN;
    if (before > j->oldest)
        j->oldest = before;
    *out_oldest = j->oldest;
    return OK;
}
