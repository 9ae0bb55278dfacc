/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/unit/broker/journal/fault_vfs.h"
#include "tests/unit/broker/journal/journal_fixture.h"

#include "broker/journal/journal_sqlite.h"

/* An edge's number is in its newest record, and in a row only where no record has it. */

#define EDGE 41

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
    fault_vfs_heal();
    fixture_free(*state);
    return 0;
}

/* Stores the publish with this number. */
static void publish(struct fixture *f, uint64_t seq, const char *id)
{
    struct record like = {.origin = EDGE, .seq = seq};

    batch_reset(&f->batch);
    fixture_add_like(f, &like, "a", id, "x");
    batch_set_edge(&f->batch, EDGE, seq, f->time_ms);
    assert_int_equal(fixture_commit(f), OK);
}

/* Returns the number in the table; 0: there is no row. */
static uint64_t row(struct fixture *f)
{
    struct sqlite3_stmt *stmt = SQL_PLAIN(&f->journal->sql, SQL_EDGE_ALL);
    uint64_t accepted = 0;
    bool found;

    for (;;) {
        assert_int_equal(journal_db_step(&f->journal->sql, stmt, &found), OK);
        if (!found)
            return accepted;
        if (journal_column(stmt, 0) == EDGE)
            accepted = journal_column(stmt, 1);
    }
}

static void a_record_needs_no_row(void **state)
{
    struct fixture *f = *state;

    publish(f, 1, NULL);
    publish(f, 2, NULL);
    assert_int_equal(row(f), 0);
    assert_int_equal(fixture_accepted(f, EDGE), 2);
    fixture_reopen(f);
    assert_int_equal(fixture_accepted(f, EDGE), 2);
}

static void a_duplicate_needs_one(void **state)
{
    struct fixture *f = *state;

    publish(f, 1, "x");
    publish(f, 2, "x");
    assert_int_equal(f->batch.entries[0].result, ERR_DUPLICATE);
    assert_int_equal(row(f), 2);
    publish(f, 3, NULL);
    assert_int_equal(row(f), 2);
    fixture_reopen(f);
    assert_int_equal(fixture_accepted(f, EDGE), 3);
}

/* The records before and after it are stored, and its number is the newest. */
static void a_refusal_needs_one(void **state)
{
    struct fixture *f = *state;
    struct record like = {.origin = EDGE, .seq = 1};

    batch_reset(&f->batch);
    fixture_add_like(f, &like, "a", NULL, "x");
    batch_set_edge(&f->batch, EDGE, 1, f->time_ms);
    batch_set_edge(&f->batch, EDGE, 2, f->time_ms);
    assert_int_equal(fixture_commit(f), OK);
    assert_int_equal(row(f), 2);
    fixture_reopen(f);
    assert_int_equal(fixture_accepted(f, EDGE), 2);
}

/* Opening does not read records that have an index, and retention removes them. */
static void an_index_brings_one(void **state)
{
    struct fixture *f = *state;

    for (uint64_t seq = 1; seq <= 15; seq++)
        publish(f, seq, NULL);
    assert_int_equal(row(f), 0);
    (void)fixture_maintain(f, f->time_ms);
    assert_int_equal(row(f), 15);
    publish(f, 16, NULL);
    assert_int_equal(row(f), 15);
    fixture_reopen(f);
    assert_int_equal(fixture_accepted(f, EDGE), 16);
}

static void a_trim_brings_one(void **state)
{
    struct fixture *f = *state;
    uint64_t oldest;

    for (uint64_t seq = 1; seq <= 5; seq++)
        publish(f, seq, NULL);
    assert_int_equal(journal_trim(f->journal, 6, 0, false, &oldest), OK);
    assert_int_equal(row(f), 5);
    (void)fixture_maintain(f, f->time_ms);
    fixture_reopen(f);
    assert_int_equal(fixture_state(f).records, 0);
    assert_int_equal(fixture_accepted(f, EDGE), 5);
}

/* A row that was rolled back is written again. */
static void a_failed_index_brings_it_later(void **state)
{
    struct fixture *f = *state;
    unsigned failures = 0;
    uint64_t seq = 0;
    bool more;

    for (int operation = 0; operation < 12; operation++) {
        for (unsigned i = 0; i < 10; i++)
            publish(f, ++seq, NULL);
        fault_vfs_arm(operation, false);
        failures += journal_maintain(f->journal, f->time_ms, &more) != OK;
        fault_vfs_heal();
        (void)fixture_maintain(f, f->time_ms);
        assert_int_equal(row(f), seq);
    }
    assert_true(failures > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_record_needs_no_row, setup, teardown),
        cmocka_unit_test_setup_teardown(a_duplicate_needs_one, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refusal_needs_one, setup, teardown),
        cmocka_unit_test_setup_teardown(an_index_brings_one, setup, teardown),
        cmocka_unit_test_setup_teardown(a_trim_brings_one, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failed_index_brings_it_later, setup, teardown),
    };

    fault_vfs_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
