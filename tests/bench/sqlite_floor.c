/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* SQLite alone: inserts rows like those of the journal for SECONDS, BATCH rows per transaction,
 * each transaction synced. This is the maximum for a durable log in SQLite. First the database is
 * filled until its write-ahead log has reached its final size, since syncing a growing file costs
 * more.
 *
 *   bench_sqlite DIRECTORY BATCH BODY SECONDS
 *
 * Prints one line of JSON. The directory must exist. */

#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* About 14 MiB in total, less than journal_size_limit. */
#define WARM_ROWS 60000

static double seconds(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void must(int status, int expected, sqlite3 *db)
{
    if (status == expected)
        return;
    (void)fprintf(stderr, "bench_sqlite: %s\n", sqlite3_errmsg(db));
    exit(1);
}

static void run(sqlite3 *db, const char *sql)
{
    must(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, db);
}

static sqlite3_stmt *prepared(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    must(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK, db);
    return statement;
}

static void insert(sqlite3 *db, sqlite3_stmt *into, int64_t offset, const char *body, int size)
{
    must(sqlite3_bind_int64(into, 1, offset), SQLITE_OK, db);
    must(sqlite3_bind_int64(into, 2, 1795172003000 + offset), SQLITE_OK, db);
    must(sqlite3_bind_int64(into, 3, (offset * 2654435761) & 0xffffffff), SQLITE_OK, db);
    must(sqlite3_bind_blob(into, 4, body, size, SQLITE_STATIC), SQLITE_OK, db);
    must(sqlite3_step(into), SQLITE_DONE, db);
    must(sqlite3_reset(into), SQLITE_OK, db);
}

/* Inserts `batch` rows in one transaction. Returns the offset of the last row. */
static int64_t commit(sqlite3 *db, sqlite3_stmt *into, int64_t offset, long batch, const char *body,
                      int size)
{
    run(db, "BEGIN IMMEDIATE");
    for (long i = 0; i < batch; i++)
        insert(db, into, ++offset, body, size);
    run(db, "COMMIT");
    return offset;
}

static sqlite3 *opened(const char *directory)
{
    char path[4096];
    sqlite3 *db = NULL;

    (void)snprintf(path, sizeof path, "%s/alone.db", directory);
    must(sqlite3_open(path, &db), SQLITE_OK, db);
    run(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384;"
            "PRAGMA journal_size_limit = 16777216;"
            "CREATE TABLE record (offset INTEGER PRIMARY KEY, time INTEGER NOT NULL,"
            " crc INTEGER NOT NULL, body BLOB NOT NULL)");
    return db;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        (void)fprintf(stderr, "usage: bench_sqlite DIRECTORY BATCH BODY SECONDS\n");
        return 2;
    }
    long batch = strtol(argv[2], NULL, 10);
    int size = (int)strtol(argv[3], NULL, 10);
    double limit = strtod(argv[4], NULL);
    char *body = malloc((size_t)size + 1);
    if (body == NULL || batch < 1 || size < 0)
        return 2;
    memset(body, 'x', (size_t)size);

    sqlite3 *db = opened(argv[1]);
    sqlite3_stmt *into = prepared(db, "INSERT INTO record VALUES (?, ?, ?, ?)");
    int64_t first = commit(db, into, 0, WARM_ROWS, body, size);
    run(db, "PRAGMA wal_checkpoint");
    int64_t offset = first;
    double start = seconds(CLOCK_MONOTONIC);
    double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    while (seconds(CLOCK_MONOTONIC) - start < limit)
        offset = commit(db, into, offset, batch, body, size);
    double taken = seconds(CLOCK_MONOTONIC) - start;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    (void)printf("{\"rows\": %lld, \"seconds\": %.6f, \"cpu_s\": %.6f}\n",
                 (long long)(offset - first), taken, cpu);
    must(sqlite3_finalize(into), SQLITE_OK, db);
    must(sqlite3_close(db), SQLITE_OK, db);
    free(body);
    return 0;
}
