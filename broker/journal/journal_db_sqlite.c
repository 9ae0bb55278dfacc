/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/journal/journal_db.h"

#include <errno.h>
#include <sqlite3.h>

static const char *const texts[SQL_COUNT] = {
#define X(name, text) [name] = (text),
    JOURNAL_STATEMENTS(X)
#undef X
};

/* SQLite recognizes ENOSPC on a write. A quota, a file size limit, and a full disk elsewhere
 * (the shared-memory file, a sync) are reported as an I/O error. A failed COMMIT does not set
 * sqlite3_system_errno(), but errno still has the value of the system call. */
static enum err from_errno(struct sqlite3 *db, int error)
{
    switch (error != 0 ? error : sqlite3_system_errno(db)) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return ERR_FULL;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_READ_ONLY;
    default:
        return ERR_IO;
    }
}

enum err journal_db_error(const struct journal_db *sql)
{
    int code = sql->db == NULL ? SQLITE_NOMEM : sqlite3_extended_errcode(sql->db);

    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return OK;
    case SQLITE_NOMEM:
        return ERR_NO_MEMORY;
    case SQLITE_FULL:
        return ERR_FULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_BUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
        return ERR_CORRUPT;
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return ERR_READ_ONLY;
    default:
        return from_errno(sql->db, errno);
    }
}

const char *journal_db_message(const struct journal_db *sql)
{
    return sql->db == NULL ? "out of memory" : sqlite3_errmsg(sql->db);
}

enum err journal_db_exec(struct journal_db *sql, const char *text)
{
    errno = 0;
    return sqlite3_exec(sql->db, text, NULL, NULL, NULL) == SQLITE_OK ? OK : journal_db_error(sql);
}

static enum err harden(struct journal_db *sql)
{
    (void)sqlite3_extended_result_codes(sql->db, 1);
    (void)sqlite3_busy_timeout(sql->db, BUSY_WAIT_MS);
    if (sqlite3_db_config(sql->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) != SQLITE_OK ||
        sqlite3_db_config(sql->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) != SQLITE_OK ||
        sqlite3_db_config(sql->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL) != SQLITE_OK)
        return journal_db_error(sql);
    /* A cache of 16 MiB of pages for each reader. */
    return journal_db_exec(sql, "PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY");
}

static enum err open_connection(struct journal_db *sql, const char *path, int flags)
{
    enum err err;

    *sql = (struct journal_db){.owned = true};
    errno = 0;
    if (sqlite3_open_v2(path, &sql->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        err = journal_db_error(sql);
        return err == OK ? ERR_IO : err;
    }
    return harden(sql);
}

enum err journal_db_open_writer(struct journal_db *sql, const char *path)
{
    enum err err = open_connection(sql, path == NULL ? ":memory:" : path, SQLITE_OPEN_READWRITE);

    /* Deleted records are not overwritten with zeros (Debian's default), which would take half
     * of the time of removing a segment. */
    if (err == OK)
        err = journal_db_exec(sql, "PRAGMA secure_delete = OFF; PRAGMA cell_size_check = ON");
    /* The writer appends and rarely reads what it has written. With a small cache, pages that
     * are reused soon are still in the processor's cache (saves 3 % of the broker's CPU time
     * against 16 MiB). */
    if (err == OK)
        err = journal_db_exec(sql, "PRAGMA cache_size = -4096");
    if (err != OK || path == NULL)
        return err;
    return sqlite3_db_readonly(sql->db, "main") == 1 ? ERR_READ_ONLY : OK;
}

enum err journal_db_configure(struct journal_db *sql, bool sync_commits)
{
    enum err err = journal_db_exec(sql, "PRAGMA journal_mode = WAL;"
                                        "PRAGMA wal_autocheckpoint = 0;"
                                        "PRAGMA journal_size_limit = 16777216");
    if (err != OK)
        return err;
    return journal_db_exec(sql, sync_commits ? "PRAGMA synchronous = FULL"
                                             : "PRAGMA synchronous = NORMAL");
}

enum err journal_db_open_reader(struct journal_db *sql, const char *path)
{
    enum err err = open_connection(sql, path, SQLITE_OPEN_READONLY);

    if (err == OK)
        err = journal_db_exec(sql, "PRAGMA query_only = ON");
    return err;
}

void journal_db_share(struct journal_db *sql, const struct journal_db *other)
{
    *sql = (struct journal_db){.db = other->db};
}

void journal_db_close(struct journal_db *sql)
{
    for (size_t i = 0; i < SQL_COUNT; i++)
        (void)sqlite3_finalize(sql->statements[i]);
    if (sql->owned)
        (void)sqlite3_close(sql->db);
    *sql = (struct journal_db){0};
}

struct sqlite3_stmt *journal_db_get(struct journal_db *sql, enum journal_statement statement,
                                    const uint64_t *numbers, size_t count)
{
    struct sqlite3_stmt **stmt = &sql->statements[statement];

    if (*stmt == NULL && sqlite3_prepare_v3(sql->db, texts[statement], -1,
                                            SQLITE_PREPARE_PERSISTENT, stmt, NULL) != SQLITE_OK)
        return NULL;
    for (size_t i = 0; i < count; i++)
        journal_bind(*stmt, (int)i + 1, numbers[i]);
    return *stmt;
}

enum err journal_db_step(struct journal_db *sql, struct sqlite3_stmt *stmt, bool *out_row)
{
    enum err err;
    int code;

