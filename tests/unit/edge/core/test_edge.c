/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/unit/edge/core/edge_fixture.h"

/* Publishes that pass through the edge, and the edge's state (edge/core/edge.c). */

static const struct slice topics[] = {SLICE_INIT("a")};
static char requests[100]; /* their addresses are the requests */

static enum err publish(struct fixture *f, const char *data, void *request)
{
    struct record record = {.topic_count = 1, .topics = topics, .data = slice_str(data)};
    enum err err = edge_publish(f->e, f->now, &record, request);

    fixture_drain(f);
    return err;
}

static void publish_many(struct fixture *f, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++)
        assert_int_equal(publish(f, "hello", &requests[i]), OK);
}

static void assert_answered(const struct fixture *f, size_t index, size_t request, enum err result,
                            uint64_t offset)
{
    assert_true(index < f->answered_count);
    assert_ptr_equal(f->answered[index].request, &requests[request]);
    assert_int_equal(f->answered[index].result, result);
    assert_int_equal(f->answered[index].offset, offset);
}

static struct edge_status status_of(const struct fixture *f)
{
    struct edge_status status;

    edge_status(f->e, &status);
    return status;
}

static void answered_when_its_record_is_broadcast(void **state)
{
    struct fixture *f = fixture_open();
    const struct wire_frame *sent;

    (void)state;
    fixture_start(f);
    assert_int_equal(publish(f, "hello", &requests[1]), ERR_UNAVAILABLE); /* no log yet */
    fixture_welcome(f);
    fixture_beacon(f, true, 0, 0);
    fixture_forget(f);
    publish_many(f, 1, 2);
    sent = fixture_last(f, WIRE_PUBLISH);
    assert_int_equal(sent->publish.incarnation, 7);
    assert_int_equal(sent->publish.first_seq, 2);
    assert_int_equal(sent->publish.count, 1);
    assert_string_equal(sent->publish.epoch.text, "k3f9x2");
    assert_int_equal(f->answered_count, 0);
    fixture_batch(f, 1, 1); /* another edge's */
    assert_int_equal(f->answered_count, 0);
    f->origin = 7;
    f->first_seq = 1;
    fixture_batch(f, 2, 3);
    assert_int_equal(f->answered_count, 2);
    assert_answered(f, 0, 1, OK, 2);
    assert_answered(f, 1, 2, OK, 3);
    assert_string_equal(f->answered[1].epoch.text, "k3f9x2");
    fixture_batch(f, 2, 3);
    assert_int_equal(f->answered_count, 2);
    assert_int_equal(status_of(f).metrics.published, 2);
    assert_int_equal(status_of(f).metrics.pending, 0);
    fixture_close(f);
}

/* A publisher's id that is a position in the current log would identify two records. */
static void rejects_ids_of_the_current_log(void **state)
{
    struct record records[] = {{.topic_count = 1, .topics = topics, .id = SLICE("mine")},
                               {.topic_count = 1, .topics = topics, .id = SLICE("k3f9x2-5")}};
    void *const both[] = {&requests[1], &requests[2]};
    struct fixture *f = fixture_open();

    (void)state;
    fixture_join(f, 30);
    assert_int_equal(edge_publish(f->e, f->now, &records[1], &requests[1]), ERR_INVALID);
    assert_int_equal(edge_publish_group(f->e, f->now, records, 2, both), ERR_INVALID);
    records[1].id = SLICE("k3f9x2-31"); /* a position beyond the head is rejected too */
    assert_int_equal(edge_publish(f->e, f->now, &records[1], &requests[1]), ERR_INVALID);
    records[1].flags = RECORD_EPHEMERAL;
    assert_int_equal(edge_publish(f->e, f->now, &records[1], &requests[1]), ERR_INVALID);
    fixture_drain(f);
    assert_null(fixture_last(f, WIRE_PUBLISH));
    assert_null(fixture_last(f, WIRE_EPHEMERAL));
    records[1].flags = 0;
    records[1].id = SLICE("k3f9x3-5"); /* a position in another log is accepted */
    assert_int_equal(edge_publish_group(f->e, f->now, records, 2, both), OK);
    assert_int_equal(edge_publish_group(f->e, f->now, records, EDGE_GROUP_MAX + 1, both),
                     ERR_TOO_LARGE);
    fixture_drain(f);
    assert_int_equal(fixture_last(f, WIRE_PUBLISH)->publish.count, 2);
    assert_int_equal(status_of(f).metrics.published, 2);
    fixture_close(f);
}

