/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

/* A tail, its topics, and streams that read from it. */
struct world {
    struct tail tail;
    struct topics topics;
    struct gather gather;
    uint32_t positions[8];
};

static struct world *open_world(uint64_t head)
{
    static const struct hash_key key = {{1}};
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    tail_init(&w->tail, 1u << 30, head);
    topics_init(&w->topics, &key);
    w->gather.positions = w->positions;
    return w;
}

static void close_world(struct world *w)
{
    tail_clear(&w->tail);
    topics_clear(&w->topics);
    free(w);
}

/* Adds a record with the given topics, each a letter. */
static void add(struct world *w, const char *names, struct slice sse)
{
    struct topic *topics[8];
    uint16_t count = 0;
    uint64_t offset = tail_head(&w->tail) + 1;

    for (; names[count] != '\0'; count++) {
        topics[count] = topics_get(&w->topics, slice_of(names + count, 1));
        topic_append(topics[count], offset);
    }
    tail_append(&w->tail, sse, topics, count);
    w->gather.valid = false;
}

static void add_text(struct world *w, const char *names, const char *text)
{
    add(w, names, slice_str(text));
}

/* Opens a stream. It must stay at its address, because topics point to it. */
static void listen(struct world *w, struct stream *s, const char *names, uint64_t cursor)
{
    struct slice selectors[8];
    size_t count = 0;

    *s = (struct stream){.state = STREAM_LIVE, .cursor = cursor};
    for (; names[count] != '\0'; count++)
        selectors[count] = slice_of(names + count, 1);
    stream_listen(s, &w->topics, selectors, count);
}

static size_t flatten(const struct gather *g, char *out)
{
    size_t size = 0;

    for (int i = 0; i < g->iov_count; i++) {
        memcpy(out + size, g->iov[i].iov_base, g->iov[i].iov_len);
        size += g->iov[i].iov_len;
    }
    assert_int_equal(size, g->bytes);
    return size;
}

/* Reads to the end with writes of `step` bytes. */
static void assert_reads(struct world *w, struct stream *s, size_t step, const char *expected)
{
    char out[4096];
    size_t size = 0;

    for (unsigned turn = 0; turn < 4000; turn++) {
        char part[4096];
        size_t bytes;
        bool whole;

        stream_gather(s, &w->tail, &w->gather);
        if (w->gather.count == 0)
            break;
        bytes = flatten(&w->gather, part);
        if (bytes > step)
            bytes = step;
        memcpy(out + size, part, bytes);
        size += bytes;
        whole = stream_advance(s, &w->gather, bytes);
        assert_int_equal(whole, bytes == w->gather.bytes);
        if (!whole)
            w->gather.valid = false;
    }
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(out, expected, size);
    assert_int_equal(s->sent, 0);
}

static void fill(struct world *w)
{
    add_text(w, "a", "1-a;");
    add_text(w, "b", "2-b-longer;");
    add_text(w, "ab", "3-ab;");
    add_text(w, "c", "4;");
    add_text(w, "a", "5-a-the longest of all;");
    add_text(w, "a", "6;");
    add_text(w, "bc", "7-bc;");
    add_text(w, "d", "8-d;");
}

static const struct {
    const char *names;
    const char *expected;
} readers[] = {
    {"a", "1-a;3-ab;5-a-the longest of all;6;"},
    {"c", "4;7-bc;"},
    {"ab", "1-a;2-b-longer;3-ab;5-a-the longest of all;6;7-bc;"},
    {"dcb", "2-b-longer;3-ab;4;7-bc;8-d;"},
    {"cac", "1-a;3-ab;4;5-a-the longest of all;6;7-bc;"}, /* a topic given twice counts once */
    {"x", ""},
    {"*", "1-a;2-b-longer;3-ab;4;5-a-the longest of all;6;7-bc;8-d;"},
    {"a*", "1-a;2-b-longer;3-ab;4;5-a-the longest of all;6;7-bc;8-d;"},
};

/* Reads one topic, several merged topics and all topics, in writes of every size, so that a write
 * ends at each byte. */
static void every_byte_once_and_in_order(void **state)
{
    struct world *w = open_world(0);

    (void)state;
    fill(w);
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        for (size_t step = 1; step < 80; step++) {
            struct stream s;

            listen(w, &s, readers[i].names, 0);
            assert_reads(w, &s, step, readers[i].expected);
            stream_unlisten(&s, &w->topics);
        }
    }
    close_world(w);
}

