/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/unit/broker/core/broker_fixture.h"

/* The broker's core through its events and actions: appends, broadcasts, beacons, edges. */

static void hello(struct fixture *f, uint64_t incarnation, const char *name)
{
    struct wire_frame h = {.type = WIRE_HELLO};

    h.hello = (struct wire_hello){.request = 40 + incarnation,
                                  .incarnation = incarnation,
                                  .name = slice_str(name),
                                  .software = SLICE("belfry/0.1.0"),
                                  .address = SLICE("127.0.0.1:8081")};
    fixture_receive(f, &fixture_peer, &h);
}

static void ping(struct fixture *f, uint64_t incarnation)
{
    struct wire_frame p = {.type = WIRE_PING};

    p.ping.incarnation = incarnation;
    p.ping.metrics.streams = 5;
    fixture_receive(f, &fixture_peer, &p);
}

static void broadcast_only_after_the_commit(void **state)
{
    struct fixture *f = fixture_running(100);

    (void)state;
    fixture_publish(f, 7, 0, 1, 2, NULL);
    fixture_tick(f, 1000);
    assert_int_equal(f->batches, 0);
    assert_int_equal(f->beacon.head, 100);
    fixture_beacon_says(f, 7, 2, 0);
    fixture_append(f, OK);
    assert_int_equal(f->batches, 1);
    assert_int_equal(f->offset_count, 2);
    assert_int_equal(f->offsets[0], 101);
    assert_int_equal(f->offsets[1], 102);
    assert_string_equal(f->batch.epoch.text, "k3f9x2");
    assert_int_equal(f->batch.term, 3);
    fixture_beacon_says(f, 7, 2, 2);
    assert_int_equal(f->beacon.head, 102);
    fixture_close(f);
}

static void duplicates_get_the_first_offset(void **state)
{
    struct fixture *f = fixture_running(100);

    (void)state;
    fixture_publish(f, 7, 0, 1, 1, NULL);
    fixture_publish(f, 7, 0, 2, 2, "dup");
    fixture_publish(f, 8, 0, 1, 1, "dup");
    fixture_publish(f, 8, 0, 2, 1, NULL);
    fixture_append(f, OK);
    fixture_append(f, OK);
    assert_int_equal(f->offset_count, 2);
    assert_int_equal(f->offsets[1], 102);
    assert_int_equal(f->outcome_count, 3);
    assert_int_equal(f->outcome_frames, 2); /* a frame is for one edge */
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(f->outcomes[i].code, ERR_DUPLICATE);
        assert_int_equal(f->outcomes[i].offset, FIXTURE_DUPLICATE_OF);
    }
    assert_int_equal(f->outcomes[1].seq, 3);
    assert_int_equal(f->outcome_incarnations[2], 8);
    fixture_beacon_says(f, 8, 2, 2);
    fixture_close(f);
}

static void a_batch_of_duplicates_is_not_broadcast(void **state)
{
    struct fixture *f = fixture_running(100);

    (void)state;
    fixture_publish(f, 7, 0, 1, 1, "dup");
    fixture_append(f, OK);
    assert_int_equal(f->batches, 0);
    assert_int_equal(f->outcome_count, 1);
    assert_true(broker_idle(f->b));
    fixture_close(f);
}

static void a_failed_append_stores_nothing(void **state)
{
    struct fixture *f = fixture_running(100);

    (void)state;
    fixture_publish(f, 7, 0, 1, 3, NULL);
    fixture_append(f, ERR_FULL);
    assert_int_equal(f->offset_count, 0);
    assert_int_equal(f->outcome_count, 3);
    assert_int_equal(f->outcomes[2].code, ERR_FULL);
    assert_int_equal(f->outcomes[2].offset, 0);
    assert_int_equal(f->reports[BROKER_REPORT_APPEND_FAILED], 1);
    assert_int_equal(f->last_report[BROKER_REPORT_APPEND_FAILED].code, ERR_FULL);
    fixture_beacon_says(f, 7, 3, 3);
    fixture_publish(f, 7, 3, 4, 1, NULL);
    fixture_append(f, ERR_IO);
    assert_int_equal(f->reports[BROKER_REPORT_APPEND_FAILED], 1); /* one series */
    fixture_publish(f, 7, 4, 5, 1, NULL);
    fixture_append(f, OK);
    assert_int_equal(f->reports[BROKER_REPORT_APPEND_RECOVERED], 1);
    assert_int_equal(f->offset_count, 1);
    assert_int_equal(f->offsets[0], 101);
    fixture_close(f);
}

