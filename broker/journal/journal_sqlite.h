/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_JOURNAL_JOURNAL_SQLITE_H
#define BELFRY_BROKER_JOURNAL_JOURNAL_SQLITE_H

/* The internals of the journal over SQLite, private to the journal_*_sqlite.c files.
 *
 *   record        the log; a usual commit writes nothing else, and it is a pure append
 *   publisher_id  publishers' ids; written only for publishes that have one
 *   edge          the last accepted number per edge, where no record has it
 *                 (journal_edges_sqlite.c)
 *   segment       closed segments of the log, oldest first; `first` is the key
 *   posting       their index, written once: (segment, topic) → positions in the segment
 *   meta          epoch, term, oldest offset and how the log was last closed
 *
 * A posting's key begins with the segment, so that writing an index is an append and removing a
 * segment a range delete: with 200,000 topics this takes 1.6 us of CPU per removed record, against
 * 16 us with the topic first. The price is a lookup per segment when a topic is read.
 *
 * The index of the records after the last segment is in memory (recent_index.h). `oldest` moves in
 * one step; the records before it are deleted later, in small steps.
 *
 * Exactly one connection, the writer's, writes and checkpoints (two could trigger the WAL-reset bug
 * of SQLite before 3.51.3). Readers have read-only connections. With DURABILITY_MEMORY there is
 * only one connection, and `turn` protects it. */

#include "broker/journal/journal.h"
#include "broker/journal/journal_db.h"
#include "broker/journal/recent_index.h"
#include "common/topic/matcher.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_PATH_SIZE 4096

/* Numbers of pages of 4 KiB in the write-ahead log (2, 8 and 32 MiB). At the first number
 * journal_maintain() checkpoints, which takes a few milliseconds. At the second journal_append()
 * does, if maintenance does not keep up. At the third it also waits for readers, so that the
 * write-ahead log restarts from its beginning. */
#define WAL_PAGES_SOFT 500
#define WAL_PAGES_HARD 2000
#define WAL_PAGES_STUCK 8000

/* ---- journal_files_sqlite.c: the files in the directory -------------------------------------- */

struct journal_files {
    char database[JOURNAL_PATH_SIZE];
    char wal[JOURNAL_PATH_SIZE];
    char lock[JOURNAL_PATH_SIZE];
    int lock_fd;   /* holds the lock while it is open; -1 = none */
    uint64_t term; /* of the last open, from the lock file; 0 = unknown */
    uint64_t file; /* identity of the database file, which tells it from a copy */
};

#define BOOT_ID_SIZE 40

/* Locks the directory for this process, and creates the database file (mode 0600) if missing. */
MUST_CHECK enum err journal_files_open(struct journal_files *files, const char *directory,
                                       char reason[JOURNAL_REASON_SIZE]);
void journal_files_close(struct journal_files *files);

/* Writes the term into the lock file. A failure is ignored. */
void journal_files_write_term(struct journal_files *files, uint64_t term);

/* Returns the size of the database and its write-ahead log. */
uint64_t journal_files_size(const struct journal_files *files);

/* Writes the id of the machine's current boot, or "" if it is unknown. */
void journal_boot_id(char out[BOOT_ID_SIZE]);

/* ---- journal_schema_sqlite.c ----------------------------------------------------------------- */

/* Creates the schema, or migrates an older one. */
MUST_CHECK enum err journal_schema_open(struct journal_db *sql, const char *path,
                                        enum durability durability,
                                        char reason[JOURNAL_REASON_SIZE]);

struct journal_identity {
    struct epoch epoch;
    uint64_t term;
};

/* Increases the term, and creates a new epoch when continuity cannot be proven. */
MUST_CHECK enum err journal_identity_open(struct journal_db *sql, enum durability durability,
                                          const struct journal_files *files,
                                          struct journal_identity *out);

/* Stores that the log was closed without a loss. */
MUST_CHECK enum err journal_identity_close(struct journal_db *sql);

/* ---- the journal itself ---------------------------------------------------------------------- */

/* A row of the table of segments. */
struct journal_segment {
    uint64_t first;
    uint64_t last;
    uint64_t bytes; /* size of the bodies */
    uint64_t first_time;
    uint64_t last_time;
};

/* Progress of writing the index of the oldest closed part. */
struct journal_seal {
    uint32_t *order; /* the part's topics, sorted by name; NULL = not begun */
    size_t count;
    size_t done; /* number of topics whose posting list is written */
};

/* A topic's newest record, `last`, in the segments up to the offset `seen`; 0 = none. */
struct journal_cached_head {
    uint64_t seen;
    uint64_t last;
};

