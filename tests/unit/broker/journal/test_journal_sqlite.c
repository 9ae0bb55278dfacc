/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/unit/broker/journal/journal_fixture.h"

#include <sys/stat.h>
#include <sys/wait.h>

static int setup(void **state)
{
    struct fixture *f = fixture_make();

    fixture_open(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture_free(*state);
    return 0;
}

static void is_empty_at_first(void **state)
{
    struct fixture *f = *state;
    struct journal_state s = fixture_state(f);

    assert_true(s.leader);
    assert_true(epoch_known(s.epoch));
    assert_int_equal(s.term, 1);
    assert_int_equal(s.head, 0);
    assert_int_equal(s.oldest, 1);
    assert_int_equal(s.records, 0);
    assert_int_equal(s.record_bytes, 0);
    assert_int_equal(s.last_time_ms, 0);
    assert_int_equal(s.edge_count, 0);
    assert_offsets(f, "", 0, OK, "");
    assert_offsets(f, "a", 0, OK, "");
    assert_int_equal(fixture_latest(f, "a", UINT64_MAX, 5), 0);
}

static void stores_and_reads(void **state)
{
    struct fixture *f = *state;
    char data[64];

    assert_int_equal(fixture_append(f, "a", "one"), 1);
    assert_int_equal(fixture_append(f, "b", "two"), 2);
    assert_int_equal(fixture_append(f, "a b", "three"), 3);
    assert_int_equal(fixture_page(f, "", 0, UINT64_MAX, 1 << 20), OK);
    assert_int_equal(f->page.count, 3);
    assert_int_equal(f->page.next, 3);
    assert_int_equal(f->page.oldest, 1);
    assert_int_equal(f->page.head, 3);
    assert_int_equal(f->page.entries[0].time_ms, 1000);
    fixture_data(f, 2, data, sizeof data);
    assert_string_equal(data, "three");
    assert_offsets(f, "a", 0, OK, "1 3");
    assert_offsets(f, "b", 0, OK, "2 3");
    assert_offsets(f, "a b", 0, OK, "1 2 3");
    assert_offsets(f, "*", 1, OK, "2 3");
    assert_offsets(f, "a *", 2, OK, "3");
    assert_offsets(f, "nobody", 0, OK, "");
}

static void pages_by_bytes(void **state)
{
    struct fixture *f = *state;
    size_t size;

    fixture_fill(f, "a", 10, 40); /* bodies of the same size */
    assert_int_equal(fixture_page(f, "", 0, 40, 0), OK);
    assert_int_equal(f->page.count, 1); /* one record is returned whatever its size */
    assert_int_equal(f->page.next, 1);
    size = f->page.entries[0].body.size;
    assert_int_equal(fixture_page(f, "", 0, 40, size * 3), OK);
    assert_int_equal(f->page.count, 3);
    assert_int_equal(f->page.next, 3);
    assert_int_equal(fixture_page(f, "a", 3, 40, size * 4 - 1), OK);
    assert_int_equal(f->page.count, 3);
    assert_int_equal(f->page.entries[0].offset, 4);
    assert_int_equal(f->page.next, 6);
    assert_int_equal(fixture_page(f, "a", 38, 40, UINT64_MAX), OK);
    assert_int_equal(f->page.count, 2);
    assert_int_equal(f->page.next, 40);
}

static void reads_between_bounds(void **state)
{
    struct fixture *f = *state;

    fixture_fill(f, "a", 0, 10);
    assert_int_equal(fixture_page(f, "", 3, 6, 1 << 20), OK);
    assert_int_equal(f->page.code, OK);
    assert_int_equal(f->page.count, 3);
    assert_int_equal(f->page.entries[0].offset, 4);
    assert_int_equal(f->page.next, 6);
    assert_int_equal(fixture_page(f, "a", 6, 6, 1 << 20), OK);
    assert_int_equal(f->page.count, 0);
    assert_int_equal(f->page.next, 6);
    assert_int_equal(fixture_page(f, "b", 2, 7, 1 << 20), OK);
    assert_int_equal(f->page.count, 0);
    assert_int_equal(f->page.next, 7);
    assert_int_equal(fixture_page(f, "", 10, UINT64_MAX, 1 << 20), OK);
    assert_int_equal(f->page.code, OK);
    assert_int_equal(f->page.next, 10);
    assert_int_equal(fixture_page(f, "", 11, UINT64_MAX, 1 << 20), OK);
    assert_int_equal(f->page.code, ERR_UNKNOWN);
    assert_int_equal(f->page.count, 0);
    assert_int_equal(f->page.head, 10);
}

static void finds_the_latest(void **state)
{
    struct fixture *f = *state;

    fixture_fill(f, "a", 0, 5);
    fixture_fill(f, "b", 0, 5);
    fixture_fill(f, "a", 0, 5);
    assert_int_equal(fixture_latest(f, "", UINT64_MAX, 4), 11);
    assert_int_equal(fixture_latest(f, "a", UINT64_MAX, 5), 10);
    assert_int_equal(fixture_latest(f, "a", UINT64_MAX, 6), 4);
    assert_int_equal(fixture_latest(f, "a", 10, 2), 3);
    assert_int_equal(fixture_latest(f, "b", UINT64_MAX, 100), 5);
    assert_int_equal(fixture_latest(f, "a b", UINT64_MAX, 100), 0);
    assert_int_equal(fixture_latest(f, "*", 12, 1000), 0);
    assert_int_equal(fixture_latest(f, "none", UINT64_MAX, 3), 15);
    assert_int_equal(fixture_latest(f, "a", UINT64_MAX, 0), 15);
}

static void an_empty_batch_stores_edges(void **state)
{
    struct fixture *f = *state;

    batch_reset(&f->batch);
    batch_set_edge(&f->batch, UINT64_MAX, 17, 5000);
    assert_int_equal(fixture_commit(f), OK);
    assert_int_equal(f->batch.stored, 0);
    assert_int_equal(fixture_state(f).head, 0);
    fixture_reopen(f);
    assert_int_equal(fixture_state(f).edge_count, 1);
    assert_true(fixture_state(f).edges[0].incarnation == UINT64_MAX);
    assert_int_equal(fixture_state(f).edges[0].accepted, 17);
}

static void edges_are_forgotten(void **state)
{
    struct fixture *f = *state;

    batch_reset(&f->batch);
    batch_set_edge(&f->batch, 1, 10, 1000);
    batch_set_edge(&f->batch, 2, 20, 2000);
    assert_int_equal(fixture_commit(f), OK);
    batch_reset(&f->batch);
    batch_set_edge(&f->batch, 1, 11, 3000);
    assert_int_equal(fixture_commit(f), OK);
    (void)fixture_maintain(f, 3600000 + 2000);
    assert_int_equal(fixture_state(f).edge_count, 2);
    (void)fixture_maintain(f, 3600000 + 2001);
    assert_int_equal(fixture_state(f).edge_count, 1);
    fixture_reopen(f);
    assert_int_equal(fixture_state(f).edge_count, 1);
    assert_int_equal(fixture_state(f).edges[0].incarnation, 1);
    assert_int_equal(fixture_state(f).edges[0].accepted, 11);
}

static void duplicates_take_no_offset(void **state)
{
    struct fixture *f = *state;
    static const enum err results[] = {OK, OK, ERR_DUPLICATE, OK, ERR_DUPLICATE, OK};
    static const uint64_t offsets[] = {1, 2, 1, 3, 2, 4};

    fixture_add(f, "a", "x", "1");
    fixture_add(f, "a", "y", "2");
    fixture_add(f, "b", "x", "again");
    fixture_add(f, "a", NULL, "3");
    fixture_add(f, "a", "y", "again");
    fixture_add(f, "a", "", "4"); /* an empty id is an id */
    assert_int_equal(fixture_commit(f), OK);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(f->batch.entries[i].result, results[i]);
        assert_int_equal(f->batch.entries[i].offset, offsets[i]);
    }
    assert_int_equal(f->batch.stored, 4);
    assert_int_equal(fixture_state(f).head, 4);
    assert_offsets(f, "a", 0, OK, "1 2 3 4");
    assert_offsets(f, "b", 0, OK, "");

    fixture_reopen(f);
    batch_reset(&f->batch);
    fixture_add(f, "a", "new", "5");
    fixture_add(f, "a", "x", "again");
    assert_int_equal(fixture_commit(f), OK);
    assert_int_equal(f->batch.entries[0].offset, 5);
    assert_int_equal(f->batch.entries[1].result, ERR_DUPLICATE);
    assert_int_equal(f->batch.entries[1].offset, 1);
    assert_int_equal(fixture_state(f).head, 5);
}

