/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_JOURNAL_JOURNAL_H
#define BELFRY_BROKER_JOURNAL_JOURNAL_H

/* The journal: the store of the log. It gives the entries of a batch their offsets, stores them
 * in one transaction and finds records again. The engine is SQLite (journal_sqlite.c). A
 * replicated engine fits behind the same functions: only the settings of the embedded engine
 * mention files, and nothing else in the broker assumes that there is one node.
 *
 * Threads: the journal itself (append, maintain, trim, state) belongs to one thread at a time,
 * the writer. Each reader belongs to one other thread and may be used while the writer appends. */

#include "broker/journal/batch.h"
#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/wire/event_id.h"
#include "common/wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum durability {
    DURABILITY_FULL, /* each commit is synced: a power loss loses nothing */
    /* a crash of the process loses nothing; a power loss may lose the last commits, and then the
     * log gets a new epoch */
    DURABILITY_NORMAL,
    DURABILITY_MEMORY, /* no file: the end of the process loses everything */
};

struct journal_config {
    const char *directory; /* of belfry.db; must exist. Unused with DURABILITY_MEMORY */
    enum durability durability;
    uint64_t retention_ms; /* age at which segments are removed; 0 = never */
    uint64_t
        retention_bytes;    /* size of all bodies beyond which segments are removed; 0 = no limit */
    uint64_t topic_records; /* number of a topic's newest records that reads return; 0 = all */
    uint64_t topic_ms;      /* maximum age of a topic's records that reads return; 0 = no limit */
    uint32_t segment_records; /* offsets per segment; 0 = the engine's default */
};

struct journal;
struct journal_reader;

#define JOURNAL_REASON_SIZE 256

/* Opens or creates the log, finishes an interrupted start, and migrates an older schema. On
 * failure `reason` is one line for the operator. ERR_BUSY (another process has the log open),
 * ERR_VERSION (a newer schema), ERR_READ_ONLY, ERR_CORRUPT, ERR_FULL, ERR_IO. */
MUST_CHECK enum err journal_open(const struct journal_config *config, struct journal **out,
                                 char reason[JOURNAL_REASON_SIZE]);

/* Closes the log. NULL is allowed. All readers must be closed before. */
void journal_close(struct journal *j);

/* The number of the last publish that was accepted from an edge. */
struct journal_edge {
    uint64_t incarnation;
    uint64_t accepted;
};

struct journal_state {
    bool leader; /* appends are possible; always true for an engine that is not replicated */
    struct epoch epoch;
    uint64_t term;                    /* increases at each open */
    uint64_t head;                    /* newest offset, 0 = none */
    uint64_t oldest;                  /* oldest offset still stored; head + 1 when there is none */
    uint64_t last_time_ms;            /* time of the newest record, 0 = none */
    uint64_t records;                 /* number of records stored now */
    uint64_t record_bytes;            /* size of their bodies */
    uint64_t file_bytes;              /* size of the database and its write-ahead log on disk */
    const struct journal_edge *edges; /* valid until the next call of a journal function */
    size_t edge_count;
};

void journal_state(const struct journal *j, struct journal_state *out);

/* Stores the batch in one transaction, and sets each entry's result and offset. Offsets continue
 * from the head without holes. A publisher's id that the log still has (or that came earlier in
 * this batch) makes a duplicate, which gets no offset. The edges' accepted numbers are stored in
 * the same transaction.
 *
 * RECORD_IF_LAST: the entry is stored only when its first topic's newest record (in the log, or
 * earlier in this batch) is record.if_last (0: the topic has none). Otherwise its result is
 * ERR_CONFLICT, and its offset that of the newest record. The id is checked first.
 *
 * record.group = n: this entry and the n after it (which have n - 1 … 0) are stored all or none.
 * When one of them is in conflict, it gets ERR_CONFLICT and its offset, and the others get
 * ERR_CONFLICT and offset 0. When all are duplicates, they are duplicates; when only some are,
 * these are duplicates, and the others get ERR_CONFLICT and offset 0. An id that occurs twice in
 * one group is a conflict too. The core must not split a group over two batches.
 *
 * On failure nothing is stored: ERR_FULL, ERR_IO, ERR_CORRUPT, ERR_NO_MEMORY, ERR_BUSY. The next
 * call retries, on a new connection if needed, and first verifies the end of the log. */
