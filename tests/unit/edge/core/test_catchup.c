/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/unit/edge/core/edge_fixture.h"

/* Streams behind the tail: their requests to the broker, and how the replies are used
 * (edge/core/catchup.c, edge/state/replay.c). */

/* Starts an edge whose tail holds the log from about 971 on. Returns its first offset. */
static uint64_t join_with_short_tail(struct fixture *f)
{
    struct edge_status status;

    f->config.tail_bytes = 3000;
    fixture_join(f, 0);
    fixture_batch(f, 1, 1000);
    fixture_forget(f);
    edge_status(f->e, &status);
    assert_in_range(status.metrics.tail_first, 950, 990);
    return status.metrics.tail_first;
}

static void replayed_page_by_page_then_live(void **state)
{
    struct fixture *f = fixture_open();
    const struct wire_frame *read;
    struct client c;

    (void)state;
    (void)join_with_short_tail(f);
    fixture_subscribe(f, &c, "a", "k3f9x2-100", 0);
    read = fixture_last(f, WIRE_READ);
    assert_non_null(read);
    assert_int_equal(read->read.after, 100);
    assert_int_equal(read->read.until, 1000);
    assert_int_equal(read->read.max_bytes, f->config.replay_bytes);
    assert_string_equal(f->selectors, "a");
    assert_int_equal(fixture_count(f, WIRE_READ), 1);
    fixture_records(f, OK, 101, 200, 200);
    fixture_got_records(f, &c, 'a', 100, 200);
    assert_int_equal(fixture_last(f, WIRE_READ)->read.after, 200);
    fixture_records(f, OK, 1, 0, 700); /* no match yet; the broker read up to 700 */
    fixture_got(&c, "");
    assert_int_equal(fixture_last(f, WIRE_READ)->read.after, 700);
    fixture_batch(f, 1001, 1002); /* meanwhile */
    fixture_records(f, OK, 701, 1000, 1000);
    fixture_got_records(f, &c, 'a', 700, 1002);
    assert_int_equal(fixture_count(f, WIRE_READ), 3);
    fixture_batch(f, 1003, 1003);
    fixture_got_records(f, &c, 'a', 1002, 1003);
    fixture_leave(f, &c);
    fixture_close(f);
}

static void reads_everything_without_selectors(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    (void)join_with_short_tail(f);
    fixture_subscribe(f, &c, "a*", "k3f9x2-900", 0);
    assert_int_equal(fixture_last(f, WIRE_READ)->read.selector_count, 0);
    fixture_records(f, OK, 901, 1000, 1000);
    fixture_got_records(f, &c, '*', 900, 1000);
    fixture_leave(f, &c);
    fixture_subscribe(f, &c, "ab", "k3f9x2-900", 0);
    assert_string_equal(f->selectors, "a,b");
    fixture_leave(f, &c);
    fixture_close(f);
}

/* The socket fills up after each possible number of bytes; each byte is written once. */
static void a_slow_reader_of_pages(void **state)
{
    (void)state;
    for (size_t step = 1; step < 60; step += 3) {
        struct fixture *f = fixture_open();
        struct edge_status status;
        struct client c;

        (void)join_with_short_tail(f);
        fixture_subscribe(f, &c, "b", "k3f9x2-900", 0);
        c.room = step;
        fixture_records(f, OK, 901, 910, 910);
        for (unsigned turn = 0; turn < 200 && fixture_last(f, WIRE_READ)->read.after == 900; turn++)
            fixture_writable(f, &c, step);
        assert_int_equal(fixture_last(f, WIRE_READ)->read.after, 910);
        c.room = SIZE_MAX;
        fixture_records(f, OK, 911, 1000, 1000);
        fixture_got_records(f, &c, 'b', 900, 1000);
        edge_status(f->e, &status);
        assert_int_equal(status.metrics.delivered, 50);
        fixture_leave(f, &c);
        fixture_close(f);
    }
}