/* A record behind a hole is not visible yet, so its publish is not answered. */
static void not_answered_before_the_hole_is_filled(void **state)
{
    struct fixture *f = fixture_open();

    (void)state;
    fixture_join(f, 30);
    publish_many(f, 1, 1);
    f->origin = 7;
    f->first_seq = 1;
    fixture_batch(f, 32, 32);
    assert_int_equal(f->answered_count, 0);
    f->origin = 0;
    fixture_records(f, OK, 31, 31, 31);
    assert_int_equal(f->answered_count, 1);
    assert_answered(f, 0, 1, OK, 32);
    fixture_close(f);
}

static void outcome(struct fixture *f, uint64_t incarnation, uint64_t seq, enum err code,
                    uint64_t offset)
{
    struct wire_seq_outcome outcomes[] = {{seq, code, offset}};
    struct wire_frame o = {.type = WIRE_OUTCOME};

    o.outcome = (struct wire_outcome){f->epoch, f->term, incarnation, outcomes, 1};
    fixture_receive(f, &o);
}

static void answered_with_the_brokers_outcome(void **state)
{
    struct fixture *f = fixture_open();

    (void)state;
    fixture_join(f, 30);
    publish_many(f, 1, 3);
    outcome(f, 99, 1, ERR_FULL, 0); /* another edge's */
    f->term = 0;
    outcome(f, 7, 1, ERR_FULL, 0); /* from a replaced broker */
    f->term = 1;
    assert_int_equal(f->answered_count, 0);
    outcome(f, 7, 2, ERR_DUPLICATE, 12);
    outcome(f, 7, 1, ERR_FULL, 0);
    assert_int_equal(f->answered_count, 2);
    assert_answered(f, 0, 2, ERR_DUPLICATE, 12);
    assert_answered(f, 1, 1, ERR_FULL, 0);
    fixture_beacon(f, true, 3, 3); /* the third one's outcome was lost */
    assert_answered(f, 2, 3, ERR_UNAVAILABLE, 0);
    fixture_close(f);
}

