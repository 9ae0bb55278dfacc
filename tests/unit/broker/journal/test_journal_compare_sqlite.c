/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Records with if_last, and groups that are stored all or none. */

#include "broker/journal/journal_sqlite.h"
#include "tests/unit/broker/journal/journal_fixture.h"

static int setup(void **state)
{
    struct fixture *f = fixture_make();

    f->config.segment_records = 10;
    fixture_open(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture_free(*state);
    return 0;
}

static void add_if(struct fixture *f, const char *topics, const char *id, uint64_t if_last,
                   unsigned group)
{
    struct record like = {.flags = RECORD_IF_LAST, .if_last = if_last, .group = (uint16_t)group};

    fixture_add_like(f, &like, topics, id, "x");
}

static void add_group(struct fixture *f, const char *topics, const char *id, unsigned group)
{
    struct record like = {.group = (uint16_t)group};

    fixture_add_like(f, &like, topics, id, "x");
}

static void check(struct fixture *f, size_t i, enum err result, uint64_t offset)
{
    assert_int_equal(f->batch.entries[i].result, result);
    assert_int_equal(f->batch.entries[i].offset, offset);
}

static void commit(struct fixture *f)
{
    assert_int_equal(fixture_commit(f), OK);
}

static void try_one(struct fixture *f, const char *topic, uint64_t if_last, enum err result,
                    uint64_t offset)
{
    batch_reset(&f->batch);
    add_if(f, topic, NULL, if_last, 0);
    commit(f);
    check(f, 0, result, offset);
}

static void compares_within_a_batch(void **state)
{
    struct fixture *f = *state;

    add_if(f, "a", NULL, 5, 0);
    add_if(f, "a", NULL, 0, 0);
    add_if(f, "a", NULL, 0, 0);
    add_if(f, "a b", NULL, 1, 0);
    add_if(f, "b", NULL, 1, 0);
    add_if(f, "b c", NULL, 2, 0);
    fixture_add(f, "a", NULL, "no condition");
    commit(f);
    check(f, 0, ERR_CONFLICT, 0);
    check(f, 1, OK, 1);
    check(f, 2, ERR_CONFLICT, 1);
    check(f, 3, OK, 2);
    check(f, 4, ERR_CONFLICT, 2); /* it is the second topic of that record */
    check(f, 5, OK, 3);
    check(f, 6, OK, 4);
    assert_int_equal(f->batch.stored, 4);
    assert_int_equal(fixture_state(f).head, 4);
    assert_offsets(f, "a", 0, OK, "1 2 4");
}

/* In memory, in one segment, in another, after a restart, and again in memory. */
static void compares_with_segments(void **state)
{
    struct fixture *f = *state;

    (void)fixture_append(f, "a", "1");
    fixture_fill(f, "b", 0, 14);
    try_one(f, "a", 0, ERR_CONFLICT, 1);
    fixture_fill(f, "c", 0, 30);
    (void)fixture_maintain(f, 0);
    try_one(f, "a", 0, ERR_CONFLICT, 1);
    try_one(f, "b", 14, ERR_CONFLICT, 15);
    try_one(f, "none", 1, ERR_CONFLICT, 0);
    fixture_reopen(f);
    try_one(f, "b", 7, ERR_CONFLICT, 15);
    try_one(f, "b", 15, OK, 46);
    try_one(f, "b", 15, ERR_CONFLICT, 46);
    fixture_fill(f, "c", 0, 10);
    (void)fixture_maintain(f, 0);
    try_one(f, "b", 15, ERR_CONFLICT, 46); /* the cache of the segments is updated */
    try_one(f, "none", 0, OK, 57);
    try_one(f, "a", 1, OK, 58);
}

/* More topics than the cache holds. */
static void compares_with_many_topics(void **state)
{
    struct fixture *f = *state;
    char topic[16];

    fixture_fill(f, "a", 0, 40);
    (void)fixture_maintain(f, 0);
    for (unsigned round = 0; round < 2; round++) {
        batch_reset(&f->batch);
        for (unsigned i = 0; i < 5000; i++) {
            (void)snprintf(topic, sizeof topic, "t%u", i);
            add_if(f, i % 100 == 0 ? "a" : topic, NULL, 7, 0);
        }
        commit(f);
        for (unsigned i = 0; i < 5000; i++)
            check(f, i, ERR_CONFLICT, i % 100 == 0 ? 40 : 0);
    }
    assert_int_equal(fixture_state(f).head, 40);
}

static void a_topic_whose_records_were_removed(void **state)
{
    struct fixture *f = *state;

    f->config.retention_ms = 1000;
    fixture_reopen(f);
    (void)fixture_append(f, "a", "1");
    fixture_fill(f, "b", 0, 19);
    (void)fixture_maintain(f, f->time_ms);
    try_one(f, "a", 7, ERR_CONFLICT, 1); /* and is cached */
    f->time_ms += 5000;
    (void)fixture_maintain(f, f->time_ms);
    assert_int_equal(fixture_state(f).oldest, 21);
    try_one(f, "a", 1, ERR_CONFLICT, 0);
    try_one(f, "a", 0, OK, 21);
}

static void duplicates_are_checked_first(void **state)
{
    struct fixture *f = *state;

    add_if(f, "a", "x", 0, 0);
    add_if(f, "a", "x", 0, 0);
    add_if(f, "a", "y", 0, 0);
    add_if(f, "a", "y", 1, 0); /* the id of the entry in conflict is free */
    commit(f);
    check(f, 0, OK, 1);
    check(f, 1, ERR_DUPLICATE, 1);
    check(f, 2, ERR_CONFLICT, 1);
    check(f, 3, OK, 2);
}

static void a_group_is_stored(void **state)
{
    struct fixture *f = *state;

    fixture_add(f, "a", NULL, "before");
    add_if(f, "b", "x", 0, 2);
    add_if(f, "b", "y", 2, 1);
    add_group(f, "c", NULL, 0);
    fixture_add(f, "a", NULL, "after");
    commit(f);
    for (size_t i = 0; i < 5; i++)
        check(f, i, OK, i + 1);
    assert_int_equal(f->batch.stored, 5);
}

static void a_group_in_conflict_is_not(void **state)
{
    struct fixture *f = *state;

    (void)fixture_append(f, "b", "1");
    add_group(f, "a", "x", 2);
    add_group(f, "b", "y", 1);
    add_if(f, "b", NULL, 1, 0); /* the entry before it is newer */
    fixture_add(f, "a", "x", "after");
    add_if(f, "b", NULL, 1, 0);
    commit(f);
    check(f, 0, ERR_CONFLICT, 0);
    check(f, 1, ERR_CONFLICT, 0);
    check(f, 2, ERR_CONFLICT, 1); /* the first one is invisible */
    check(f, 3, OK, 2);
    check(f, 4, OK, 3);
    assert_int_equal(f->batch.stored, 2);
    assert_int_equal(fixture_state(f).head, 3);
    assert_offsets(f, "a", 0, OK, "2");
    assert_offsets(f, "b", 0, OK, "1 3");
    fixture_reopen(f);
    assert_offsets(f, "b", 0, OK, "1 3");
}

/* A group that filled several parts of the index in memory leaves nothing there. */
static void a_long_group_is_undone(void **state)
{
    struct fixture *f = *state;

    fixture_fill(f, "a", 0, 7);
    for (unsigned i = 0; i < 50; i++)
        add_group(f, "b", NULL, 50 - i);
    add_if(f, "a", NULL, 6, 0);
    fixture_add(f, "b", NULL, "alone");
    commit(f);
    for (unsigned i = 0; i < 50; i++)
        check(f, i, ERR_CONFLICT, 0);
    check(f, 50, ERR_CONFLICT, 7);
    check(f, 51, OK, 8);
    assert_offsets(f, "b", 0, OK, "8");
    fixture_fill(f, "b", 0, 30);
    (void)fixture_maintain(f, 0);
    fixture_reopen(f);
    assert_offsets(f, "b", 36, OK, "37 38");
}

static void groups_with_duplicates(void **state)
{
    struct fixture *f = *state;

    add_group(f, "a", "x", 1);
    add_group(f, "a", "y", 0);
    add_group(f, "a", "x", 1); /* the same group again */
    add_group(f, "a", "y", 0);
    add_group(f, "a", "x", 1); /* half of the group */
    add_group(f, "a", "z", 0);
    add_group(f, "a", "v", 1); /* the same id twice */
    add_group(f, "a", "v", 0);
    add_group(f, "a", "x", 1); /* a duplicate and a conflict */
    add_if(f, "a", "w", 1, 0);
    fixture_add(f, "a", "z", "free");
    fixture_add(f, "a", "v", "free");
    commit(f);
    check(f, 0, OK, 1);
    check(f, 1, OK, 2);
    check(f, 2, ERR_DUPLICATE, 1);
    check(f, 3, ERR_DUPLICATE, 2);
    check(f, 4, ERR_DUPLICATE, 1);
    check(f, 5, ERR_CONFLICT, 0);
    check(f, 6, ERR_CONFLICT, 0);
    check(f, 7, ERR_CONFLICT, 0);
    check(f, 8, ERR_CONFLICT, 0);
    check(f, 9, ERR_CONFLICT, 2);
    check(f, 10, OK, 3);
    check(f, 11, OK, 4);
    assert_int_equal(f->batch.stored, 4);
    assert_offsets(f, "a", 0, OK, "1 2 3 4");
}

/* The core does not send such a batch; the journal stores it without the missing rest. */
static void a_group_that_is_cut(void **state)
{
    struct fixture *f = *state;

    add_group(f, "a", NULL, 9);
    add_group(f, "a", NULL, 8);
    commit(f);
    check(f, 0, OK, 1);
    check(f, 1, OK, 2);
}

static void in_memory_too(void **state)
{
    struct fixture *f = *state;

    f->config.durability = DURABILITY_MEMORY;
    fixture_reopen(f);
    (void)fixture_append(f, "a", "1");
    add_group(f, "a", "x", 1);
    add_if(f, "b", NULL, 7, 0);
    add_if(f, "a", "x", 1, 0);
    commit(f);
    check(f, 0, ERR_CONFLICT, 0);
    check(f, 1, ERR_CONFLICT, 0);
    check(f, 2, OK, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(compares_within_a_batch, setup, teardown),
        cmocka_unit_test_setup_teardown(compares_with_segments, setup, teardown),
        cmocka_unit_test_setup_teardown(compares_with_many_topics, setup, teardown),
        cmocka_unit_test_setup_teardown(a_topic_whose_records_were_removed, setup, teardown),
        cmocka_unit_test_setup_teardown(duplicates_are_checked_first, setup, teardown),
        cmocka_unit_test_setup_teardown(a_group_is_stored, setup, teardown),
        cmocka_unit_test_setup_teardown(a_group_in_conflict_is_not, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_group_is_undone, setup, teardown),
        cmocka_unit_test_setup_teardown(groups_with_duplicates, setup, teardown),
        cmocka_unit_test_setup_teardown(a_group_that_is_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(in_memory_too, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
