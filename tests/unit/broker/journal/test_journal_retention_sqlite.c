/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/unit/broker/journal/journal_fixture.h"

static int setup(void **state)
{
    struct fixture *f = fixture_make();

    f->config.segment_records = 10;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture_free(*state);
    return 0;
}

static void by_age(void **state)
{
    struct fixture *f = *state;

    f->config.retention_ms = 100000;
    fixture_open(f);
    fixture_fill(f, "a", 0, 30); /* times 1000 to 1029 */
    f->time_ms = 50000;
    fixture_fill(f, "a", 0, 10);
    (void)fixture_maintain(f, 101009); /* the first segment's last record is 100,000 old */
    assert_int_equal(fixture_state(f).oldest, 1);
    (void)fixture_maintain(f, 101010);
    assert_int_equal(fixture_state(f).oldest, 11);
    assert_int_equal(fixture_state(f).records, 30);
    (void)fixture_maintain(f, 101100);
    assert_int_equal(fixture_state(f).oldest, 31);
    assert_offsets(f, "a", 0, ERR_EXPIRED, "31 32 33 34 35 36 37 38 39 40");
    assert_offsets(f, "", 29, ERR_EXPIRED, "31 32 33 34 35 36 37 38 39 40");
    assert_offsets(f, "", 30, OK, "31 32 33 34 35 36 37 38 39 40");
    fixture_reopen(f);
    assert_int_equal(fixture_state(f).oldest, 31);
    assert_int_equal(fixture_state(f).head, 40);
    assert_offsets(f, "a", 37, OK, "38 39 40");
}

/* The newest segment of a quiet log is removed although it is not full. */
static void all_records_by_age(void **state)
{
    struct fixture *f = *state;
    struct epoch epoch;

    f->config.retention_ms = 1000;
    fixture_open(f);
    epoch = fixture_state(f).epoch;
    fixture_fill(f, "a", 0, 13);
    (void)fixture_maintain(f, 100000);
    assert_int_equal(fixture_state(f).oldest, 14);
    assert_int_equal(fixture_state(f).head, 13);
    assert_int_equal(fixture_state(f).records, 0);
    assert_int_equal(fixture_state(f).record_bytes, 0);
    assert_int_equal(fixture_state(f).last_time_ms, 1012);
    assert_offsets(f, "a", 0, ERR_EXPIRED, "");
    assert_offsets(f, "", 13, OK, "");
    assert_int_equal(fixture_latest(f, "a", UINT64_MAX, 9), 13);
    fixture_reopen(f);
    assert_int_equal(fixture_state(f).oldest, 14);
    assert_int_equal(fixture_state(f).head, 13);
    assert_int_equal(fixture_state(f).last_time_ms, 1012);
    assert_string_equal(fixture_state(f).epoch.text, epoch.text);
    f->time_ms = 100000;
    assert_int_equal(fixture_append(f, "a", "x"), 14);
    assert_offsets(f, "a", 13, OK, "14");
}

static void by_bytes(void **state)
{
    struct fixture *f = *state;
    struct journal_state s;
    uint64_t body;

    fixture_open(f);
    fixture_fill(f, "a", 10, 1);
    body = fixture_state(f).record_bytes;
    f->config.retention_bytes = 35 * body;
    fixture_reopen(f);
    fixture_fill(f, "a", 11, 34);
    (void)fixture_maintain(f, 0);
    assert_int_equal(fixture_state(f).oldest, 1);
    fixture_fill(f, "a", 45, 1);
    (void)fixture_maintain(f, 0);
    s = fixture_state(f);
    assert_true(s.oldest > 1 &&
                s.oldest <= 11); /* a segment was removed, and not more than needed */
    assert_true(s.record_bytes <= 35 * body);
    assert_int_equal(s.record_bytes, s.records * body);
    fixture_reopen(f);
    assert_int_equal(fixture_state(f).record_bytes, s.record_bytes);
    assert_int_equal(fixture_state(f).oldest, s.oldest);
}

static void the_newest_record_stays_whatever_its_size(void **state)
{
    struct fixture *f = *state;

    f->config.retention_bytes = 20;
    fixture_open(f);
    fixture_fill(f, "a", 0, 5);
    assert_int_equal(fixture_append(f, "b", "much longer than twenty bytes of body"), 6);
    (void)fixture_maintain(f, 0);
    assert_int_equal(fixture_state(f).oldest, 6);
    assert_offsets(f, "b", 5, OK, "6");
}

