/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/store/database.h"

#include "broker/journal/journal_sqlite.h"
#include "common/base/mem.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define COPY_PAGES 1024 /* per step: 4 MiB */
#define COPY_BUSY_MAX 100

struct database {
    struct journal_db sql;
    char path[DATABASE_PATH_SIZE];
};

static enum err fail(enum err err, const char *path, const char *why,
                     char reason[DATABASE_REASON_SIZE])
{
    (void)snprintf(reason, DATABASE_REASON_SIZE, "%.300s: %.200s", path, why);
    return err;
}

static enum err fail_sql(struct database *d, char reason[DATABASE_REASON_SIZE])
{
    enum err err = journal_db_error(&d->sql);

    return fail(err == OK ? ERR_IO : err, d->path, journal_db_message(&d->sql), reason);
}

enum err database_find(const char *path, char out[DATABASE_PATH_SIZE])
{
    struct stat status;
    bool directory = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    int size = snprintf(out, DATABASE_PATH_SIZE, "%s%s", path, directory ? "/belfry.db" : "");

    return size > 0 && size < DATABASE_PATH_SIZE ? OK : ERR_TOO_LARGE;
}

/* Runs a pragma or a query that returns one number. */
static enum err read_number(struct database *d, const char *text, uint64_t *out)
{
    struct sqlite3_stmt *stmt = NULL;
    enum err err;

    if (sqlite3_prepare_v2(d->sql.db, text, -1, &stmt, NULL) != SQLITE_OK)
        return journal_db_error(&d->sql);
    err = journal_db_number(&d->sql, stmt, out);
    (void)sqlite3_finalize(stmt);
    return err;
}

/* Checks that this is a log. The first read fixes the state that the connection sees. */
static enum err look(struct database *d, char reason[DATABASE_REASON_SIZE])
{
    uint64_t application = 0;
    uint64_t version = 0;
    enum err err = journal_db_exec(&d->sql, "BEGIN");

    if (err == OK)
        err = read_number(d, "SELECT count(*) FROM sqlite_schema", &application);
    if (err == OK)
        err = read_number(d, "PRAGMA application_id", &application);
    if (err == OK)
        err = read_number(d, "PRAGMA user_version", &version);
    if (err != OK)
        return fail_sql(d, reason);
    if (application != JOURNAL_APPLICATION_ID)
        return fail(ERR_CORRUPT, d->path, "not a log of Belfry", reason);
    if (version > JOURNAL_SCHEMA_VERSION)
        return fail(ERR_VERSION, d->path, "its schema is newer than this version of belfry",
                    reason);
    if (version < JOURNAL_SCHEMA_VERSION)
        return fail(ERR_VERSION, d->path, "its schema is older; a broker upgrades it", reason);
    return OK;
}

enum err database_open(const char *path, struct database **out, char reason[DATABASE_REASON_SIZE])
{
    struct stat status;
    struct database *d;
    enum err err;

    if (stat(path, &status) != 0)
        return fail(ERR_NOT_FOUND, path, strerror(errno), reason);
    if (!S_ISREG(status.st_mode))
        return fail(ERR_INVALID, path, "not a file", reason);
    d = mem_alloc(sizeof *d);
    (void)snprintf(d->path, sizeof d->path, "%s", path);
    err = journal_db_open_reader(&d->sql, path);
    err = err != OK ? fail_sql(d, reason) : look(d, reason);
    if (err != OK) {
        database_close(d);
        return err;
    }
    *out = d;
    return OK;
}

void database_close(struct database *d)
{
    if (d == NULL)
        return;
    journal_db_close(&d->sql);
    mem_free(d);
}

struct journal_db *database_sql(struct database *d)
{
    return &d->sql;
}

static void read_epoch(struct database *d, struct epoch *out)
{
    struct sqlite3_stmt *stmt = SQL_PLAIN(&d->sql, SQL_META_GET);
    bool row;

    *out = (struct epoch){""};
    if (stmt != NULL)
        (void)sqlite3_bind_text(stmt, 1, "epoch", -1, SQLITE_STATIC);
    if (journal_db_step(&d->sql, stmt, &row) != OK || !row)
        return;
    if (epoch_parse(journal_column_bytes(stmt, 0), out) != OK)
        *out = (struct epoch){""};
    journal_reset(stmt);
}

