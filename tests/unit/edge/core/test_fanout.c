/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/unit/edge/core/edge_fixture.h"

/* Streams: where they begin, and what they receive when (edge/core/fanout.c). */

static uint64_t delivered(const struct fixture *f)
{
    struct edge_status status;

    edge_status(f->e, &status);
    return status.metrics.delivered;
}

static void begins_at_the_head_and_gets_its_id(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    fixture_join(f, 30);
    fixture_subscribe(f, &c, "a", NULL, 0);
    fixture_got(&c, "id: k3f9x2-30\n\n"); /* so it can resume before its first event */
    fixture_batch(f, 31, 33);
    fixture_got(&c, "id: k3f9x2-31\ndata: r31\n\nid: k3f9x2-33\ndata: r33\n\n");
    assert_int_equal(delivered(f), 2);
    fixture_batch(f, 34, 34);
    fixture_got(&c, "");
    buf_clear(&c.got);
    fixture_subscribe(f, &c, "a", "", 0); /* an empty id counts as absent */
    fixture_got(&c, "id: k3f9x2-34\n\n");
    buf_clear(&c.got);
    fixture_subscribe(f, &c, "*", NULL, 0);
    buf_clear(&c.got);
    fixture_close(f); /* frees the streams too */
}

static void resumes_inside_the_tail(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    fixture_join(f, 30);
    for (uint64_t n = 0; n <= 30; n++) {
        char id[32];

        (void)snprintf(id, sizeof id, "k3f9x2-%u", (unsigned)n);
        fixture_subscribe(f, &c, "a", id, 5); /* an id takes precedence over `history` */
        fixture_got_records(f, &c, 'a', n, 30);
        fixture_leave(f, &c);
        fixture_subscribe(f, &c, "ba", id, 0);
        fixture_got_records(f, &c, '*', n, 30);
        fixture_leave(f, &c);
    }
    assert_int_equal(f->sent_count, 0); /* nothing is requested from the broker */
    fixture_close(f);
}

static void ids_without_a_position_in_the_log(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    fixture_join(f, 30);
    fixture_subscribe(f, &c, "a", "made up", 0);
    fixture_got(&c, "event: belfry.gap\nid: k3f9x2-30\ndata: {\"reason\":\"unknown\","
                    "\"oldest\":\"k3f9x2-1\",\"head\":\"k3f9x2-30\"}\n\n");
    fixture_leave(f, &c);
    fixture_subscribe(f, &c, "a", "oldlog-12", 3); /* plus the requested history */
    assert_memory_equal(c.got.data, "event: belfry.gap\nid: k3f9x2-26\n", 32);
    assert_non_null(strstr(fixture_text(&c), "\"reason\":\"epoch\""));
    buf_consume(&c.got, (size_t)(strstr(fixture_text(&c), "}\n\n") - c.got.data) + 3);
    fixture_got_records(f, &c, 'a', 26, 30);
    fixture_leave(f, &c);
    fixture_tick(f, 1000); /* the broker is silent: the edge cannot know which log is newer */
    assert_int_equal(fixture_try(f, &c, "a", "oldlog-12", 0), ERR_UNAVAILABLE);
    assert_int_equal(fixture_try(f, &c, "a", "k3f9x2-30", 0), OK);
    fixture_got(&c, "");
    fixture_leave(f, &c);
    fixture_close(f);
}

static void history_from_the_tail(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    fixture_join(f, 30);
    fixture_subscribe(f, &c, "a", NULL, 3);
    assert_memory_equal(c.got.data, "id: k3f9x2-26\n\n", 15);
    buf_consume(&c.got, 15);
    fixture_got_records(f, &c, 'a', 26, 30); /* 27, 29 and 30, which has both topics */
    fixture_leave(f, &c);
    assert_int_equal(f->sent_count, 0);
    fixture_close(f);
}

static void rejects_streams(void **state)
{
    struct fixture *f = fixture_open();
    struct client c[4];

    (void)state;
    f->config.streams = 2;
    f->config.stream_topics = 3;
    fixture_start(f);
    assert_int_equal(fixture_try(f, &c[0], "a", NULL, 0), ERR_UNAVAILABLE); /* no log yet */
    fixture_welcome(f);
    assert_int_equal(fixture_try(f, &c[0], "", NULL, 0), ERR_TOO_MANY);
    assert_int_equal(fixture_try(f, &c[0], "abcd", NULL, 0), ERR_TOO_MANY);
    assert_int_equal(fixture_try(f, &c[0], "abc", NULL, 0), OK);
    assert_int_equal(fixture_try(f, &c[1], "*", NULL, 0), OK);
    assert_int_equal(fixture_try(f, &c[2], "a", NULL, 0), ERR_TOO_MANY);
    fixture_leave(f, &c[1]);
    assert_int_equal(fixture_try(f, &c[1], "a", NULL, 0), OK);
    edge_drain(f->e);
    fixture_leave(f, &c[0]);
    assert_int_equal(fixture_try(f, &c[3], "a", NULL, 0), ERR_CLOSED);
    fixture_batch(f, 1, 3); /* open streams continue */
    assert_non_null(strstr(fixture_text(&c[1]), "data: r3\n\n"));
    fixture_leave(f, &c[1]);
    fixture_close(f);
}

