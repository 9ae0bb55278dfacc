/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_BROKER_JOURNAL_JOURNAL_H
#define BELFRY_BROKER_JOURNAL_JOURNAL_H

/* The journal: where the log is kept. It gives a batch its offsets, stores it in one transaction
 * and finds records again. SQLite is behind it today (journal_sqlite.c); a replicated engine fits
 * behind the same functions, so nothing here says "file" except the embedded engine's own settings,
 * and nothing else in the broker assumes that there is one node.
 *
 * Threads: the journal itself (append, maintain, state) belongs to one thread at a time, the
 * writer. Each reader belongs to one other thread and may be used while the writer appends. */

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
    DURABILITY_FULL, /* a commit is synced: nothing is lost on power loss */
    /* nothing is lost when the process dies; power loss may cost the last commits, and the log then
     * gets a new epoch */
    DURABILITY_NORMAL,
    DURABILITY_MEMORY, /* no file: everything is lost with the process */
};

struct journal_config {
    const char *directory; /* holds belfry.db; must exist. Unused with DURABILITY_MEMORY */
    enum durability durability;
    uint64_t retention_ms;    /* records older than this go, whole segments at a time; 0 = never */
    uint64_t retention_bytes; /* bodies stored beyond this go, oldest segment first; 0 = no limit */
    uint64_t topic_records;   /* reading shows at most this many records of a topic; 0 = no limit */
    uint64_t topic_ms;        /* reading shows no older records of a topic; 0 = no limit */
    uint32_t segment_records; /* offsets per segment; 0 = the engine's default */
};

struct journal;
struct journal_reader;

#define JOURNAL_REASON_SIZE 256

/* Opens or creates the log; finishes an interrupted start; migrates an older schema. On failure
 * `reason` is one line for the operator: ERR_BUSY (another process has it), ERR_VERSION (a newer
 * schema), ERR_READ_ONLY, ERR_CORRUPT, ERR_FULL, ERR_IO. */
MUST_CHECK enum err journal_open(const struct journal_config *config, struct journal **out,
                                 char reason[JOURNAL_REASON_SIZE]);

/* Takes NULL. Readers must be closed before. */
void journal_close(struct journal *j);

struct journal_edge {
    uint64_t incarnation;
    uint64_t accepted;
};

struct journal_state {
    bool leader; /* may append; always true for an engine that is not replicated */
    struct epoch epoch;
    uint64_t term;         /* rises each time a broker takes the log over, so at each open */
    uint64_t head;         /* newest offset, 0 = none */
    uint64_t oldest;       /* oldest offset still held; head + 1 when there is none */
    uint64_t last_time_ms; /* time of the newest record, 0 = none */
    uint64_t records;      /* held now */
    uint64_t record_bytes; /* of their bodies */
    uint64_t file_bytes;   /* database and write-ahead log on disk */
    const struct journal_edge *edges; /* valid until the next call */
    size_t edge_count;
};

void journal_state(const struct journal *j, struct journal_state *out);

/* Stores the batch in one transaction and fills in each entry's result and offset: offsets run on
 * from the head without holes; a publisher-given id that the log still holds (or that came earlier
 * in this batch) makes a duplicate, which takes no offset. Edges' accepted numbers are stored with
 * them.
 *
 * RECORD_IF_LAST: the entry is stored only when its first topic's newest record (in the log, or
 * earlier in this batch) is record.if_last (0: the topic has none); otherwise its result is
 * ERR_CONFLICT and its offset that of the newest record. A duplicate id is looked at first.
 *
 * record.group = n: this entry and the n after it (which have n - 1 … 0) are stored all or none.
 * When one of them is in conflict, it has ERR_CONFLICT and its offset, and the others ERR_CONFLICT
 * with offset 0; when all are duplicates, they are duplicates; when some are, these are duplicates
 * and the others ERR_CONFLICT with offset 0. The core never splits a group over two batches. An id
 * that comes twice in one group is a conflict too.
 *
 * On failure nothing is stored: ERR_FULL, ERR_IO, ERR_CORRUPT, ERR_NO_MEMORY, ERR_BUSY. The next
 * call tries again, on a fresh connection if need be; it verifies the end of the log first. */
