/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* A reader on one thread, the writer on another. Record n has the topic t<n mod 5>, so a reader
 * knows which offsets it should see. Each batch begins with a group that is refused, so that its
 * records come into the index and go again. */

#include "tests/unit/broker/journal/journal_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#define RECORDS 60000
#define TOPICS 5

struct writer_thread {
    struct fixture *f;
    atomic_bool done;
    enum err err;
};

static void add_refused(struct fixture *f)
{
    struct record first = {.group = 1};
    struct record second = {.flags = RECORD_IF_LAST, .if_last = 1};

    fixture_add_like(f, &first, "gone t1", NULL, "data");
    fixture_add_like(f, &second, "never", NULL, "data");
}

static void *write_all(void *context)
{
    struct writer_thread *w = context;
    struct fixture *f = w->f;
    uint64_t head = 0;

    while (head < RECORDS && w->err == OK) {
        bool more;
        batch_reset(&f->batch);
        add_refused(f);
        for (uint64_t i = 0; i < 37 && head + i < RECORDS; i++) {
            char topic[8];
            (void)snprintf(topic, sizeof topic, "t%u", (unsigned)((head + 1 + i) % TOPICS));
            fixture_add(f, topic, NULL, "data");
        }
        w->err = journal_append(f->journal, &f->batch);
        head += f->batch.stored;
        if (w->err == OK)
            w->err = journal_maintain(f->journal, f->time_ms, &more);
    }
    atomic_store(&w->done, true);
    return NULL;
}

/* Checks that all records of the topic after `after` come, from the oldest one that is left. */
static uint64_t check_page(struct journal_reader *r, const char *topic, unsigned remainder,
                           uint64_t after, struct journal_page *page)
{
    struct slice selector = slice_str(topic);
    struct journal_query query = {.after = after,
                                  .until = UINT64_MAX,
                                  .max_bytes = 20000,
                                  .now_ms = 1,
                                  .selectors = &selector,
                                  .selector_count = remainder < TOPICS ? 1 : 0};
    uint64_t expected = after + 1;

    assert_int_equal(journal_read(r, &query, page), OK);
    if (page->code == ERR_EXPIRED)
        expected = page->oldest;
    for (size_t i = 0; i < page->count; i++) {
        while (remainder < TOPICS && expected % TOPICS != remainder)
            expected++;
        assert_int_equal(page->entries[i].offset, expected);
        expected++;
    }
    while (remainder < TOPICS && expected % TOPICS != remainder)
        expected++;
    assert_true(page->next < expected);
    assert_true(page->next <= page->head);
    assert_true(page->next >= after);
    return page->next;
}

/* The counts and the page are from the same snapshot. */
static void check_topics(struct journal_reader *r, struct journal_page *page)
{
    struct journal_topic topics[10];
    size_t count = 0;

    assert_int_equal(journal_topics(r, slice_of(NULL, 0), 10, page, topics, &count), OK);
    assert_int_equal(count, page->head + 1 - page->oldest < TOPICS ? page->head + 1 - page->oldest
                                                                   : TOPICS);
    for (size_t i = 0; i < count; i++) {
        uint64_t remainder = (uint64_t)(topics[i].name.data[1] - '0');
        uint64_t last = page->head - (page->head + TOPICS - remainder) % TOPICS;
        assert_int_equal(topics[i].last, last);
        assert_int_equal(topics[i].count, (last - page->oldest) / TOPICS + 1);
    }
}

static void read_beside_a_writer(struct fixture *f)
{
    struct writer_thread writer = {.f = f, .err = OK};
    uint64_t after[TOPICS + 1] = {0};
    struct journal_page page;
    pthread_t thread;
    uint64_t head = 0;
    bool done = false;

    fixture_open(f);
    journal_page_init(&page);
    atomic_init(&writer.done, false);
    assert_int_equal(pthread_create(&thread, NULL, write_all, &writer), 0);
    while (!done) {
        done = atomic_load(&writer.done) && after[TOPICS] == RECORDS;
        for (unsigned i = 0; i <= TOPICS; i++) {
            char topic[8];
            (void)snprintf(topic, sizeof topic, i < 3 ? "t%u" : "{x}%u", i);
            after[i] = check_page(f->reader, topic, i, after[i], &page);
            assert_true(page.head >= head);
            head = page.head;
        }
        if (after[2] == head)
            after[2] = 0; /* these read everything repeatedly */
        if (after[4] == head)
            after[4] = 0;
        check_topics(f->reader, &page);
        if (atomic_load(&writer.done) && writer.err != OK)
            break;
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(writer.err, OK);
    journal_page_clear(&page);
}

static void run(enum durability durability, uint64_t retention_bytes)
{
    struct fixture *f = fixture_make();

    f->config.durability = durability;
    f->config.segment_records = 500;
    f->config.retention_bytes = retention_bytes;
    read_beside_a_writer(f);
    fixture_free(f);
}

static void in_a_file(void **state)
{
    (void)state;
    run(DURABILITY_NORMAL, 0);
}

static void in_a_file_with_retention(void **state)
{
    (void)state;
    run(DURABILITY_NORMAL, 200000);
}

static void in_memory(void **state)
{
    (void)state;
    run(DURABILITY_MEMORY, 200000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_a_file),
        cmocka_unit_test(in_a_file_with_retention),
        cmocka_unit_test(in_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
