/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_JOURNAL_JOURNAL_SQLITE_H
#define BELFRY_BROKER_JOURNAL_JOURNAL_SQLITE_H

/* The journal over SQLite, private to the journal_*_sqlite.c files.
 *
 *   record        the log, and nothing else per commit: a pure append
 *   publisher_id  publisher-given ids; touched only by publishes that bring one
 *   edge          the last accepted number per edge, where no record has it
 *                 (journal_edges_sqlite.c)
 *   segment       closed stretches of the log, oldest first; `first` is the segment's name
 *   posting       their index, written once: (segment, topic) → where in the segment
 *   meta          what the log is: epoch, term, oldest offset and how it was last closed
 *
 * A posting's key begins with the segment, so that writing an index is an append and removing a
 * segment a range delete: at 200,000 topics 1.6 us of CPU a record removed, against 16 with the
 * topic first. The price is a lookup per segment when a topic is read.
 *
 * The index of what is newer than the last segment is in memory (recent_index.h). `oldest`
 * moves in one step, what lies before it is deleted later, a little at a time.
 *
 * Exactly one connection, the writer's, writes and checkpoints (two would meet the WAL-reset bug of
 * SQLite before 3.51.3). Readers have read-only connections; with DURABILITY_MEMORY there is one
 * connection only, and `turn` says who works on it. */

#include "broker/journal/journal.h"
#include "broker/journal/journal_db.h"
#include "broker/journal/recent_index.h"
#include "common/topic/matcher.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_PATH_SIZE 4096

/* Pages of 4 KiB in the write-ahead log (2, 8 and 32 MiB). At the first number journal_maintain()
 * checkpoints, a few milliseconds; at the second journal_append() does, should maintenance not keep
 * up; at the third it waits for readers too, so that the log starts again from its beginning. */
#define WAL_PAGES_SOFT 500
#define WAL_PAGES_HARD 2000
#define WAL_PAGES_STUCK 8000

/* ---- journal_files_sqlite.c: what lies in the directory -------------------------------------- */

struct journal_files {
    char database[JOURNAL_PATH_SIZE];
    char wal[JOURNAL_PATH_SIZE];
    char lock[JOURNAL_PATH_SIZE];
    int lock_fd;   /* holds the lock as long as it is open; -1 = none */
    uint64_t term; /* of the last open, as the lock file has it; 0 = unknown */
    uint64_t file; /* the database file's inode: a copy has another */
};

#define BOOT_ID_SIZE 40

/* Takes the directory for this process and makes the database file (0600) if there is none. */
MUST_CHECK enum err journal_files_open(struct journal_files *files, const char *directory,
                                       char reason[JOURNAL_REASON_SIZE]);
void journal_files_close(struct journal_files *files);
void journal_files_write_term(struct journal_files *files, uint64_t term);
uint64_t journal_files_size(const struct journal_files *files);

/* A name for the time since the machine was started; "" when there is none. */
void journal_boot_id(char out[BOOT_ID_SIZE]);

/* ---- journal_schema_sqlite.c ----------------------------------------------------------------- */

/* Makes the schema, or brings an older one up to date. */
MUST_CHECK enum err journal_schema_open(struct journal_db *sql, const char *path,
                                        enum durability durability,
                                        char reason[JOURNAL_REASON_SIZE]);

struct journal_identity {
    struct epoch epoch;
    uint64_t term;
};

/* Raises the term, and makes a new epoch when continuity can't be proven. */
MUST_CHECK enum err journal_identity_open(struct journal_db *sql, enum durability durability,
                                          const struct journal_files *files,
                                          struct journal_identity *out);

/* Notes that nothing was lost. */
MUST_CHECK enum err journal_identity_close(struct journal_db *sql);

/* ---- the journal itself ---------------------------------------------------------------------- */

struct journal_segment {
    uint64_t first;
    uint64_t last;
    uint64_t bytes;
    uint64_t first_time;
    uint64_t last_time;
};

/* How far the index of the oldest closed part is written. */
struct journal_seal {
    uint32_t *order; /* the part's topics by name; NULL = not begun */
    size_t count;
    size_t done;
};

