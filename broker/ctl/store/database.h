/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_CTL_STORE_DATABASE_H
#define BELFRY_BROKER_CTL_STORE_DATABASE_H

/* A log's database beside its broker: opened to be read only, copied while it is written to, put in
 * the place of another one. Over SQLite. */

#include "common/base/err.h"
#include "common/wire/event_id.h"

#include <stdbool.h>
#include <stdint.h>

#define DATABASE_PATH_SIZE 4096
#define DATABASE_REASON_SIZE 512

/* `path` names a database, or a data directory with a belfry.db in it. ERR_TOO_LARGE. */
MUST_CHECK enum err database_find(const char *path, char out[DATABASE_PATH_SIZE]);

/* What a log is. */
struct database_info {
    struct epoch epoch;
    uint64_t term;
    uint64_t oldest;
    uint64_t head; /* oldest - 1: no records */
    uint64_t pages;
    uint64_t page_size;
};

/* a connection that only reads, and sees one moment of the database as long as it lives */
struct database;

/* ERR_NOT_FOUND, ERR_CORRUPT (not a log of ours), ERR_VERSION (of a newer belfry), ERR_IO …; with a
 * reason. */
MUST_CHECK enum err database_open(const char *path, struct database **out,
                                  char reason[DATABASE_REASON_SIZE]);
void database_close(struct database *d); /* takes NULL */

MUST_CHECK enum err database_info(struct database *d, struct database_info *out,
                                  char reason[DATABASE_REASON_SIZE]);

/* SQLite's connection, for check_sqlite.c. */
struct journal_db;
struct journal_db *database_sql(struct database *d);

/* Called now and then with how much is done, of 1000. */
typedef void database_progress(unsigned permille);

/* Copies to `path`, which must be a new or empty file: one whole file, on the disk, that needs no
 * other. `other_log`: the next broker that opens the copy gives it a new epoch, wherever it lies.
 * ERR_FULL, ERR_IO, ERR_BUSY. */
MUST_CHECK enum err database_copy(struct database *d, const char *path, bool other_log,
                                  database_progress *progress, char reason[DATABASE_REASON_SIZE]);

#endif
