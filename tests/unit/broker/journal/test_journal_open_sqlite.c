/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Opening: errors and their reasons, older schemas, and when a log keeps its epoch. */

#include "broker/journal/journal_sqlite.h"
#include "tests/unit/broker/journal/journal_fixture.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int setup(void **state)
{
    *state = fixture_make();
    return 0;
}

static int teardown(void **state)
{
    fixture_free(*state);
    return 0;
}

static void assert_refused(struct fixture *f, enum err expected, const char *word)
{
    struct journal *journal = NULL;

    memset(f->reason, '?', sizeof f->reason);
    assert_int_equal(journal_open(&f->config, &journal, f->reason), expected);
    assert_null(journal);
    assert_non_null(memchr(f->reason, '\0', sizeof f->reason));
    assert_non_null(strstr(f->reason, f->directory));
    assert_non_null(strstr(f->reason, word));
    assert_null(strchr(f->reason, '\n'));
}

static void sql(const struct fixture *f, const char *text)
{
    char path[512];
    char *message = NULL;
    sqlite3 *db;

    fixture_path(f, "belfry.db", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, text, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s", message);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void copy_file(const char *from, const char *to)
{
    char bytes[65536];
    ssize_t size;
    int in = open(from, O_RDONLY);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(in >= 0 && out >= 0);
    while ((size = read(in, bytes, sizeof bytes)) > 0)
        assert_int_equal(write(out, bytes, (size_t)size), size);
    assert_int_equal(size, 0);
    (void)close(in);
    (void)close(out);
}

/* ---- refused --------------------------------------------------------------------------------- */

static void missing_directory(void **state)
{
    struct fixture *f = *state;
    char path[512];

    fixture_path(f, "not/there", path);
    f->config.directory = path;
    assert_refused(f, ERR_IO, "No such file");
}

static void a_file_for_a_directory(void **state)
{
    struct fixture *f = *state;
    char path[512];

    fixture_path(f, "belfry.db", path);
    (void)close(open(path, O_WRONLY | O_CREAT, 0600));
    f->config.directory = path;
    assert_refused(f, ERR_IO, "Not a directory");
}

static void in_use_here(void **state)
{
    struct fixture *f = *state;

    fixture_open(f);
    assert_refused(f, ERR_BUSY, "in use");
    assert_int_equal(fixture_append(f, "a", "x"), 1); /* the first one is not disturbed */
    fixture_reopen(f);
}

static void in_use_elsewhere(void **state)
{
    struct fixture *f = *state;
    pid_t child;
    int status;

    fixture_open(f);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct journal *journal;
        _exit((int)journal_open(&f->config, &journal, f->reason));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), ERR_BUSY);
}

static void newer_schema(void **state)
{
    struct fixture *f = *state;

    fixture_open(f);
    fixture_close(f);
    sql(f, "PRAGMA user_version = 4");
    assert_refused(f, ERR_VERSION, "version 4 is newer than 3");
}

static void no_database(void **state)
{
    struct fixture *f = *state;
    char path[512];
    int fd;

    fixture_path(f, "belfry.db", path);
    fd = open(path, O_WRONLY | O_CREAT, 0600);
    for (int i = 0; i < 100; i++)
        assert_int_equal(write(fd, "this is not a database, it is text.\n", 36), 36);
    (void)close(fd);
    assert_refused(f, ERR_CORRUPT, "belfry.db");
}

static void another_programs_database(void **state)
{
    struct fixture *f = *state;

    sql(f, "CREATE TABLE theirs (x)");
    assert_refused(f, ERR_CORRUPT, "not Belfry's");
}

static void damaged_tree(void **state)
{
    struct fixture *f = *state;
    char path[512];
    char zeros[4096] = {0};
    int fd;

    fixture_open(f);
    for (int i = 0; i < 10; i++)
        fixture_fill(f, "a", 0, 200);
    fixture_close(f);
    fixture_path(f, "belfry.db", path);
    fd = open(path, O_WRONLY);
    for (int i = 1; i < 10; i++)
        assert_int_equal(pwrite(fd, zeros, sizeof zeros, i * 4096), 4096);
    (void)close(fd);
    assert_refused(f, ERR_CORRUPT, "damaged");
}

static void damaged_newest_record(void **state)
{
    struct fixture *f = *state;

    fixture_open(f);
    fixture_fill(f, "a", 0, 20);
    fixture_close(f);
    sql(f, "UPDATE record SET body = zeroblob(length(body)) WHERE offset = 17");
    assert_refused(f, ERR_CORRUPT, "record 17");
    sql(f, "DELETE FROM record WHERE offset = 17");
    assert_refused(f, ERR_CORRUPT, "record 17");
}

