/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Reads with URI templates: by the index, and by the records where there are too many topics. */

#include "broker/journal/journal_sqlite.h"
#include "tests/unit/broker/journal/journal_fixture.h"

static int setup(void **state)
{
    struct fixture *f = fixture_make();

    f->config.segment_records = 1000;
    fixture_open(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture_free(*state);
    return 0;
}

static void reads_what_matches(void **state)
{
    struct fixture *f = *state;

    (void)fixture_append(f, "room/1", "1");
    (void)fixture_append(f, "room/2", "2");
    (void)fixture_append(f, "room/1/x", "3");
    (void)fixture_append(f, "other room/2 room/3", "4");
    (void)fixture_append(f, "room/{id}", "5"); /* the text of the template itself */
    (void)fixture_append(f, "room/{id", "6");
    assert_offsets(f, "room/{id}", 0, OK, "1 2 4 5");
    assert_offsets(f, "room/{id", 0, OK, "6"); /* not a template */
    assert_offsets(f, "room/{id} other", 0, OK, "1 2 4 5");
    assert_offsets(f, "room/{id} room/1/x", 2, OK, "3 4 5");
    assert_offsets(f, "{x}", 0, OK, "4");
    assert_offsets(f, "room{/a,b} {x}", 0, OK, "1 2 3 4");
    assert_offsets(f, "{x}/none", 0, OK, "");
    assert_offsets(f, "room/{id} *", 4, OK, "5 6");
    assert_int_equal(fixture_latest(f, "room/{id}", UINT64_MAX, 2), 3);
    assert_int_equal(fixture_latest(f, "room/{id}", 3, 2), 0);
    assert_int_equal(fixture_latest(f, "none/{id}", UINT64_MAX, 2), 6);
    assert_int_equal(fixture_latest(f, "room/{id}", UINT64_MAX, 0), 6);
}

/* Marked selectors: common/topic/selector.h. */
static void reads_what_patterns_match(void **state)
{
    struct fixture *f = *state;

    (void)fixture_append(f, "/room/1", "1");
    (void)fixture_append(f, "http://a.org/room/2", "2");
    (void)fixture_append(f, "http://b.org/room/2", "3");
    (void)fixture_append(f, "/room/1/x", "4");
    (void)fixture_append(f, "room/{id}", "5");
    (void)fixture_append(f, "room/1", "6");
    assert_offsets(f, "\x02http://a.org/\x02/room/:id", 0, OK, "1 2 5 6");
    assert_offsets(f, "\x02http://a.org/x/\x02/room/:id", 0, OK, "1 2");
    assert_offsets(f, "\x02http://a.org/x/\x02/room/* other", 1, OK, "2 4");
    assert_offsets(f, "\x02http://a.org/x/\x02/hall/* /room/1", 0, OK, "1");
    assert_offsets(f, "\x01room/{id}", 0, OK, "5"); /* not a template here */
    assert_offsets(f, "room/{id}", 0, OK, "5 6");
    assert_offsets(f, "\x01room/{id} /room/1 /room/{id}", 0, OK, "1 5");
    assert_int_equal(fixture_latest(f, "\x01room/{id}", UINT64_MAX, 1), 4);
    assert_int_equal(fixture_latest(f, "\x02http://a.org/x/\x02/room/:id", UINT64_MAX, 1), 1);
}

/* Segments of 1,000: topic "t/<n mod 100>", every 50th "rare/<n>". */
static void fill(struct fixture *f, unsigned count)
{
    batch_reset(&f->batch);
    for (unsigned i = 1; i <= count; i++) {
        char topic[32];
        (void)snprintf(topic, sizeof topic, i % 50 == 0 ? "rare/%u" : "t/%u",
                       i % 50 == 0 ? i : i % 100);
        fixture_add(f, topic, NULL, "x");
    }
    assert_int_equal(fixture_commit(f), OK);
    batch_reset(&f->batch);
}

static void reads_segments(void **state)
{
    struct fixture *f = *state;
    char expected[2048] = "";

    fill(f, 5500);
    for (unsigned i = 0; i < 2; i++) {
        assert_offsets(f, "rare/{n}", 5100, OK, "5150 5200 5250 5300 5350 5400 5450 5500");
        assert_offsets(f, "{x}/7 rare/50", 4700, OK, "4707 4807 4907 5007 5107 5207 5307 5407");
        assert_int_equal(fixture_latest(f, "rare/{n}", UINT64_MAX, 60), 2549);
        assert_int_equal(fixture_latest(f, "rare/{n}", 1234, 3), 1099);
        assert_int_equal(fixture_latest(f, "{x}/7 none", UINT64_MAX, 1000), 6);
        assert_offsets(f, "\x02http://a.org/\x02/:x/7 none rare/50", 5100, OK,
                       "5107 5207 5307 5407");
        assert_offsets(f, "rare/{n} \x02http://a.org/\x02/t/7", 5200, OK,
                       "5207 5250 5300 5307 5350 5400 5407 5450 5500");
        (void)fixture_maintain(f, 0);
    }
    for (unsigned i = 50; i <= 5500; i += 50)
        (void)snprintf(expected + strlen(expected), 8, i == 50 ? "%u" : " %u", i);
    assert_offsets(f, "rare/{n}", 0, OK, expected);
    assert_offsets(f, "ra{+x} rare/{n} {a}/{b}5050", 0, OK, expected);
}

static void limits_count_per_topic(void **state)
{
    struct fixture *f = *state;

    f->config.topic_records = 3;
    fixture_reopen(f);
    fill(f, 2500);
    (void)fixture_maintain(f, 0);
    assert_offsets(f, "t/{n} none", 2497, OK, "2498 2499");
    assert_offsets(f, "{x}/7", 2000, ERR_EXPIRED, "2207 2307 2407");
    assert_offsets(f, "{x}/7 t/8", 2107, ERR_EXPIRED, "2207 2208 2307 2308 2407 2408");
    assert_offsets(f, "{x}/7 t/8", 2208, OK, "2307 2308 2407 2408");
    assert_offsets(f, "rare/{n}", 2300, OK, "2350 2400 2450 2500"); /* one each */
    assert_int_equal(fixture_latest(f, "{x}/7", UINT64_MAX, 100), 2206);
    assert_int_equal(fixture_latest(f, "{x}/7 rare/{n}", UINT64_MAX, 100), 2149);
    assert_int_equal(fixture_latest(f, "rare/{n}", UINT64_MAX, 100), 49);
    assert_int_equal(fixture_latest(f, "{x}/7", 1000, 1), 2107);
}

/* A record that one topic's limit hides ends the scan for all topics, or reading from the result
 * would return ERR_EXPIRED. */
static void the_latest_ends_at_what_is_hidden(void **state)
{
    struct fixture *f = *state;

    f->config.topic_records = 3;
    fixture_reopen(f);
    (void)fixture_append(f, "old/2", "1");
    fixture_fill(f, "old/1", 0, 10);
    fixture_fill(f, "new", 0, 1500);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(fixture_latest(f, "old/{n}", UINT64_MAX, 100), 8);
        assert_int_equal(fixture_latest(f, "old/{n}", UINT64_MAX, 2), 9);
        assert_int_equal(fixture_latest(f, "old/{n}", 4, 2), 8);
        assert_offsets(f, "old/{n}", 8, OK, "9 10 11");
        assert_offsets(f, "old/{n}", 0, ERR_EXPIRED, "1 9 10 11");
        (void)fixture_maintain(f, 0);
    }
}