/* The last number accepted from each edge. */
struct journal_edges {
    struct journal_edge *list;
    struct journal_edge_row *rows; /* what the table has for the same element of `list` */
    size_t count;
    size_t capacity;
};

struct journal {
    struct journal_config config;
    struct journal_files files;
    struct journal_db sql;
    struct journal_identity identity;
    struct wire_decoder *decoder;
    uint64_t head;
    uint64_t oldest;
    uint64_t last_time;
    uint64_t seal_ms;    /* a part is closed at this age (0: never), */
    uint64_t seal_bytes; /* or at this number of bytes */
    bool suspect;        /* the last transaction failed: a new connection is needed */
    bool purge;          /* there may be rows to delete before `oldest` */
    uint64_t wal_pages;
    uint64_t file_bytes; /* at the last measurement */

    struct journal_segment *segments; /* written segments that still exist, oldest first */
    size_t segment_count;
    size_t segment_capacity;
    uint64_t segment_bytes; /* of all of them */
    struct journal_seal seal;

    struct topic_ids lasts; /* topics of record.if_last: a cache of their newest records */
    struct journal_cached_head *last_values; /* one per topic in `lasts` */

    struct journal_edges edges;

    pthread_mutex_t lock; /* protects `recent` and `reader_count`; held for microseconds */
    struct recent_index recent;
    unsigned reader_count;
    pthread_mutex_t turn; /* protects the connection, with DURABILITY_MEMORY only */
};

/* Returns the checksum that is stored with a record, for finding flipped bits: SipHash of the
 * body, keyed with offset and time. */
uint64_t journal_checksum(uint64_t offset, uint64_t time_ms, struct slice body);

bool journal_in_memory(const struct journal *j);

/* Updates j->file_bytes. */
void journal_measure(struct journal *j);

/* Locks the only connection with DURABILITY_MEMORY. Otherwise does nothing, as does unlocking. */
void journal_lock_connection(struct journal *j);
void journal_unlock_connection(struct journal *j);

/* journal_recover_sqlite.c: reads the log's state, and finishes interrupted work. */
MUST_CHECK enum err journal_recover(struct journal *j, char reason[JOURNAL_REASON_SIZE]);

/* Replaces the connection after a failure, and checks that the log still ends where it should. */
MUST_CHECK enum err journal_reconnect(struct journal *j);

/* Adds the records from recent_index_next(out) to `until` to an index. `close_large`: a part that
 * journal_part_is_large() is closed. ERR_CORRUPT: a record is missing or cannot be read. */
MUST_CHECK enum err journal_index(struct journal *j, uint64_t until, bool close_large,
                                  struct recent_index *out);

/* Appends to j->segments. */
void journal_add_segment(struct journal *j, const struct journal_segment *segment);

/* ---- journal_topic_head_sqlite.c ---- */

/* Finds the newest record of a topic, including those of the open transaction; 0 = none. For the
 * writer, in a transaction. */
MUST_CHECK enum err journal_topic_head(struct journal *j, struct slice topic, uint64_t *out);

/* Decodes the last position of a stored posting list. ERR_CORRUPT. */
MUST_CHECK enum err journal_last_position(struct slice places, uint32_t *out);

/* ---- journal_maintain_sqlite.c ---- */

/* Makes the current connection update j->wal_pages. */
void journal_watch_wal(struct journal *j);

/* Copies the write-ahead log into the database. `wait`: waits up to 0.1 s for readers that are
 * in the way. */
MUST_CHECK enum err journal_checkpoint(struct journal *j, bool wait);

/* Returns true if the part is to become a segment before it is full. */
bool journal_part_is_large(const struct journal *j, const struct recent_index_part *part);

/* Closes the newest part if it is `due` or large. */
void journal_close_part(struct journal *j, bool due);

/* Does one step of writing the index of the oldest part, which must be closed. */
MUST_CHECK enum err journal_seal_step(struct journal *j);

/* Frees the progress. The next step begins again. */
void journal_seal_forget(struct journal_seal *seal);

/* Writes the complete index of a part and its segment. A transaction must be open. */
MUST_CHECK enum err journal_seal_whole(struct journal *j, const struct recent_index_part *part,
                                       struct journal_segment *out);

/* Rolls back. The next append or step opens a new connection, except with DURABILITY_MEMORY. */
void journal_failed(struct journal *j);

/* ---- journal_edges_sqlite.c: the last accepted number of each edge ---- */

void journal_edges_clear(struct journal_edges *edges);

/* Sets an edge's accepted number, unless it is higher already. */
void journal_edges_update(struct journal_edges *edges, uint64_t incarnation, uint64_t accepted,
                          uint64_t seen_ms);