static void continues_after_reopening(void **state)
{
    struct fixture *f = *state;
    struct journal_state before;
    struct journal_state after;

    f->config.segment_records = 10;
    fixture_reopen(f);
    fixture_fill(f, "a", 0, 25);
    fixture_fill(f, "b", 0, 8);
    before = fixture_state(f);
    fixture_reopen(f);
    after = fixture_state(f);
    assert_int_equal(after.term, before.term + 1);
    assert_string_equal(after.epoch.text, before.epoch.text);
    assert_int_equal(after.head, 33);
    assert_int_equal(after.oldest, 1);
    assert_int_equal(after.records, 33);
    assert_int_equal(after.record_bytes, before.record_bytes);
    assert_int_equal(after.last_time_ms, before.last_time_ms);
    assert_true(after.file_bytes > 0);
    assert_offsets(f, "b", 0, OK, "26 27 28 29 30 31 32 33");
    assert_int_equal(fixture_append(f, "b", "more"), 34);
    (void)fixture_maintain(f, 0);
    fixture_reopen(f);
    assert_int_equal(fixture_state(f).last_time_ms, f->time_ms - 1);
    assert_offsets(f, "b", 30, OK, "31 32 33 34");
}

/* Another process appends and is killed at once. */
static void child_appends_and_dies(struct fixture *f, enum durability durability)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        f->config.durability = durability;
        if (journal_open(&f->config, &f->journal, f->reason) != OK)
            _exit(2);
        batch_reset(&f->batch);
        for (int i = 0; i < 12; i++)
            fixture_add(f, i % 2 == 0 ? "even" : "odd", i == 3 ? "three" : NULL, "x");
        batch_set_edge(&f->batch, 99, 12, 1000);
        _exit(fixture_commit(f) == OK ? 0 : 3);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void survives_a_kill(struct fixture *f, enum durability durability)
{
    struct epoch epoch = fixture_state(f).epoch;

    fixture_close(f);
    child_appends_and_dies(f, durability);
    fixture_open(f);
    assert_int_equal(fixture_state(f).term, 3);
    assert_string_equal(fixture_state(f).epoch.text, epoch.text);
    assert_int_equal(fixture_state(f).head, 12);
    assert_int_equal(fixture_accepted(f, 99), 12);
    assert_int_equal(fixture_accepted(f, 7), 1);
    assert_offsets(f, "odd", 0, OK, "2 4 6 8 10 12");
    batch_reset(&f->batch);
    fixture_add(f, "odd", "three", "again");
    assert_int_equal(fixture_commit(f), OK);
    assert_int_equal(f->batch.entries[0].result, ERR_DUPLICATE);
    assert_int_equal(f->batch.entries[0].offset, 4);
}