static void sent_again_until_the_deadline(void **state)
{
    struct fixture *f = fixture_open();
    uint64_t taken;

    (void)state;
    fixture_join(f, 30);
    publish_many(f, 1, 3);
    taken = f->now;
    fixture_forget(f);
    fixture_tick(f, 250);
    fixture_beacon(f, true, 1, 0);
    assert_null(fixture_last(f, WIRE_PUBLISH)); /* it may be in transit */
    fixture_tick(f, 50);
    fixture_beacon(f, true, 1, 0);
    assert_int_equal(fixture_last(f, WIRE_PUBLISH)->publish.first_seq, 2);
    assert_int_equal(fixture_last(f, WIRE_PUBLISH)->publish.count, 2);
    assert_int_equal(f->reports[EDGE_REPORT_RESEND], 1);
    assert_int_equal(f->last_report[EDGE_REPORT_RESEND].number, 2);
    while (f->now - taken < 4950) {
        fixture_tick(f, 50);
        fixture_beacon(f, true, 1, 0);
        assert_int_equal(f->answered_count, 0);
    }
    fixture_tick(f, 50);
    assert_int_equal(f->answered_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_answered(f, i, i + 1, ERR_TIMEOUT, 0);
    fixture_forget(f);
    publish_many(f, 4, 1);
    assert_int_equal(fixture_last(f, WIRE_PUBLISH)->publish.settled, 3);
    assert_int_equal(fixture_last(f, WIRE_PUBLISH)->publish.first_seq, 4);
    fixture_close(f);
}

static void waits_through_a_broker_restart(void **state)
{
    struct fixture *f = fixture_open();

    (void)state;
    fixture_join(f, 30);
    publish_many(f, 1, 2);
    fixture_tick(f, 1000);
    assert_int_equal(f->reports[EDGE_REPORT_BROKER_SILENT], 1);
    publish_many(f, 3, 1); /* accepted without a broker */
    fixture_forget(f);
    f->term = 2;
    fixture_beacon(f, false, 0, 0);
    fixture_welcome(f);
    fixture_beacon(f, false, 0, 0);
    assert_int_equal(fixture_last(f, WIRE_PUBLISH)->publish.count, 0); /* the probe */
    fixture_beacon(f, true, 1, 0);
    assert_int_equal(fixture_last(f, WIRE_PUBLISH)->publish.first_seq, 2);
    assert_int_equal(fixture_last(f, WIRE_PUBLISH)->publish.count, 2);
    f->origin = 7;
    f->first_seq = 1;
    fixture_batch(f, 31, 33);
    assert_int_equal(f->answered_count, 3);
    assert_answered(f, 0, 1, OK, 31);
    assert_answered(f, 2, 3, OK, 33);
    fixture_close(f);
}

static void sent_again_to_another_log(void **state)
{
    struct fixture *f = fixture_open();

    (void)state;
    fixture_join(f, 30);
    publish_many(f, 1, 3);
    outcome(f, 7, 1, ERR_FULL, 0);
    fixture_forget(f);
    memcpy(f->epoch.text, "newlog", 7);
    f->head = 0;
    fixture_beacon(f, true, 0, 0);
    fixture_welcome(f);
    assert_string_equal(fixture_last(f, WIRE_PUBLISH)->publish.epoch.text, "newlog");
    assert_int_equal(fixture_last(f, WIRE_PUBLISH)->publish.settled, 1);
    assert_int_equal(fixture_last(f, WIRE_PUBLISH)->publish.first_seq, 2);
    assert_int_equal(fixture_last(f, WIRE_PUBLISH)->publish.count, 2);
    fixture_close(f);
}

static void forgotten_requests_are_not_answered(void **state)
{
    struct fixture *f = fixture_open();

    (void)state;
    fixture_join(f, 30);
    publish_many(f, 1, 3);
    edge_forget(f->e, &requests[2]);
    f->origin = 7;
    f->first_seq = 1;
    fixture_batch(f, 31, 33);
    assert_int_equal(f->answered_count, 2);
    assert_answered(f, 0, 1, OK, 31);
    assert_answered(f, 1, 3, OK, 33);
    fixture_close(f);
}

static void limits(void **state)
{
    struct fixture *f = fixture_open();
    char data[201];

    (void)state;
    memset(data, 'x', sizeof data - 1);
    data[200] = '\0';
    f->config.record_bytes = 200;
    f->config.pending_count = 2;
    fixture_join(f, 0);
    assert_int_equal(publish(f, data, &requests[1]), ERR_TOO_LARGE);
    publish_many(f, 1, 2);
    assert_int_equal(publish(f, "hello", &requests[3]), ERR_UNAVAILABLE);
    assert_int_equal(status_of(f).metrics.published, 2);
    assert_int_equal(status_of(f).metrics.pending, 2);
    fixture_close(f);
}

static void drains(void **state)
{
    struct fixture *f = fixture_open();
    const char *why = "";
    struct client c;

    (void)state;
    fixture_join(f, 30);
    publish_many(f, 1, 1);
    edge_drain(f->e);
    assert_false(edge_ready(f->e, &why));
    assert_string_equal(why, "draining");
    assert_int_equal(fixture_try(f, &c, "a", NULL, 0), ERR_CLOSED);
    publish_many(f, 2, 1); /* publishing still works */
    f->origin = 7;
    f->first_seq = 1;
    fixture_batch(f, 31, 32);
    assert_int_equal(f->answered_count, 2);
    fixture_close(f);
}

static void reports_its_status(void **state)
{
    struct fixture *f = fixture_open();
    struct edge_status status;
    struct client c;

    (void)state;
    fixture_join(f, 30);
    fixture_subscribe(f, &c, "a", "k3f9x2-20", 0);
    edge_count_connections(f->e, 17);
    fixture_batch(f, 33, 33);
    status = status_of(f);
    assert_string_equal(status.epoch.text, "k3f9x2");
    assert_int_equal(status.term, 1);
    assert_int_equal(status.head, 30);
    assert_int_equal(status.known_head, 33);
    assert_int_equal(status.metrics.connections, 17);
    assert_int_equal(status.metrics.streams, 1);
    assert_int_equal(status.metrics.delivered, 6);
    assert_int_equal(status.metrics.head, 30);
    assert_int_equal(status.metrics.tail_first, 1);
    assert_int_equal(status.metrics.fetches, 2); /* the warm-up and the hole */
    assert_int_equal(status.metrics.topics, 2);
    assert_true(edge_deadline(f->e) > f->now);
    assert_true(edge_deadline(f->e) <= f->now + 250);
    fixture_forget(f);
    for (unsigned i = 0; i < 20; i++) {
        fixture_beacon(f, true, 0, 0);
        fixture_tick(f, 50);
    }
    assert_int_equal(fixture_last(f, WIRE_PING)->ping.metrics.connections, 17);
    assert_int_equal(fixture_last(f, WIRE_PING)->ping.metrics.delivered, 6);
    fixture_leave(f, &c);
    assert_int_equal(status_of(f).metrics.streams, 0);
    fixture_close(f);
}

static void counts_unexpected_frames(void **state)
{
    static const enum wire_type own[] = {WIRE_PUBLISH, WIRE_HELLO,     WIRE_READ,   WIRE_LATEST,
                                         WIRE_PING,    WIRE_EPHEMERAL, WIRE_MEMBERS};
    struct fixture *f = fixture_open();
    struct wire_frame reply = {.type = WIRE_REPLY};

    (void)state;
    fixture_join(f, 0);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        struct wire_frame frame = {.type = own[i]};

        fixture_receive(f, &frame);
        assert_int_equal(status_of(f).metrics.malformed, i + 1);
    }
    assert_true(edge_malformed(f->e, ERR_MALFORMED));
    assert_false(edge_malformed(f->e, ERR_MALFORMED));
    assert_int_equal(status_of(f).metrics.malformed, 9);
    reply.reply.code = ERR_VERSION;
    reply.reply.text = SLICE("this broker speaks version 1 of the protocol");
    fixture_receive(f, &reply);
    assert_int_equal(f->last_report[EDGE_REPORT_REFUSED].code, ERR_VERSION);
    assert_true(edge_malformed(f->e, ERR_MALFORMED)); /* true again after a valid frame */
    fixture_close(f);
}

