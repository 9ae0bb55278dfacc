/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/unit/broker/journal/journal_fixture.h"

/* Trims at special offsets. The test with the model trims at random ones. */

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

static void trim(struct fixture *f, uint64_t before)
{
    uint64_t oldest = 0;

    assert_int_equal(journal_trim(f->journal, before, 0, false, &oldest), OK);
    assert_int_equal(oldest, before);
    assert_int_equal(fixture_state(f).oldest, before);
}

/* The journal's state is the same after reopening, which counts the records. */
static void assert_exact(struct fixture *f)
{
    struct journal_state before = fixture_state(f);
    struct journal_state after;

    fixture_reopen(f);
    after = fixture_state(f);
    assert_int_equal(after.oldest, before.oldest);
    assert_int_equal(after.head, before.head);
    assert_int_equal(after.records, before.records);
    assert_int_equal(after.record_bytes, before.record_bytes);
    assert_int_equal(after.last_time_ms, before.last_time_ms);
    assert_string_equal(after.epoch.text, before.epoch.text);
}

static uint64_t bytes_after(struct fixture *f, uint64_t after)
{
    uint64_t bytes = 0;

    assert_int_equal(fixture_page(f, "", after, UINT64_MAX, 1u << 20), OK);
    for (size_t i = 0; i < f->page.count; i++)
        bytes += f->page.entries[i].body.size;
    return bytes;
}

static void in_a_segment(void **state)
{
    struct fixture *f = *state;

    fixture_open(f);
    fixture_fill(f, "a", 0, 15);
    fixture_fill(f, "b", 0, 15);
    (void)fixture_maintain(f, 0);
    trim(f, 14); /* removes the first segment, cuts the second */
    assert_int_equal(fixture_state(f).record_bytes, bytes_after(f, 13));
    assert_offsets(f, "a", 0, ERR_EXPIRED, "14 15");
    assert_offsets(f, "a", 13, OK, "14 15");
    assert_offsets(f, "b", 13, OK, "16 17 18 19 20 21 22 23 24 25 26 27 28 29 30");
    assert_int_equal(fixture_latest(f, "a", UINT64_MAX, 9), 13);
    (void)fixture_maintain(f, 0);
    assert_offsets(f, "a", 0, ERR_EXPIRED, "14 15");
    assert_exact(f);
    assert_offsets(f, "a", 0, ERR_EXPIRED, "14 15");
    trim(f, 15);
    trim(f, 16);
    assert_offsets(f, "a", 0, ERR_EXPIRED, "");
    assert_exact(f);
}

static void at_a_segments_first_record(void **state)
{
    struct fixture *f = *state;

    fixture_open(f);
    fixture_fill(f, "a", 0, 25);
    (void)fixture_maintain(f, 0);
    trim(f, 11);
    assert_offsets(f, "a", 10, OK, "11 12 13 14 15 16 17 18 19 20 21 22 23 24 25");
    assert_exact(f);
    trim(f, 21); /* the index in memory stays complete */
    assert_offsets(f, "a", 0, ERR_EXPIRED, "21 22 23 24 25");
    assert_exact(f);
}

static void in_memory_before_it_is_written(void **state)
{
    struct fixture *f = *state;

    fixture_open(f);
    fixture_fill(f, "a", 0, 34); /* three closed parts and an open one, none written */
    trim(f, 17);
    assert_offsets(f, "a", 0, ERR_EXPIRED, "17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34");
    assert_int_equal(fixture_append(f, "a", "x"), 35);
    (void)fixture_maintain(f, 0);
    assert_offsets(f, "a", 30, OK, "31 32 33 34 35");
    trim(f, 33);
    assert_offsets(f, "a", 0, ERR_EXPIRED, "33 34 35");
    assert_exact(f);
}

