/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/unit/edge/core/edge_fixture.h"

/* Joining a log, and fetching lost records (edge/core/receive.c). */

static const char *why_not_ready(const struct fixture *f)
{
    const char *why = "ready";

    (void)edge_ready(f->e, &why);
    return why;
}

static uint64_t head_of(const struct fixture *f)
{
    struct edge_status status;

    edge_status(f->e, &status);
    return status.head;
}

static uint64_t malformed_of(const struct fixture *f)
{
    struct edge_status status;

    edge_status(f->e, &status);
    return status.metrics.malformed;
}

static void joins_step_by_step(void **state)
{
    struct fixture *f = fixture_open();
    const struct wire_frame *sent;

    (void)state;
    f->head = 30;
    f->config.name = "edge-1";
    fixture_start(f);
    sent = fixture_last(f, WIRE_HELLO);
    assert_non_null(sent);
    assert_int_equal(sent->hello.incarnation, 7);
    assert_true(slice_equal(sent->hello.name, SLICE("edge-1")));
    assert_string_equal(why_not_ready(f), "the broker has not answered yet");
    fixture_welcome(f);
    assert_int_equal(f->reports[EDGE_REPORT_JOINED], 1);
    assert_int_equal(f->last_report[EDGE_REPORT_JOINED].number, 30);
    assert_string_equal(f->last_report[EDGE_REPORT_JOINED].text, "k3f9x2");
    assert_string_equal(why_not_ready(f), "no broadcast from the broker yet");
    sent = fixture_last(f, WIRE_READ); /* the newest records, to serve them from memory */
    assert_non_null(sent);
    assert_int_equal(sent->read.after, 0);
    assert_int_equal(sent->read.until, 30);
    assert_int_equal(sent->read.selector_count, 0);
    assert_int_equal(fixture_count(f, WIRE_PING), 1);
    assert_null(fixture_last(f, WIRE_PUBLISH));
    fixture_beacon(f, false, 0, 0);
    assert_string_equal(why_not_ready(f), "no publish has reached the broker yet");
    sent = fixture_last(f, WIRE_PUBLISH); /* the probe */
    assert_non_null(sent);
    assert_int_equal(sent->publish.count, 0);
    assert_int_equal(sent->publish.first_seq, 1);
    assert_string_equal(sent->publish.epoch.text, "k3f9x2");
    fixture_beacon(f, true, 0, 0);
    assert_string_equal(why_not_ready(f), "the newest records are being fetched");
    fixture_records(f, OK, 1, 20, 20);
    assert_string_equal(why_not_ready(f), "the newest records are being fetched");
    assert_int_equal(fixture_last(f, WIRE_READ)->read.after, 20);
    fixture_records(f, OK, 21, 30, 30);
    assert_string_equal(why_not_ready(f), "ready");
    assert_int_equal(f->reports[EDGE_REPORT_READY], 0);
    fixture_tick(f, 50);
    fixture_tick(f, 50);
    assert_int_equal(f->reports[EDGE_REPORT_READY], 1);
    assert_int_equal(head_of(f), 30);
    fixture_close(f);
}

static void warms_up_with_available_records(void **state)
{
    struct fixture *f = fixture_open();

    (void)state;
    f->config.warm_records = 10;
    f->head = 30;
    fixture_start(f);
    fixture_welcome(f);
    assert_int_equal(fixture_last(f, WIRE_READ)->read.after, 20);
    fixture_close(f);

    f = fixture_open();
    f->head = 30;
    f->oldest = 25;
    fixture_start(f);
    fixture_welcome(f);
    assert_int_equal(fixture_last(f, WIRE_READ)->read.after, 24);
    fixture_close(f);

    f = fixture_open(); /* an empty log */
    fixture_start(f);
    fixture_welcome(f);
    fixture_beacon(f, true, 0, 0);
    assert_string_equal(why_not_ready(f), "ready");
    assert_null(fixture_last(f, WIRE_READ));
    fixture_close(f);
}

