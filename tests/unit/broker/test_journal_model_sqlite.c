/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* The journal beside a model that keeps all records in an array and answers by looking at each: random
 * batches, pauses, maintenance, restarts and queries, with and without limits. A seed that failed is
 * run again with BELFRY_SEED=n. */

#include "tests/unit/broker/journal_fixture.h"

#define TOPICS 6
#define RECORDS_MAX 6000

struct model_record {
    uint64_t time_ms;
    unsigned topics; /* one bit each */
};

struct model {
    struct fixture *f;
    struct model_record records[RECORDS_MAX + 1]; /* by offset */
    uint64_t head;
    uint64_t oldest;
    uint64_t random;
    unsigned read;    /* records compared */
    unsigned expired; /* answers that said so */
};

static const char *const names[TOPICS] = {"often", "a", "b", "c", "rare", "never"};

static unsigned dice(struct model *m, unsigned sides)
{
    m->random = m->random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(m->random >> 33) % sides;
}

static unsigned pick_topics(struct model *m)
{
    unsigned topics = 0;

    if (dice(m, 3) > 0)
        topics |= 1;
    for (unsigned i = 1; i < 4; i++)
        topics |= (unsigned)(dice(m, 5) == 0) << i;
    topics |= (unsigned)(dice(m, 60) == 0) << 4;
    return topics == 0 ? 2 : topics;
}

static void topics_text(unsigned topics, char out[64])
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

static void append(struct model *m)
{
    unsigned count = 1 + dice(m, 40);

    batch_reset(&m->f->batch);
    for (unsigned i = 0; i < count && m->head + i < RECORDS_MAX; i++) {
        char text[64];
        struct model_record *record = &m->records[m->head + i + 1];
        m->f->time_ms += dice(m, 4);
        *record = (struct model_record){m->f->time_ms, pick_topics(m)};
        topics_text(record->topics, text);
        fixture_add(m->f, text, NULL, text); /* counts time_ms up by one */
    }
    assert_int_equal(fixture_commit(m->f), OK);
    for (size_t i = 0; i < m->f->batch.count; i++)
        assert_int_equal(m->f->batch.entries[i].offset, m->head + 1 + i);
    m->head += m->f->batch.count;
}

static void maintain(struct model *m)
{
    bool more;

    for (unsigned i = dice(m, 12); i > 0; i--)
        assert_int_equal(journal_maintain(m->f->journal, m->f->time_ms, &more), OK);
}

static void compare_state(struct model *m)
{
    struct journal_state s = fixture_state(m->f);

    assert_int_equal(s.head, m->head);
    assert_true(s.oldest >= m->oldest && s.oldest <= m->head + 1);
    assert_int_equal(s.records, m->head + 1 - s.oldest);
    m->oldest = s.oldest;
}

/* ---- what reading should give -------------------------------------------------------------------- */

static bool too_old(const struct model *m, uint64_t offset)
{
    uint64_t limit = m->f->config.topic_ms;

    return limit > 0 && m->records[offset].time_ms + limit < m->f->time_ms;
}

/* Does a limit hide the record from readers of this topic? */
static bool hides(const struct model *m, uint64_t offset, unsigned topic)
{
    uint64_t newer = 0;

    if (too_old(m, offset))
        return true;
    if (m->f->config.topic_records == 0)
        return false;
    for (uint64_t i = offset + 1; i <= m->head; i++)
        newer += m->records[i].topics >> topic & 1;
    return newer >= m->f->config.topic_records;
}

struct question {
    unsigned topics; /* 0: all */
    bool raw;        /* no selector at all: no limits */
    char text[64];
};

static bool visible(const struct model *m, const struct question *q, uint64_t offset)
{
    unsigned topics = m->records[offset].topics & (q->topics == 0 ? ~0u : q->topics);

    if (q->raw)
        return true;
    for (unsigned i = 0; i < TOPICS; i++) {
        if ((topics >> i & 1) != 0 && !hides(m, offset, i))
            return true;
    }
    return false;
}

/* The newest record that some limit hides; for "*" one that all its topics hide. */
static uint64_t newest_hidden(const struct model *m, const struct question *q)
{
    for (uint64_t offset = m->head; offset >= m->oldest; offset--) {
        if (q->topics == 0 && !visible(m, q, offset))
            return offset;
        for (unsigned i = 0; i < TOPICS; i++) {
            if ((q->topics & m->records[offset].topics) >> i & 1 && hides(m, offset, i))
                return offset;
        }
    }
    return 0;
}

static struct question ask(struct model *m)
{
    struct question q = {.topics = 1 + dice(m, (1u << TOPICS) - 1)};

    switch (dice(m, 5)) {
    case 0:
        q.topics = 0;
        q.raw = true;
        break;
    case 1:
        q.topics = 0;
        strcpy(q.text, "*");
        break;
    default:
        if (dice(m, 2) == 0)
            q.topics = 1u << dice(m, TOPICS);
        topics_text(q.topics, q.text);
        break;
    }
    return q;
}

static void compare_page(struct model *m, const struct question *q, uint64_t after)
{
    const struct journal_page *page = &m->f->page;
    size_t i = 0;

    for (uint64_t offset = after < m->oldest ? m->oldest : after + 1; offset <= page->next;
         offset++) {
        char expected[64];
        char data[64];
        if (!visible(m, q, offset))
            continue;
        assert_true(i < page->count);
        assert_int_equal(page->entries[i].offset, offset);
        assert_int_equal(page->entries[i].time_ms, m->records[offset].time_ms);
        topics_text(m->records[offset].topics, expected);
        fixture_data(m->f, i, data, sizeof data);
        assert_string_equal(data, expected);
        i++;
    }
    assert_int_equal(i, page->count);
    m->read += (unsigned)i;
}

