/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* mount() and unshare() exist on Linux only. */
#define _GNU_SOURCE

#include "broker/journal/journal_sqlite.h"
#include "tests/unit/broker/journal/fault_vfs.h"
#include "tests/unit/broker/journal/journal_fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

static int setup(void **state)
{
    struct fixture *f = fixture_make();

    f->config.durability = DURABILITY_FULL;
    f->config.segment_records = 50;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fault_vfs_heal();
    fixture_free(*state);
    return 0;
}

/* Checks everything that a failed append must not change. */
static void assert_unchanged(struct fixture *f, const struct journal_state *before)
{
    struct journal_state after = fixture_state(f);
    struct journal_page *page = &f->page;

    assert_int_equal(after.head, before->head);
    assert_int_equal(after.oldest, before->oldest);
    assert_int_equal(after.records, before->records);
    assert_int_equal(after.record_bytes, before->record_bytes);
    assert_int_equal(after.last_time_ms, before->last_time_ms);
    assert_int_equal(after.edge_count, before->edge_count);
    assert_string_equal(after.epoch.text, before->epoch.text);
    assert_int_equal(fixture_page(f, "", before->head, UINT64_MAX, 1 << 20), OK);
    assert_int_equal(page->count, 0);
    assert_int_equal(page->head, before->head);
    assert_int_equal(fixture_page(f, "new", 0, UINT64_MAX, 1 << 20), OK);
    assert_int_equal(page->count, 0);
}

static void fill_batch(struct fixture *f, const char *topic, unsigned count)
{
    batch_reset(&f->batch);
    for (unsigned i = 0; i < count; i++) {
        struct record like = {.group = (uint16_t)(i < 60 ? 3 - i % 4 : 0)};
        char id[32];
        (void)snprintf(id, sizeof id, "%s%u", topic, i);
        fixture_add_like(f, &like, topic, id,
                         "some data that takes a little room in the file, all in all");
    }
}

/* The n-th write or sync and all later ones fail, then the disk works again. */
static enum err fail_at(struct fixture *f, int operation, bool syncs_only)
{
    struct journal_state before = fixture_state(f);
    const struct sqlite3 *connection;
    char expected[32];
    enum err err;

    fill_batch(f, "new", 120);
    batch_set_edge(&f->batch, 1000 + (uint64_t)operation, 1, 1000);
    fault_vfs_arm(operation, syncs_only);
    err = fixture_commit(f);
    if (fault.failed == 0) {
        fault_vfs_heal();
        return OK;
    }
    assert_true(err == ERR_FULL || err == ERR_IO);
    assert_int_equal(f->batch.stored, 0);
    for (size_t i = 0; i < f->batch.count; i++)
        assert_int_equal(f->batch.entries[i].result, err);
    assert_unchanged(f, &before);
    assert_int_not_equal(fixture_commit(f), OK); /* the disk still fails */
    assert_unchanged(f, &before);

    fault_vfs_heal();
    connection = f->journal->sql.db;
    assert_int_equal(fixture_commit(f), OK); /* the same batch, on a new connection */
    assert_ptr_not_equal(f->journal->sql.db, connection);
    for (size_t i = 0; i < f->batch.count; i++) {
        assert_int_equal(f->batch.entries[i].result, OK);
        assert_int_equal(f->batch.entries[i].offset, before.head + 1 + i);
    }
    (void)snprintf(expected, sizeof expected, "%llu", (unsigned long long)before.head + 120);
    assert_offsets(f, "new", before.head + 119, OK, expected);
    return err;
}

/* Restores the log, so that the ids of the next round are free. */
static void start_anew(struct fixture *f)
{
    char path[512];

    fixture_close(f);
    fixture_path(f, "belfry.db", path);
    (void)unlink(path);
    fixture_path(f, "belfry.db-wal", path);
    (void)unlink(path);
    fixture_open(f);
}

static void each_write_may_fail(void **state)
{
    struct fixture *f = *state;
    int operation = 0;

    fixture_open(f);
    while (fail_at(f, operation, false) != OK) {
        start_anew(f);
        assert_true(++operation < 1000);
    }
    assert_true(operation > 5);
}

static void a_sync_may_fail(void **state)
{
    struct fixture *f = *state;
    int operation = 0;

    fixture_open(f);
    while (fail_at(f, operation, true) != OK) {
        fixture_reopen(f); /* the stored records are there */
        assert_int_equal(fixture_state(f).head, 120);
        start_anew(f);
        assert_true(++operation < 100);
    }
    assert_true(operation >= 1);
}