static void from_the_middle_and_at_the_head(void **state)
{
    struct world *w = open_world(100);
    struct stream s;

    (void)state;
    fill(w);
    listen(w, &s, "ab", 103);
    assert_reads(w, &s, 1000, "5-a-the longest of all;6;7-bc;");
    assert_int_equal(s.cursor, 108); /* past the last match, up to the head */
    assert_int_equal(s.last_id, 107);
    assert_reads(w, &s, 1000, "");
    add_text(w, "b", "9-b;");
    assert_reads(w, &s, 2, "9-b;");
    stream_unlisten(&s, &w->topics);
    close_world(w);
}

/* After a write that ends at any byte the cursor is just before the partly written record. */
static void a_write_that_ends_anywhere(void **state)
{
    static const uint64_t offsets[] = {1, 3, 5, 6};
    static const size_t ends[] = {4, 9, 32, 34};
    struct world *w = open_world(0);

    (void)state;
    fill(w);
    for (size_t bytes = 0; bytes < 34; bytes++) {
        struct stream s;
        size_t whole = 0;

        listen(w, &s, "a", 0);
        stream_gather(&s, &w->tail, &w->gather);
        assert_int_equal(w->gather.bytes, 34);
        assert_true(w->gather.all);
        while (ends[whole] <= bytes)
            whole++;
        assert_int_equal(gather_count_written(&w->gather, bytes), whole);
        assert_false(stream_advance(&s, &w->gather, bytes));
        assert_int_equal(s.cursor, offsets[whole] - 1);
        assert_int_equal(s.last_id, whole == 0 ? 0 : offsets[whole - 1]);
        assert_int_equal(s.sent, bytes - (whole == 0 ? 0 : ends[whole - 1]));
        stream_unlisten(&s, &w->topics);
        w->gather.valid = false;
    }
    close_world(w);
}

/* Streams of one topic at one position share the bytes gathered for the first of them. */
static void gathered_once_for_many(void **state)
{
    struct world *w = open_world(0);
    struct stream one;
    struct stream two;
    struct stream other;

    (void)state;
    fill(w);
    listen(w, &one, "a", 0);
    listen(w, &two, "a", 0);
    listen(w, &other, "b", 0);
    stream_gather(&one, &w->tail, &w->gather);
    assert_true(w->gather.valid);
    w->gather.head = 77; /* a mark that the next gathering overwrites */
    stream_gather(&two, &w->tail, &w->gather);
    assert_int_equal(w->gather.head, 77);
    assert_int_equal(w->gather.count, 4);
    stream_gather(&other, &w->tail, &w->gather);
    assert_int_equal(w->gather.head, 8);
    assert_int_equal(w->gather.count, 3);
    stream_gather(&two, &w->tail, &w->gather);
    w->gather.head = 77;
    two.cursor = 1; /* another position */
    stream_gather(&two, &w->tail, &w->gather);
    assert_int_equal(w->gather.head, 8);
    assert_int_equal(w->gather.count, 3);
    two.sent = 2; /* a partly sent record */
    stream_gather(&two, &w->tail, &w->gather);
    assert_int_equal(w->gather.bytes, 28);
    assert_false(w->gather.valid);
    stream_unlisten(&one, &w->topics);
    stream_unlisten(&two, &w->topics);
    stream_unlisten(&other, &w->topics);
    close_world(w);
}

/* A write has limits; the remaining records follow in the next one. */
static void limits_of_one_write(void **state)
{
    struct world *w = open_world(0);
    char *large = calloc(1, 2 * GATHER_BYTES_MAX);
    struct stream s;
    struct stream odd;

    (void)state;
    assert_non_null(large);
    for (unsigned i = 0; i < 3000; i++)
        add_text(w, i % 2 == 0 ? "a" : "b", "x");
    listen(w, &s, "*", 0);
    stream_gather(&s, &w->tail, &w->gather);
    assert_int_equal(w->gather.count, GATHER_RECORDS_MAX);
    assert_int_equal(w->gather.iov_count, 1); /* adjacent records are one run */
    assert_false(w->gather.all);
    assert_true(stream_advance(&s, &w->gather, w->gather.bytes));
    assert_int_equal(s.cursor, GATHER_RECORDS_MAX); /* not the head: there is more */
    listen(w, &odd, "a", 0);
    stream_gather(&odd, &w->tail, &w->gather);
    assert_int_equal(w->gather.iov_count, GATHER_IOV_MAX); /* each record is a run */
    assert_int_equal(w->gather.count, GATHER_IOV_MAX);
    assert_false(w->gather.all);
    for (unsigned i = 0; i < 5; i++)
        add(w, "c", slice_of(large, 100000));
    add(w, "c", slice_of(large, 2 * GATHER_BYTES_MAX));
    add_text(w, "c", "y");
    stream_unlisten(&odd, &w->topics);
    listen(w, &odd, "c", 3000);
    for (unsigned i = 0; i < 3; i++) { /* 2, 2 and 1 records */
        stream_gather(&odd, &w->tail, &w->gather);
        assert_int_equal(w->gather.count, i < 2 ? 2 : 1);
        assert_true(stream_advance(&odd, &w->gather, w->gather.bytes));
    }
    stream_gather(&odd, &w->tail, &w->gather);
    assert_int_equal(w->gather.count, 1); /* a record above the limit is written alone */
    assert_int_equal(w->gather.bytes, 2 * GATHER_BYTES_MAX);
    assert_true(stream_advance(&odd, &w->gather, w->gather.bytes));
    assert_int_equal(odd.cursor, 3006);
    stream_unlisten(&s, &w->topics);
    stream_unlisten(&odd, &w->topics);
    close_world(w);
    free(large);
}