MUST_CHECK enum err journal_append(struct journal *j, struct batch *b);

/* Does one bounded step (a few milliseconds) of upkeep: writes the index of a full segment, removes
 * an expired segment or some of its rows, or checkpoints. *out_more: more can be done now; it is
 * set only when OK is returned. Errors need only be logged: the step is retried later. `now_ms` is
 * Unix time. */
MUST_CHECK enum err journal_maintain(struct journal *j, uint64_t now_ms, bool *out_more);

/* Removes the records before the offset `before` (0: no such limit) and those with a time before
 * Unix time `before_ms` (0: no such limit). *out_oldest is the new oldest offset. `dry_run`:
 * nothing is changed. When a trim returns OK, the records can no longer be read, even after a power
 * loss; journal_maintain() frees their space. A segment that is cut gets a new index, which takes
 * up to about 100 ms. ERR_UNKNOWN: `before` is beyond head + 1; otherwise errors as for
 * journal_append(). After an error nothing has changed. */
MUST_CHECK enum err journal_trim(struct journal *j, uint64_t before, uint64_t before_ms,
                                 bool dry_run, uint64_t *out_oldest);

/* Opens a reader, which has a connection of its own. */
MUST_CHECK enum err journal_reader_open(struct journal *j, struct journal_reader **out);
void journal_reader_close(struct journal_reader *r); /* NULL is allowed */

/* What a read returns: the matching records with after < offset <= until. */
struct journal_query {
    uint64_t after;
    uint64_t until;
    uint64_t max_bytes; /* maximum size of the bodies; one record is returned whatever its size */
    uint64_t now_ms;    /* Unix time, for topic_ms */
    /* No selectors: all records of the log (edges fill holes with them), without the limits per
     * topic. Otherwise selectors (common/topic/matcher.h) or "*" for all topics, with the limits
     * per topic. Expired records (`ttl`) are returned too. */
    const struct slice *selectors;
    size_t selector_count;
};

/* A page of records. It owns `entries` and the bodies that they point to. */
struct journal_page {
    /* OK; ERR_EXPIRED: matching records after `after` may have been removed, and the page starts
     * with the oldest; ERR_UNKNOWN: `after` is beyond the head */
    enum err code;
    uint64_t next;   /* offset up to which the read is complete; the next read begins after it */
    uint64_t oldest; /* of the log, at the time of the read */
    uint64_t head;
    struct entry *entries;
    size_t count;
    size_t capacity;
    struct buf bodies;
};

void journal_page_init(struct journal_page *page);
void journal_page_clear(struct journal_page *page);

/* Reads at most one page, with a bounded amount of work: `next` may be less than `until` even
 * without records, and the caller continues from there. At the end next == until (or the head,
 * when `until` is beyond it). ERR_IO, ERR_CORRUPT (a wrong checksum), ERR_NO_MEMORY. */
MUST_CHECK enum err journal_read(struct journal_reader *r, const struct journal_query *query,
                                 struct journal_page *out);

/* Finds the last `count` records up to query->until that match query->selectors, without those that
 * the limits per topic hide. Returns no records: sets out->next to the offset before them, from
 * which journal_read() reads them, and out->oldest and head. query->after and max_bytes are not
 * used. With patterns the work is bounded, and fewer than `count` records may follow. */
MUST_CHECK enum err journal_latest(struct journal_reader *r, const struct journal_query *query,
                                   uint64_t count, struct journal_page *out);

/* Finds the record with this publisher's id. *out_offset is 0 when the log has none. */
MUST_CHECK enum err journal_find(struct journal_reader *r, struct slice id, uint64_t *out_offset);

/* A topic that has records in the log. */
struct journal_topic {
    struct slice name;
    uint64_t count; /* number of its records */
    uint64_t last;  /* offset of the newest */
};

#define JOURNAL_TOPICS_MAX 1000 /* maximum per call */

/* Lists topics in the order of their names (bytes), after the name `after` (absent: from the first
 * one), at most `limit` of them (1 to JOURNAL_TOPICS_MAX). page->bodies keeps the names. `topics`
 * has room for `limit`. *out_count < limit means that there are no more. The limits per topic do
 * not apply. */
MUST_CHECK enum err journal_topics(struct journal_reader *r, struct slice after, size_t limit,
                                   struct journal_page *page, struct journal_topic *topics,
                                   size_t *out_count);

#endif