/* A segment with more topics than a call checks. */
static void too_many_topics(void **state)
{
    struct fixture *f = *state;
    uint64_t after = 0;
    unsigned found = 0;
    unsigned pages = 0;

    f->config.segment_records = 40000;
    fixture_reopen(f);
    batch_reset(&f->batch);
    for (unsigned i = 1; i <= 45000; i++) {
        char topic[32];
        (void)snprintf(topic, sizeof topic, i % 1000 == 0 ? "some/%u/x" : "t/%u", i);
        fixture_add(f, topic, NULL, "x");
    }
    assert_int_equal(fixture_commit(f), OK);
    batch_reset(&f->batch);
    for (unsigned round = 0; round < 2; round++, (void)fixture_maintain(f, 0)) {
        for (after = 0, found = 0, pages = 0; after < 45000; pages++) {
            assert_true(pages < 20);
            assert_int_equal(fixture_page(f, "{a}/{b}/{c}", after, UINT64_MAX, 1 << 20), OK);
            for (size_t i = 0; i < f->page.count; i++)
                assert_int_equal(f->page.entries[i].offset, 1000 * ++found);
            assert_true(f->page.next > after);
            assert_true(f->page.next - after <= 2 * READ_RECORDS_MAX);
            after = f->page.next;
        }
        assert_int_equal(found, 45);
        assert_true(pages >= 3);
        assert_int_equal(fixture_latest(f, "{a}/{b}/{c}", UINT64_MAX, 20), 25999);
        assert_int_equal(fixture_latest(f, "{a}/{b}/{c}", 41000, 2), 39999);
    }
    /* A head limits the topics to a few. */
    assert_int_equal(fixture_page(f, "some{/a,b}", 0, UINT64_MAX, 1 << 20), OK);
    assert_int_equal(f->page.count, 45);
}