/* The number of log reports that wait for the shell is limited. */
static void limits_waiting_reports(void **state)
{
    struct fixture *f = fixture_open();
    struct wire_frame reply = {.type = WIRE_REPLY};
    char text[300];

    (void)state;
    fixture_join(f, 0);
    reply.reply.code = ERR_VERSION;
    for (unsigned i = 0; i < 100; i++)
        edge_received(f->e, f->now, &reply);
    fixture_drain(f);
    assert_in_range(f->reports[EDGE_REPORT_REFUSED], 10, 99);
    f->reports[EDGE_REPORT_REFUSED] = 0;
    memset(text, 't', sizeof text);
    reply.reply.text = slice_of(text, sizeof text);
    fixture_receive(f, &reply);
    assert_int_equal(f->reports[EDGE_REPORT_REFUSED], 1);
    assert_int_equal(strlen(f->last_report[EDGE_REPORT_REFUSED].text),
                     sizeof f->last_report[EDGE_REPORT_REFUSED].text - 1);
    edge_destroy(NULL);
    fixture_close(f);
}

/* An edge that is never idle still ticks, because pings, heartbeats and deadlines depend on it. */
static void events_do_not_postpone_ticks(void **state)
{
    struct fixture *f = fixture_open();
    uint64_t due;

    (void)state;
    fixture_join(f, 0);
    due = edge_deadline(f->e);
    for (uint64_t n = 1; n < 100; n++) {
        f->now += 1;
        fixture_batch(f, n, n);
        assert_int_equal(edge_deadline(f->e), due);
    }
    assert_true(f->now > due);
    fixture_tick(f, 0);
    assert_true(edge_deadline(f->e) > f->now);
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_do_not_postpone_ticks),
        cmocka_unit_test(rejects_ids_of_the_current_log),
        cmocka_unit_test(answered_when_its_record_is_broadcast),
        cmocka_unit_test(not_answered_before_the_hole_is_filled),
        cmocka_unit_test(answered_with_the_brokers_outcome),
        cmocka_unit_test(sent_again_until_the_deadline),
        cmocka_unit_test(waits_through_a_broker_restart),
        cmocka_unit_test(sent_again_to_another_log),
        cmocka_unit_test(forgotten_requests_are_not_answered),
        cmocka_unit_test(limits),
        cmocka_unit_test(drains),
        cmocka_unit_test(reports_its_status),
        cmocka_unit_test(counts_unexpected_frames),
        cmocka_unit_test(limits_waiting_reports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
