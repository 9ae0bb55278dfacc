/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_JOURNAL_JOURNAL_DB_H
#define BELFRY_BROKER_JOURNAL_JOURNAL_DB_H

/* A connection to the log's database, and its prepared statements. One thread at a time. */

#include "common/base/err.h"
#include "common/base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The application id and schema version in the database's header (journal_schema_sqlite.c). */
#define JOURNAL_APPLICATION_ID 0x42656c66 /* "Belf" */
#define JOURNAL_SCHEMA_VERSION 3

struct sqlite3;
struct sqlite3_stmt;

/* Time to wait for a lock of the database. Only an operator who runs sqlite3 on it may hold one. */
#define BUSY_WAIT_MS 1000

#define JOURNAL_STATEMENTS(X)                                                                      \
    X(SQL_BEGIN, "BEGIN")                                                                          \
    X(SQL_BEGIN_WRITE, "BEGIN IMMEDIATE")                                                          \
    X(SQL_COMMIT, "COMMIT")                                                                        \
    X(SQL_ROLLBACK, "ROLLBACK")                                                                    \
    X(SQL_GROUP_BEGIN, "SAVEPOINT of_group")                                                       \
    X(SQL_GROUP_UNDO, "ROLLBACK TO of_group")                                                      \
    X(SQL_GROUP_END, "RELEASE of_group")                                                           \
    X(SQL_META_GET, "SELECT value FROM meta WHERE key = ?1")                                       \
    X(SQL_META_SET, "INSERT INTO meta (key, value) VALUES (?1, ?2)"                                \
                    " ON CONFLICT (key) DO UPDATE SET value = excluded.value")                     \
    X(SQL_HEAD, "SELECT max(offset) FROM record")                                                  \
    X(SQL_SEALED, "SELECT max(first), last FROM segment")                                          \
    X(SQL_RECORD_ADD, "INSERT INTO record (offset, time, sum, body) VALUES (?1, ?2, ?3, ?4)")      \
    X(SQL_RECORD_TIME, "SELECT time FROM record WHERE offset = ?1")                                \
    X(SQL_RECORD_SCAN, "SELECT offset, time, sum, body FROM record"                                \
                       " WHERE offset >= ?1 AND offset <= ?2 ORDER BY offset")                     \
    X(SQL_RECORD_BACK, "SELECT offset, time, sum, body FROM record"                                \
                       " WHERE offset >= ?1 AND offset <= ?2 ORDER BY offset DESC")                \
    X(SQL_RECORD_DELETE, "DELETE FROM record WHERE offset <= ?1")                                  \
    X(SQL_ID_ADD, "INSERT INTO publisher_id (id, offset) VALUES (?1, ?2)"                          \
                  " ON CONFLICT (id) DO UPDATE SET offset = excluded.offset WHERE offset < ?3")    \
    X(SQL_ID_GET, "SELECT offset FROM publisher_id WHERE id = ?1")                                 \
    X(SQL_ID_DELETE, "DELETE FROM publisher_id WHERE id = ?1 AND offset = ?2")                     \
    X(SQL_EDGE_SET, "INSERT INTO edge (incarnation, accepted, seen_ms) VALUES (?1, ?2, ?3)"        \
                    " ON CONFLICT (incarnation) DO UPDATE"                                         \
                    " SET accepted = excluded.accepted, seen_ms = excluded.seen_ms")               \
    X(SQL_EDGE_ALL, "SELECT incarnation, accepted, seen_ms FROM edge")                             \
    X(SQL_EDGE_DELETE, "DELETE FROM edge WHERE incarnation = ?1")                                  \
    X(SQL_SEGMENT_ADD, "INSERT INTO segment (first, last, bytes, first_time, last_time)"           \
                       " VALUES (?1, ?2, ?3, ?4, ?5)")                                             \
    X(SQL_SEGMENT_ALL, "SELECT first, last, bytes, first_time, last_time FROM segment"             \
                       " WHERE last >= ?1 ORDER BY first")                                         \
    X(SQL_SEGMENT_AT, "SELECT first, last FROM segment WHERE first <= ?1"                          \
                      " ORDER BY first DESC LIMIT 1")                                              \
    X(SQL_SEGMENT_DELETE, "DELETE FROM segment WHERE last < ?1")                                   \
    X(SQL_SEGMENT_REMOVE, "DELETE FROM segment WHERE first = ?1")                                  \
    X(SQL_POSTING_ADD, "INSERT INTO posting (segment, topic, count, places)"                       \
                       " VALUES (?1, ?2, ?3, ?4)")                                                 \
    X(SQL_POSTING_GET, "SELECT count, places FROM posting WHERE segment = ?1 AND topic = ?2")      \
    X(SQL_POSTING_FROM, "SELECT topic, count, places FROM posting"                                 \
                        " WHERE segment = ?1 AND topic >= ?2 ORDER BY topic")                      \
    X(SQL_POSTING_NTH, "SELECT segment, topic FROM posting WHERE segment < ?1"                     \
                       " ORDER BY segment, topic LIMIT 1 OFFSET ?2")                               \
    X(SQL_POSTING_DELETE, "DELETE FROM posting WHERE segment < ?1")                                \
    X(SQL_POSTING_DELETE_TO, "DELETE FROM posting WHERE (segment, topic) < (?1, ?2)")              \
    X(SQL_POSTING_DELETE_FROM, "DELETE FROM posting WHERE segment >= ?1")