static void compare_read(struct model *m, const struct question *q, uint64_t after, uint64_t until)
{
    uint64_t last = until < m->head ? until : m->head;
    uint64_t hidden = newest_hidden(m, q);
    uint64_t at = after;
    bool expired = false;

    for (unsigned pages = 0; pages == 0 || at < last; pages++) {
        assert_int_equal(fixture_page(m->f, q->text, at, until, 1 + dice(m, 3000)), OK);
        assert_int_equal(m->f->page.oldest, m->oldest);
        assert_int_equal(m->f->page.head, m->head);
        assert_true(m->f->page.next > at || at >= last);
        assert_true(m->f->page.next <= last || at >= last);
        if (pages == 0 && q->topics != 0) /* said at once */
            assert_int_equal(m->f->page.code,
                             after + 1 < m->oldest || (hidden > after && after < last) ? ERR_EXPIRED
                                                                                       : OK);
        expired = expired || m->f->page.code == ERR_EXPIRED;
        compare_page(m, q, at);
        at = m->f->page.next;
    }
    if (until >= m->head)
        assert_int_equal(expired, after + 1 < m->oldest || hidden > after);
    m->expired += expired;
}

static void compare_latest(struct model *m, const struct question *q, uint64_t until)
{
    uint64_t last = until < m->head ? until : m->head;
    uint64_t hidden = newest_hidden(m, q);
    uint64_t floor = hidden >= m->oldest ? hidden + 1 : m->oldest;
    uint64_t count = 1 + dice(m, 30);
    uint64_t expected = last + 1;
    uint64_t found = 0;

    if (expected < floor)
        expected = floor;
    for (uint64_t offset = last; offset >= floor && found < count; offset--) {
        if (visible(m, q, offset) &&
            (q->topics == 0 || (m->records[offset].topics & q->topics) != 0)) {
            expected = offset;
            found++;
        }
    }
    assert_int_equal(fixture_latest(m->f, q->text, until, count), expected - 1);
}

static void query(struct model *m)
{
    struct question q = ask(m);
    uint64_t after = dice(m, (unsigned)m->head + 1);
    uint64_t until = dice(m, 3) == 0 ? after + dice(m, 200) : UINT64_MAX;

    if (dice(m, 2) == 0)
        after = m->head - dice(m, (unsigned)(m->head < 100 ? m->head : 100) + 1);
    if (until < after)
        until = after;
    compare_read(m, &q, after, until);
    compare_latest(m, &q, dice(m, 2) == 0 ? UINT64_MAX : after);
}

static void run(const struct journal_config *config, uint64_t seed)
{
    struct model *m = calloc(1, sizeof *m);

    assert_non_null(m);
    m->f = fixture_make();
    m->random = seed;
    m->oldest = 1;
    m->f->config.durability = config->durability;
    m->f->config.retention_ms = config->retention_ms;
    m->f->config.retention_bytes = config->retention_bytes;
    m->f->config.topic_records = config->topic_records;
    m->f->config.topic_ms = config->topic_ms;
    m->f->config.segment_records = config->segment_records;
    fixture_open(m->f);
    for (unsigned i = 0; i < 250; i++) {
        switch (dice(m, 8)) {
        case 0:
        case 1:
            maintain(m);
            break;
        case 2:
            if (dice(m, 12) == 0 && config->durability != DURABILITY_MEMORY)
                fixture_reopen(m->f);
            m->f->time_ms += dice(m, 100);
            break;
        case 3:
        case 4:
        case 5:
            append(m);
            break;
        default:
            if (m->head > 0)
                query(m);
            break;
        }
        compare_state(m);
    }
    assert_true(m->read > 0);
    fixture_free(m->f);
    free(m);
}

static void run_seeds(struct journal_config config)
{
    const char *seed = getenv("BELFRY_SEED");
    uint64_t first = seed == NULL ? 1 : strtoull(seed, NULL, 10);
    uint64_t count = seed == NULL ? 12 : 1;

    for (uint64_t i = first; i < first + count; i++)
        run(&config, i);
}

static void agrees_without_limits(void **state)
{
    (void)state;
    run_seeds((struct journal_config){.durability = DURABILITY_NORMAL, .segment_records = 64});
}

static void agrees_in_memory(void **state)
{
    (void)state;
    run_seeds((struct journal_config){.durability = DURABILITY_MEMORY,
                                      .segment_records = 50,
                                      .retention_ms = 900,
                                      .topic_records = 10});
}

static void agrees_with_retention(void **state)
{
    (void)state;
    run_seeds((struct journal_config){.durability = DURABILITY_NORMAL,
                                      .segment_records = 100,
                                      .retention_ms = 2000,
                                      .retention_bytes = 60000});
}

static void agrees_with_a_limit_by_count(void **state)
{
    (void)state;
    run_seeds((struct journal_config){
        .durability = DURABILITY_NORMAL, .segment_records = 64, .topic_records = 20});
}

static void agrees_with_a_limit_by_age(void **state)
{
    (void)state;
    run_seeds((struct journal_config){
        .durability = DURABILITY_NORMAL, .segment_records = 64, .topic_ms = 700});
}

static void agrees_with_everything(void **state)
{
    (void)state;
    run_seeds((struct journal_config){.durability = DURABILITY_NORMAL,
                                      .segment_records = 30,
                                      .retention_ms = 3000,
                                      .topic_records = 7,
                                      .topic_ms = 1500});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_without_limits),
        cmocka_unit_test(agrees_in_memory),
        cmocka_unit_test(agrees_with_retention),
        cmocka_unit_test(agrees_with_a_limit_by_count),
        cmocka_unit_test(agrees_with_a_limit_by_age),
        cmocka_unit_test(agrees_with_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
