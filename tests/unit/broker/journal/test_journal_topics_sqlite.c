/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Lists of topics, and lookups of publishers' ids. */

#include "tests/unit/broker/journal/journal_fixture.h"

static int setup(void **state)
{
    struct fixture *f = fixture_make();

    f->config.segment_records = 20;
    fixture_open(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture_free(*state);
    return 0;
}

/* Checks all topics, read `limit` at a time, as "name count last, ...". */
static void list(struct fixture *f, size_t limit, char *out, size_t size)
{
    struct journal_topic topics[1000];
    char after[64] = "";
    size_t count = limit;
    size_t at = 0;

    out[0] = '\0';
    while (count == limit) {
        struct slice name = after[0] == '\0' ? slice_of(NULL, 0) : slice_str(after);
        assert_int_equal(journal_topics(f->reader, name, limit, &f->page, topics, &count), OK);
        assert_true(count <= limit);
        for (size_t i = 0; i < count; i++) {
            int n =
                snprintf(out + at, size - at, "%s%.*s %llu %llu", at == 0 ? "" : ", ",
                         (int)topics[i].name.size, topics[i].name.data,
                         (unsigned long long)topics[i].count, (unsigned long long)topics[i].last);
            assert_true(n > 0 && (size_t)n < size - at);
            at += (size_t)n;
            (void)snprintf(after, sizeof after, "%.*s", (int)topics[i].name.size,
                           topics[i].name.data);
        }
    }
}

static void check(struct fixture *f, const char *expected)
{
    char text[4096];

    for (size_t limit = 1; limit < 8; limit++) {
        list(f, limit, text, sizeof text);
        assert_string_equal(text, expected);
    }
    list(f, 1000, text, sizeof text);
    assert_string_equal(text, expected);
    assert_int_equal(f->page.head, fixture_state(f).head);
    assert_int_equal(f->page.oldest, fixture_state(f).oldest);
}

static void an_empty_log_has_none(void **state)
{
    struct fixture *f = *state;

    check(f, "");
}

static void lists_what_is_in_memory(void **state)
{
    struct fixture *f = *state;

    (void)fixture_append(f, "b", "1");
    (void)fixture_append(f, "a b", "2");
    (void)fixture_append(f, "ab", "3");
    (void)fixture_append(f, "b", "4");
    check(f, "a 1 2, ab 1 3, b 3 4");
}

static void lists_across_segments(void **state)
{
    struct fixture *f = *state;

    fixture_fill(f, "m", 0, 25);
    (void)fixture_append(f, "z", "26");
    (void)fixture_append(f, "a m", "27");
    check(f, "a 1 27, m 26 27, z 1 26");
    (void)fixture_maintain(f, 0); /* one segment, the rest in memory */
    check(f, "a 1 27, m 26 27, z 1 26");
    fixture_fill(f, "k/1", 0, 40);
    (void)fixture_append(f, "z", "68");
    (void)fixture_maintain(f, 0);
    check(f, "a 1 27, k/1 40 67, m 26 27, z 2 68");
    fixture_reopen(f);
    check(f, "a 1 27, k/1 40 67, m 26 27, z 2 68");
}

static void only_what_is_held(void **state)
{
    struct fixture *f = *state;

    f->config.retention_ms = 1000;
    fixture_reopen(f);
    fixture_fill(f, "gone", 0, 10);
    fixture_fill(f, "half", 0, 10);
    f->time_ms += 5000;
    fixture_fill(f, "half", 0, 5);
    fixture_fill(f, "new", 0, 5);
    check(f, "gone 10 10, half 15 25, new 5 30");
    (void)fixture_maintain(f, f->time_ms);
    assert_int_equal(fixture_state(f).oldest, 21);
    check(f, "half 5 25, new 5 30");
}

/* More topics than the limit, unordered, which push out each other. */
static void the_first_of_many(void **state)
{
    struct fixture *f = *state;
    struct journal_topic topics[1000];
    char name[32];
    size_t count = 0;

    batch_reset(&f->batch);
    for (unsigned i = 0; i < 6000; i++) {
        (void)snprintf(name, sizeof name, "t%04u", i * 7919 % 3000); /* each twice */
        fixture_add(f, name, NULL, "x");
        if (i % 2000 == 1999) {
            assert_int_equal(fixture_commit(f), OK);
            batch_reset(&f->batch);
            if (i == 3999)
                (void)fixture_maintain(f, 0);
        }
    }
    assert_int_equal(
        journal_topics(f->reader, SLICE("t1499"), JOURNAL_TOPICS_MAX, &f->page, topics, &count),
        OK);
    assert_int_equal(count, 1000);
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(name, sizeof name, "t%04u", 1500 + i);
        assert_true(slice_equal(topics[i].name, slice_str(name)));
        assert_int_equal(topics[i].count, 2);
        assert_true(topics[i].last > 3000);
    }
    assert_int_equal(journal_topics(f->reader, SLICE("t2989"), 11, &f->page, topics, &count), OK);
    assert_int_equal(count, 10);
}