static void many_outcomes_in_several_frames(void **state)
{
    struct fixture *f = fixture_open();

    (void)state;
    f->config.batch_records = 20000;
    fixture_start(f);
    fixture_publish(f, 7, 0, 1, 10000, NULL);
    fixture_append(f, ERR_FULL);
    assert_int_equal(f->outcome_count, 10000);
    assert_int_equal(f->outcome_frames, 2);
    for (size_t i = 0; i < 10000; i++)
        assert_int_equal(f->outcomes[i].seq, i + 1);
    fixture_close(f);
}

static void beacons_each_quarter_of_a_second(void **state)
{
    struct fixture *f = fixture_running(100);
    uint64_t appended;

    (void)state;
    fixture_tick(f, 0);
    assert_int_equal(f->beacons, 1); /* at once after the start */
    for (unsigned i = 0; i < 100; i++) {
        assert_true(broker_deadline(f->b) > f->now);
        assert_true(broker_deadline(f->b) <= f->now + 250);
        fixture_tick(f, 10);
    }
    assert_in_range(f->beacons, 4, 6);
    assert_string_equal(f->beacon.epoch.text, "k3f9x2");
    assert_int_equal(f->beacon.term, 3);
    assert_int_equal(f->beacon.oldest, 1);
    fixture_publish(f, 7, 0, 1, 1, NULL);
    fixture_tick(f, 250);
    fixture_append(f, OK);
    appended = f->now;
    f->beacons = 0;
    while (f->beacons == 0)
        fixture_tick(f, 10);
    assert_true(f->now - appended <= 60); /* right after a burst */
    assert_int_equal(f->beacon.head, 101);
    fixture_close(f);
}

static void an_edge_joins_disappears_and_comes_back(void **state)
{
    struct fixture *f = fixture_open();
    const struct wire_welcome *w;

    (void)state;
    f->config.topic_records = 100;
    f->config.topic_ms = 60000;
    f->journal.head = 100;
    f->journal.oldest = 11;
    fixture_start(f);
    hello(f, 7, "edge-1");
    assert_int_equal(f->answer_count, 1);
    assert_memory_equal(&f->answer_peers[0].bytes, "peer", 4);
    assert_int_equal(f->answers[0].type, WIRE_WELCOME);
    w = &f->answers[0].welcome;
    assert_int_equal(w->request, 47);
    assert_int_equal(w->code, OK);
    assert_string_equal(w->epoch.text, "k3f9x2");
    assert_int_equal(w->term, 3);
    assert_int_equal(w->head, 100);
    assert_int_equal(w->oldest, 11);
    assert_int_equal(w->topic_records, 100);
    assert_int_equal(w->topic_ms, 60000);
    assert_int_equal(f->reports[BROKER_REPORT_EDGE_JOINED], 1);
    assert_string_equal(f->last_report[BROKER_REPORT_EDGE_JOINED].name, "edge-1");
    hello(f, 7, "edge-1"); /* a second hello is not reported */
    assert_int_equal(f->reports[BROKER_REPORT_EDGE_JOINED], 1);
    for (unsigned i = 0; i < 4; i++) {
        ping(f, 7);
        fixture_tick(f, 4900);
    }
    assert_int_equal(f->reports[BROKER_REPORT_EDGE_GONE], 0);
    fixture_publish(f, 7, 0, 1, 0, NULL);
    fixture_beacon_says(f, 7, 0, 0);
    for (unsigned i = 0; i < 53; i++) /* leases are checked each quarter of a second */
        fixture_tick(f, 100);
    assert_int_equal(f->reports[BROKER_REPORT_EDGE_GONE], 1);
    assert_int_equal(f->last_report[BROKER_REPORT_EDGE_GONE].incarnation, 7);
    assert_int_equal(f->beacon.edge_count, 0);
    ping(f, 7);
    assert_int_equal(f->reports[BROKER_REPORT_EDGE_JOINED], 2);
    fixture_tick(f, 300);
    assert_int_equal(f->beacon.edge_count, 0); /* its publish socket is unproven again */
    fixture_close(f);
}

static void a_limit_of_edges(void **state)
{
    struct fixture *f = fixture_open();

    (void)state;
    f->config.edges = 2;
    fixture_start(f);
    hello(f, 1, "a");
    hello(f, 2, "b");
    hello(f, 3, "c");
    assert_int_equal(f->answer_count, 3);
    assert_int_equal(f->answers[2].welcome.code, ERR_TOO_MANY);
    assert_true(strlen(f->answer_text) > 0);
    assert_int_equal(f->reports[BROKER_REPORT_EDGE_REFUSED], 1);
    assert_int_equal(f->last_report[BROKER_REPORT_EDGE_REFUSED].code, ERR_TOO_MANY);
    ping(f, 3);
    fixture_tick(f, 3000);
    ping(f, 2);
    fixture_tick(f, 3000); /* edge 1 has disappeared: its place is free */
    hello(f, 3, "c");
    assert_int_equal(f->answers[3].welcome.code, OK);
    fixture_close(f);
}