static void in_small_steps_while_reading(void **state)
{
    struct fixture *f = *state;
    uint64_t oldest = 1;
    bool more = true;
    unsigned steps = 0;

    f->config.segment_records = 5000;
    f->config.retention_ms = 100000;
    fixture_open(f);
    for (unsigned i = 0; i < 10; i++)
        fixture_fill(f, i % 2 == 0 ? "a" : "b", 0, 2500);
    while (more) {
        assert_int_equal(journal_maintain(f->journal, 130000, &more), OK);
        steps++;
        assert_true(fixture_state(f).oldest >= oldest);
        oldest = fixture_state(f).oldest;
        assert_int_equal(fixture_page(f, "", 0, UINT64_MAX, 1000), OK);
        assert_int_equal(f->page.oldest, oldest);
        assert_int_equal(f->page.code, oldest > 1 ? ERR_EXPIRED : OK);
        if (oldest <= 25000)
            assert_int_equal(f->page.entries[0].offset, oldest);
        assert_int_equal(fixture_page(f, "b", 0, UINT64_MAX, 1000), OK);
        if (f->page.count > 0)
            assert_true(f->page.entries[0].offset >= oldest);
    }
    assert_true(steps > 5 + 25000 / 2048); /* 2048 records at a time */
    assert_int_equal(oldest, 25001);
}

static void ids_are_free_again(void **state)
{
    struct fixture *f = *state;

    f->config.retention_ms = 1000;
    fixture_open(f);
    for (int i = 0; i < 10; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "id%d", i);
        fixture_add(f, "a", id, "x");
    }
    assert_int_equal(fixture_commit(f), OK);
    (void)fixture_maintain(f, 100000);
    assert_int_equal(fixture_state(f).oldest, 11);
    f->time_ms = 100000;
    batch_reset(&f->batch);
    fixture_add(f, "a", "id3", "new");
    fixture_add(f, "a", "id3", "again");
    assert_int_equal(fixture_commit(f), OK);
    assert_int_equal(f->batch.entries[0].result, OK);
    assert_int_equal(f->batch.entries[0].offset, 11);
    assert_int_equal(f->batch.entries[1].result, ERR_DUPLICATE);
    assert_int_equal(f->batch.entries[1].offset, 11);
}

/* The log's beginning has moved, but the rows still exist. */
static void ids_are_free_before_they_are_deleted(void **state)
{
    struct fixture *f = *state;
    bool more;

    f->config.retention_ms = 1000;
    fixture_open(f);
    fixture_add(f, "a", "x", "1");
    assert_int_equal(fixture_commit(f), OK);
    while (fixture_state(f).oldest == 1)
        assert_int_equal(journal_maintain(f->journal, 100000, &more), OK);
    f->time_ms = 100000;
    batch_reset(&f->batch);
    fixture_add(f, "a", "x", "2");
    assert_int_equal(fixture_commit(f), OK);
    assert_int_equal(f->batch.entries[0].offset, 2);
    (void)fixture_maintain(f, 100000); /* deletes the old record, not the new one's id */
    batch_reset(&f->batch);
    fixture_add(f, "a", "x", "3");
    assert_int_equal(fixture_commit(f), OK);
    assert_int_equal(f->batch.entries[0].result, ERR_DUPLICATE);
    assert_int_equal(f->batch.entries[0].offset, 2);
}

/* Removed records are also deleted after a restart, and their space is reused. */
static void deletes_after_a_restart(void **state)
{
    struct fixture *f = *state;
    uint64_t bytes = 0;
    bool more;

    f->config.retention_ms = 1000;
    f->config.segment_records = 5000;
    fixture_open(f);
    for (unsigned round = 0; round < 12; round++) {
        uint64_t oldest = fixture_state(f).oldest;
        fixture_fill(f, "a b c", 0, 5000);
        f->time_ms += 10000;
        while (fixture_state(f).oldest == oldest)
            assert_int_equal(journal_maintain(f->journal, f->time_ms, &more), OK);
        fixture_reopen(f);
        (void)fixture_maintain(f, f->time_ms);
        if (round == 3)
            bytes = fixture_state(f).file_bytes;
    }
    assert_int_equal(fixture_state(f).records, 0);
    assert_true(fixture_state(f).file_bytes <= bytes + bytes / 2);
}

