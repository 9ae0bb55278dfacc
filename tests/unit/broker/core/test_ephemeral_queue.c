/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/unit/broker/core/broker_fixture.h"

/* Ephemeral records on their way through the broker. */

static struct slice ephemeral(struct buf *out, uint64_t origin, uint32_t flags, struct slice data)
{
    static const struct slice topics[] = {SLICE_INIT("a")};
    struct record record = {
        .flags = flags, .origin = origin, .topic_count = 1, .topics = topics, .data = data};
    size_t before = out->size;

    wire_encode_body(out, &record);
    assert_true(buf_ok(out));
    return slice_of(out->data + before, out->size - before);
}

static void send(struct fixture *f, struct epoch epoch, const struct slice *bodies, size_t count)
{
    struct wire_frame frame = {.type = WIRE_EPHEMERAL};

    frame.ephemeral = (struct wire_ephemeral){epoch, 7, bodies, count};
    broker_received(f->b, f->now, f->unix_ms, NULL, &frame);
}

static struct buf bodies_buf(void)
{
    struct buf bodies;

    buf_init(&bodies, 64u << 20);
    assert_non_null(buf_reserve(&bodies, 4096)); /* slices into it stay valid in small tests */
    return bodies;
}

static void broadcast_in_order_and_not_stored(void **state)
{
    struct fixture *f = fixture_running(100);
    struct buf bytes = bodies_buf();
    struct slice bodies[3];

    (void)state;
    bodies[0] = ephemeral(&bytes, 7, RECORD_EPHEMERAL, SLICE("one"));
    bodies[1] = ephemeral(&bytes, 7, RECORD_EPHEMERAL | RECORD_PRIVATE, SLICE("two"));
    bodies[2] = ephemeral(&bytes, 7, RECORD_EPHEMERAL, SLICE("three"));
    send(f, f->journal.epoch, bodies, 2);
    send(f, f->journal.epoch, bodies + 2, 1);
    fixture_drain(f);
    assert_int_equal(f->ephemeral_frames, 2);
    assert_int_equal(f->ephemeral_size, bytes.size);
    assert_memory_equal(f->ephemerals, bytes.data, bytes.size);
    assert_null(f->writing);
    assert_int_equal(f->outcome_count, 0);
    assert_true(broker_idle(f->b));
    buf_clear(&bytes);
    fixture_close(f);
}

/* A body that is not an ephemeral record of this edge: the whole frame is dropped, without an
 * outcome. */
static void invalid_frames_are_dropped(void **state)
{
    struct fixture *f = fixture_open();
    struct buf bytes = bodies_buf();
    struct epoch other = {"zzzzzz"};
    struct slice bodies[2];
    char large[600];

    (void)state;
    f->config.record_bytes = 500;
    fixture_start(f);
    memset(large, 'x', sizeof large);
    bodies[0] = ephemeral(&bytes, 7, RECORD_EPHEMERAL, SLICE("sound"));
    send(f, other, bodies, 1);
    bodies[1] = ephemeral(&bytes, 8, RECORD_EPHEMERAL, SLICE("another edge's"));
    send(f, f->journal.epoch, bodies, 2);
    bodies[1] = ephemeral(&bytes, 7, 0, SLICE("one to be stored"));
    send(f, f->journal.epoch, bodies, 2);
    bodies[1] = ephemeral(&bytes, 7, RECORD_EPHEMERAL, SLICE("\xff"));
    send(f, f->journal.epoch, bodies, 2);
    bodies[1] = ephemeral(&bytes, 7, RECORD_EPHEMERAL, slice_of(large, sizeof large));
    send(f, f->journal.epoch, bodies, 2);
    bodies[1] = SLICE("\xc1");
    send(f, f->journal.epoch, bodies, 2);
    fixture_drain(f);
    assert_int_equal(f->ephemeral_frames, 0);
    send(f, f->journal.epoch, bodies, 1);
    fixture_drain(f);
    assert_int_equal(f->ephemeral_frames, 1);
    broker_stop(f->b);
    send(f, f->journal.epoch, bodies, 1);
    fixture_drain(f);
    assert_int_equal(f->ephemeral_frames, 1);
    buf_clear(&bytes);
    fixture_close(f);
}

/* A shell that does not take actions: the queue is bounded, and works again afterwards. */
static void bounded(void **state)
{
    struct fixture *f = fixture_running(100);
    char *large = calloc(1, 900000);
    struct buf bytes = bodies_buf();
    struct broker_action a;
    unsigned frames = 0;
    struct slice body;

    (void)state;
    assert_non_null(large);
    memset(large, 'x', 900000);
    body = ephemeral(&bytes, 7, RECORD_EPHEMERAL, slice_of(large, 900000));
    for (unsigned i = 0; i < 100; i++)
        send(f, f->journal.epoch, &body, 1);
    while (broker_next(f->b, &a))
        frames += a.type == BROKER_BROADCAST && a.broadcast.frame.type == WIRE_EPHEMERAL_BATCH;
    assert_in_range(frames, 8, 12);
    send(f, f->journal.epoch, &body, 1);
    assert_true(broker_next(f->b, &a));
    assert_int_equal(a.broadcast.frame.type, WIRE_EPHEMERAL_BATCH);
    send(f, f->journal.epoch, &body, 1); /* a record that is not taken is freed with the broker */
    free(large);
    buf_clear(&bytes);
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broadcast_in_order_and_not_stored),
        cmocka_unit_test(invalid_frames_are_dropped),
        cmocka_unit_test(bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