/* Failed maintenance is retried, and reads and appends still work. */
static void maintenance_may_fail(void **state)
{
    struct fixture *f = *state;
    unsigned failures = 0;
    uint64_t head = 0;

    f->config.retention_ms = 1000;
    fixture_open(f);
    for (int operation = 0; operation < 60; operation++) {
        bool more = true;
        batch_reset(&f->batch);
        batch_set_edge(&f->batch, 5, (uint64_t)operation + 1, f->time_ms);
        assert_int_equal(fixture_commit(f), OK);
        fixture_fill(f, "a", 0, 120);
        f->time_ms += 300;
        head += 120;
        fault_vfs_arm(operation % 20, operation % 2 == 0);
        for (unsigned i = 0; more && i < 100; i++) {
            if (journal_maintain(f->journal, f->time_ms, &more) != OK) {
                failures++;
                fault_vfs_heal();
            }
        }
        fault_vfs_heal();
        (void)fixture_maintain(f, f->time_ms);
        assert_int_equal(fixture_state(f).head, head);
        assert_int_equal(fixture_page(f, "a", head - 120, UINT64_MAX, 1 << 20), OK);
        assert_int_equal(f->page.count, 120);
    }
    assert_true(failures > 10);
    assert_true(fixture_state(f).oldest > 1);
    fixture_reopen(f);
    assert_int_equal(fixture_state(f).head, head);
    assert_int_equal(fixture_accepted(f, 5), 60);
}

/* A failed trim changes nothing, and can be retried. */
static void trimming_may_fail(void **state)
{
    struct fixture *f = *state;
    unsigned failures = 0;
    uint64_t head = 0;

    fixture_open(f);
    for (int operation = 0; operation < 40; operation++) {
        struct journal_state before;
        uint64_t oldest = 0;
        enum err err;

        fixture_fill(f, "a", 0, 120);
        head += 120;
        if (operation % 2 == 0)
            (void)fixture_maintain(f, f->time_ms);
        before = fixture_state(f);
        fault_vfs_arm(operation / 4, operation % 4 > 1);
        err = journal_trim(f->journal, head - 70, 0, false, &oldest);
        fault_vfs_heal();
        if (err != OK) {
            failures++;
            assert_unchanged(f, &before);
            assert_int_equal(journal_trim(f->journal, head - 70, 0, false, &oldest), OK);
        }
        assert_int_equal(oldest, head - 70);
        assert_int_equal(fixture_state(f).oldest, head - 70);
        assert_int_equal(fixture_page(f, "a", 0, UINT64_MAX, 1 << 20), OK);
        assert_int_equal(f->page.count, 71);
    }
    assert_true(failures > 5);
    fixture_reopen(f);
    assert_int_equal(fixture_state(f).head, head);
    assert_int_equal(fixture_state(f).oldest, head - 70);
}

static void opening_may_fail(void **state)
{
    struct fixture *f = *state;
    unsigned failures = 0;

    for (int operation = 0; operation < 40; operation++) {
        enum err err;
        fault_vfs_arm(operation, false);
        err = journal_open(&f->config, &f->journal, f->reason);
        fault_vfs_heal();
        if (err == OK) {
            journal_close(f->journal);
            f->journal = NULL;
            continue;
        }
        failures++;
        assert_true(err == ERR_FULL || err == ERR_IO);
        assert_non_null(strstr(f->reason, "belfry.db"));
    }
    assert_true(failures > 2);
    fixture_open(f);
    assert_int_equal(fixture_append(f, "a", "x"), 1);
}

/* ---- real limits ----------------------------------------------------------------------------- */

/* Appends until an error, and returns it. */
static enum err append_until_full(struct fixture *f)
{
    for (unsigned i = 0; i < 20000; i++) {
        enum err err;
        fill_batch(f, "filler", 50);
        for (size_t k = 0; k < f->batch.count; k++)
            f->batch.entries[k].record.id = (struct slice){0};
        err = fixture_commit(f);
        if (err != OK)
            return err;
    }
    return OK;
}

