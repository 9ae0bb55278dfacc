/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/sse.h"
#include "edge/state/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

/* Streams whose events have their publishers' ids. The tail holds each event once, with the log's
 * own id, and the id line is replaced while gathering. */

struct world {
    struct tail tail;
    struct topics topics;
    struct gather gather;
    uint32_t positions[1];
    struct buf own;   /* bytes for other streams */
    struct buf named; /* bytes for streams with publishers' ids */
};

static const struct epoch epoch = {"k3f9x2"};

static int open_world(void **state)
{
    static const struct hash_key key = {{1}};
    struct world *w = calloc(1, sizeof *w);

    tail_init(&w->tail, 1u << 20, 0);
    topics_init(&w->topics, &key);
    w->gather.positions = w->positions;
    buf_init(&w->own, 1u << 20);
    buf_init(&w->named, 1u << 20);
    *state = w;
    return 0;
}

static int close_world(void **state)
{
    struct world *w = *state;

    tail_clear(&w->tail);
    topics_clear(&w->topics);
    buf_clear(&w->own);
    buf_clear(&w->named);
    free(w);
    return 0;
}

static void add(struct world *w, const char *id, const char *type, uint32_t retry, const char *data)
{
    struct topic *topic = topics_get(&w->topics, SLICE("a"));
    uint64_t offset = tail_head(&w->tail) + 1;
    struct record record = {.retry_ms = retry, .data = slice_str(data)};
    size_t begin = w->own.size;
    struct slice event;

    if (id != NULL)
        record.id = slice_str(id);
    if (type != NULL)
        record.type = slice_str(type);
    sse_record(&w->own, epoch, offset, &record);
    if (id == NULL)
        sse_record(&w->named, epoch, offset, &record);
    else
        sse_record_as_published(&w->named, &record);
    event = slice_of(w->own.data + begin, w->own.size - begin);
    topic_append(topic, offset);
    tail_append(&w->tail, event, &topic, 1);
    if (id != NULL)
        tail_set_publisher_id(
            &w->tail, sse_id_line(slice_of(tail_newest(&w->tail)->sse, event.size)), record.id);
    w->gather.valid = false;
}

static void fill(struct world *w)
{
    add(w, "order-17", NULL, 0, "one");
    add(w, NULL, "tick", 0, "two\nlines");
    add(w, "x", "goal", 1500, "id: not an id line");
    add(w, "a much longer name than our own would be", NULL, 0, "");
}

/* Returns what a stream receives in writes of `step` bytes. */
static void assert_reads(struct world *w, bool publisher_ids, const char *selector, size_t step)
{
    struct slice selectors[] = {slice_str(selector)};
    struct stream s = {.state = STREAM_LIVE, .publisher_ids = publisher_ids};
    struct buf got;

    buf_init(&got, 1u << 20);
    stream_listen(&s, &w->topics, selectors, 1);
    for (int turn = 0; turn < 4000; turn++) {
        size_t left = step;

        stream_gather(&s, &w->tail, &w->gather);
        if (w->gather.count == 0)
            break;
        if (left > w->gather.bytes)
            left = w->gather.bytes;
        (void)stream_advance(&s, &w->gather, left);
        for (int i = 0; i < w->gather.iov_count && left > 0; i++) {
            size_t size = w->gather.iov[i].iov_len < left ? w->gather.iov[i].iov_len : left;

            buf_append(&got, w->gather.iov[i].iov_base, size);
            left -= size;
        }
    }
    assert_true(slice_equal(buf_all(&got), buf_all(publisher_ids ? &w->named : &w->own)));
    assert_int_equal(s.cursor, 4);
    stream_unlisten(&s, &w->topics);
    buf_clear(&got);
}

static void the_publishers_ids(void **state)
{
    struct world *w = *state;

    fill(w);
    for (size_t step = 1; step <= w->named.size; step++) {
        assert_reads(w, true, "a", step);
        assert_reads(w, true, "*", step);
    }
}

/* Gathered bytes are reused for the next stream, but not for one with the other kind of id. */
static void both_kinds_of_ids_at_once(void **state)
{
    struct world *w = *state;

    fill(w);
    for (int i = 0; i < 3; i++) {
        assert_reads(w, false, "a", SIZE_MAX);
        assert_reads(w, true, "a", SIZE_MAX);
    }
}

static void the_tail_counts_publisher_ids(void **state)
{
    struct world *w = *state;
    uint64_t before;

    add(w, NULL, NULL, 0, "one");
    before = w->tail.bytes;
    add(w, "order-17", NULL, 0, "two");
    assert_true(w->tail.bytes > 2 * before);
    for (int i = 0; i < 2; i++) {
        topic_shift(topics_get(&w->topics, SLICE("a")));
        tail_shift(&w->tail);
    }
    assert_int_equal(w->tail.bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_publishers_ids, open_world, close_world),
        cmocka_unit_test_setup_teardown(both_kinds_of_ids_at_once, open_world, close_world),
        cmocka_unit_test_setup_teardown(the_tail_counts_publisher_ids, open_world, close_world),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