static void survives_a_kill_with_full(void **state)
{
    survives_a_kill(*state, DURABILITY_FULL);
}

static void survives_a_kill_with_normal(void **state)
{
    survives_a_kill(*state, DURABILITY_NORMAL);
}

/* The writing of an index that was interrupted between two steps starts again. */
static void finishes_an_interrupted_index(void **state)
{
    struct fixture *f = *state;
    char topic[32];
    bool more = true;

    f->config.segment_records = 5000;
    fixture_reopen(f);
    batch_reset(&f->batch);
    for (int i = 0; i < 5000; i++) { /* more topics than one step writes */
        (void)snprintf(topic, sizeof topic, "t%d", i);
        fixture_add(f, topic, NULL, "x");
    }
    assert_int_equal(fixture_commit(f), OK);
    batch_reset(&f->batch);
    assert_int_equal(journal_maintain(f->journal, 0, &more), OK);
    assert_true(more);
    fixture_reopen(f);
    assert_offsets(f, "t0", 0, OK, "1");
    assert_offsets(f, "t4999", 0, OK, "5000");
    assert_true(fixture_maintain(f, 0) >= 3);
    assert_offsets(f, "t0 t7 t4999", 0, OK, "1 8 5000");
    fixture_reopen(f);
    assert_offsets(f, "t0 t7 t4999", 0, OK, "1 8 5000");
}