MUST_CHECK enum err journal_append(struct journal *j, struct batch *b);

/* One bounded step (a few milliseconds) of what is not urgent: write the index of a full segment,
 * remove an expired one, checkpoint. *out_more: there is more to do now. Errors are for the log
 * only: the step is tried again later. `now_ms` is Unix time. */
MUST_CHECK enum err journal_maintain(struct journal *j, uint64_t now_ms, bool *out_more);

/* Moves the log's beginning, for an operator who wants records gone before retention takes them:
 * those before the offset `before` (0: none) and those that were stored before Unix time
 * `before_ms` (0: none). *out_oldest is where the log begins then. `dry_run`: only says where that
 * would be. The records are not to be read any more when it returns, whatever happens to the
 * machine afterwards; their space comes back with journal_maintain(). In the middle of a segment
 * the rest of it is indexed anew, which takes up to some 100 ms. ERR_UNKNOWN: `before` is beyond
 * the head + 1; otherwise as for journal_append(), and nothing has changed. */
MUST_CHECK enum err journal_trim(struct journal *j, uint64_t before, uint64_t before_ms,
                                 bool dry_run, uint64_t *out_oldest);

/* A reader's own connection. */
MUST_CHECK enum err journal_reader_open(struct journal *j, struct journal_reader **out);
void journal_reader_close(struct journal_reader *r); /* takes NULL */

struct journal_query {
    uint64_t after;
    uint64_t until;
    uint64_t max_bytes; /* of bodies; at least one record comes whatever its size */
    uint64_t now_ms;    /* Unix time, for topic_ms */
    /* None: the log itself, with all that it holds (an edge fills holes with it). Otherwise topics,
     * URI templates (common/topic/selector.h) or "*" for all topics, and then the limits per topic
     * count. Times to live do not count here: who shows records looks at them. */
    const struct slice *selectors;
    size_t selector_count;
};

/* A page of records. `entries` and the bodies they point to are the page's own. */
struct journal_page {
    /* OK; ERR_EXPIRED: matching records after `after` may be gone, the page starts with the oldest;
     * ERR_UNKNOWN: `after` is beyond the head */
    enum err code;
    uint64_t next;   /* complete up to this offset */
    uint64_t oldest; /* of the log, when it was read */
    uint64_t head;
    struct entry *entries;
    size_t count;
    size_t capacity;
    struct buf bodies;
};

void journal_page_init(struct journal_page *page);
void journal_page_clear(struct journal_page *page);

/* Reads at most one page, and does at most a bounded amount of work for it: `next` may be less than
 * `until` with no records at all, the caller asks on. When the answer is complete, next == until
 * (or the head, when `until` is beyond it). ERR_IO, ERR_CORRUPT (a checksum is wrong),
 * ERR_NO_MEMORY. */
MUST_CHECK enum err journal_read(struct journal_reader *r, const struct journal_query *query,
                                 struct journal_page *out);

/* The place before the last `count` records up to query->until that match query->selectors; not
 * before the oldest record, nor what the limits per topic hide. Sets out->next, oldest and head.
 * With templates the work is bounded, and there may be fewer than `count` records after the
 * place. */
MUST_CHECK enum err journal_latest(struct journal_reader *r, const struct journal_query *query,
                                   uint64_t count, struct journal_page *out);

/* The record with this publisher-given id that the log still holds; *out_offset is 0 when there is
 * none. */
MUST_CHECK enum err journal_find(struct journal_reader *r, struct slice id, uint64_t *out_offset);

/* A topic that the log holds records of. */
struct journal_topic {
    struct slice name;
    uint64_t count; /* of its records */
    uint64_t last;  /* offset of the newest */
};

#define JOURNAL_TOPICS_MAX 1000 /* of one call */

/* Lists topics in the order of their names (bytes), after the name `after` (absent: from the first
 * one), at most `limit` of them (1 to JOURNAL_TOPICS_MAX). page->bodies keeps the names. `topics`
 * has room for `limit`. *out_count < limit means that there are no more. The limits per topic do
 * not apply. */
MUST_CHECK enum err journal_topics(struct journal_reader *r, struct slice after, size_t limit,
                                   struct journal_page *page, struct journal_topic *topics,
                                   size_t *out_count);

#endif
