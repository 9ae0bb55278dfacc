/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/outbox.h"

#include "tests/lib/mem_fault.c" /* instead of common/base/mem.c */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"

static const struct outbox_config config = {
    .incarnation = 7, .bytes = 1u << 20, .count = 1000, .deadline_ms = 5000, .resend_ms = 300};
static const struct slice topics[] = {SLICE_INIT("a")};

static enum err add(struct outbox *o, uint64_t now_ms, const char *data, void *request)
{
    struct record record = {.topic_count = 1, .topics = topics, .data = slice_str(data)};

    return outbox_add(o, now_ms, &record, request, 1u << 20);
}

static char requests[2000]; /* their addresses are the requests */

static void add_many(struct outbox *o, uint64_t now_ms, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++)
        assert_int_equal(add(o, now_ms, "data", &requests[i]), OK);
    outbox_check(o);
}

/* Asserts that the next frame has exactly these sequence numbers. */
static void assert_sends(struct outbox *o, uint64_t now_ms, uint64_t settled, uint64_t first,
                         size_t count)
{
    struct wire_decoder *d = wire_decoder_create();
    struct wire_publish out;

    assert_true(outbox_next(o, now_ms, &out));
    assert_int_equal(out.incarnation, 7);
    assert_int_equal(out.settled, settled);
    assert_int_equal(out.first_seq, first);
    assert_int_equal(out.count, count);
    for (size_t i = 0; i < count; i++) {
        struct slice names[RECORD_TOPICS_MAX];
        struct record record;

        assert_int_equal(wire_decode_body(d, out.bodies[i], names, &record), OK);
        assert_int_equal(record.origin, 7);
        assert_int_equal(record.seq, first + i);
    }
    wire_decoder_destroy(d);
    outbox_check(o);
}

static void assert_silent(struct outbox *o, uint64_t now_ms)
{
    struct wire_publish out;

    assert_false(outbox_next(o, now_ms, &out));
}

static void assert_done(struct outbox *o, void *request, enum err result, uint64_t offset)
{
    struct pending *p = outbox_done(o);

    assert_non_null(p);
    assert_ptr_equal(p->request, request);
    assert_int_equal(p->result, result);
    assert_int_equal(p->offset, offset);
    mem_free(p);
    outbox_check(o);
}

static void outcome(struct outbox *o, uint64_t seq, enum err code, uint64_t offset)
{
    struct wire_seq_outcome out = {.seq = seq, .code = code, .offset = offset};

    outbox_outcome(o, &out);
    outbox_check(o);
}

static void numbered_sent_and_echoed(void **state)
{
    struct outbox o;

    (void)state;
    outbox_init(&o, &config);
    assert_silent(&o, 0);
    add_many(&o, 10, 1, 3);
    assert_int_equal(o.count, 3);
    assert_sends(&o, 10, 0, 1, 3);
    assert_silent(&o, 10);
    add_many(&o, 11, 4, 2);
    assert_sends(&o, 11, 0, 4, 2); /* only the new ones */
    outbox_echo(&o, 1, 101);
    outbox_echo(&o, 3, 103); /* echoes may arrive in any order */
    outbox_echo(&o, 1, 999); /* a second echo is ignored */
    outbox_echo(&o, 77, 999);
    assert_done(&o, &requests[1], OK, 101);
    assert_done(&o, &requests[3], OK, 103);
    assert_null(outbox_done(&o));
    add_many(&o, 12, 6, 1);
    assert_sends(&o, 12, 1, 6, 1); /* 2 still waits: only 1 is settled */
    outbox_echo(&o, 2, 102);
    add_many(&o, 12, 7, 1);
    assert_sends(&o, 12, 3, 7, 1);
    assert_int_equal(o.count, 4);
    outbox_clear(&o);
}

/* Publishes that the broker has not accepted are sent again: all, in order, after the interval. */
static void sent_again(void **state)
{
    struct outbox o;

    (void)state;
    outbox_init(&o, &config);
    add_many(&o, 1000, 1, 5);
    assert_int_equal(outbox_progress(&o, 1000, 0, 0, true), 0); /* not sent yet */
    assert_sends(&o, 1000, 0, 1, 5);
    assert_int_equal(outbox_progress(&o, 1299, 2, 0, true), 0); /* too early */
    assert_silent(&o, 1299);
    assert_int_equal(outbox_progress(&o, 1300, 2, 0, true), 3);
    assert_sends(&o, 1300, 0, 3, 3);
    assert_int_equal(outbox_progress(&o, 1350, 2, 0, true), 0); /* just sent */
    add_many(&o, 1360, 6, 1);
    assert_int_equal(outbox_progress(&o, 1600, 2, 0, true), 3); /* 6 is new, not repeated */
    assert_sends(&o, 1600, 0, 3, 4);
    assert_int_equal(outbox_progress(&o, 9000, 6, 0, true), 0); /* all accepted */
    assert_int_equal(outbox_progress(&o, 9000, 100, 0, true), 0);
    assert_silent(&o, 9000);
    outbox_clear(&o);
}