static void a_file_size_limit(void **state)
{
    struct fixture *f = *state;
    struct journal_state before;
    struct rlimit old;
    struct rlimit small;

    fixture_open(f);
    fixture_fill(f, "a", 0, 10);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    small = (struct rlimit){.rlim_cur = 400000, .rlim_max = old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(append_until_full(f), ERR_FULL);
    before = fixture_state(f);
    assert_true(before.head > 10);
    assert_unchanged(f, &before);
    assert_int_equal(append_until_full(f), ERR_FULL);
    assert_unchanged(f, &before);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(fixture_append(f, "new", "x"), before.head + 1);
    fixture_reopen(f);
    assert_int_equal(fixture_state(f).head, before.head + 1);
}

/* Runs in a process of its own, whose mounts end with it. Exit status 77: not allowed here. */
static void on_a_small_disk(struct fixture *f)
{
    struct journal_state before;
    char ballast[512];
    enum err err;
    int fd;

    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", f->directory, "tmpfs", 0, "size=3m,mode=700") != 0)
        _exit(77);
    fixture_path(f, "ballast", ballast);
    fd = open(ballast, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, 0), 0);
    for (unsigned i = 0; i < 256; i++) { /* 1 MiB */
        static const char zeros[4096] = {1};
        assert_int_equal(write(fd, zeros, sizeof zeros), sizeof zeros);
    }
    (void)close(fd);

    fixture_open(f);
    fixture_fill(f, "a", 0, 10);
    assert_int_equal(append_until_full(f), ERR_FULL);
    before = fixture_state(f);
    assert_unchanged(f, &before);
    assert_int_equal(append_until_full(f), ERR_FULL);
    assert_unchanged(f, &before);
    assert_int_equal(unlink(ballast), 0);
    assert_int_equal(fixture_append(f, "new", "x"), before.head + 1);
    (void)fixture_maintain(f, 0);

    /* Reopened on the full disk, the log opens or reports that the disk is full. */
    assert_int_equal(append_until_full(f), ERR_FULL);
    before = fixture_state(f);
    fixture_close(f);
    err = journal_open(&f->config, &f->journal, f->reason);
    assert_true(err == OK || err == ERR_FULL);
    if (err == OK)
        assert_int_equal(fixture_state(f).head, before.head);
    else
        assert_non_null(strstr(f->reason, "no space left"));
    _exit(0);
}

static void a_full_disk(void **state)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0)
        on_a_small_disk(*state);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        print_message("skipped: mounting a small disk is not allowed here\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- damage ---------------------------------------------------------------------------------- */

/* Changes one byte of the data of record 30 in the database file, behind SQLite's back. */
static void flip_a_bit(struct fixture *f)
{
    char path[512];
    char *bytes = malloc(1 << 20);
    ssize_t size;
    int fd;

    assert_non_null(bytes);
    fixture_path(f, "belfry.db", path);
    fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    size = read(fd, bytes, 1 << 20);
    for (ssize_t i = 0; i + 7 <= size; i++) {
        if (memcmp(bytes + i, "mark 30", 7) == 0) {
            assert_int_equal(pwrite(fd, "MARK", 1, i), 1);
            size = 0;
        }
    }
    assert_int_equal(size, 0);
    (void)close(fd);
    free(bytes);
}

static void a_flipped_bit_is_found_on_reading(void **state)
{
    struct fixture *f = *state;

    fixture_open(f);
    fixture_fill(f, "mark", 1, 100);
    (void)fixture_maintain(f, 0); /* both segments get their index: nothing is scanned on opening */
    fixture_close(f);
    flip_a_bit(f);
    fixture_open(f);
    assert_int_equal(fixture_page(f, "", 0, UINT64_MAX, 1 << 20), ERR_CORRUPT);
    assert_int_equal(f->page.count, 29); /* complete up to the record before */
    assert_int_equal(f->page.next, 29);
    assert_int_equal(f->page.entries[28].offset, 29);
    assert_int_equal(fixture_page(f, "mark", 20, UINT64_MAX, 1 << 20), ERR_CORRUPT);
    assert_int_equal(f->page.count, 9);
    assert_int_equal(f->page.next, 29);
    assert_int_equal(fixture_page(f, "mark", 30, UINT64_MAX, 1 << 20), OK);
    assert_int_equal(f->page.count, 70);
    assert_int_equal(fixture_append(f, "mark", "goes on"), 101);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_write_may_fail, setup, teardown),
        cmocka_unit_test_setup_teardown(a_sync_may_fail, setup, teardown),
        cmocka_unit_test_setup_teardown(maintenance_may_fail, setup, teardown),
        cmocka_unit_test_setup_teardown(trimming_may_fail, setup, teardown),
        cmocka_unit_test_setup_teardown(opening_may_fail, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_size_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_disk, setup, teardown),
        cmocka_unit_test_setup_teardown(a_flipped_bit_is_found_on_reading, setup, teardown),
    };

    return fault_vfs_install() == SQLITE_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
