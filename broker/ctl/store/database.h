/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_STORE_DATABASE_H
#define BELFRY_BROKER_CTL_STORE_DATABASE_H

/* Reads and copies the database of a log with SQLite, even while its broker writes to it. */

#include "common/base/err.h"
#include "common/wire/event_id.h"

#include <stdbool.h>
#include <stdint.h>

#define DATABASE_PATH_SIZE 4096
#define DATABASE_REASON_SIZE 512

/* Sets `out` to the path of a database; `path` is a file, or a data directory with a belfry.db in
 * it. Returns ERR_TOO_LARGE. */
MUST_CHECK enum err database_find(const char *path, char out[DATABASE_PATH_SIZE]);

/* Describes a log. */
struct database_info {
    struct epoch epoch;
    uint64_t term;
    uint64_t oldest;
    uint64_t head; /* oldest - 1 = no records */
    uint64_t pages;
    uint64_t page_size;
};

/* A read-only connection that sees the database as it was when it was opened. */
struct database;

/* Returns, with a reason, ERR_NOT_FOUND, ERR_INVALID (not a file), ERR_CORRUPT (not a log of
 * Belfry), ERR_VERSION (the schema of another version), or an error of SQLite. */
MUST_CHECK enum err database_open(const char *path, struct database **out,
                                  char reason[DATABASE_REASON_SIZE]);
void database_close(struct database *d); /* NULL is allowed */

MUST_CHECK enum err database_info(struct database *d, struct database_info *out,
                                  char reason[DATABASE_REASON_SIZE]);

/* Returns SQLite's connection, for check_sqlite.c. */
struct journal_db;
struct journal_db *database_sql(struct database *d);

/* Reports progress, from 0 to 1000. */
typedef void database_progress(unsigned permille);

/* Copies the database to `path`, which must be an empty file. The copy is a single file, synced to
 * the disk. With `other_log`, the next broker that opens the copy always gives it a new epoch.
 * Returns ERR_FULL, ERR_IO or ERR_BUSY. */
MUST_CHECK enum err database_copy(struct database *d, const char *path, bool other_log,
                                  database_progress *progress, char reason[DATABASE_REASON_SIZE]);

#endif