static enum err number_or(enum err err, uint64_t *number, uint64_t fallback)
{
    if (err == ERR_NOT_FOUND) {
        *number = fallback;
        return OK;
    }
    return err;
}

enum err database_info(struct database *d, struct database_info *out,
                       char reason[DATABASE_REASON_SIZE])
{
    struct database_info f = {.term = 0};
    enum err err;

    read_epoch(d, &f.epoch);
    err = number_or(journal_meta_number(&d->sql, "term", &f.term), &f.term, 0);
    if (err == OK)
        err = number_or(journal_meta_number(&d->sql, "oldest", &f.oldest), &f.oldest, 1);
    if (err == OK)
        err = number_or(journal_db_number(&d->sql, SQL_PLAIN(&d->sql, SQL_HEAD), &f.head), &f.head,
                        f.oldest - 1);
    if (err == OK)
        err = read_number(d, "PRAGMA page_count", &f.pages);
    if (err == OK)
        err = read_number(d, "PRAGMA page_size", &f.page_size);
    if (err != OK)
        return fail_sql(d, reason);
    if (f.head + 1 < f.oldest)
        f.head = f.oldest - 1;
    *out = f;
    return OK;
}

/* ---- copying ---- */

static enum err copy_pages(struct sqlite3_backup *backup, database_progress *progress)
{
    unsigned busy = 0;
    int code;

    while ((code = sqlite3_backup_step(backup, COPY_PAGES)) != SQLITE_DONE) {
        int all = sqlite3_backup_pagecount(backup);
        int left = sqlite3_backup_remaining(backup);

        if (code != SQLITE_OK && code != SQLITE_BUSY && code != SQLITE_LOCKED)
            return ERR_IO;
        if (code != SQLITE_OK && ++busy > COPY_BUSY_MAX)
            return ERR_BUSY;
        if (progress != NULL && all > 0)
            progress((unsigned)((uint64_t)(all - left) * 1000 / (uint64_t)all));
    }
    return OK;
}

/* Makes the copy a single file without a write-ahead log. A database stores the identity of its own
 * file; a broker that finds it in another file gives the log a new epoch
 * (journal_schema_sqlite.c). 0 is never the identity of a file. */
static int finish_copy(struct sqlite3 *copy, bool other_log)
{
    int code = sqlite3_exec(copy, "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL", NULL,
                            NULL, NULL);

    if (code == SQLITE_OK && other_log)
        code = sqlite3_exec(copy, "UPDATE meta SET value = 0 WHERE key = 'file'", NULL, NULL, NULL);
    return code;
}

static enum err copy_failed(struct sqlite3 *copy, const char *path,
                            char reason[DATABASE_REASON_SIZE])
{
    struct journal_db sql = {.db = copy};
    enum err err = journal_db_error(&sql);

    return fail(err == OK ? ERR_IO : err, path, journal_db_message(&sql), reason);
}

static enum err copy_to(struct database *d, struct sqlite3 *copy, const char *path, bool other_log,
                        database_progress *progress, char reason[DATABASE_REASON_SIZE])
{
    struct sqlite3_backup *backup = sqlite3_backup_init(copy, "main", d->sql.db, "main");
    enum err err;

    if (backup == NULL)
        return copy_failed(copy, path, reason);
    errno = 0;
    err = copy_pages(backup, progress);
    if (sqlite3_backup_finish(backup) != SQLITE_OK || err != OK)
        return err == ERR_BUSY ? fail(err, d->path, "locked by another process", reason)
                               : copy_failed(copy, path, reason);
    if (finish_copy(copy, other_log) != SQLITE_OK)
        return copy_failed(copy, path, reason);
    return OK;
}

enum err database_copy(struct database *d, const char *path, bool other_log,
                       database_progress *progress, char reason[DATABASE_REASON_SIZE])
{
    struct sqlite3 *copy = NULL;
    enum err err;

    errno = 0;
    if (sqlite3_open_v2(path, &copy, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        err = copy_failed(copy, path, reason);
    else
        err = copy_to(d, copy, path, other_log, progress, reason);
    if (sqlite3_close(copy) != SQLITE_OK && err == OK)
        err = fail(ERR_IO, path, "cannot close the file", reason);
    return err;
}