static void two_edges_with_one_name(void **state)
{
    struct fixture *f = fixture_running(0);

    (void)state;
    hello(f, 1, "edge-1");
    for (unsigned i = 0; i < 3; i++) {
        fixture_tick(f, 1000);
        ping(f, 1);
    }
    assert_int_equal(f->reports[BROKER_REPORT_EDGE_NAME_CLASH], 0);
    hello(f, 2, "edge-1");
    ping(f, 2); /* edge 1 was seen just now, but may have died since */
    for (unsigned i = 0; i < 5; i++) {
        fixture_tick(f, 1000);
        ping(f, 1);
        ping(f, 2);
    }
    assert_in_range(f->reports[BROKER_REPORT_EDGE_NAME_CLASH], 1, 2); /* each is logged once */
    fixture_close(f);
}

static void long_names_are_cut(void **state)
{
    struct fixture *f = fixture_running(0);
    char name[300];

    (void)state;
    memset(name, 'n', sizeof name - 1);
    name[299] = '\0';
    hello(f, 7, name);
    assert_int_equal(strlen(f->last_report[BROKER_REPORT_EDGE_JOINED].name), 63);
    fixture_close(f);
}

static void maintenance_moves_the_oldest_offset_only(void **state)
{
    struct fixture *f = fixture_running(100);
    struct journal_state after = f->journal;

    (void)state;
    after.oldest = 51;
    after.head = 105; /* an append that has not returned yet */
    broker_maintained(f->b, f->now, &after);
    fixture_tick(f, 250);
    assert_int_equal(f->beacon.oldest, 51);
    assert_int_equal(f->beacon.head, 100);
    after.oldest = 106;
    broker_maintained(f->b, f->now, &after);
    fixture_tick(f, 250);
    assert_int_equal(f->beacon.oldest, 101); /* not beyond the head that was sent */
    fixture_close(f);
}

static void malformed_frames_are_reported_once_per_peer(void **state)
{
    struct fixture *f = fixture_running(0);
    struct control_peer peer = fixture_peer;

    (void)state;
    assert_true(broker_malformed(f->b, &peer, ERR_MALFORMED));
    assert_false(broker_malformed(f->b, &peer, ERR_VERSION));
    fixture_drain(f);
    assert_int_equal(f->answer_count, 2);
    assert_int_equal(f->answers[0].type, WIRE_REPLY);
    assert_int_equal(f->answers[0].reply.code, ERR_MALFORMED);
    assert_int_equal(f->answers[1].reply.code, ERR_VERSION);
    assert_non_null(strstr(f->answer_text, "version 1"));
    for (unsigned i = 0; i < 30; i++) { /* the memory of peers is bounded */
        peer.bytes[0] = (char)i;
        assert_true(broker_malformed(f->b, &peer, ERR_MALFORMED));
        assert_false(broker_malformed(f->b, &peer, ERR_MALFORMED));
    }
    f->answer_count = 0;
    fixture_forget(f);
    assert_true(broker_malformed(f->b, NULL, ERR_MALFORMED));
    assert_false(broker_malformed(f->b, NULL, ERR_MALFORMED));
    broker_destroy(f->b); /* with replies that were not taken */
    buf_clear(&f->bodies);
    free(f);
}

static void more_reports_than_there_is_room_for(void **state)
{
    struct fixture *f = fixture_running(0);
    struct wire_frame h = {.type = WIRE_HELLO};

    (void)state;
    for (uint64_t i = 1; i <= 100; i++) {
        h.hello.incarnation = i;
        broker_received(f->b, f->now, f->unix_ms, &fixture_peer, &h);
        if (i % 50 == 0)
            f->answer_count = 0;
    }
    {
        struct broker_action a;
        unsigned reports = 0;
        unsigned answers = 0;

        while (broker_next(f->b, &a)) {
            reports += a.type == BROKER_LOG;
            answers += a.type == BROKER_REPLY;
        }
        assert_in_range(reports, 10, 99);
        assert_int_equal(answers, 100);
    }
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broadcast_only_after_the_commit),
        cmocka_unit_test(duplicates_get_the_first_offset),
        cmocka_unit_test(a_batch_of_duplicates_is_not_broadcast),
        cmocka_unit_test(a_failed_append_stores_nothing),
        cmocka_unit_test(many_outcomes_in_several_frames),
        cmocka_unit_test(beacons_each_quarter_of_a_second),
        cmocka_unit_test(an_edge_joins_disappears_and_comes_back),
        cmocka_unit_test(a_limit_of_edges),
        cmocka_unit_test(two_edges_with_one_name),
        cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(maintenance_moves_the_oldest_offset_only),
        cmocka_unit_test(malformed_frames_are_reported_once_per_peer),
        cmocka_unit_test(more_reports_than_there_is_room_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