/* The newest record of a topic in the segments up to the offset `seen`; 0 = none. */
struct journal_cached_head {
    uint64_t seen;
    uint64_t last;
};

struct journal_edges {
    struct journal_edge *list;
    struct journal_edge_row *rows; /* beside `list` */
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
    uint64_t seal_ms;    /* a part is closed when it is that old (0: never), */
    uint64_t seal_bytes; /* or has that many bytes */
    bool suspect;        /* the last transaction failed: a fresh connection is due */
    bool purge;          /* there may be something left to delete before `oldest` */
    uint64_t wal_pages;
    uint64_t file_bytes; /* as last measured */

    struct journal_segment *segments; /* written ones that are still held, oldest first */
    size_t segment_count;
    size_t segment_capacity;
    uint64_t segment_bytes; /* of all of them */
    struct journal_seal seal;

    struct topic_ids lasts; /* topics that were compared with */
    struct journal_cached_head *last_values;

    struct journal_edges edges;

    pthread_mutex_t lock; /* `recent` and `reader_count`: held for microseconds */
    struct recent_index recent;
    unsigned reader_count;
    pthread_mutex_t turn; /* the connection, with DURABILITY_MEMORY only */
};

/* What is stored beside a record to find a flipped bit: SipHash of the body, keyed with offset and
 * time. */
uint64_t journal_checksum(uint64_t offset, uint64_t time_ms, struct slice body);

bool journal_in_memory(const struct journal *j);
void journal_measure(struct journal *j);
void journal_lock_connection(struct journal *j);
void journal_unlock_connection(struct journal *j);

/* journal_recover_sqlite.c: reads the log's state, finishing what was interrupted. */
MUST_CHECK enum err journal_recover(struct journal *j, char reason[JOURNAL_REASON_SIZE]);

/* Replaces the connection after a failure and looks whether the log still ends where it should. */
MUST_CHECK enum err journal_reconnect(struct journal *j);

/* Adds the records from recent_index_next(out) to `until` to an index. `close_large`: its parts
 * are to become segments. ERR_CORRUPT: a record is missing or can't be read. */
MUST_CHECK enum err journal_index(struct journal *j, uint64_t until, bool close_large,
                                  struct recent_index *out);

void journal_add_segment(struct journal *j, const struct journal_segment *segment);

/* ---- journal_topic_head_sqlite.c ---- */

/* The newest record of a topic that the log holds, with what the open transaction added; 0 = none.
 * For the writer. */
MUST_CHECK enum err journal_topic_head(struct journal *j, struct slice topic, uint64_t *out);

/* The last place of a stored posting list. ERR_CORRUPT. */
MUST_CHECK enum err journal_last_position(struct slice places, uint32_t *out);

/* ---- journal_maintain_sqlite.c ---- */

/* Keeps j->wal_pages true for the present connection. */
void journal_watch_wal(struct journal *j);

/* Copies the write-ahead log into the database. `wait`: for readers that are in the way, up to
 * 0.1 s. */
MUST_CHECK enum err journal_checkpoint(struct journal *j, bool wait);

/* Should the part become a segment before it is full? */
bool journal_part_is_large(const struct journal *j, const struct recent_index_part *part);

/* Closes the newest part if it is `due`, or large. */
void journal_close_part(struct journal *j, bool due);

/* One step of writing the index of the oldest part, which is closed. */
MUST_CHECK enum err journal_seal_step(struct journal *j);
void journal_seal_forget(struct journal_seal *seal);

/* Writes the whole index of a part and its segment, within the caller's transaction. */
MUST_CHECK enum err journal_seal_whole(struct journal *j, const struct recent_index_part *part,
                                       struct journal_segment *out);

/* Rolls back; the next append or step makes a new connection. */
void journal_failed(struct journal *j);

/* ---- journal_edges_sqlite.c: how far each edge's publishes are in the log ---- */

void journal_edges_clear(struct journal_edges *edges);

/* The edge has come so far, or further. */
void journal_edges_update(struct journal_edges *edges, uint64_t incarnation, uint64_t accepted,
                          uint64_t seen_ms);

/* What the table has is not known any more: a transaction failed. */
void journal_edges_invalidate(struct journal_edges *edges);

/* Reads the table. */
MUST_CHECK enum err journal_edges_read(struct journal *j);