static void finds_ids(void **state)
{
    struct fixture *f = *state;
    uint64_t offset = 99;

    fixture_add(f, "a", "x", "1");
    fixture_add(f, "a", "", "2");
    assert_int_equal(fixture_commit(f), OK);
    assert_int_equal(journal_find(f->reader, SLICE("x"), &offset), OK);
    assert_int_equal(offset, 1);
    assert_int_equal(journal_find(f->reader, SLICE(""), &offset), OK);
    assert_int_equal(offset, 2);
    assert_int_equal(journal_find(f->reader, SLICE("y"), &offset), OK);
    assert_int_equal(offset, 0);
}

/* Also while its row still exists. */
static void an_id_goes_with_its_record(void **state)
{
    struct fixture *f = *state;
    uint64_t offset = 0;
    bool more = true;

    f->config.retention_ms = 1000;
    fixture_reopen(f);
    fixture_add(f, "a", "x", "1");
    assert_int_equal(fixture_commit(f), OK);
    fixture_fill(f, "a", 0, 19);
    f->time_ms += 5000;
    fixture_add(f, "a", "y", "21");
    assert_int_equal(fixture_commit(f), OK);
    for (unsigned i = 0; fixture_state(f).oldest == 1; i++) {
        assert_true(i < 100);
        assert_int_equal(journal_find(f->reader, SLICE("x"), &offset), OK);
        assert_int_equal(offset, 1);
        assert_int_equal(journal_maintain(f->journal, f->time_ms, &more), OK);
    }
    assert_true(more);
    assert_int_equal(journal_find(f->reader, SLICE("x"), &offset), OK);
    assert_int_equal(offset, 0);
    (void)fixture_maintain(f, f->time_ms);
    assert_int_equal(journal_find(f->reader, SLICE("x"), &offset), OK);
    assert_int_equal(offset, 0);
    assert_int_equal(journal_find(f->reader, SLICE("y"), &offset), OK);
    assert_int_equal(offset, 21);
}

static void in_memory_too(void **state)
{
    struct fixture *f = *state;
    uint64_t offset = 0;

    f->config.durability = DURABILITY_MEMORY;
    fixture_reopen(f);
    fixture_fill(f, "a", 0, 25);
    fixture_add(f, "b", "x", "26");
    assert_int_equal(fixture_commit(f), OK);
    (void)fixture_maintain(f, 0);
    check(f, "a 25 25, b 1 26");
    assert_int_equal(journal_find(f->reader, SLICE("x"), &offset), OK);
    assert_int_equal(offset, 26);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_log_has_none, setup, teardown),
        cmocka_unit_test_setup_teardown(lists_what_is_in_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(lists_across_segments, setup, teardown),
        cmocka_unit_test_setup_teardown(only_what_is_held, setup, teardown),
        cmocka_unit_test_setup_teardown(the_first_of_many, setup, teardown),
        cmocka_unit_test_setup_teardown(finds_ids, setup, teardown),
        cmocka_unit_test_setup_teardown(an_id_goes_with_its_record, setup, teardown),
        cmocka_unit_test_setup_teardown(in_memory_too, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