static void one_write_per_batch_and_stream(void **state)
{
    static const char *const names[] = {"a", "b", "ab", "*", "x"};
    struct fixture *f = fixture_open();
    struct client c[20];

    (void)state;
    fixture_join(f, 0);
    for (unsigned i = 0; i < 20; i++)
        fixture_subscribe(f, &c[i], names[i % 5], "k3f9x2-0", 0);
    fixture_batch(f, 1, 50);
    for (unsigned i = 0; i < 20; i++) {
        const char topic = "ab**x"[i % 5];

        assert_int_equal(c[i].writes, topic == 'x' ? 0 : 1);
        if (topic == 'x')
            fixture_got(&c[i], "");
        else
            fixture_got_records(f, &c[i], topic, 0, 50);
    }
    for (unsigned i = 0; i < 20; i += 2)
        fixture_leave(f, &c[i]);
    fixture_batch(f, 51, 60);
    for (unsigned i = 1; i < 20; i += 2) {
        const char topic = "ab**x"[i % 5];

        if (topic != 'x')
            fixture_got_records(f, &c[i], topic, 50, 60);
        fixture_leave(f, &c[i]);
    }
    assert_int_equal(f->reports[EDGE_REPORT_HOLE], 0);
    fixture_close(f);
}

/* The socket fills up after each possible number of bytes. Each record arrives completely, once and
 * in order, whatever is published meanwhile. */
static void a_full_socket_at_every_byte(void **state)
{
    (void)state;
    for (size_t step = 1; step < 70; step++) {
        struct fixture *f = fixture_open();
        struct client slow;
        struct client quick;

        fixture_join(f, 0);
        fixture_subscribe(f, &quick, "*", "k3f9x2-0", 0);
        fixture_subscribe(f, &slow, "ab", "k3f9x2-0", 0);
        slow.room = step;
        fixture_batch(f, 1, 5);
        for (uint64_t n = 6; n < 30; n++) {
            fixture_batch(f, n, n);
            if (n == 6)
                assert_int_equal(slow.writes, 1); /* no writes while it is full */
            fixture_writable(f, &slow, step);
        }
        fixture_got_records(f, &quick, '*', 0, 29);
        for (unsigned turn = 0; turn < 1000; turn++)
            fixture_writable(f, &slow, step);
        fixture_got_records(f, &slow, '*', 0, 29);
        assert_int_equal(delivered(f), 58);
        fixture_leave(f, &slow);
        fixture_leave(f, &quick);
        fixture_close(f);
    }
}

/* Bytes gathered for one stream are not reused for another after new records have arrived. */
static void does_not_reuse_stale_bytes(void **state)
{
    struct fixture *f = fixture_open();
    struct client one;
    struct client two;

    (void)state;
    fixture_join(f, 0);
    fixture_subscribe(f, &one, "a", "k3f9x2-0", 0);
    fixture_subscribe(f, &two, "a", "k3f9x2-0", 0);
    edge_blocked(f->e, two.stream);
    fixture_batch(f, 1, 3);
    fixture_got_records(f, &one, 'a', 0, 3);
    edge_blocked(f->e, one.stream);
    fixture_batch(f, 4, 5);
    fixture_writable(f, &two, SIZE_MAX);
    fixture_got_records(f, &two, 'a', 0, 5);
    fixture_writable(f, &one, SIZE_MAX);
    fixture_got_records(f, &one, 'a', 3, 5);
    fixture_leave(f, &one);
    fixture_leave(f, &two);
    fixture_close(f);
}

static void nothing_before_the_response_head_is_out(void **state)
{
    const struct slice selector = SLICE("a");
    const struct subscribe spec = {.selectors = &selector, .selector_count = 1};
    struct fixture *f = fixture_open();
    struct client c = {.room = SIZE_MAX};

    (void)state;
    fixture_join(f, 0);
    buf_init(&c.got, 100000);
    assert_int_equal(edge_subscribe(f->e, f->now, &spec, &c, &c.stream), OK);
    fixture_batch(f, 1, 3);
    fixture_got(&c, "");
    edge_writable(f->e, c.stream);
    edge_blocked(f->e, c.stream); /* the owner has bytes of its own to write */
    fixture_batch(f, 4, 4);
    fixture_got(&c, "");
    edge_writable(f->e, c.stream);
    edge_writable(f->e, c.stream); /* has no effect the second time */
    fixture_drain(f);
    assert_memory_equal(c.got.data, "id: k3f9x2-0\n\n", 14);
    buf_consume(&c.got, 14);
    fixture_got_records(f, &c, 'a', 0, 4);
    fixture_leave(f, &c);
    fixture_close(f);
}