/* In the open transaction: the rows that a batch needs, whose entries have their results. */
MUST_CHECK enum err journal_edges_store(struct journal *j, const struct batch *b);

/* In the open transaction: all that the table lacks, before records get their index or go. */
MUST_CHECK enum err journal_edges_flush(struct journal *j);

/* Edges that were not seen for an hour (now_ms is Unix time): is there one? Forgets one, if there
 * is. */
bool journal_edges_any_expired(const struct journal_edges *edges, uint64_t now_ms);
MUST_CHECK enum err journal_edges_forget(struct journal *j, uint64_t now_ms);

/* ---- reading: journal_reader_sqlite.c (below), then read, latest and limits ---- */

/* What one call may look at: records, or lookups of a posting list. 16,384 records of 200 B are
 * read in 10 ms. */
#define READ_RECORDS_MAX 16384u
#define READ_LOOKUPS_MAX 2048u

/* A page is not larger whatever is asked for, unless one record is. */
#define READ_BYTES_MAX ((uint64_t)32 << 20)

/* The segments hold `count` records of a topic after the offset `floor`. */
struct journal_rare {
    uint64_t floor;
    uint64_t count;
};

/* A selector of a query. */
struct journal_selector {
    struct matcher matcher;
    /* its topics are looked up by its head; otherwise another one's head is shorter */
    bool looked_up;
};

/* What a call has done for templates. */
struct journal_work {
    uint64_t rows;    /* topics or records looked at */
    uint64_t steps;   /* of matching, as common/topic/uri_template.h counts them */
    uint64_t lookups; /* of posting lists */
};

struct journal_reader {
    struct journal *journal;
    struct journal_db sql;
    struct wire_decoder *decoder;

    /* What the call sees: one moment of the log. */
    uint64_t oldest;
    uint64_t head;
    uint64_t sealed; /* offsets up to this have their index in the database */

    /* The call's query, settled. */
    const struct journal_query *query;
    uint64_t max_bytes;
    bool everything;    /* every record, whatever its topics */
    bool limited;       /* the limits per topic count */
    uint64_t age_floor; /* what lies before it is hidden by its age; 0 = nothing */

    uint64_t *hidden; /* per selector: what lies up to this is hidden */
    size_t hidden_capacity;
    /* "*" with limits, or templates: the topics met, and beside them ... */
    struct topic_ids topics;
    uint64_t *topic_values; /* ... their own `hidden`, or how many records were met */
    size_t topic_capacity;

    struct journal_selector *selectors; /* one per selector of the query; ours */
    size_t selector_capacity;
    uint64_t topics_key; /* whose the topics met are: kept from page to page; 0 = nobody's */
    bool templated;      /* there is a pattern (a URI template, a URL pattern), and no "*" */
    struct candidate *candidate;
    uint32_t *matched; /* journal_match_span(): numbers in `topics` */
    size_t matched_count;
    size_t matched_capacity;
    struct journal_work work;
    struct recent_index_topic *names; /* JOURNAL_NAMES of them */
    struct buf names_text;

    /* Topics with few records, whose segments need not be walked by each call: valid as long as the
     * segments are the same. */
    struct topic_ids rare;
    struct journal_rare *rare_values;
    uint64_t rare_oldest;
    uint64_t rare_sealed;
    struct offset_window window;
};

/* Begins a call: what it sees and what it asks for. Always to be ended, even when it fails.
 *
 * The index in memory is looked at later than the database. Should a part have become a segment in
 * between, neither would have its records; then any function below gives ERR_UNAVAILABLE, and the
 * call begins anew. */
MUST_CHECK enum err journal_reader_begin(struct journal_reader *r,
                                         const struct journal_query *query);
void journal_reader_end(struct journal_reader *r);

/* Takes the lock of the index in memory; ERR_UNAVAILABLE as above, and then it is not taken. */
MUST_CHECK enum err journal_reader_lock(struct journal_reader *r);
void journal_reader_unlock(struct journal_reader *r);

/* How often a call begins anew; a part becomes a segment every 65,536 records or so. */
#define READ_ATTEMPTS 16

/* Is the record in this row whole? ERR_CORRUPT. */
MUST_CHECK enum err journal_reader_check(struct sqlite3_stmt *row);