static void large_records(void **state)
{
    struct fixture *f = *state;
    char *data = malloc(900001);

    assert_non_null(data);
    memset(data, 'x', 900000);
    data[900000] = '\0';
    for (int i = 0; i < 5; i++)
        assert_int_equal(fixture_append(f, "a", data), i + 1);
    assert_int_equal(fixture_page(f, "a", 0, UINT64_MAX, 1 << 20), OK);
    assert_int_equal(f->page.count, 1);
    assert_int_equal(fixture_page(f, "a", 0, UINT64_MAX, 10), OK);
    assert_int_equal(f->page.count, 1);
    fixture_data(f, 0, data, 900001);
    assert_int_equal(strspn(data, "x"), 900000);
    assert_offsets(f, "a", 0, OK, "1 2 3 4 5");
    free(data);
}

static void a_record_in_many_topics(void **state)
{
    struct fixture *f = *state;
    char topics[1024] = "";

    for (int i = 0; i < 100; i++)
        (void)snprintf(topics + strlen(topics), 16, i == 0 ? "t%d" : " t%d", i);
    assert_int_equal(fixture_append(f, topics, "x"), 1);
    assert_int_equal(fixture_append(f, "t99", "y"), 2);
    assert_offsets(f, "t0 t50 t99", 0, OK, "1 2");
    assert_offsets(f, "t1", 0, OK, "1");
    assert_int_equal(fixture_latest(f, "t99 t1", UINT64_MAX, 2), 0);
}

static void files_are_private(void **state)
{
    static const char *const names[] = {"belfry.db", "belfry.db-wal", "belfry.db-shm",
                                        "belfry.lock"};
    struct fixture *f = *state;

    assert_int_equal(fixture_append(f, "a", "x"), 1);
    for (size_t i = 0; i < 4; i++) {
        struct stat status;
        char path[512];
        fixture_path(f, names[i], path);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_empty_at_first, setup, teardown),
        cmocka_unit_test_setup_teardown(stores_and_reads, setup, teardown),
        cmocka_unit_test_setup_teardown(pages_by_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_between_bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(finds_the_latest, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_batch_stores_edges, setup, teardown),
        cmocka_unit_test_setup_teardown(edges_are_forgotten, setup, teardown),
        cmocka_unit_test_setup_teardown(duplicates_take_no_offset, setup, teardown),
        cmocka_unit_test_setup_teardown(continues_after_reopening, setup, teardown),
        cmocka_unit_test_setup_teardown(survives_a_kill_with_full, setup, teardown),
        cmocka_unit_test_setup_teardown(survives_a_kill_with_normal, setup, teardown),
        cmocka_unit_test_setup_teardown(finishes_an_interrupted_index, setup, teardown),
        cmocka_unit_test_setup_teardown(large_records, setup, teardown),
        cmocka_unit_test_setup_teardown(a_record_in_many_topics, setup, teardown),
        cmocka_unit_test_setup_teardown(files_are_private, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