enum journal_statement {
#define X(name, text) name,
    JOURNAL_STATEMENTS(X)
#undef X
        SQL_COUNT
};

struct journal_db {
    struct sqlite3 *db;
    bool owned; /* journal_db_close() closes the connection */
    struct sqlite3_stmt *statements[SQL_COUNT];
};

/* Opens the connection of the writer. `path` NULL: a database in memory. */
MUST_CHECK enum err journal_db_open_writer(struct journal_db *sql, const char *path);

/* Configures the writer's connection: write-ahead log, and a sync per commit or not. It changes
 * the file, so the schema must have been checked before. */
MUST_CHECK enum err journal_db_configure(struct journal_db *sql, bool sync_commits);

/* Opens a read-only connection. */
MUST_CHECK enum err journal_db_open_reader(struct journal_db *sql, const char *path);

/* Shares the connection of `other`, with statements of its own. */
void journal_db_share(struct journal_db *sql, const struct journal_db *other);
void journal_db_close(struct journal_db *sql);

/* Prepares the statement if needed, and binds numbers to its first parameters. Returns NULL if
 * memory runs out or there is no such table; journal_db_error() returns which. */
struct sqlite3_stmt *journal_db_get(struct journal_db *sql, enum journal_statement statement,
                                    const uint64_t *numbers, size_t count);
#define SQL_GET(sql, statement, ...)                                                               \
    journal_db_get((sql), (statement), (const uint64_t[]){__VA_ARGS__},                            \
                   sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))
#define SQL_PLAIN(sql, statement) journal_db_get((sql), (statement), NULL, 0)

/* Steps once. *out_row: there is a row; otherwise the statement is reset. NULL is allowed. */
MUST_CHECK enum err journal_db_step(struct journal_db *sql, struct sqlite3_stmt *stmt,
                                    bool *out_row);

/* Steps a statement that returns no rows, and resets it. */
MUST_CHECK enum err journal_db_run(struct journal_db *sql, struct sqlite3_stmt *stmt);

/* Reads one row with one number. ERR_NOT_FOUND: there is no row, or it is NULL. */
MUST_CHECK enum err journal_db_number(struct journal_db *sql, struct sqlite3_stmt *stmt,
                                      uint64_t *out);

/* Finds the first offset whose time is at least `time_ms`, otherwise head + 1. Times must not
 * decrease along the log. */
MUST_CHECK enum err journal_find_time(struct journal_db *sql, uint64_t oldest, uint64_t head,
                                      uint64_t time_ms, uint64_t *out);

/* Returns true between journal_db_begin() and the commit or rollback. */
bool journal_db_in_transaction(const struct journal_db *sql);

/* Begins a transaction that writes. */
MUST_CHECK enum err journal_db_begin(struct journal_db *sql);
MUST_CHECK enum err journal_db_commit(struct journal_db *sql);
void journal_db_rollback(struct journal_db *sql);

/* Runs SQL text without parameters. */
MUST_CHECK enum err journal_db_exec(struct journal_db *sql, const char *text);

/* Returns the error of the connection's last failure. */
enum err journal_db_error(const struct journal_db *sql);
const char *journal_db_message(const struct journal_db *sql);

/* Returns a column (from 0) of the current row. Its bytes are valid until the next step. */
uint64_t journal_column(struct sqlite3_stmt *stmt, int column);
struct slice journal_column_bytes(struct sqlite3_stmt *stmt, int column);

/* Binds a parameter (from 1). Its bytes must stay valid until the statement is reset or bound
 * again. An empty slice is an empty blob. */
void journal_bind(struct sqlite3_stmt *stmt, int parameter, uint64_t number);
void journal_bind_bytes(struct sqlite3_stmt *stmt, int parameter, struct slice bytes);

void journal_reset(struct sqlite3_stmt *stmt); /* NULL is allowed */

/* Reads a number of the table `meta`. ERR_NOT_FOUND: it does not have the key. */
MUST_CHECK enum err journal_meta_number(struct journal_db *sql, const char *key, uint64_t *out);
MUST_CHECK enum err journal_meta_set_number(struct journal_db *sql, const char *key,
                                            uint64_t value);

#endif
