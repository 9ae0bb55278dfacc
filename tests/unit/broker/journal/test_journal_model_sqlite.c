/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Compares the journal with a model that keeps all records in an array and scans it for each
 * answer: random batches, pauses, maintenance, restarts and queries, with and without limits.
 * BELFRY_SEED=n repeats the run of a seed. */

#include "tests/unit/broker/journal/journal_model.h"

static void maintain(struct model *m)
{
    bool more;

    for (unsigned i = dice(m, 12); i > 0; i--)
        assert_int_equal(journal_maintain(m->f->journal, m->f->time_ms, &more), OK);
}

/* Trims as an operator would: by offset or by age, or with dry_run. */
static void trim(struct model *m)
{
    uint64_t before = dice(m, 2) == 0 ? m->oldest + dice(m, 40) : 0;
    uint64_t before_ms = dice(m, 3) == 0 ? m->records[m->oldest].time_ms + dice(m, 50) : 0;
    bool dry_run = dice(m, 3) == 0;
    uint64_t expected = m->oldest;
    uint64_t place = 0;

    if (before > m->head + 1) {
        assert_int_equal(journal_trim(m->f->journal, before, before_ms, dry_run, &place),
                         ERR_UNKNOWN);
        return;
    }
    while (expected <= m->head && m->records[expected].time_ms < before_ms)
        expected++;
    expected = before > expected ? before : expected;
    assert_int_equal(journal_trim(m->f->journal, before, before_ms, dry_run, &place), OK);
    assert_int_equal(place, expected);
    if (dry_run)
        return;
    m->oldest = expected;
    assert_int_equal(fixture_state(m->f).oldest, expected);
}

static void compare_state(struct model *m)
{
    struct journal_state s = fixture_state(m->f);

    assert_int_equal(s.head, m->head);
    assert_true(s.oldest >= m->oldest && s.oldest <= m->head + 1);
    assert_int_equal(s.records, m->head + 1 - s.oldest);
    m->oldest = s.oldest;
    for (unsigned i = 0; i < EDGES; i++)
        assert_int_equal(fixture_accepted(m->f, i + 1), m->accepted[i]);
}

/* ---- what reading should give ---------------------------------------------------------------- */

static bool too_old(const struct model *m, uint64_t offset)
{
    uint64_t limit = m->f->config.topic_ms;

    return limit > 0 && m->records[offset].time_ms + limit < m->f->time_ms;
}

/* Returns true if a limit hides the record from readers of this topic. */
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
    bool raw;        /* no selectors, so no limits */
    bool templated;
    char text[128];
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

/* Returns the newest record that a limit hides; for "*" that the limits of all its topics hide. */
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

static void ask_templates(struct model *m, struct question *q)
{
    q->topics = dice(m, 2) == 0 ? 1u << dice(m, TOPICS) : 0;
    q->templated = true;
    topics_text(q->topics, q->text);
    for (unsigned i = 1 + dice(m, 3); i > 0; i--) {
        const struct model_template *t =
            &templates[dice(m, sizeof templates / sizeof templates[0])];
        if (q->text[0] != '\0')
            strcat(q->text, " ");
        strcat(q->text, t->text);
        q->topics |= t->topics;
    }
    if (q->topics == 0)
        q->topics = 1u << TOPICS; /* nothing */
}

static struct question ask(struct model *m)
{
    struct question q = {.topics = 1 + dice(m, (1u << TOPICS) - 1)};

    switch (dice(m, 8)) {
    case 0:
        q.topics = 0;
        q.raw = true;
        break;
    case 2:
    case 3:
    case 4:
        ask_templates(m, &q);
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
        char expected[128];
        char data[128];
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
        if (pages == 0 && q->topics != 0 && !q->templated) /* reported at once */
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

static int by_name(const void *a, const void *b)
{
    return strcmp(names[*(const unsigned *)a], names[*(const unsigned *)b]);
}

/* Lists all topics, some at a time. */
static void compare_topics(struct model *m)
{
    unsigned order[TOPICS] = {0, 1, 2, 3, 4, 5};
    struct journal_topic topics[TOPICS + 1];
    char after[16] = "";
    size_t limit = 1 + dice(m, TOPICS + 1);
    size_t count = 0;
    size_t at = 0;

    qsort(order, TOPICS, sizeof order[0], by_name);
    assert_int_equal(
        journal_topics(m->f->reader, slice_of(NULL, 0), limit, &m->f->page, topics, &count), OK);
    for (unsigned i = 0; i < TOPICS; i++) {
        uint64_t held = 0;
        for (uint64_t offset = m->oldest; offset <= m->head; offset++)
            held += m->records[offset].topics >> order[i] & 1;
        if (held == 0)
            continue;
        if (at == limit) {
            assert_int_equal(
                journal_topics(m->f->reader, slice_str(after), limit, &m->f->page, topics, &count),
                OK);
            at = 0;
        }
        assert_true(at < count);
        (void)snprintf(after, sizeof after, "%s", names[order[i]]);
        assert_true(slice_equal(topics[at].name, slice_str(after)));
        assert_int_equal(topics[at].count, held);
        assert_int_equal(topics[at].last, newest(m, 1u << order[i]));
        at++;
    }
    assert_int_equal(at, count);
}

static void compare_ids(struct model *m)
{
    for (unsigned i = 0; i < 10; i++) {
        unsigned number = 1 + dice(m, IDS);
        uint64_t offset = 99;
        char id[16];
        (void)snprintf(id, sizeof id, "id %u", number);
        assert_int_equal(journal_find(m->f->reader, slice_str(id), &offset), OK);
        assert_int_equal(offset, find_id(m, number));
    }
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
    if (dice(m, 4) == 0) {
        compare_topics(m);
        compare_ids(m);
    }
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
            if (m->head > 0 && dice(m, 3) == 0)
                trim(m);
            /* fall through */
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
    assert_true(m->results[0] > 0 && m->results[1] > 0 && m->results[2] > 0);
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

/* Long segments, so that templates are looked up in the index too. */
static void agrees_with_longer_segments(void **state)
{
    (void)state;
    run_seeds((struct journal_config){
        .durability = DURABILITY_NORMAL, .segment_records = 400, .topic_records = 300});
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
        cmocka_unit_test(agrees_with_longer_segments),
        cmocka_unit_test(agrees_with_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