/* `resolved` shows that an outcome was lost, but only once the tail has reached the
 * beacon's head. */
static void a_lost_outcome(void **state)
{
    struct outbox o;

    (void)state;
    outbox_init(&o, &config);
    add_many(&o, 0, 1, 3);
    assert_sends(&o, 1, 0, 1, 3);
    assert_int_equal(outbox_progress(&o, 1, 3, 2, false), 0);
    assert_null(outbox_done(&o)); /* the echo may be in transit */
    outbox_echo(&o, 1, 50);
    assert_int_equal(outbox_progress(&o, 1, 3, 2, true), 0);
    assert_done(&o, &requests[1], OK, 50);
    assert_done(&o, &requests[2], ERR_UNAVAILABLE, 0);
    assert_null(outbox_done(&o));
    outbox_clear(&o);
}

static void outcomes(void **state)
{
    struct outbox o;

    (void)state;
    outbox_init(&o, &config);
    add_many(&o, 0, 1, 4);
    assert_sends(&o, 0, 0, 1, 4);
    outcome(&o, 2, ERR_DUPLICATE, 33);
    outcome(&o, 1, ERR_FULL, 0);
    outcome(&o, 4, OK, 9); /* invalid: must not count as success */
    outcome(&o, 2, ERR_FULL, 0);
    outcome(&o, 99, ERR_FULL, 0);
    assert_done(&o, &requests[2], ERR_DUPLICATE, 33);
    assert_done(&o, &requests[1], ERR_FULL, 0);
    assert_done(&o, &requests[4], ERR_UNAVAILABLE, 9);
    assert_null(outbox_done(&o));
    assert_int_equal(o.count, 1);
    outbox_clear(&o);
}

static void fails_at_the_deadline(void **state)
{
    struct outbox o;

    (void)state;
    outbox_init(&o, &config);
    add_many(&o, 0, 1, 2);
    add_many(&o, 100, 3, 1);
    assert_sends(&o, 100, 0, 1, 3);
    outbox_expire(&o, 4999);
    assert_null(outbox_done(&o));
    outbox_expire(&o, 5000);
    assert_done(&o, &requests[1], ERR_TIMEOUT, 0);
    assert_done(&o, &requests[2], ERR_TIMEOUT, 0);
    assert_null(outbox_done(&o));
    assert_int_equal(o.bytes > 0, 1);
    outbox_echo(&o, 1, 5); /* too late: ignored */
    assert_null(outbox_done(&o));
    /* The broker has not received the abandoned number and may skip it. */
    assert_int_equal(outbox_progress(&o, 5000, 0, 0, true), 1);
    assert_sends(&o, 5000, 2, 3, 1);
    outbox_expire(&o, 5100);
    assert_done(&o, &requests[3], ERR_TIMEOUT, 0);
    assert_int_equal(o.bytes, 0);
    outbox_clear(&o);
}

static void a_hole_in_the_numbers_ends_a_frame(void **state)
{
    struct outbox o;

    (void)state;
    outbox_init(&o, &config);
    add_many(&o, 0, 1, 5);
    assert_sends(&o, 0, 0, 1, 5);
    outcome(&o, 3, ERR_FULL, 0);
    assert_done(&o, &requests[3], ERR_FULL, 0);
    outbox_restart(&o); /* another log: pending publishes are new to it */
    assert_sends(&o, 1, 0, 1, 2);
    assert_sends(&o, 1, 0, 4, 2);
    assert_silent(&o, 1);
    outbox_clear(&o);
}

static void forgotten_requests(void **state)
{
    struct outbox o;

    (void)state;
    outbox_init(&o, &config);
    add_many(&o, 0, 1, 3);
    outbox_echo(&o, 1, 5);
    outbox_echo(&o, 3, 7);
    outbox_forget(&o, &requests[1]); /* done already */
    outbox_forget(&o, &requests[2]); /* still waiting */
    outbox_forget(&o, &requests[500]);
    outbox_echo(&o, 2, 6);
    assert_done(&o, NULL, OK, 5);
    assert_done(&o, &requests[3], OK, 7);
    assert_done(&o, NULL, OK, 6);
    outbox_clear(&o);
}