/* The index of a part is half written when its beginning is trimmed. */
static void while_an_index_is_written(void **state)
{
    struct fixture *f = *state;
    char topic[16];
    bool more = true;

    f->config.segment_records = 5000;
    fixture_open(f);
    for (unsigned i = 0; i < 5000; i++) {
        (void)snprintf(topic, sizeof topic, "t%04u", i);
        (void)fixture_append(f, topic, "x");
    }
    assert_int_equal(journal_maintain(f->journal, 0, &more), OK); /* 2,048 of its topics */
    assert_true(more);
    trim(f, 4001);
    assert_offsets(f, "t3999", 0, ERR_EXPIRED, "");
    assert_offsets(f, "t4000", 4000, OK, "4001");
    (void)fixture_maintain(f, 0);
    assert_offsets(f, "t4000", 4000, OK, "4001");
    assert_offsets(f, "t4999", 4000, OK, "5000");
    assert_exact(f);
    assert_offsets(f, "t4999", 4000, OK, "5000");
}

static void all_records(void **state)
{
    struct fixture *f = *state;

    fixture_open(f);
    fixture_fill(f, "a", 0, 25);
    (void)fixture_maintain(f, 0);
    trim(f, 26);
    assert_int_equal(fixture_state(f).records, 0);
    assert_int_equal(fixture_state(f).record_bytes, 0);
    assert_offsets(f, "a", 0, ERR_EXPIRED, "");
    assert_offsets(f, "", 25, OK, "");
    assert_exact(f);
    assert_int_equal(fixture_append(f, "a", "x"), 26);
    (void)fixture_maintain(f, 0);
    assert_offsets(f, "a", 25, OK, "26");
    assert_exact(f);
}

static void by_time_and_with_dry_run(void **state)
{
    struct fixture *f = *state;
    uint64_t oldest = 0;

    fixture_open(f);
    fixture_fill(f, "a", 0, 30); /* times 1000 to 1029 */
    assert_int_equal(journal_trim(f->journal, 0, 1005, true, &oldest), OK);
    assert_int_equal(oldest, 6);
    assert_int_equal(fixture_state(f).oldest, 1);
    assert_int_equal(journal_trim(f->journal, 9, 1005, true, &oldest), OK);
    assert_int_equal(oldest, 9);
    assert_int_equal(journal_trim(f->journal, 0, 900, false, &oldest), OK);
    assert_int_equal(oldest, 1);
    assert_int_equal(journal_trim(f->journal, 0, 1005, false, &oldest), OK);
    assert_int_equal(fixture_state(f).oldest, 6);
    assert_int_equal(journal_trim(f->journal, 3, 0, false, &oldest),
                     OK); /* it does not move back */
    assert_int_equal(oldest, 6);
    assert_int_equal(journal_trim(f->journal, 0, UINT64_MAX, true, &oldest), OK);
    assert_int_equal(oldest, 31);
    assert_int_equal(journal_trim(f->journal, 32, 0, false, &oldest), ERR_UNKNOWN);
    assert_int_equal(fixture_state(f).oldest, 6);
}

static void in_an_empty_log(void **state)
{
    struct fixture *f = *state;
    uint64_t oldest = 0;

    fixture_open(f);
    assert_int_equal(journal_trim(f->journal, 1, 1, false, &oldest), OK);
    assert_int_equal(oldest, 1);
    assert_int_equal(journal_trim(f->journal, 2, 0, false, &oldest), ERR_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(in_a_segment, setup, teardown),
        cmocka_unit_test_setup_teardown(at_a_segments_first_record, setup, teardown),
        cmocka_unit_test_setup_teardown(in_memory_before_it_is_written, setup, teardown),
        cmocka_unit_test_setup_teardown(while_an_index_is_written, setup, teardown),
        cmocka_unit_test_setup_teardown(all_records, setup, teardown),
        cmocka_unit_test_setup_teardown(by_time_and_with_dry_run, setup, teardown),
        cmocka_unit_test_setup_teardown(in_an_empty_log, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