/* A live stream whose socket is full while old records leave the tail. */
static void falls_out_of_the_tail(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;
    uint64_t after;

    (void)state;
    (void)join_with_short_tail(f);
    fixture_subscribe(f, &c, "a", "k3f9x2-1000", 0);
    c.room = 40; /* one event and part of the next */
    fixture_batch(f, 1001, 1003);
    fixture_batch(f, 1004, 1300);
    assert_int_equal(c.got.size, 40);
    fixture_writable(f, &c, SIZE_MAX);
    after = fixture_last(f, WIRE_READ)->read.after;
    assert_int_equal(after, 1002);
    fixture_records(f, OK, after + 1, 1300, 1300);
    fixture_got_records(f, &c, 'a', 1000, 1300); /* the partly sent event was completed */
    fixture_leave(f, &c);

    fixture_subscribe(f, &c, "a", "k3f9x2-1300", 0);
    c.room = 5;
    fixture_batch(f, 1301, 1301);
    fixture_batch(f, 1302, 1600);
    f->oldest = 1500; /* the partly sent record has left the log */
    fixture_writable(f, &c, SIZE_MAX);
    fixture_records(f, ERR_EXPIRED, 1500, 1510, 1510);
    assert_true(c.closed); /* it resumes by its id, and gets belfry.gap then */
    assert_int_equal(c.got.size, 5);
    fixture_leave(f, &c);

    fixture_subscribe(f, &c, "a", "k3f9x2-1600", 0);
    c.room = 5;
    fixture_batch(f, 1601, 1601);
    fixture_batch(f, 1602, 1900);
    fixture_writable(f, &c, SIZE_MAX);
    fixture_records(f, OK, 1603, 1605, 1605); /* without the partly sent record */
    assert_true(c.closed);
    fixture_leave(f, &c);
    fixture_close(f);
}

static void reports_expired_records_first(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    (void)join_with_short_tail(f);
    fixture_subscribe(f, &c, "a", "k3f9x2-100", 0);
    fixture_beacon(f, true, 0, 0);
    f->oldest = 500; /* since the last beacon */
    fixture_records(f, ERR_EXPIRED, 500, 1000, 1000);
    assert_non_null(c.got.data);
    assert_memory_equal(c.got.data, "event: belfry.gap\nid: k3f9x2-499\n", 33);
    assert_non_null(strstr(fixture_text(&c), "{\"reason\":\"expired\",\"oldest\":\"k3f9x2-500\","));
    buf_consume(&c.got, (size_t)(strstr(fixture_text(&c), "}\n\n") - c.got.data) + 3);
    fixture_got_records(f, &c, 'a', 499, 1000);
    fixture_leave(f, &c);
    fixture_close(f);
}

static void an_id_beyond_the_head(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    fixture_join(f, 30);
    fixture_subscribe(f, &c, "a", "k3f9x2-35", 0);
    assert_int_equal(fixture_last(f, WIRE_READ)->read.after, 35);
    fixture_records(f, ERR_UNKNOWN, 1, 0, 0); /* an invented id */
    fixture_got(&c, "event: belfry.gap\nid: k3f9x2-30\ndata: {\"reason\":\"unknown\","
                    "\"oldest\":\"k3f9x2-1\",\"head\":\"k3f9x2-30\"}\n\n");
    fixture_batch(f, 31, 31);
    fixture_got_records(f, &c, 'a', 30, 31);
    fixture_leave(f, &c);

    fixture_subscribe(f, &c, "a", "k3f9x2-35", 0); /* from an edge that is ahead */
    f->head = 36;
    fixture_records(f, OK, 1, 0, 35);
    fixture_got(&c, "");
    fixture_batch(f, 32, 36); /* records up to its id are not repeated */
    fixture_got(&c, "");
    fixture_batch(f, 37, 37);
    fixture_got_records(f, &c, 'a', 36, 37);
    fixture_leave(f, &c);
    fixture_close(f);
}

/* Answers the pending LATEST: the stream begins after `place`. */
static void answer_latest(struct fixture *f, enum err code, uint64_t place)
{
    struct wire_frame r = {.type = WIRE_RECORDS};

    assert_non_null(fixture_last(f, WIRE_LATEST));
    r.records.request = fixture_last(f, WIRE_LATEST)->latest.request;
    r.records.code = code;
    r.records.epoch = f->epoch;
    r.records.next = place;
    r.records.oldest = f->oldest;
    r.records.head = f->head;
    fixture_receive(f, &r);
}