static void sends_hello_each_second_until_answered(void **state)
{
    struct fixture *f = fixture_open();
    struct wire_frame stranger = {.type = WIRE_WELCOME};

    (void)state;
    fixture_start(f);
    for (unsigned i = 0; i < 100; i++)
        fixture_tick(f, 50);
    assert_in_range(fixture_count(f, WIRE_HELLO), 5, 7);
    stranger.welcome.request = 12345;
    stranger.welcome.epoch = f->epoch;
    fixture_receive(f, &stranger);
    assert_int_equal(f->reports[EDGE_REPORT_JOINED], 0);
    fixture_welcome(f);
    assert_int_equal(f->reports[EDGE_REPORT_JOINED], 1);
    fixture_forget(f);
    for (unsigned i = 0; i < 100; i++) {
        fixture_beacon(f, true, 0, 0);
        fixture_tick(f, 50);
    }
    assert_int_equal(fixture_count(f, WIRE_HELLO), 0);
    assert_in_range(fixture_count(f, WIRE_PING), 5, 6);
    assert_int_equal(fixture_last(f, WIRE_PING)->ping.incarnation, 7);
    fixture_close(f);
}

static void reports_a_refusal_and_retries(void **state)
{
    struct fixture *f = fixture_open();
    struct wire_frame w = {.type = WIRE_WELCOME};

    (void)state;
    fixture_start(f);
    w.welcome.request = fixture_last(f, WIRE_HELLO)->hello.request;
    w.welcome.code = ERR_TOO_MANY;
    w.welcome.text = SLICE("the broker has as many edges as it may have (--edges)");
    fixture_receive(f, &w);
    assert_int_equal(f->reports[EDGE_REPORT_REFUSED], 1);
    assert_int_equal(f->last_report[EDGE_REPORT_REFUSED].code, ERR_TOO_MANY);
    assert_string_equal(f->last_report[EDGE_REPORT_REFUSED].text,
                        "the broker has as many edges as it may have (--edges)");
    fixture_tick(f, 500);
    assert_int_equal(fixture_count(f, WIRE_HELLO), 1);
    fixture_tick(f, 500);
    assert_int_equal(fixture_count(f, WIRE_HELLO), 2);
    fixture_welcome(f);
    assert_int_equal(f->reports[EDGE_REPORT_JOINED], 1);
    fixture_close(f);
}

static void a_hole_is_fetched_before_later_records(void **state)
{
    struct fixture *f = fixture_open();
    const struct wire_frame *read;
    struct client c;

    (void)state;
    fixture_join(f, 30);
    fixture_subscribe(f, &c, "*", "k3f9x2-30", 0);
    fixture_batch(f, 33, 34); /* 31 and 32 were lost */
    fixture_batch(f, 33, 34); /* a duplicate */
    fixture_batch(f, 35, 36);
    fixture_got(&c, "");
    assert_int_equal(head_of(f), 30);
    assert_int_equal(fixture_count(f, WIRE_READ), 1);
    read = fixture_last(f, WIRE_READ);
    assert_int_equal(read->read.after, 30);
    assert_int_equal(read->read.until, 32);
    assert_string_equal(read->read.epoch.text, "k3f9x2");
    assert_int_equal(f->reports[EDGE_REPORT_HOLE], 1);
    assert_int_equal(f->last_report[EDGE_REPORT_HOLE].number, 2);
    fixture_records(f, OK, 31, 31, 31); /* the reply comes in two parts */
    fixture_got_records(f, &c, '*', 30, 31);
    assert_int_equal(fixture_last(f, WIRE_READ)->read.after, 31);
    fixture_records(f, OK, 32, 32, 32);
    fixture_got_records(f, &c, '*', 31, 36);
    assert_int_equal(fixture_count(f, WIRE_READ), 2);
    fixture_batch(f, 20, 36); /* all known already */
    fixture_got(&c, "");
    fixture_leave(f, &c);
    fixture_close(f);
}