static void assert_back(struct world *w, const char *names, uint32_t count, int64_t cursor)
{
    struct stream s;
    uint64_t out = 999;

    listen(w, &s, names, 0);
    assert_int_equal(stream_cursor_back(&s, &w->tail, count, &w->gather, &out), cursor >= 0);
    assert_int_equal(out, cursor >= 0 ? (uint64_t)cursor : 999);
    stream_unlisten(&s, &w->topics);
}

static void back_by_some_records(void **state)
{
    struct world *w = open_world(0);

    (void)state;
    fill(w);
    assert_back(w, "a", 1, 5);
    assert_back(w, "a", 2, 4);
    assert_back(w, "a", 4, 0);
    assert_back(w, "a", 5, -1);
    assert_back(w, "c", 2, 3);
    assert_back(w, "ab", 1, 6);
    assert_back(w, "ab", 3, 4);
    assert_back(w, "ab", 4, 2); /* a record with both topics counts once */
    assert_back(w, "ab", 6, 0);
    assert_back(w, "ab", 7, -1);
    assert_back(w, "x", 1, -1);
    assert_back(w, "*", 3, 5);
    assert_back(w, "*", 8, 0);
    assert_back(w, "*", 9, -1);
    assert_back(w, "a", 0, 8);
    close_world(w);
}

/* While streams open and close, each keeps its correct index among its topics' listeners. */
static void listeners_keep_their_index(void **state)
{
    static const char *const names[] = {"a", "ab", "abc", "bc", "*", "c"};
    struct world *w = open_world(0);
    struct stream streams[60];
    bool open[60] = {false};

    (void)state;
    for (unsigned step = 0; step < 3000; step++) {
        unsigned i = step * 7919 % 60;

        if (open[i])
            stream_unlisten(&streams[i], &w->topics);
        else
            listen(w, &streams[i], names[step % 6], 0);
        open[i] = !open[i];
        for (unsigned k = 0; k < 60; k++) {
            struct subscription *subs = stream_subscriptions(&streams[k]);

            for (uint32_t n = 0; open[k] && n < streams[k].subscription_count; n++) {
                assert_ptr_equal(subs[n].topic->listeners[subs[n].index].stream, &streams[k]);
                assert_int_equal(subs[n].topic->listeners[subs[n].index].slot, n);
            }
        }
    }
    for (unsigned i = 0; i < 60; i++) {
        if (open[i])
            stream_unlisten(&streams[i], &w->topics);
    }
    assert_int_equal(topics_count(&w->topics), 0);
    assert_int_equal(w->topics.all->listener_count, 0);
    close_world(w);
}

static void allowed_moves(void **state)
{
    struct stream s = {.state = STREAM_LOCATING};

    (void)state;
    stream_move(&s, STREAM_REPLAYING);
    stream_move(&s, STREAM_LIVE);
    stream_move(&s, STREAM_REPLAYING);
    stream_move(&s, STREAM_CLOSING);
    assert_int_equal(s.state, STREAM_CLOSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_once_and_in_order),
        cmocka_unit_test(from_the_middle_and_at_the_head),
        cmocka_unit_test(a_write_that_ends_anywhere),
        cmocka_unit_test(gathered_once_for_many),
        cmocka_unit_test(limits_of_one_write),
        cmocka_unit_test(back_by_some_records),
        cmocka_unit_test(listeners_keep_their_index),
        cmocka_unit_test(allowed_moves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
