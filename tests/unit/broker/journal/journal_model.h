/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_TESTS_UNIT_BROKER_JOURNAL_MODEL_H
#define BELFRY_TESTS_UNIT_BROKER_JOURNAL_MODEL_H

/* A model of the journal, with all records in an array: appends and their expected results. The
 * tests compare reads. */

#include "tests/unit/broker/journal/journal_fixture.h"

#define TOPICS 6
#define RECORDS_MAX 6000
#define IDS 300
#define BATCH_MAX 44
#define EDGES 3

struct model_record {
    uint64_t time_ms;
    unsigned topics; /* one bit each */
    unsigned id;     /* 0: none */
};

struct model {
    struct fixture *f;
    struct model_record records[RECORDS_MAX + 1]; /* by offset */
    uint64_t head;
    uint64_t oldest;
    uint64_t random;
    unsigned read;            /* number of records compared */
    unsigned expired;         /* number of answers with ERR_EXPIRED */
    unsigned results[3];      /* stored, duplicates, conflicts */
    uint64_t accepted[EDGES]; /* numbers of the edges 1, 2, 3 */
};

static const char *const names[TOPICS] = {"often", "a/1", "a/2", "b/1", "rare", "never"};

struct model_template {
    const char *text;
    unsigned topics;
};

static const struct model_template templates[] = {
    {"{x}", 1 | 16 | 32}, {"a/{x}", 2 | 4}, {"{x}/1", 2 | 8}, {"{x}/{y}", 2 | 4 | 8},
    {"{+x}", 63},         {"ra{x}{y}", 16}, {"{x}/3", 0},     {"n{x}", 32},
    {"a{/x}", 2 | 4},     {"often{?x}", 1},
};

static inline unsigned dice(struct model *m, unsigned sides)
{
    m->random = m->random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(m->random >> 33) % sides;
}

static inline unsigned pick_topics(struct model *m)
{
    unsigned topics = 0;

    if (dice(m, 3) > 0)
        topics |= 1;
    for (unsigned i = 1; i < 4; i++)
        topics |= (unsigned)(dice(m, 5) == 0) << i;
    topics |= (unsigned)(dice(m, 60) == 0) << 4;
    return topics == 0 ? 2 : topics;
}

static inline void topics_text(unsigned topics, char out[128])
{
    out[0] = '\0';
    for (unsigned i = 0; i < TOPICS; i++) {
        if ((topics >> i & 1) == 0)
            continue;
        if (out[0] != '\0')
            strcat(out, " ");
        strcat(out, names[i]);
    }
}

/* ---- appending ------------------------------------------------------------------------------- */

/* Returns the newest record of a topic in the model. */
static inline uint64_t newest(const struct model *m, unsigned topics)
{
    unsigned first = topics & ~(topics - 1);

    for (uint64_t offset = m->head; offset >= m->oldest; offset--) {
        if ((m->records[offset].topics & first) != 0)
            return offset;
    }
    return 0;
}

static inline uint64_t find_id(const struct model *m, unsigned id)
{
    for (uint64_t offset = m->head; id != 0 && offset >= m->oldest; offset--) {
        if (m->records[offset].id == id)
            return offset;
    }
    return 0;
}

static inline void plan_one(struct model *m, struct model_record *record, unsigned edge,
                            unsigned group)
{
    struct record like = {.group = (uint16_t)group, .origin = edge + 1, .seq = ++m->accepted[edge]};
    char text[128];
    char id[16];

    *record = (struct model_record){.topics = pick_topics(m)};
    if (dice(m, 8) == 0)
        record->id = 1 + dice(m, IDS);
    if (dice(m, 6) == 0) {
        like.flags = RECORD_IF_LAST;
        like.if_last = newest(m, record->topics);
        if (dice(m, 3) == 0)
            like.if_last = dice(m, 2) * (like.if_last - dice(m, 2));
    }
    m->f->time_ms += dice(m, 4);
    record->time_ms = m->f->time_ms;
    topics_text(record->topics, text);
    (void)snprintf(id, sizeof id, "id %u", record->id);
    fixture_add_like(m->f, &like, text, record->id == 0 ? NULL : id, text); /* time_ms + 1 */
    m->accepted[edge] += dice(m, 20) == 0; /* the next number is refused */
    batch_set_edge(&m->f->batch, edge + 1, m->accepted[edge], m->f->time_ms);
}

/* Returns the expected result of an entry without a group. */
static inline enum err judge(struct model *m, const struct batch_entry *entry,
                             const struct model_record *record, uint64_t *out)
{
    *out = find_id(m, record->id);
    if (*out != 0)
        return ERR_DUPLICATE;
    *out = newest(m, record->topics);
    if ((entry->record.flags & RECORD_IF_LAST) != 0 && *out != entry->record.if_last)
        return ERR_CONFLICT;
    *out = ++m->head;
    m->records[m->head] = *record;
    return OK;
}

static inline void compare_entry(struct model *m, const struct batch_entry *entry, enum err result,
                                 uint64_t offset)
{
    assert_int_equal(entry->result, result);
    assert_int_equal(entry->offset, offset);
    m->results[result == OK ? 0 : result == ERR_DUPLICATE ? 1 : 2]++;
}

static inline void compare_group(struct model *m, const struct batch_entry *entries,
                                 const struct model_record *plan, size_t count)
{
    enum err results[BATCH_MAX] = {OK};
    uint64_t offsets[BATCH_MAX] = {0};
    uint64_t head = m->head;
    size_t conflict = count;
    size_t duplicates = 0;

    for (size_t i = 0; i < count && conflict == count; i++) {
        results[i] = judge(m, &entries[i], &plan[i], &offsets[i]);
        if (results[i] == ERR_CONFLICT)
            conflict = i;
        duplicates += results[i] == ERR_DUPLICATE;
    }
    if (conflict == count && (duplicates == 0 || duplicates == count)) {
        for (size_t i = 0; i < count; i++)
            compare_entry(m, &entries[i], results[i], offsets[i]);
        return;
    }
    m->head = head;
    for (size_t i = 0; i < count; i++) {
        bool known = conflict == count && results[i] == ERR_DUPLICATE && offsets[i] <= head;
        uint64_t offset = known ? offsets[i] : 0;
        if (count > 1 && i == conflict)
            offset = newest(m, plan[i].topics);
        if (count == 1)
            offset = offsets[i];
        compare_entry(m, &entries[i], known ? ERR_DUPLICATE : ERR_CONFLICT, offset);
    }
}

static inline void append(struct model *m)
{
    struct model_record plan[BATCH_MAX];
    unsigned count = 1 + dice(m, 40);
    size_t at = 0;

    batch_reset(&m->f->batch);
    while (m->f->batch.count < count && m->head + BATCH_MAX < RECORDS_MAX) {
        unsigned edge = dice(m, EDGES);
        for (unsigned left = dice(m, 6) == 0 ? 1 + dice(m, 3) : 0;; left--) {
            plan_one(m, &plan[m->f->batch.count], edge, left);
            if (left == 0)
                break;
        }
    }
    assert_int_equal(fixture_commit(m->f), OK);
    while (at < m->f->batch.count) {
        size_t size = (size_t)m->f->batch.entries[at].record.group + 1;
        compare_group(m, &m->f->batch.entries[at], &plan[at], size);
        at += size;
    }
}

#endif