static void a_beacon_reveals_a_lost_last_message(void **state)
{
    struct fixture *f = fixture_open();

    (void)state;
    fixture_join(f, 30);
    f->head = 31;
    fixture_beacon(f, true, 0, 0);
    assert_int_equal(fixture_last(f, WIRE_READ)->read.after, 30);
    assert_int_equal(fixture_last(f, WIRE_READ)->read.until, 31);
    fixture_records(f, OK, 31, 31, 31);
    assert_int_equal(head_of(f), 31);
    fixture_close(f);
}

static void repeats_a_fetch_without_a_reply(void **state)
{
    struct fixture *f = fixture_open();
    uint64_t first;

    (void)state;
    fixture_join(f, 30);
    fixture_batch(f, 32, 32);
    first = fixture_last(f, WIRE_READ)->read.request;
    for (unsigned i = 0; i < 41; i++) {
        fixture_beacon(f, true, 0, 0);
        fixture_tick(f, 50);
    }
    assert_int_equal(fixture_count(f, WIRE_READ), 2);
    assert_true(fixture_last(f, WIRE_READ)->read.request != first);
    f->sent_count = 0; /* the first reply arrives late and is ignored */
    {
        struct wire_frame late = {.type = WIRE_RECORDS};

        late.records.request = first;
        late.records.epoch = f->epoch;
        late.records.count = fixture_entries(f, 31, 31, NULL);
        late.records.entries = f->entries;
        late.records.oldest = 1;
        fixture_receive(f, &late);
    }
    assert_int_equal(head_of(f), 30);
    fixture_close(f);
}

static void waits_before_it_repeats_a_failed_fetch(void **state)
{
    struct fixture *f = fixture_open();

    (void)state;
    fixture_join(f, 30);
    fixture_batch(f, 32, 32);
    fixture_records(f, ERR_UNAVAILABLE, 1, 0, 0);
    assert_int_equal(fixture_count(f, WIRE_READ), 1);
    fixture_tick(f, 200);
    assert_int_equal(fixture_count(f, WIRE_READ), 1);
    fixture_tick(f, 50);
    assert_int_equal(fixture_count(f, WIRE_READ), 2);
    fixture_records(f, ERR_UNKNOWN, 1, 0, 0); /* the log may be shorter: sends HELLO */
    assert_int_equal(fixture_count(f, WIRE_HELLO), 1);
    fixture_close(f);
}

static void fetches_records_that_did_not_fit_behind_a_hole(void **state)
{
    struct fixture *f = fixture_open();
    struct edge_status status;

    (void)state;
    f->config.hole_bytes = 2000;
    fixture_join(f, 30);
    for (uint64_t n = 32; n <= 100; n++)
        fixture_batch(f, n, n);
    edge_status(f->e, &status);
    assert_int_equal(status.known_head, 100);
    fixture_records(f, OK, 31, 31, 31);
    assert_in_range(head_of(f), 40, 70); /* depends on the number of records kept */
    assert_int_equal(fixture_last(f, WIRE_READ)->read.after, head_of(f));
    assert_int_equal(fixture_last(f, WIRE_READ)->read.until, 100);
    fixture_records(f, OK, head_of(f) + 1, 100, 100);
    assert_int_equal(head_of(f), 100);
    fixture_close(f);
}

static void reports_an_expired_hole(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    fixture_join(f, 30);
    fixture_subscribe(f, &c, "a", "k3f9x2-30", 0);
    fixture_batch(f, 60, 61);
    f->oldest = 50;
    fixture_records(f, ERR_EXPIRED, 50, 59, 59);
    assert_int_equal(f->reports[EDGE_REPORT_EXPIRED], 1);
    assert_int_equal(f->last_report[EDGE_REPORT_EXPIRED].number, 19);
    assert_int_equal(head_of(f), 61);
    /* The stream sends its own READ, and gets belfry.gap after the reply. */
    assert_string_equal(f->selectors, "a");
    assert_int_equal(fixture_last(f, WIRE_READ)->read.after, 30);
    fixture_records(f, ERR_EXPIRED, 50, 61, 61);
    assert_memory_equal(c.got.data, "event: belfry.gap\nid: k3f9x2-49\n", 32);
    assert_non_null(strstr(fixture_text(&c), "{\"reason\":\"expired\",\"oldest\":\"k3f9x2-50\","
                                             "\"head\":\"k3f9x2-61\"}\n\n"));
    buf_consume(&c.got, (size_t)(strstr(fixture_text(&c), "}\n\n") - c.got.data) + 3);
    fixture_got_records(f, &c, 'a', 49, 61);
    fixture_leave(f, &c);
    fixture_close(f);
}