static void a_probe_is_an_empty_frame(void **state)
{
    struct outbox o;

    (void)state;
    outbox_init(&o, &config);
    o.probe = true;
    assert_sends(&o, 0, 0, 1, 0);
    assert_silent(&o, 0);
    add_many(&o, 0, 1, 1);
    o.probe = true;
    assert_sends(&o, 0, 0, 1, 1); /* a frame with publishes serves as probe too */
    assert_silent(&o, 0);
    outbox_echo(&o, 1, 5);
    o.probe = true;
    assert_sends(&o, 0, 1, 2, 0);
    outbox_clear(&o);
}

static void limits(void **state)
{
    struct outbox_config small = config;
    struct record record = {.topic_count = 1, .topics = topics, .data = SLICE("0123456789")};
    struct outbox o;

    (void)state;
    small.count = 3;
    small.bytes = 60;
    outbox_init(&o, &small);
    assert_int_equal(outbox_add(&o, 0, &record, &requests[1], 15), ERR_TOO_LARGE);
    assert_int_equal(outbox_add(&o, 0, &record, &requests[1], 100), OK);
    assert_int_equal(outbox_add(&o, 0, &record, &requests[2], 100), OK);
    assert_int_equal(outbox_add(&o, 0, &record, &requests[3], 100), ERR_UNAVAILABLE); /* bytes */
    outbox_echo(&o, 1, 1);
    outbox_echo(&o, 2, 2);
    for (size_t i = 3; i < 6; i++)
        assert_int_equal(add(&o, 0, "", &requests[i]), OK);
    assert_int_equal(add(&o, 0, "", &requests[6]), ERR_UNAVAILABLE); /* count */
    assert_sends(&o, 0, 2, 3, 3); /* rejected publishes used no number */
    outbox_clear(&o);
}

static void limits_of_a_frame(void **state)
{
    struct outbox_config large = config;
    struct record record = {.topic_count = 1, .topics = topics};
    char data[200000] = {0};
    struct outbox o;

    (void)state;
    large.count = 5000;
    large.bytes = 8u << 20;
    outbox_init(&o, &large);
    add_many(&o, 0, 0, OUTBOX_FRAME_BODIES + 10);
    assert_sends(&o, 0, 0, 1, OUTBOX_FRAME_BODIES);
    assert_sends(&o, 0, 0, OUTBOX_FRAME_BODIES + 1, 10);
    record.data = slice_of(data, sizeof data);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(outbox_add(&o, 0, &record, &requests[0], 1u << 20), OK);
    assert_sends(&o, 0, 0, OUTBOX_FRAME_BODIES + 11, 5);
    assert_sends(&o, 0, 0, OUTBOX_FRAME_BODIES + 16, 1);
    outbox_clear(&o);
}

/* Without memory for the encoding or the entry, nothing is accepted and no number is used. */
static void without_memory(void **state)
{
    size_t blocks = mem_fault_blocks();
    struct outbox o;

    (void)state;
    outbox_init(&o, &config);
    mem_fault_at(1);
    assert_int_equal(add(&o, 0, "data", &requests[1]), ERR_NO_MEMORY);
    mem_fault_at(2);
    assert_int_equal(add(&o, 0, "data", &requests[1]), ERR_NO_MEMORY);
    assert_int_equal(mem_fault_count(), 1);
    mem_fault_at(0);
    assert_int_equal(o.count, 0);
    assert_null(outbox_done(&o));
    add_many(&o, 0, 1, 1);
    assert_sends(&o, 0, 0, 1, 1);
    outbox_clear(&o);
    assert_int_equal(mem_fault_blocks(), blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbered_sent_and_echoed),
        cmocka_unit_test(sent_again),
        cmocka_unit_test(a_lost_outcome),
        cmocka_unit_test(outcomes),
        cmocka_unit_test(fails_at_the_deadline),
        cmocka_unit_test(a_hole_in_the_numbers_ends_a_frame),
        cmocka_unit_test(forgotten_requests),
        cmocka_unit_test(a_probe_is_an_empty_frame),
        cmocka_unit_test(limits),
        cmocka_unit_test(limits_of_a_frame),
        cmocka_unit_test(without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