/* Marks what the rows of the table contain as unknown, after a failed transaction. */
void journal_edges_invalidate(struct journal_edges *edges);

/* Reads the table of edges. */
MUST_CHECK enum err journal_edges_read(struct journal *j);

/* Stores the rows that a batch needs. Its entries must have their results, and a transaction
 * must be open. */
MUST_CHECK enum err journal_edges_store(struct journal *j, const struct batch *b);

/* Stores all numbers that the table may lack, before records get their index or are trimmed. A
 * transaction must be open. */
MUST_CHECK enum err journal_edges_flush(struct journal *j);

/* Returns true if an edge was not seen for an hour. `now_ms` is Unix time. */
bool journal_edges_any_expired(const struct journal_edges *edges, uint64_t now_ms);

/* Removes one edge that was not seen for an hour, if there is one. */
MUST_CHECK enum err journal_edges_forget(struct journal *j, uint64_t now_ms);

/* ---- reading: journal_reader_sqlite.c, journal_page_…, journal_latest_…, journal_limits_… ---- */

/* Maximum work of one call: number of records, and of lookups of a posting list. 16,384 records of
 * 200 B are read in 10 ms. */
#define READ_RECORDS_MAX 16384u
#define READ_LOOKUPS_MAX 2048u

/* Maximum size of a page, unless a single record is larger. */
#define READ_BYTES_MAX ((uint64_t)32 << 20)

/* The segments have `count` records of a topic after the offset `floor`. */
struct journal_rare {
    uint64_t floor;
    uint64_t count;
};

/* A selector of a query. */
struct journal_selector {
    struct matcher matcher;
    /* of a pattern: in a segment, its topics are looked up by its head (matcher_head()). false: it
     * is a topic, or the lookup of another pattern, whose head its own begins with, finds them
     * too */
    bool looked_up;
};

/* The work that a call has done for patterns. */
struct journal_work {
    uint64_t rows;    /* number of topics or records read */
    uint64_t steps;   /* of matching, as common/topic/uri_template.h counts them */
    uint64_t lookups; /* of posting lists */
};

struct journal_reader {
    struct journal *journal;
    struct journal_db sql;
    struct wire_decoder *decoder;

    /* The snapshot of the log that the call reads. */
    uint64_t oldest;
    uint64_t head;
    uint64_t sealed; /* offsets up to this one have their index in the database */

    /* The query of the call, completed. */
    const struct journal_query *query;
    uint64_t max_bytes;
    bool everything;    /* all records, whatever their topics */
    bool limited;       /* the limits per topic apply */
    uint64_t age_floor; /* records before it are hidden by their age; 0 = none */

    uint64_t *hidden; /* per selector: records up to this offset are hidden */
    size_t hidden_capacity;
    /* topics found by the call, for "*" with limits, patterns, and journal_topics() */
    struct topic_ids topics;
    uint64_t *topic_values; /* per topic: its `hidden`, MATCH_NONE, or its records found */
    size_t topic_capacity;

    struct journal_selector *selectors; /* one per selector of the query; owned */
    size_t selector_capacity;
    uint64_t topics_key; /* hash of the selectors that `topics` is kept for; 0 = none */
    bool templated;      /* the query has a pattern (a URI template, a URL pattern) and no "*" */
    struct candidate *candidate; /* topic that is being matched */
    uint32_t *matched;           /* result of journal_match_span(): numbers in `topics` */
    size_t matched_count;
    size_t matched_capacity;
    struct journal_work work;
    struct recent_index_topic *names; /* room for JOURNAL_NAMES */
    struct buf names_text;

    /* Topics with few records in the segments, so that not every call looks for them in each
     * segment. Valid as long as the segments do not change, which rare_oldest and rare_sealed
     * show. */
    struct topic_ids rare;
    struct journal_rare *rare_values;
    uint64_t rare_oldest;
    uint64_t rare_sealed;
    struct offset_window window; /* matching offsets of a span */
};

/* Begins a call with a snapshot of the log. It must be ended with journal_reader_end(), even when
 * it fails; calls must not nest.
 *
 * The index in memory is read later than the database. If a part has become a segment in between,
 * its records are in neither: the snapshot is too old, and memory no longer has them. Then any
 * function below returns ERR_UNAVAILABLE, and the call starts again. */
MUST_CHECK enum err journal_reader_begin(struct journal_reader *r,
                                         const struct journal_query *query);
void journal_reader_end(struct journal_reader *r);

/* Locks the index in memory. ERR_UNAVAILABLE as above; then it is not locked. */
MUST_CHECK enum err journal_reader_lock(struct journal_reader *r);
void journal_reader_unlock(struct journal_reader *r);