/* A stream whose topics have no records gets belfry.gap too. */
static void reports_an_expired_hole_on_quiet_topics(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    fixture_join(f, 30);
    fixture_subscribe(f, &c, "x", "k3f9x2-30", 0);
    fixture_batch(f, 60, 60);
    f->oldest = 61;
    fixture_records(f, ERR_EXPIRED, 1, 0, 60);
    assert_string_equal(f->selectors, "x");
    fixture_records(f, ERR_EXPIRED, 1, 0, 60);
    assert_non_null(strstr(fixture_text(&c), "\"reason\":\"expired\""));
    fixture_leave(f, &c);
    fixture_close(f);
}

static void follows_and_reports_another_log(void **state)
{
    struct fixture *f = fixture_open();
    struct client old;
    struct client fresh;

    (void)state;
    fixture_join(f, 30);
    fixture_subscribe(f, &old, "a", "k3f9x2-30", 0);
    fixture_subscribe(f, &fresh, "a", NULL, 0);
    fixture_got(&fresh, "id: k3f9x2-30\n\n");
    memcpy(f->epoch.text, "newlog", 7);
    f->term = 5;
    f->head = 3;
    fixture_batch(f, 3, 3); /* of the old log: ignored */
    fixture_got(&old, "");
    assert_int_equal(fixture_count(f, WIRE_HELLO), 1);
    fixture_welcome(f);
    assert_int_equal(f->reports[EDGE_REPORT_EPOCH], 1);
    assert_string_equal(why_not_ready(f), "no broadcast from the broker yet");
    fixture_got(&old, "event: belfry.gap\nid: newlog-0\ndata: {\"reason\":\"epoch\","
                      "\"oldest\":\"newlog-1\",\"head\":\"newlog-3\"}\n\n");
    fixture_records(f, OK, 1, 3, 3);
    fixture_got_records(f, &old, 'a', 0, 3);
    fixture_beacon(f, true, 0, 0);
    assert_string_equal(why_not_ready(f), "ready");
    fixture_leave(f, &old);
    fixture_leave(f, &fresh);
    fixture_close(f);
}

static void another_term_of_the_same_log(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    fixture_join(f, 30);
    fixture_subscribe(f, &c, "*", "k3f9x2-30", 0);
    f->term = 2; /* the broker was restarted */
    fixture_beacon(f, true, 0, 0);
    assert_int_equal(fixture_count(f, WIRE_HELLO), 1);
    fixture_welcome(f);
    assert_string_equal(why_not_ready(f), "no broadcast from the broker yet");
    fixture_beacon(f, true, 0, 0);
    assert_string_equal(why_not_ready(f), "ready");
    fixture_batch(f, 31, 31);
    fixture_got_records(f, &c, '*', 30, 31); /* without a gap */
    f->term = 1;                             /* a replaced broker still sends */
    fixture_batch(f, 32, 32);
    fixture_beacon(f, true, 0, 0);
    fixture_got(&c, "");
    assert_int_equal(fixture_count(f, WIRE_HELLO), 1);
    assert_string_equal(why_not_ready(f), "ready");
    f->term = 3; /* a log shorter than the known head breaks continuity */
    f->head = 10;
    fixture_beacon(f, true, 0, 0);
    fixture_welcome(f);
    assert_int_equal(f->reports[EDGE_REPORT_EPOCH], 1);
    assert_non_null(strstr(fixture_text(&c), "\"reason\":\"epoch\""));
    fixture_leave(f, &c);
    fixture_close(f);
}

