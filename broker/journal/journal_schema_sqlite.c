/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Creates and migrates the schema, and decides whether the log keeps its epoch. */

#include "broker/journal/journal_sqlite.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>

/* Step i migrates the schema from version i to i + 1. A new database runs all steps. A released
 * step must not change; add one instead. */
static const char *const steps[] = {
    /* 1: the log */
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE record (offset INTEGER PRIMARY KEY, time INTEGER NOT NULL,"
    " sum INTEGER NOT NULL, body BLOB NOT NULL);"
    "CREATE TABLE publisher_id (id BLOB PRIMARY KEY, offset INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE edge (incarnation INTEGER PRIMARY KEY, accepted INTEGER NOT NULL,"
    " seen_ms INTEGER NOT NULL);",
    /* 2: the index by topic */
    "CREATE TABLE segment (first INTEGER PRIMARY KEY, last INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL, first_time INTEGER NOT NULL, last_time INTEGER NOT NULL);"
    "CREATE TABLE posting (segment INTEGER, topic BLOB, count INTEGER NOT NULL,"
    " places BLOB NOT NULL, PRIMARY KEY (segment, topic)) WITHOUT ROWID;",
    /* 3: an edge's newest record may have a higher number than its row of `edge`. A broker that
     * knows only version 2 would accept publishes twice, so it must not open the database. */
    "",
};

_Static_assert(sizeof steps / sizeof steps[0] == JOURNAL_SCHEMA_VERSION, "a step for each version");

static enum err pragma_number(struct journal_db *sql, const char *text, uint64_t *out)
{
    struct sqlite3_stmt *stmt = NULL;
    enum err err;

    if (sqlite3_prepare_v2(sql->db, text, -1, &stmt, NULL) != SQLITE_OK)
        return journal_db_error(sql);
    err = journal_db_number(sql, stmt, out);
    (void)sqlite3_finalize(stmt);
    return err;
}

static enum err run_step(struct journal_db *sql, uint64_t version)
{
    char text[128];
    enum err err = journal_db_begin(sql);

    if (err != OK)
        return err;
    (void)snprintf(text, sizeof text, "PRAGMA application_id = %d; PRAGMA user_version = %" PRIu64,
                   JOURNAL_APPLICATION_ID, version + 1);
    err = journal_db_exec(sql, steps[version]);
    if (err == OK)
        err = journal_db_exec(sql, text);
    if (err == OK)
        err = journal_db_commit(sql);
    if (err != OK)
        journal_db_rollback(sql);
    return err;
}

enum err journal_schema_open(struct journal_db *sql, const char *path, enum durability durability,
                             char reason[JOURNAL_REASON_SIZE])
{
    uint64_t version = 0;
    uint64_t application = 0;
    uint64_t tables = 0;
    enum err err = pragma_number(sql, "PRAGMA user_version", &version);

    if (err == OK)
        err = pragma_number(sql, "PRAGMA application_id", &application);
    if (err == OK)
        err = pragma_number(sql, "SELECT count(*) FROM sqlite_schema", &tables);
    if (err == OK && tables > 0 && application != JOURNAL_APPLICATION_ID) {
        (void)snprintf(reason, JOURNAL_REASON_SIZE, "%.200s: a database, but not Belfry's", path);
        return ERR_CORRUPT;
    }
    if (err == OK && version > JOURNAL_SCHEMA_VERSION) {
        (void)snprintf(reason, JOURNAL_REASON_SIZE,
                       "%.150s: schema version %" PRIu64
                       " is newer than %d, which this broker knows",
                       path, version, JOURNAL_SCHEMA_VERSION);
        return ERR_VERSION;
    }
    /* The database belongs to Belfry: only now may anything in it change. */
    if (err == OK && durability != DURABILITY_MEMORY)
        err = journal_db_configure(sql, durability == DURABILITY_FULL);
    for (; err == OK && version < JOURNAL_SCHEMA_VERSION; version++)
        err = run_step(sql, version);
    return err;
}

static enum err meta_text(struct journal_db *sql, const char *key, char *out, size_t size)
{
    struct sqlite3_stmt *stmt = SQL_PLAIN(sql, SQL_META_GET);
    const unsigned char *text;
    bool row;
    enum err err;

    out[0] = '\0';
    if (stmt != NULL)
        (void)sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
    err = journal_db_step(sql, stmt, &row);
    if (err != OK || !row)
        return err;
    text = sqlite3_column_text(stmt, 0);
    if (text != NULL)
        (void)snprintf(out, size, "%s", (const char *)text);
    journal_reset(stmt);
    return OK;
}

static enum err meta_set_text(struct journal_db *sql, const char *key, const char *value)
{
    struct sqlite3_stmt *stmt = SQL_PLAIN(sql, SQL_META_SET);

    if (stmt != NULL) {
        (void)sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
        (void)sqlite3_bind_text(stmt, 2, value, -1, SQLITE_STATIC);
    }
    return journal_db_run(sql, stmt);
}

/* Reads a number, or 0 if there is none yet. */
static enum err meta_number_or_0(struct journal_db *sql, const char *key, uint64_t *out)
{
    enum err err = journal_meta_number(sql, key, out);

    if (err == ERR_NOT_FOUND) {
        *out = 0;
        return OK;
    }
    return err;
}

/* What the last broker that opened the log stored about itself. */
struct last_run {
    char epoch[EPOCH_SIZE];
    char boot[BOOT_ID_SIZE];
    uint64_t term;
    uint64_t clean; /* 1: it closed the log without a loss */
    uint64_t durability;
    uint64_t file; /* struct journal_files */
};

static enum err read_last_run(struct journal_db *sql, struct last_run *out)
{
    enum err err = meta_text(sql, "epoch", out->epoch, sizeof out->epoch);

    if (err == OK)
        err = meta_text(sql, "boot", out->boot, sizeof out->boot);
    if (err == OK)
        err = meta_number_or_0(sql, "term", &out->term);
    if (err == OK)
        err = meta_number_or_0(sql, "clean", &out->clean);
    if (err == OK)
        err = meta_number_or_0(sql, "durability", &out->durability);
    if (err == OK)
        err = meta_number_or_0(sql, "file", &out->file);
    return err;
}

/* Returns true if this is the log that was last written here, without lost records. */
static bool continues(const struct last_run *last, const struct journal_files *files,
                      const char *boot)
{
    if (last->file != files->file || last->term < files->term)
        return false; /* a copy, perhaps an older one: the newest records may be missing */
    if (last->clean != 0 || last->durability == DURABILITY_FULL)
        return true;
    /* Without a sync per commit only a power loss can lose records, and a power loss changes the
     * boot id. */
    return boot[0] != '\0' && strncmp(boot, last->boot, BOOT_ID_SIZE) == 0;
}

static enum err write_run(struct journal_db *sql, const struct journal_identity *identity,
                          enum durability durability, const struct journal_files *files,
                          const char *boot)
{
    enum err err = meta_set_text(sql, "epoch", identity->epoch.text);

    if (err == OK)
        err = meta_set_text(sql, "boot", boot);
    if (err == OK)
        err = journal_meta_set_number(sql, "term", identity->term);
    if (err == OK)
        err = journal_meta_set_number(sql, "clean", 0);
    if (err == OK)
        err = journal_meta_set_number(sql, "durability", durability);
    if (err == OK)
        err = journal_meta_set_number(sql, "file", files->file);
    return err;
}

enum err journal_identity_open(struct journal_db *sql, enum durability durability,
                               const struct journal_files *files, struct journal_identity *out)
{
    struct last_run last = {0};
    struct journal_identity identity = {0};
    char boot[BOOT_ID_SIZE];
    enum err err = read_last_run(sql, &last);

    if (err != OK)
        return err;
    journal_boot_id(boot);
    if (epoch_parse(slice_str(last.epoch), &identity.epoch) != OK ||
        !continues(&last, files, boot)) {
        uint64_t random;
        sqlite3_randomness((int)sizeof random, &random);
        identity.epoch = epoch_make(random);
    }
    identity.term = (last.term > files->term ? last.term : files->term) + 1;

    /* Synced whatever the durability, since a term must not be used twice. */
    err = journal_db_exec(sql, "PRAGMA synchronous = FULL");
    if (err == OK)
        err = journal_db_begin(sql);
    if (err != OK)
        return err;
    err = write_run(sql, &identity, durability, files, boot);
    if (err == OK)
        err = journal_db_commit(sql);
    if (err != OK)
        journal_db_rollback(sql);
    if (err == OK && durability != DURABILITY_FULL)
        err = journal_db_exec(sql, "PRAGMA synchronous = NORMAL");
    if (err == OK)
        *out = identity;
    return err;
}

enum err journal_identity_close(struct journal_db *sql)
{
    enum err err = journal_db_exec(sql, "PRAGMA synchronous = FULL");

    return err == OK ? journal_meta_set_number(sql, "clean", 1) : err;
}