/* The stretch of the log around `offset` whose index is in one place: a segment, or up to a window
 * of what is in memory. */
struct journal_span {
    uint64_t first;
    uint64_t last;
    bool sealed; /* a segment */
};

MUST_CHECK enum err journal_reader_span(struct journal_reader *r, uint64_t offset,
                                        struct journal_span *out);

/* Adds to the window a topic's records within the span with from <= offset <= until. */
MUST_CHECK enum err journal_reader_mark(struct journal_reader *r, const struct journal_span *span,
                                        struct slice topic, uint64_t from, uint64_t until);

/* The newest record of a topic that its limits hide and that lies after `after`; 0 = none. */
MUST_CHECK enum err journal_reader_hidden(struct journal_reader *r, struct slice topic,
                                          uint64_t after, uint64_t *out);

/* Sets r->hidden for all selectors; *out_any: some matching record after `after` is hidden. */
MUST_CHECK enum err journal_reader_hide(struct journal_reader *r, uint64_t after, bool *out_any);

/* Of a record in a row, with "*": do its limits hide it on behalf of each of its topics? */
MUST_CHECK enum err journal_reader_row_hidden(struct journal_reader *r, struct sqlite3_stmt *row,
                                              bool *out);

/* Room for a value for each topic met; new ones are 0. */
MUST_CHECK enum err journal_reader_topic(struct journal_reader *r, struct slice topic,
                                         uint64_t **out, bool *out_new);

/* ---- journal_match_sqlite.c: queries with templates ---- */

/* For the topics that a template means, within a stretch of the log, there are two ways: look
 * through the topics of its index, or, when these are many, through its records. Either is bounded
 * by struct journal_work. */

#define MATCH_STEPS_MAX ((uint64_t)8 << 20) /* 10 ms or so */

/* Settles r->selectors and r->templated, and forgets r->topics, unless they are of the same
 * selectors and say no more than what these mean. ERR_NO_MEMORY. */
MUST_CHECK enum err journal_match_begin(struct journal_reader *r);
void journal_match_end(struct journal_reader *r);

/* The topic that selector `i` names, where no selector is a pattern (or one is "*"). */
struct slice journal_match_name(const struct journal_reader *r, size_t i);

/* Has the work reached so many times what a call may do? */
bool journal_match_spent(const struct journal_work *work, uint64_t times);

/* What journal_match_topic() says of a topic that no selector means. */
#define MATCH_NONE UINT64_MAX

/* *out: what lies up to this is hidden from the topic's readers (looked for from `after` on, once
 * in a call). */
MUST_CHECK enum err journal_match_topic(struct journal_reader *r, struct slice topic,
                                        uint64_t after, uint64_t *out);

/* Of a record in a row: does any selector mean it (*out_meant), and what is hidden of its topics,
 * the most of them (*out_most) and the least (*out_least). */
MUST_CHECK enum err journal_match_row(struct journal_reader *r, struct sqlite3_stmt *row,
                                      uint64_t after, bool *out_meant, uint64_t *out_least,
                                      uint64_t *out_most);

/* Few records are sooner looked through than the topics of their stretch. */
#define MATCH_FEW_RECORDS 256

/* Fills r->matched with the topics that are meant: at least those that have records within the span
 * with from <= offset <= until. *out_all is false when that is too much work: look through the
 * records. */
MUST_CHECK enum err journal_match_span(struct journal_reader *r, const struct journal_span *span,
                                       uint64_t from, uint64_t until, bool *out_all);

/* Adds to the window the records of r->matched within the span, from <= offset <= until, that are
 * not hidden. */
MUST_CHECK enum err journal_match_mark(struct journal_reader *r, const struct journal_span *span,
                                       uint64_t from, uint64_t until);

/* ---- topics of the index in memory, journal_topics_sqlite.c ---- */

/* So many are looked at under the lock at a time. */
#define JOURNAL_NAMES 128u

/* As recent_index_topics(), into r->names, with texts of our own. */
MUST_CHECK enum err journal_reader_names(struct journal_reader *r, uint64_t from, uint64_t until,
                                         struct recent_index_cursor *walk, size_t *out_count);

#endif