static void limit_by_count(void **state)
{
    struct fixture *f = *state;

    f->config.topic_records = 3;
    fixture_open(f);
    fixture_fill(f, "a", 0, 2);
    fixture_fill(f, "b", 0, 15);
    fixture_fill(f, "a", 0, 2);
    (void)fixture_maintain(f, 0);
    assert_offsets(f, "b", 0, ERR_EXPIRED, "15 16 17");
    assert_offsets(f, "b", 13, ERR_EXPIRED, "15 16 17");
    assert_offsets(f, "b", 14, OK, "15 16 17");
    assert_offsets(f, "a", 0, ERR_EXPIRED, "2 18 19");
    assert_offsets(f, "a", 1, OK, "2 18 19");
    assert_offsets(f, "a b", 14, OK, "15 16 17 18 19");
    assert_offsets(f, "a b", 1, ERR_EXPIRED, "2 15 16 17 18 19");
    assert_offsets(f, "*", 0, ERR_EXPIRED, "2 15 16 17 18 19");
    assert_int_equal(fixture_latest(f, "b", UINT64_MAX, 100), 14);
    assert_int_equal(fixture_latest(f, "a", UINT64_MAX, 100), 1);
    assert_int_equal(fixture_latest(f, "a b", UINT64_MAX, 100), 14);
    assert_int_equal(fixture_latest(f, "*", UINT64_MAX, 100), 14);
    /* A query without selectors reads the log itself, which edges fill their tails with. */
    assert_offsets(f, "", 0, OK, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19");
}

static void limit_by_age(void **state)
{
    struct fixture *f = *state;

    f->config.topic_ms = 1000;
    fixture_open(f);
    fixture_fill(f, "a", 0, 12); /* times 1000 to 1011 */
    f->time_ms = 2000;
    fixture_fill(f, "b", 0, 3); /* 2000 to 2002; now is 2003 */
    assert_offsets(f, "a", 0, ERR_EXPIRED, "4 5 6 7 8 9 10 11 12");
    assert_offsets(f, "a", 3, OK, "4 5 6 7 8 9 10 11 12");
    assert_offsets(f, "b", 0, OK, "13 14 15");
    f->time_ms = 3001;
    assert_offsets(f, "a", 0, ERR_EXPIRED, "");
    assert_offsets(f, "b", 0, ERR_EXPIRED, "14 15");
    assert_offsets(f, "*", 13, OK, "14 15");
    assert_offsets(f, "*", 12, ERR_EXPIRED, "14 15");
    assert_int_equal(fixture_latest(f, "a", UINT64_MAX, 9), 15);
    assert_int_equal(fixture_latest(f, "a b", UINT64_MAX, 9), 13);
}

/* Many small segments: each call does a bounded amount of work, and the answer is still
 * complete. */
static void many_segments(void **state)
{
    struct fixture *f = *state;
    uint64_t after = 0;
    unsigned pages = 0;
    unsigned empty = 0;

    f->config.segment_records = 2;
    fixture_open(f);
    assert_int_equal(fixture_append(f, "rare", "first"), 1);
    for (unsigned i = 0; i < 30; i++)
        fixture_fill(f, "often", 0, 200);
    assert_int_equal(fixture_append(f, "rare", "last"), 6002);
    (void)fixture_maintain(f, 0);
    do {
        assert_int_equal(fixture_page(f, "rare none", after, UINT64_MAX, 1 << 20), OK);
        empty += f->page.count == 0;
        after = f->page.next;
        pages++;
    } while (after < 6002);
    assert_true(pages > 2 && empty > 0);
    assert_offsets(f, "rare none", 0, OK, "1 6002");
    assert_int_equal(fixture_latest(f, "rare", UINT64_MAX, 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(by_age, setup, teardown),
        cmocka_unit_test_setup_teardown(all_records_by_age, setup, teardown),
        cmocka_unit_test_setup_teardown(by_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(the_newest_record_stays_whatever_its_size, setup, teardown),
        cmocka_unit_test_setup_teardown(in_small_steps_while_reading, setup, teardown),
        cmocka_unit_test_setup_teardown(ids_are_free_again, setup, teardown),
        cmocka_unit_test_setup_teardown(ids_are_free_before_they_are_deleted, setup, teardown),
        cmocka_unit_test_setup_teardown(deletes_after_a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(limit_by_count, setup, teardown),
        cmocka_unit_test_setup_teardown(limit_by_age, setup, teardown),
        cmocka_unit_test_setup_teardown(many_segments, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
