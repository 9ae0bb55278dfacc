/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_TESTS_UNIT_BROKER_JOURNAL_FIXTURE_H
#define BELFRY_TESTS_UNIT_BROKER_JOURNAL_FIXTURE_H

/* A directory, a journal and a reader in it, and short functions that append and read. They
 * assert that they succeed. */

#include "broker/journal/batch.h"
#include "broker/journal/journal.h"
#include "common/base/buf.h"
#include "common/wire/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    char directory[256];
    struct journal_config config;
    struct journal *journal;
    struct journal_reader *reader;
    struct wire_decoder *decoder;
    struct batch batch;
    struct journal_page page;
    uint64_t time_ms; /* of the next record */
    char reason[JOURNAL_REASON_SIZE];
};

static inline struct fixture *fixture_make(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    const char *parent = getenv("TMPDIR");

    assert_non_null(f);
    (void)snprintf(f->directory, sizeof f->directory, "%s/belfry-journal-XXXXXX",
                   parent == NULL ? "/tmp" : parent);
    assert_non_null(mkdtemp(f->directory));
    f->config = (struct journal_config){.directory = f->directory, .durability = DURABILITY_NORMAL};
    f->decoder = wire_decoder_create();
    f->time_ms = 1000;
    batch_init(&f->batch);
    journal_page_init(&f->page);
    return f;
}

static inline void fixture_path(const struct fixture *f, const char *name, char out[512])
{
    (void)snprintf(out, 512, "%s/%s", f->directory, name);
}

static inline void fixture_open(struct fixture *f)
{
    enum err err = journal_open(&f->config, &f->journal, f->reason);

    if (err != OK)
        print_error("journal_open: %s: %s\n", err_text(err), f->reason);
    assert_int_equal(err, OK);
    assert_int_equal(journal_reader_open(f->journal, &f->reader), OK);
}

static inline void fixture_close(struct fixture *f)
{
    journal_reader_close(f->reader);
    journal_close(f->journal);
    f->reader = NULL;
    f->journal = NULL;
}

static inline void fixture_reopen(struct fixture *f)
{
    fixture_close(f);
    fixture_open(f);
}

static inline void fixture_free(struct fixture *f)
{
    static const char *const names[] = {"belfry.db", "belfry.db-wal", "belfry.db-shm",
                                        "belfry.lock"};

    fixture_close(f);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[512];
        fixture_path(f, names[i], path);
        (void)unlink(path);
    }
    (void)rmdir(f->directory);
    batch_clear(&f->batch);
    journal_page_clear(&f->page);
    wire_decoder_destroy(f->decoder);
    free(f);
}

/* Adds a publish to the batch: topics separated by spaces, an id or NULL; flags, if_last and
 * group from `like`, and its edge and number, if they are not 0. */
static inline void fixture_add_like(struct fixture *f, const struct record *like,
                                    const char *topics, const char *id, const char *data)
{
    struct slice list[RECORD_TOPICS_MAX];
    struct record record = {.flags = like->flags,
                            .origin = like->origin == 0 ? 7 : like->origin,
                            .seq = like->seq == 0 ? 1 : like->seq,
                            .topics = list,
                            .data = slice_str(data),
                            .if_last = like->if_last,
                            .group = like->group};
    struct slice decoded_topics[RECORD_TOPICS_MAX];
    struct record decoded;
    struct buf body;

    while (*topics != '\0') {
        size_t size = strcspn(topics, " ");
        list[record.topic_count++] = slice_of(topics, size);
        topics += size + (topics[size] == ' ');
    }
    if (id != NULL)
        record.id = slice_str(id);
    buf_init(&body, 1 << 20);
    wire_encode_body(&body, &record);
    assert_true(buf_ok(&body));
    assert_int_equal(wire_decode_body(f->decoder, buf_all(&body), decoded_topics, &decoded), OK);
    assert_int_equal(batch_add(&f->batch, &decoded, buf_all(&body), f->time_ms++), OK);
    buf_clear(&body);
}

static inline void fixture_add(struct fixture *f, const char *topics, const char *id,
                               const char *data)
{
    static const struct record plain = {.flags = 0};

    fixture_add_like(f, &plain, topics, id, data);
}

static inline enum err fixture_commit(struct fixture *f)
{
    return journal_append(f->journal, &f->batch);
}

/* Appends one record in a batch of its own, and returns its offset. */
static inline uint64_t fixture_append(struct fixture *f, const char *topics, const char *data)
{
    uint64_t offset;

    batch_reset(&f->batch);
    fixture_add(f, topics, NULL, data);
    assert_int_equal(fixture_commit(f), OK);
    assert_int_equal(f->batch.entries[0].result, OK);
    offset = f->batch.entries[0].offset;
    batch_reset(&f->batch);
    return offset;
}