    errno = 0;
    code = stmt == NULL ? SQLITE_ERROR : sqlite3_step(stmt);
    if (code == SQLITE_ROW || code == SQLITE_DONE) {
        *out_row = code == SQLITE_ROW;
        if (code == SQLITE_DONE)
            (void)sqlite3_reset(stmt);
        return OK;
    }
    err = journal_db_error(sql);
    journal_reset(stmt);
    return err == OK ? ERR_IO : err;
}

enum err journal_db_run(struct journal_db *sql, struct sqlite3_stmt *stmt)
{
    bool row;
    enum err err = journal_db_step(sql, stmt, &row);

    if (err == OK && row)
        journal_reset(stmt);
    return err;
}

enum err journal_db_number(struct journal_db *sql, struct sqlite3_stmt *stmt, uint64_t *out)
{
    bool row;
    enum err err = journal_db_step(sql, stmt, &row);

    if (err != OK)
        return err;
    if (!row)
        return ERR_NOT_FOUND;
    if (sqlite3_column_type(stmt, 0) == SQLITE_NULL)
        err = ERR_NOT_FOUND;
    else
        *out = journal_column(stmt, 0);
    journal_reset(stmt);
    return err;
}

bool journal_db_in_transaction(const struct journal_db *sql)
{
    return sqlite3_get_autocommit(sql->db) == 0;
}

enum err journal_db_begin(struct journal_db *sql)
{
    return journal_db_run(sql, SQL_PLAIN(sql, SQL_BEGIN_WRITE));
}

enum err journal_db_commit(struct journal_db *sql)
{
    return journal_db_run(sql, SQL_PLAIN(sql, SQL_COMMIT));
}

void journal_db_rollback(struct journal_db *sql)
{
    /* After some errors SQLite has rolled back already. */
    if (sqlite3_get_autocommit(sql->db) == 0 &&
        journal_db_run(sql, SQL_PLAIN(sql, SQL_ROLLBACK)) != OK)
        (void)sqlite3_exec(sql->db, "ROLLBACK", NULL, NULL, NULL);
}

uint64_t journal_column(struct sqlite3_stmt *stmt, int column)
{
    return (uint64_t)sqlite3_column_int64(stmt, column);
}

struct slice journal_column_bytes(struct sqlite3_stmt *stmt, int column)
{
    const void *data = sqlite3_column_blob(stmt, column);

    return slice_of(data, (size_t)sqlite3_column_bytes(stmt, column));
}

void journal_bind(struct sqlite3_stmt *stmt, int parameter, uint64_t number)
{
    (void)sqlite3_bind_int64(stmt, parameter, (sqlite3_int64)number);
}

void journal_bind_bytes(struct sqlite3_stmt *stmt, int parameter, struct slice bytes)
{
    (void)sqlite3_bind_blob64(stmt, parameter, bytes.size == 0 ? "" : bytes.data, bytes.size,
                              SQLITE_STATIC);
}

void journal_reset(struct sqlite3_stmt *stmt)
{
    if (stmt != NULL)
        (void)sqlite3_reset(stmt);
}

enum err journal_meta_number(struct journal_db *sql, const char *key, uint64_t *out)
{
    struct sqlite3_stmt *stmt = SQL_PLAIN(sql, SQL_META_GET);

    if (stmt != NULL)
        (void)sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
    return journal_db_number(sql, stmt, out);
}

enum err journal_meta_set_number(struct journal_db *sql, const char *key, uint64_t value)
{
    struct sqlite3_stmt *stmt = SQL_PLAIN(sql, SQL_META_SET);

    if (stmt != NULL) {
        (void)sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
        journal_bind(stmt, 2, value);
    }
    return journal_db_run(sql, stmt);
}

enum err journal_find_time(struct journal_db *sql, uint64_t oldest, uint64_t head, uint64_t time_ms,
                           uint64_t *out)
{
    uint64_t low = oldest;
    uint64_t high = head + 1;

    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        uint64_t time = 0;
        enum err err = journal_db_number(sql, SQL_GET(sql, SQL_RECORD_TIME, middle), &time);
        if (err != OK)
            return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
        if (time < time_ms)
            low = middle + 1;
        else
            high = middle;
    }
    *out = low;
    return OK;
}