static void history_beyond_the_tail(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    (void)join_with_short_tail(f);
    fixture_subscribe(f, &c, "a", NULL, 100);
    assert_int_equal(fixture_last(f, WIRE_LATEST)->latest.count, 100);
    assert_int_equal(fixture_last(f, WIRE_LATEST)->latest.until, 1000);
    assert_string_equal(f->selectors, "a");
    answer_latest(f, OK, 834);
    assert_int_equal(fixture_last(f, WIRE_READ)->read.after, 834);
    fixture_records(f, OK, 835, 1000, 1000);
    assert_memory_equal(c.got.data, "id: k3f9x2-834\n\n", 16);
    buf_consume(&c.got, 16);
    fixture_got_records(f, &c, 'a', 834, 1000);
    fixture_leave(f, &c);

    fixture_forget(f);
    fixture_subscribe(f, &c, "a", NULL, 100); /* the position is in the tail */
    answer_latest(f, OK, 998);
    assert_null(fixture_last(f, WIRE_READ));
    assert_memory_equal(c.got.data, "id: k3f9x2-998\n\n", 16);
    buf_consume(&c.got, 16);
    fixture_got_records(f, &c, 'a', 998, 1000);
    fixture_leave(f, &c);

    fixture_subscribe(f, &c, "a", NULL, 100);
    answer_latest(f, ERR_CORRUPT, 0); /* unreadable log: the stream continues live */
    assert_non_null(strstr(fixture_text(&c), "\"reason\":\"unknown\""));
    fixture_leave(f, &c);

    fixture_subscribe(f, &c, "a", NULL, 100); /* expired since: fewer records, but no gap */
    answer_latest(f, OK, 834);
    f->oldest = 900;
    fixture_records(f, ERR_EXPIRED, 900, 1000, 1000);
    assert_null(strstr(fixture_text(&c), "gap"));
    assert_memory_equal(c.got.data, "id: k3f9x2-899\n\n", 16);
    fixture_leave(f, &c);
    fixture_close(f);
}

static void a_read_without_an_answer_is_repeated(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;
    uint64_t first;

    (void)state;
    (void)join_with_short_tail(f);
    fixture_subscribe(f, &c, "a", "k3f9x2-990", 0);
    assert_null(fixture_last(f, WIRE_READ)); /* in the tail */
    fixture_leave(f, &c);
    fixture_subscribe(f, &c, "a", "k3f9x2-500", 0);
    first = fixture_last(f, WIRE_READ)->read.request;
    for (unsigned i = 0; i < 40; i++) {
        fixture_beacon(f, true, 0, 0);
        fixture_tick(f, 50);
    }
    fixture_beacon(f, true, 0, 0);
    assert_int_equal(fixture_count(f, WIRE_READ), 2);
    assert_true(fixture_last(f, WIRE_READ)->read.request != first);
    fixture_records(f, ERR_UNAVAILABLE, 1, 0, 0);
    assert_int_equal(fixture_count(f, WIRE_READ), 2); /* not at once */
    fixture_tick(f, 200);
    assert_int_equal(fixture_count(f, WIRE_READ), 3);
    fixture_records(f, OK, 501, 1000, 1000);
    fixture_got_records(f, &c, 'a', 500, 1000);
    fixture_leave(f, &c);
    fixture_close(f);
}

/* A stream has one READ pending, however often its socket becomes writable. */
static void one_read_at_a_time(void **state)
{
    static const enum err later[] = {ERR_UNAVAILABLE, ERR_NO_MEMORY, ERR_IO, ERR_EPOCH};
    struct fixture *f = fixture_open();
    struct edge_status status;
    struct client c;

    (void)state;
    (void)join_with_short_tail(f);
    fixture_subscribe(f, &c, "a", "k3f9x2-500", 0);
    for (unsigned i = 0; i < 5; i++)
        fixture_writable(f, &c, SIZE_MAX);
    assert_int_equal(fixture_count(f, WIRE_READ), 1);
    for (size_t i = 0; i < 4;
         i++) { /* temporary errors: READ is repeated, the client gets nothing */
        fixture_records(f, later[i], 1, 0, 0);
        assert_int_equal(fixture_count(f, WIRE_READ), i + 1);
        fixture_beacon(f, true, 0, 0);
        fixture_tick(f, 250);
        assert_int_equal(fixture_count(f, WIRE_READ), i + 2);
    }
    fixture_got(&c, "");
    edge_status(f->e, &status);
    assert_int_equal(status.metrics.replays, 5);
    fixture_records(f, OK, 501, 1000, 1000);
    fixture_got_records(f, &c, 'a', 500, 1000);
    fixture_leave(f, &c);
    fixture_close(f);
}

static void streams_wait_while_the_broker_is_silent(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    (void)join_with_short_tail(f);
    fixture_tick(f, 1000);
    fixture_subscribe(f, &c, "a", "k3f9x2-500", 0);
    fixture_tick(f, 1000);
    assert_null(fixture_last(f, WIRE_READ));
    fixture_beacon(f, true, 0, 0);
    assert_int_equal(fixture_count(f, WIRE_READ), 1);
    fixture_leave(f, &c); /* the reply comes after the stream was closed */
    fixture_records(f, OK, 501, 1000, 1000);
    fixture_close(f);
}

/* With room for one page, a stalled reader loses its page to the next reader and requests it again
 * later. */