/* Ticks for `ms`, as the shell does, while the broker sends beacons. */
static void wait(struct fixture *f, uint64_t ms)
{
    for (uint64_t passed = 0; passed < ms; passed += 250) {
        fixture_beacon(f, true, 0, 0);
        fixture_tick(f, 250);
        fixture_forget(f);
    }
}

static size_t count_of(const struct client *c, const char *text)
{
    size_t count = 0;

    for (const char *at = c->got.data; at != NULL && (at = strstr(at, text)) != NULL; at++)
        count++;
    return count;
}

static void heartbeats(void **state)
{
    struct fixture *f = fixture_open();
    struct client quiet;
    struct client busy;
    struct client full;

    (void)state;
    fixture_join(f, 30);
    fixture_subscribe(f, &quiet, "x", "k3f9x2-30", 0);
    fixture_subscribe(f, &busy, "ab", "k3f9x2-30", 0);
    fixture_subscribe(f, &full, "ab", "k3f9x2-30", 0);
    full.room = 5;
    for (uint64_t n = 31; n <= 40; n++) {
        fixture_batch(f, n, n);
        wait(f, 5000);
    }
    buf_char(&quiet.got, '\0');
    buf_char(&busy.got, '\0');
    assert_in_range(count_of(&quiet, ":\n\n"), 3, 4); /* one each 15 s in 50 s */
    assert_int_equal(count_of(&quiet, "id: k3f9x2-"), count_of(&quiet, ":\n\n"));
    assert_int_equal(count_of(&busy, "\n:\n\n"), 0); /* it is never idle for 15 s */
    assert_int_equal(full.got.size, 5);              /* no comment inside a partly sent event */
    buf_reset(&quiet.got);
    wait(f, 16000);
    buf_reset(&quiet.got);
    wait(f, 15000);
    fixture_got(&quiet, ":\n\n"); /* its position is unchanged */
    fixture_batch(f, 41, 42);
    wait(f, 15000);
    fixture_got(&quiet, ":\n\nid: k3f9x2-42\n\n");
    edge_blocked(f->e, quiet.stream); /* the owner has bytes of its own to write */
    wait(f, 30000);
    fixture_got(&quiet, "");
    fixture_leave(f, &quiet);
    fixture_leave(f, &busy);
    fixture_leave(f, &full);
    fixture_close(f);
}

static void the_clock_jumps_ahead(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    fixture_join(f, 30);
    fixture_subscribe(f, &c, "x", "k3f9x2-30", 0);
    fixture_tick(f, 3600000);
    fixture_tick(f, 50);
    fixture_got(&c, ":\n\n"); /* once, not 240 times */
    wait(f, 14000);
    fixture_got(&c, "");
    wait(f, 2000);
    fixture_got(&c, ":\n\n");
    fixture_leave(f, &c);
    fixture_close(f);
}

/* The tail has a limit: old records are removed, and topics without records and listeners. */
static void removes_old_records_and_topics(void **state)
{
    struct fixture *f = fixture_open();
    struct edge_status status;

    (void)state;
    f->config.tail_bytes = 3000;
    fixture_join(f, 0);
    fixture_batch(f, 1, 1000);
    edge_status(f->e, &status);
    assert_int_equal(status.head, 1000);
    assert_in_range(status.metrics.tail_first, 950, 990);
    assert_true(status.metrics.tail_bytes <= 3000);
    assert_int_equal(status.metrics.topics, 2);
    f->epoch = epoch_make(5);
    f->head = 0;
    fixture_beacon(f, true, 0, 0);
    fixture_welcome(f);
    edge_status(f->e, &status);
    assert_int_equal(status.metrics.topics, 0);
    assert_int_equal(status.metrics.tail_bytes, 0);
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_at_the_head_and_gets_its_id),
        cmocka_unit_test(resumes_inside_the_tail),
        cmocka_unit_test(ids_without_a_position_in_the_log),
        cmocka_unit_test(history_from_the_tail),
        cmocka_unit_test(rejects_streams),
        cmocka_unit_test(one_write_per_batch_and_stream),
        cmocka_unit_test(a_full_socket_at_every_byte),
        cmocka_unit_test(does_not_reuse_stale_bytes),
        cmocka_unit_test(nothing_before_the_response_head_is_out),
        cmocka_unit_test(heartbeats),
        cmocka_unit_test(the_clock_jumps_ahead),
        cmocka_unit_test(removes_old_records_and_topics),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