/* Root may write anywhere, so this runs as nobody. */
static void refused_as_nobody(struct fixture *f, const char *word)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        struct journal *journal;
        enum err err;
        if (getuid() == 0 && setuid(65534) != 0)
            _exit(100);
        err = journal_open(&f->config, &journal, f->reason);
        _exit(err == ERR_READ_ONLY && strstr(f->reason, word) != NULL ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void read_only_directory(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(chmod(f->directory, 0555), 0);
    refused_as_nobody(f, "belfry.lock");
    assert_int_equal(chmod(f->directory, 0700), 0);
}

static void read_only_file(void **state)
{
    struct fixture *f = *state;
    char path[512];

    fixture_open(f);
    fixture_close(f);
    assert_int_equal(chmod(f->directory, 0777), 0);
    fixture_path(f, "belfry.lock", path);
    assert_int_equal(chmod(path, 0666), 0);
    fixture_path(f, "belfry.db", path);
    assert_int_equal(chmod(path, 0444), 0);
    refused_as_nobody(f, "belfry.db");
}

/* ---- older schemas --------------------------------------------------------------------------- */

/* Writes a database of schema version 1: the log without an index. */
static void make_version_1(struct fixture *f, unsigned records)
{
    char path[512];
    sqlite3_stmt *insert;
    sqlite3 *db;

    fixture_path(f, "belfry.db", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(
            db,
            "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
            "CREATE TABLE record (offset INTEGER PRIMARY KEY, time INTEGER NOT NULL,"
            " sum INTEGER NOT NULL, body BLOB NOT NULL);"
            "CREATE TABLE publisher_id (id BLOB PRIMARY KEY, offset INTEGER NOT NULL)"
            " WITHOUT ROWID;"
            "CREATE TABLE edge (incarnation INTEGER PRIMARY KEY, accepted INTEGER NOT NULL,"
            " seen_ms INTEGER NOT NULL);"
            "INSERT INTO edge VALUES (5, 50, 1000);"
            "INSERT INTO publisher_id VALUES (CAST('x' AS BLOB), 3);"
            "INSERT INTO meta VALUES ('epoch', 'old123'), ('term', 8), ('clean', 1);"
            "PRAGMA application_id = 1113943142; PRAGMA user_version = 1; BEGIN",
            NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "INSERT INTO record VALUES (?, ?, ?, ?)", -1, &insert, NULL),
        SQLITE_OK);
    batch_reset(&f->batch);
    for (unsigned i = 0; i < records; i++)
        fixture_add(f, i % 2 == 0 ? "even" : "odd", i == 2 ? "x" : NULL, "data");
    for (unsigned i = 0; i < records; i++) {
        const struct batch_entry *entry = &f->batch.entries[i];
        (void)sqlite3_bind_int64(insert, 1, i + 1);
        (void)sqlite3_bind_int64(insert, 2, (sqlite3_int64)entry->time_ms);
        (void)sqlite3_bind_int64(
            insert, 3, (sqlite3_int64)journal_checksum(i + 1, entry->time_ms, entry->body));
        (void)sqlite3_bind_blob(insert, 4, entry->body.data, (int)entry->body.size, NULL);
        assert_int_equal(sqlite3_step(insert), SQLITE_DONE);
        (void)sqlite3_reset(insert);
    }
    batch_reset(&f->batch);
    assert_int_equal(sqlite3_finalize(insert), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void migrates_version_1(void **state)
{
    struct fixture *f = *state;

    make_version_1(f, 57);
    f->config.segment_records = 8;
    fixture_open(f);
    assert_int_equal(fixture_state(f).head, 57);
    assert_int_equal(fixture_state(f).term, 9);
    assert_int_equal(fixture_accepted(f, 5), 50);
    assert_offsets(f, "odd", 46, OK, "48 50 52 54 56");
    assert_offsets(f, "even", 0, OK,
                   "1 3 5 7 9 11 13 15 17 19 21 23 25 27 29 31 33 35 37 39 41 43 45 47 49 51 53 "
                   "55 57");
    fixture_add(f, "a", "x", "again");
    fixture_add(f, "a", "y", "new");
    assert_int_equal(fixture_commit(f), OK);
    assert_int_equal(f->batch.entries[0].result, ERR_DUPLICATE);
    assert_int_equal(f->batch.entries[0].offset, 3);
    assert_int_equal(f->batch.entries[1].offset, 58);
    fixture_reopen(f);
    assert_int_equal(fixture_state(f).head, 58);
}

static void an_empty_file_is_a_new_log(void **state)
{
    struct fixture *f = *state;
    char path[512];

    fixture_path(f, "belfry.db", path);
    (void)close(open(path, O_WRONLY | O_CREAT, 0600));
    fixture_open(f);
    assert_int_equal(fixture_append(f, "a", "x"), 1);
}

/* ---- the same log? --------------------------------------------------------------------------- */

/* Like a power loss: the log is not closed, and the boot id changes. */
static void lose_power(struct fixture *f, enum durability durability)
{
    pid_t child;
    int status;

    fixture_close(f);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        f->config.durability = durability;
        if (journal_open(&f->config, &f->journal, f->reason) != OK)
            _exit(2);
        batch_reset(&f->batch);
        fixture_add(f, "a", NULL, "x");
        _exit(fixture_commit(f) == OK ? 0 : 3);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    sql(f, "UPDATE meta SET value = 'another boot' WHERE key = 'boot'");
    fixture_open(f);
}

static void power_loss_without_syncs_makes_an_epoch(void **state)
{
    struct fixture *f = *state;
    struct epoch epoch;

    fixture_open(f);
    assert_int_equal(fixture_append(f, "a", "x"), 1);
    epoch = fixture_state(f).epoch;
    lose_power(f, DURABILITY_NORMAL);
    assert_string_not_equal(fixture_state(f).epoch.text, epoch.text);
    assert_int_equal(fixture_state(f).term, 3);
    assert_int_equal(fixture_append(f, "a", "x"), 3); /* offsets continue */
    epoch = fixture_state(f).epoch;
    fixture_reopen(f); /* once */
    assert_string_equal(fixture_state(f).epoch.text, epoch.text);
}

static void power_loss_with_syncs_makes_none(void **state)
{
    struct fixture *f = *state;
    struct epoch epoch;

    fixture_open(f);
    assert_int_equal(fixture_append(f, "a", "x"), 1);
    epoch = fixture_state(f).epoch;
    lose_power(f, DURABILITY_FULL);
    assert_string_equal(fixture_state(f).epoch.text, epoch.text);
    assert_int_equal(fixture_append(f, "a", "x"), 3);
}

static void another_boot_after_a_clean_end_makes_none(void **state)
{
    struct fixture *f = *state;
    struct epoch epoch;

    fixture_open(f);
    epoch = fixture_state(f).epoch;
    fixture_close(f);
    sql(f, "UPDATE meta SET value = 'another boot' WHERE key = 'boot'");
    fixture_open(f);
    assert_string_equal(fixture_state(f).epoch.text, epoch.text);
}

static void an_older_copy_makes_an_epoch(void **state)
{
    struct fixture *f = *state;
    struct epoch epoch;
    char database[512];
    char backup[512];

    fixture_open(f);
    assert_int_equal(fixture_append(f, "a", "x"), 1);
    epoch = fixture_state(f).epoch;
    fixture_close(f);
    fixture_path(f, "belfry.db", database);
    fixture_path(f, "backup", backup);
    copy_file(database, backup);
    fixture_open(f);
    assert_int_equal(fixture_append(f, "a", "lost"), 2);
    fixture_close(f);
    copy_file(backup, database); /* the file keeps its inode */
    (void)unlink(backup);
    fixture_open(f);
    assert_string_not_equal(fixture_state(f).epoch.text, epoch.text);
    assert_int_equal(fixture_state(f).term, 3); /* above both */
    assert_int_equal(fixture_state(f).head, 1);
}

static void a_copy_elsewhere_makes_an_epoch(void **state)
{
    struct fixture *f = *state;
    struct fixture *g = fixture_make();
    struct epoch epoch;
    char from[512];
    char to[512];

    fixture_open(f);
    fixture_fill(f, "a", 0, 50);
    epoch = fixture_state(f).epoch;
    fixture_path(f, "belfry.db", from); /* a copy while it runs, like a snapshot of the disk */
    fixture_path(g, "belfry.db", to);
    copy_file(from, to);
    fixture_path(f, "belfry.db-wal", from);
    fixture_path(g, "belfry.db-wal", to);
    copy_file(from, to);
    fixture_open(g);
    assert_int_equal(fixture_state(g).head, 50);
    assert_string_not_equal(fixture_state(g).epoch.text, epoch.text);
    fixture_free(g);
}

static void memory_is_a_new_log_each_time(void **state)
{
    struct fixture *f = *state;
    struct epoch epoch;
    char path[512];

    f->config.durability = DURABILITY_MEMORY;
    f->config.directory = NULL;
    fixture_open(f);
    assert_int_equal(fixture_append(f, "a", "x"), 1);
    assert_offsets(f, "a", 0, OK, "1");
    epoch = fixture_state(f).epoch;
    assert_int_equal(fixture_state(f).file_bytes, 0);
    fixture_reopen(f);
    assert_string_not_equal(fixture_state(f).epoch.text, epoch.text);
    assert_int_equal(fixture_state(f).head, 0);
    fixture_path(f, "belfry.db", path);
    assert_int_equal(access(path, F_OK), -1);
}

/* ---- one connection writes ------------------------------------------------------------------- */

static uint64_t pragma(struct journal_db *connection, const char *text)
{
    sqlite3_stmt *stmt;
    uint64_t value;

    assert_int_equal(sqlite3_prepare_v2(connection->db, text, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    value = (uint64_t)sqlite3_column_int64(stmt, 0);
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    return value;
}

static void readers_never_write_or_checkpoint(void **state)
{
    struct fixture *f = *state;

    f->config.durability = DURABILITY_FULL;
    fixture_open(f);
    assert_int_equal(sqlite3_db_readonly(f->reader->sql.db, "main"), 1);
    assert_int_equal(pragma(&f->reader->sql, "PRAGMA query_only"), 1);
    assert_int_not_equal(
        sqlite3_wal_checkpoint_v2(f->reader->sql.db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(pragma(&f->journal->sql, "PRAGMA synchronous"), 2);
    assert_int_equal(pragma(&f->journal->sql, "PRAGMA wal_autocheckpoint"), 0);
    assert_int_equal(pragma(&f->journal->sql, "PRAGMA trusted_schema"), 0);
    assert_int_equal(pragma(&f->reader->sql, "PRAGMA trusted_schema"), 0);
    assert_int_not_equal(sqlite3_exec(f->journal->sql.db,
                                      "PRAGMA writable_schema = ON;"
                                      "DELETE FROM sqlite_schema",
                                      NULL, NULL, NULL),
                         SQLITE_OK);
}

static uint64_t wal_size(const struct fixture *f)
{
    struct stat status;
    char path[512];

    fixture_path(f, "belfry.db-wal", path);
    return stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

static void the_write_ahead_log_stays_small(void **state)
{
    struct fixture *f = *state;
    uint64_t largest = 0;

    fixture_open(f);
    for (unsigned i = 0; i < 200; i++) {
        fixture_fill(f, "a", 0, 1000);
        (void)fixture_maintain(f, 0);
        (void)fixture_page(f, "a", i * 1000, UINT64_MAX, 1 << 20);
        if (wal_size(f) > largest)
            largest = wal_size(f);
    }
    assert_true(largest < (4u << 20)); /* 500 pages, and writes between two steps */
    for (unsigned i = 0; i < 600; i++) /* without maintenance */
        fixture_fill(f, "a", 0, 1000);
    assert_true(wal_size(f) < (16u << 20)); /* 2000 pages and one batch */
    (void)fixture_maintain(f, 0);
    fixture_reopen(f);
    assert_true(wal_size(f) < (1u << 20));
    assert_int_equal(fixture_state(f).head, 800000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(missing_directory, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_for_a_directory, setup, teardown),
        cmocka_unit_test_setup_teardown(in_use_here, setup, teardown),
        cmocka_unit_test_setup_teardown(in_use_elsewhere, setup, teardown),
        cmocka_unit_test_setup_teardown(newer_schema, setup, teardown),
        cmocka_unit_test_setup_teardown(no_database, setup, teardown),
        cmocka_unit_test_setup_teardown(another_programs_database, setup, teardown),
        cmocka_unit_test_setup_teardown(damaged_tree, setup, teardown),
        cmocka_unit_test_setup_teardown(damaged_newest_record, setup, teardown),
        cmocka_unit_test_setup_teardown(read_only_directory, setup, teardown),
        cmocka_unit_test_setup_teardown(read_only_file, setup, teardown),
        cmocka_unit_test_setup_teardown(migrates_version_1, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_file_is_a_new_log, setup, teardown),
        cmocka_unit_test_setup_teardown(power_loss_without_syncs_makes_an_epoch, setup, teardown),
        cmocka_unit_test_setup_teardown(power_loss_with_syncs_makes_none, setup, teardown),
        cmocka_unit_test_setup_teardown(another_boot_after_a_clean_end_makes_none, setup, teardown),
        cmocka_unit_test_setup_teardown(an_older_copy_makes_an_epoch, setup, teardown),
        cmocka_unit_test_setup_teardown(a_copy_elsewhere_makes_an_epoch, setup, teardown),
        cmocka_unit_test_setup_teardown(memory_is_a_new_log_each_time, setup, teardown),
        cmocka_unit_test_setup_teardown(readers_never_write_or_checkpoint, setup, teardown),
        cmocka_unit_test_setup_teardown(the_write_ahead_log_stays_small, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