static void a_stalled_reader_loses_its_page(void **state)
{
    struct fixture *f = fixture_open();
    struct client stalled;
    struct client next;

    (void)state;
    f->config.replay_pages = 1;
    (void)join_with_short_tail(f);
    fixture_subscribe(f, &stalled, "a", "k3f9x2-900", 0);
    stalled.room = 30; /* in the middle of the second event */
    fixture_records(f, OK, 901, 910, 910);
    assert_int_equal(stalled.got.size, 30);
    fixture_subscribe(f, &next, "b", "k3f9x2-900", 0);
    assert_string_equal(f->selectors, "b");
    fixture_records(f, OK, 901, 1000, 1000);
    fixture_got_records(f, &next, 'b', 900, 1000);
    fixture_writable(f, &stalled, SIZE_MAX);
    assert_string_equal(f->selectors, "a");
    assert_int_equal(fixture_last(f, WIRE_READ)->read.after, 902);
    fixture_records(f, OK, 903, 1000, 1000);
    fixture_got_records(f, &stalled, 'a', 900, 1000);
    fixture_leave(f, &stalled);
    fixture_leave(f, &next);
    fixture_close(f);
}

/* Unreadable records are skipped, and records before the cursor are not repeated. */
static void pages_with_nothing_to_send(void **state)
{
    struct fixture *f = fixture_open();
    struct entry entries[] = {{899, 1, SLICE("\xc1")}, {905, 1, SLICE("\xc1")}};
    struct wire_frame r = {.type = WIRE_RECORDS};
    struct client c;

    (void)state;
    (void)join_with_short_tail(f);
    fixture_subscribe(f, &c, "a", "k3f9x2-900", 0);
    r.records = (struct wire_records){.request = fixture_last(f, WIRE_READ)->read.request,
                                      .epoch = f->epoch,
                                      .next = 910,
                                      .oldest = 1,
                                      .head = 1000,
                                      .entries = entries,
                                      .count = 2};
    fixture_receive(f, &r);
    fixture_got(&c, "");
    assert_int_equal(fixture_last(f, WIRE_READ)->read.after, 910);
    fixture_records(f, OK, 901, 1000, 1000);                   /* more than requested */
    assert_memory_equal(c.got.data, "id: k3f9x2-910\n\n", 16); /* nothing before 910 */
    buf_consume(&c.got, 16);
    fixture_got_records(f, &c, 'a', 910, 1000);
    fixture_leave(f, &c);
    fixture_close(f);
}

static void limits_concurrent_reads(void **state)
{
    struct fixture *f = fixture_open();
    struct client c[40];

    (void)state;
    (void)join_with_short_tail(f);
    for (unsigned i = 0; i < 40; i++)
        fixture_subscribe(f, &c[i], "a", "k3f9x2-900", 0);
    assert_int_equal(fixture_count(f, WIRE_READ), 32);
    for (unsigned i = 0; i < 40; i++)
        fixture_leave(f, &c[i]);
    fixture_close(f);
}

static void another_log_while_replaying(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;
    struct client half;
    struct client locating;

    (void)state;
    (void)join_with_short_tail(f);
    fixture_subscribe(f, &half, "b", "k3f9x2-900", 0);
    half.room = 3;
    fixture_records(f, OK, 901, 1000, 1000);
    fixture_subscribe(f, &c, "a", "k3f9x2-900", 0);
    fixture_subscribe(f, &locating, "a", NULL, 200);
    memcpy(f->epoch.text, "newlog", 7);
    f->head = 4;
    fixture_beacon(f, true, 0, 0);
    fixture_welcome(f);
    assert_non_null(strstr(fixture_text(&c), "\"reason\":\"epoch\""));
    assert_true(half.closed);
    fixture_records(f, OK, 1, 4, 4); /* the warm-up of the tail */
    assert_non_null(strstr(fixture_text(&c), "id: newlog-3\ndata: r3\n\n"));
    fixture_leave(f, &c);
    fixture_leave(f, &half);
    fixture_leave(f, &locating);
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replayed_page_by_page_then_live),
        cmocka_unit_test(reads_everything_without_selectors),
        cmocka_unit_test(a_slow_reader_of_pages),
        cmocka_unit_test(falls_out_of_the_tail),
        cmocka_unit_test(reports_expired_records_first),
        cmocka_unit_test(an_id_beyond_the_head),
        cmocka_unit_test(history_beyond_the_tail),
        cmocka_unit_test(a_read_without_an_answer_is_repeated),
        cmocka_unit_test(one_read_at_a_time),
        cmocka_unit_test(streams_wait_while_the_broker_is_silent),
        cmocka_unit_test(a_stalled_reader_loses_its_page),
        cmocka_unit_test(pages_with_nothing_to_send),
        cmocka_unit_test(limits_concurrent_reads),
        cmocka_unit_test(another_log_while_replaying),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