/* Many costly templates: a call ends nevertheless, and the next one continues. */
static void too_much_matching(void **state)
{
    struct fixture *f = *state;
    struct slice list[200];
    char text[200][80];
    struct journal_query query = {.until = UINT64_MAX, .max_bytes = 1 << 20, .selectors = list};
    unsigned calls = 0;
    uint64_t found = 0;
    char topic[512];

    memset(topic, ',', sizeof topic);
    batch_reset(&f->batch);
    for (unsigned i = 1; i <= 400; i++) {
        (void)snprintf(topic + 480, 32, "%u", i);
        fixture_add(f, topic, NULL, "x");
    }
    assert_int_equal(fixture_commit(f), OK);
    batch_reset(&f->batch);
    (void)fixture_maintain(f, 0);
    for (unsigned i = 0; i < 200; i++) {
        (void)snprintf(text[i], sizeof text[i], "{a,b,c},{d,e}{f,g,h,i}{k,l}{m,n}!%u{z}", i);
        list[i] = slice_str(text[i]);
    }
    list[199] = SLICE("{x,y*}7");
    query.selector_count = 200;
    while (query.after < 400) {
        assert_true(++calls < 400);
        assert_int_equal(journal_read(f->reader, &query, &f->page), OK);
        assert_true(f->page.next > query.after);
        query.after = f->page.next;
        for (size_t i = 0; i < f->page.count; i++)
            assert_int_equal(f->page.entries[i].offset % 10, 7);
        found += f->page.count;
    }
    assert_int_equal(found, 40);
    assert_true(calls > 3);
}

static void in_memory_too(void **state)
{
    struct fixture *f = *state;

    f->config.durability = DURABILITY_MEMORY;
    fixture_reopen(f);
    fill(f, 2500);
    (void)fixture_maintain(f, 0);
    assert_offsets(f, "rare/{n}", 2300, OK, "2350 2400 2450 2500");
    assert_int_equal(fixture_latest(f, "rare/{n}", UINT64_MAX, 1000), 49);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_what_patterns_match, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_what_matches, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_segments, setup, teardown),
        cmocka_unit_test_setup_teardown(limits_count_per_topic, setup, teardown),
        cmocka_unit_test_setup_teardown(the_latest_ends_at_what_is_hidden, setup, teardown),
        cmocka_unit_test_setup_teardown(too_many_topics, setup, teardown),
        cmocka_unit_test_setup_teardown(too_much_matching, setup, teardown),
        cmocka_unit_test_setup_teardown(in_memory_too, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