static void reports_a_silent_broker(void **state)
{
    struct fixture *f = fixture_open();

    (void)state;
    fixture_join(f, 0);
    fixture_beacon(f, true, 0, 0);
    fixture_tick(f, 749);
    assert_int_equal(f->reports[EDGE_REPORT_BROKER_SILENT], 0);
    fixture_tick(f, 1);
    assert_int_equal(f->reports[EDGE_REPORT_BROKER_SILENT], 1);
    assert_string_equal(why_not_ready(f), "the broker is silent");
    fixture_tick(f, 5000);
    assert_int_equal(f->reports[EDGE_REPORT_BROKER_SILENT], 1);
    fixture_beacon(f, true, 0, 0);
    assert_int_equal(f->reports[EDGE_REPORT_BROKER_BACK], 1);
    assert_string_equal(why_not_ready(f), "ready");
    fixture_close(f);
}

static void reports_two_logs_as_a_wrong_address(void **state)
{
    struct fixture *f = fixture_open();

    (void)state;
    fixture_join(f, 0);
    for (unsigned i = 0; i < 24; i++) {
        assert_int_equal(f->reports[EDGE_REPORT_SPLIT], i > 16);
        if (i == 7 || i == 8) { /* a beacon of the edge's log restarts the count */
            fixture_beacon(f, true, 0, 0);
            continue;
        }
        memcpy(f->epoch.text, "other1", 7); /* the log of the beacon */
        fixture_beacon(f, true, 0, 0);
        memcpy(f->epoch.text, "k3f9x2", 7); /* the log of the control socket */
        if (fixture_last(f, WIRE_HELLO) != NULL)
            fixture_welcome(f);
        fixture_forget(f);
    }
    assert_int_equal(f->reports[EDGE_REPORT_SPLIT], 1);
    assert_string_equal(f->last_report[EDGE_REPORT_SPLIT].text, "other1");
    assert_string_equal(why_not_ready(f), "no broadcast from the broker yet");
    fixture_close(f);
}

static void an_unreadable_body_keeps_its_offset(void **state)
{
    struct fixture *f = fixture_open();
    struct wire_frame b = {.type = WIRE_BATCH};
    struct entry entry = {31, 31, SLICE("\xc1 no body")};
    struct client c;

    (void)state;
    fixture_join(f, 30);
    fixture_subscribe(f, &c, "ab", "k3f9x2-30", 0);
    b.batch = (struct wire_batch){f->epoch, f->term, &entry, 1};
    fixture_receive(f, &b);
    fixture_batch(f, 32, 33);
    assert_int_equal(head_of(f), 33);
    assert_int_equal(malformed_of(f), 1);
    fixture_got_records(f, &c, '*', 31, 33);
    fixture_leave(f, &c);
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_step_by_step),
        cmocka_unit_test(warms_up_with_available_records),
        cmocka_unit_test(sends_hello_each_second_until_answered),
        cmocka_unit_test(reports_a_refusal_and_retries),
        cmocka_unit_test(a_hole_is_fetched_before_later_records),
        cmocka_unit_test(a_beacon_reveals_a_lost_last_message),
        cmocka_unit_test(repeats_a_fetch_without_a_reply),
        cmocka_unit_test(waits_before_it_repeats_a_failed_fetch),
        cmocka_unit_test(fetches_records_that_did_not_fit_behind_a_hole),
        cmocka_unit_test(reports_an_expired_hole),
        cmocka_unit_test(reports_an_expired_hole_on_quiet_topics),
        cmocka_unit_test(follows_and_reports_another_log),
        cmocka_unit_test(another_term_of_the_same_log),
        cmocka_unit_test(reports_a_silent_broker),
        cmocka_unit_test(reports_two_logs_as_a_wrong_address),
        cmocka_unit_test(an_unreadable_body_keeps_its_offset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