/* Appends `count` records in one batch, with the data "<topics> <number>", numbers from `first`. */
static inline void fixture_fill(struct fixture *f, const char *topics, unsigned first,
                                unsigned count)
{
    batch_reset(&f->batch);
    for (unsigned i = 0; i < count; i++) {
        char data[128];
        (void)snprintf(data, sizeof data, "%s %u", topics, first + i);
        fixture_add(f, topics, NULL, data);
    }
    assert_int_equal(fixture_commit(f), OK);
    batch_reset(&f->batch);
}

static inline struct journal_state fixture_state(const struct fixture *f)
{
    struct journal_state state;

    journal_state(f->journal, &state);
    return state;
}

/* Returns the edge's accepted number; 0: the journal does not know the edge. */
static inline uint64_t fixture_accepted(const struct fixture *f, uint64_t incarnation)
{
    struct journal_state s = fixture_state(f);

    for (size_t i = 0; i < s.edge_count; i++) {
        if (s.edges[i].incarnation == incarnation)
            return s.edges[i].accepted;
    }
    return 0;
}

/* Maintains until there is nothing to do, and returns the number of steps. */
static inline unsigned fixture_maintain(struct fixture *f, uint64_t now_ms)
{
    unsigned steps = 0;
    bool more = true;

    while (more) {
        assert_int_equal(journal_maintain(f->journal, now_ms, &more), OK);
        assert_true(++steps < 100000);
    }
    return steps;
}

/* Splits "a b c" into selectors. */
static inline size_t fixture_selectors(const char *topics, struct slice out[64])
{
    size_t count = 0;

    while (*topics != '\0') {
        size_t size = strcspn(topics, " ");
        out[count++] = slice_of(topics, size);
        topics += size + (topics[size] == ' ');
    }
    return count;
}

/* Reads one page into f->page. */
static inline enum err fixture_page(struct fixture *f, const char *selectors, uint64_t after,
                                    uint64_t until, uint64_t max_bytes)
{
    struct slice list[64];
    struct journal_query query = {.after = after,
                                  .until = until,
                                  .max_bytes = max_bytes,
                                  .now_ms = f->time_ms,
                                  .selectors = list};

    query.selector_count = fixture_selectors(selectors, list);
    return journal_read(f->reader, &query, &f->page);
}

/* Reads pages from `after` to the head and writes the offsets as "1 2 5" to `out`. Returns the
 * code of the first page. */
static inline enum err fixture_offsets(struct fixture *f, const char *selectors, uint64_t after,
                                       char *out, size_t size)
{
    enum err code = OK;
    size_t at = 0;

    out[0] = '\0';
    for (unsigned pages = 0;; pages++) {
        assert_true(pages < 100000);
        assert_int_equal(fixture_page(f, selectors, after, UINT64_MAX, 1 << 20), OK);
        if (pages == 0)
            code = f->page.code;
        for (size_t i = 0; i < f->page.count; i++) {
            int n = snprintf(out + at, size - at, at == 0 ? "%llu" : " %llu",
                             (unsigned long long)f->page.entries[i].offset);
            assert_true(n > 0 && (size_t)n < size - at);
            at += (size_t)n;
        }
        if (f->page.next == f->page.head)
            return code;
        assert_true(f->page.next > after);
        after = f->page.next;
    }
}

#define assert_offsets(f, selectors, after, code, expected)                                        \
    do {                                                                                           \
        char offsets_[8192];                                                                       \
        assert_int_equal(fixture_offsets((f), (selectors), (after), offsets_, sizeof offsets_),    \
                         (code));                                                                  \
        assert_string_equal(offsets_, (expected));                                                 \
    } while (0)

static inline uint64_t fixture_latest(struct fixture *f, const char *selectors, uint64_t until,
                                      uint64_t count)
{
    struct slice list[64];
    struct journal_query query = {.until = until, .now_ms = f->time_ms, .selectors = list};

    query.selector_count = fixture_selectors(selectors, list);
    assert_int_equal(journal_latest(f->reader, &query, count, &f->page), OK);
    return f->page.next;
}

/* Returns the data of a record of the page. */
static inline void fixture_data(struct fixture *f, size_t i, char *out, size_t size)
{
    struct slice topics[RECORD_TOPICS_MAX];
    struct record record;

    assert_true(i < f->page.count);
    assert_int_equal(wire_decode_body(f->decoder, f->page.entries[i].body, topics, &record), OK);
    assert_true(record.data.size < size);
    memcpy(out, record.data.data, record.data.size);
    out[record.data.size] = '\0';
}

#endif
