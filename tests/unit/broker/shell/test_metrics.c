/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/shell/metrics.h"

#include "common/process/metrics.h"
#include "tests/unit/broker/core/broker_fixture.h"

/* broker_check() asserts that publishes balance after every event of every test. This test
 * checks the metrics. */

static struct buf metrics_of(const struct fixture *f)
{
    struct metrics m;
    struct buf out;

    buf_init(&out, 1u << 20);
    metrics_init(&m, &out);
    broker_metrics(&m, f->b, true);
    assert_true(buf_ok(&out));
    buf_char(&out, '\0');
    return out;
}

static void has(const struct buf *text, const char *line)
{
    if (strstr(text->data, line) == NULL)
        fail_msg("no %s in\n%s", line, text->data);
}

static void hello(struct fixture *f, uint64_t incarnation, const char *name)
{
    struct wire_frame frame = {.type = WIRE_HELLO};

    frame.hello = (struct wire_hello){.request = 1,
                                      .incarnation = incarnation,
                                      .name = slice_str(name),
                                      .software = SLICE("belfry/0.1.0"),
                                      .address = SLICE("127.0.0.1:1")};
    fixture_receive(f, &fixture_peer, &frame);
}

static void publishes(void **state)
{
    struct fixture *f = fixture_running(100);
    const struct slice bad = SLICE("\xc1");
    struct buf text;

    (void)state;
    fixture_publish(f, 7, 0, 1, 3, NULL); /* one is being stored, two wait */
    text = metrics_of(f);
    has(&text, "\nbelfry_broker_publishes_taken_total 3\n");
    has(&text, "\nbelfry_broker_publishes_queued 3\n");
    buf_clear(&text);
    fixture_append(f, OK);
    fixture_publish(f, 7, 3, 4, 1, "dup");
    fixture_append(f, OK);
    fixture_publish_bodies(f, 7, 4, 5, &bad, 1);
    fixture_append(f, OK);
    fixture_publish(f, 7, 5, 9, 2, NULL); /* out of sequence */
    fixture_publish(f, 7, 5, 6, 2, NULL);
    fixture_append(f, ERR_IO);
    text = metrics_of(f);
    has(&text, "\nbelfry_broker_publishes_taken_total 7\n");
    has(&text, "\nbelfry_broker_publishes_total{outcome=\"stored\"} 3\n");
    has(&text, "\nbelfry_broker_publishes_total{outcome=\"duplicate\"} 1\n");
    has(&text, "\nbelfry_broker_publishes_total{outcome=\"refused\"} 3\n");
    has(&text, "\nbelfry_broker_publishes_queued 0\n");
    has(&text, "\nbelfry_broker_publishes_dropped_total{reason=\"order\"} 2\n");
    has(&text, "\nbelfry_broker_publishes_dropped_total{reason=\"queue\"} 0\n");
    has(&text, "\nbelfry_broker_commits_failed_total 1\n");
    has(&text, "\nbelfry_broker_log_started_head 100\n");
    has(&text, "\nbelfry_broker_log_head 103\n");
    has(&text, "\nbelfry_broker_commit_seconds_count 3\n");
    buf_clear(&text);
    fixture_close(f);
}

static void beyond_the_queue(void **state)
{
    struct fixture *f = fixture_open();
    struct buf text;

    (void)state;
    f->config.queue_bytes = 40;
    fixture_start(f);
    fixture_publish(f, 7, 0, 1, 5, NULL);
    text = metrics_of(f);
    has(&text, "\nbelfry_broker_publishes_dropped_total{reason=\"order\"} 0\n");
    assert_null(strstr(text.data, "{reason=\"queue\"} 0\n"));
    buf_clear(&text);
    fixture_append(f, OK);
    fixture_close(f);
}

/* Names are escaped, and edges with the same name are separate. */
static void edges(void **state)
{
    struct fixture *f = fixture_running(100);
    struct wire_frame ping = {.type = WIRE_PING};
    struct buf text;

    (void)state;
    hello(f, 7, "a\"\\");
    hello(f, 8, "a\"\\");
    ping.ping.incarnation = 7;
    ping.ping.metrics.head = 90;
    ping.ping.metrics.streams = 12;
    fixture_receive(f, &fixture_peer, &ping);
    text = metrics_of(f);
    has(&text, "\nbelfry_broker_edges 2\n");
    has(&text, "\nbelfry_broker_streams 12\n");
    has(&text,
        "\nbelfry_broker_edge_lag_records{edge=\"a\\\"\\\\\",incarnation=\"0000000000000007\"} "
        "10\n");
    has(&text,
        "\nbelfry_broker_edge_lag_records{edge=\"a\\\"\\\\\",incarnation=\"0000000000000008\"} ");
    buf_clear(&text);
    fixture_close(f);
}

/* A canary is broadcast, and has a counter of its own. */
static void canaries(void **state)
{
    static const struct slice topic = SLICE_INIT(WIRE_CANARY_TOPIC);
    const struct record record = {
        .flags = RECORD_EPHEMERAL, .origin = 7, .seq = 1, .topic_count = 1, .topics = &topic};
    struct fixture *f = fixture_running(100);
    struct wire_frame frame = {.type = WIRE_EPHEMERAL};
    struct slice body;
    struct buf text;

    (void)state;
    buf_reset(&f->bodies);
    wire_encode_body(&f->bodies, &record);
    body = buf_all(&f->bodies);
    frame.ephemeral = (struct wire_ephemeral){f->journal.epoch, 7, &body, 1};
    fixture_receive(f, NULL, &frame);
    assert_int_equal(f->ephemeral_frames, 1);
    assert_memory_equal(f->ephemerals, body.data, body.size);
    text = metrics_of(f);
    has(&text, "\nbelfry_broker_canaries_total 1\n");
    has(&text, "\nbelfry_broker_ephemerals_total 0\n");
    has(&text, "\nbelfry_broker_publishes_taken_total 0\n");
    buf_clear(&text);
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(publishes),
        cmocka_unit_test(beyond_the_queue),
        cmocka_unit_test(edges),
        cmocka_unit_test(canaries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