/* Maximum number of attempts of a call. A part becomes a segment about every 65,536 records. */
#define READ_ATTEMPTS 16

/* Checks the record in this row. ERR_CORRUPT: it is damaged. */
MUST_CHECK enum err journal_reader_check(struct sqlite3_stmt *row);

/* A range of the log that is searched at once: a segment, or at most OFFSET_WINDOW_SIZE offsets of
 * the index in memory. */
struct journal_span {
    uint64_t first;
    uint64_t last;
    bool sealed; /* a segment */
};

/* Finds the span that contains an offset. */
MUST_CHECK enum err journal_reader_span(struct journal_reader *r, uint64_t offset,
                                        struct journal_span *out);

/* Adds a topic's records within the span, from <= offset <= until, to the window. */
MUST_CHECK enum err journal_reader_mark(struct journal_reader *r, const struct journal_span *span,
                                        struct slice topic, uint64_t from, uint64_t until);

/* Finds the newest record of a topic that its limits hide, after `after`; 0 = none. */
MUST_CHECK enum err journal_reader_hidden(struct journal_reader *r, struct slice topic,
                                          uint64_t after, uint64_t *out);

/* Sets r->hidden for all selectors. *out_any: a matching record after `after` is hidden. */
MUST_CHECK enum err journal_reader_hide(struct journal_reader *r, uint64_t after, bool *out_any);

/* With "*": *out is true if the limits of all its topics hide the record in this row. */
MUST_CHECK enum err journal_reader_row_hidden(struct journal_reader *r, struct sqlite3_stmt *row,
                                              bool *out);

/* Finds or adds the value of a topic; a new one is 0. */
MUST_CHECK enum err journal_reader_topic(struct journal_reader *r, struct slice topic,
                                         uint64_t **out, bool *out_new);

/* ---- journal_match_sqlite.c: queries with patterns ---- */

/* Topics that match a pattern within a span are found in one of two ways: by the topics of its
 * index, or, when there are many, by its records. The work of both is bounded by struct
 * journal_work. */

#define MATCH_STEPS_MAX ((uint64_t)8 << 20) /* about 10 ms */

/* Sets r->selectors and r->templated. Clears r->topics, unless they belong to the same selectors
 * and contain only which topics match. ERR_NO_MEMORY. */
MUST_CHECK enum err journal_match_begin(struct journal_reader *r);
void journal_match_end(struct journal_reader *r);

/* Returns the topic of selector `i`. No selector may be a pattern, unless one is "*". */
struct slice journal_match_name(const struct journal_reader *r, size_t i);

/* Returns true if the work has reached `times` times the maximum of a call. */
bool journal_match_spent(const struct journal_work *work, uint64_t times);

/* Result of journal_match_topic() for a topic that no selector matches. */
#define MATCH_NONE UINT64_MAX

/* Matches a topic. *out: its records up to this offset are hidden, or MATCH_NONE. Computed once per
 * call, for the records after `after`. */
MUST_CHECK enum err journal_match_topic(struct journal_reader *r, struct slice topic,
                                        uint64_t after, uint64_t *out);

/* Matches the record in this row. *out_meant: a selector matches it. *out_least and *out_most: the
 * lowest and the highest *out of journal_match_topic() for its matching topics. */
MUST_CHECK enum err journal_match_row(struct journal_reader *r, struct sqlite3_stmt *row,
                                      uint64_t after, bool *out_meant, uint64_t *out_least,
                                      uint64_t *out_most);

/* With at most this number of records, scanning them is faster than scanning the topics. */
#define MATCH_FEW_RECORDS 256

/* Fills r->matched with the topics that match: at least those that have records within the span
 * with from <= offset <= until. *out_all is false when that is too much work; then scan the
 * records. */
MUST_CHECK enum err journal_match_span(struct journal_reader *r, const struct journal_span *span,
                                       uint64_t from, uint64_t until, bool *out_all);

/* Adds the records of r->matched within the span, from <= offset <= until, that are not hidden,
 * to the window. */
MUST_CHECK enum err journal_match_mark(struct journal_reader *r, const struct journal_span *span,
                                       uint64_t from, uint64_t until);

/* ---- topics of the index in memory, journal_topics_sqlite.c ---- */

/* Number of topics that are read at a time under the lock. */
#define JOURNAL_NAMES 128u

/* Like recent_index_topics(), into r->names, with copies of the texts. */
MUST_CHECK enum err journal_reader_names(struct journal_reader *r, uint64_t from, uint64_t until,
                                         struct recent_index_cursor *walk, size_t *out_count);

#endif
