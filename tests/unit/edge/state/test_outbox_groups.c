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

/* Groups and ephemeral publishes in the outbox. */

static const struct outbox_config config = {
    .incarnation = 7, .bytes = 4u << 20, .count = 5000, .deadline_ms = 5000, .resend_ms = 300};
static const struct slice topics[] = {SLICE_INIT("a")};
static char requests[5000]; /* their addresses are the requests */

static enum err add_sized(struct outbox *o, size_t count, const char *data, size_t size,
                          size_t request)
{
    static struct record records[2000];
    static void *pointers[2000];

    for (size_t i = 0; i < count; i++) {
        records[i] =
            (struct record){.topic_count = 1, .topics = topics, .data = slice_of(data, size)};
        pointers[i] = &requests[request + i];
    }
    return outbox_add_group(o, 0, records, count, pointers, 1u << 20);
}

static void add_group(struct outbox *o, size_t count, size_t request)
{
    assert_int_equal(add_sized(o, count, "data", 4, request), OK);
    outbox_check(o);
}

static void add_one(struct outbox *o, size_t request)
{
    struct record record = {.topic_count = 1, .topics = topics, .data = SLICE("data")};

    assert_int_equal(outbox_add(o, 0, &record, &requests[request], 1u << 20), OK);
}

/* Asserts that the next frame has `count` publishes from number `first`, and that publish i is
 * followed by rest[i] publishes of its group. */
static void assert_sends(struct outbox *o, uint64_t now_ms, uint64_t first, const uint16_t *rest,
                         size_t count)
{
    struct wire_decoder *d = wire_decoder_create();
    struct wire_publish out;

    assert_true(outbox_next(o, now_ms, &out));
    assert_int_equal(out.first_seq, first);
    assert_int_equal(out.count, count);
    for (size_t i = 0; i < count; i++) {
        struct slice names[RECORD_TOPICS_MAX];
        struct record record;

        assert_int_equal(wire_decode_body(d, out.bodies[i], names, &record), OK);
        assert_int_equal(record.seq, first + i);
        assert_int_equal(record.group, rest[i]);
    }
    wire_decoder_destroy(d);
    outbox_check(o);
}

static void assert_silent(struct outbox *o)
{
    struct wire_publish out;

    assert_false(outbox_next(o, 0, &out));
}

static void assert_done(struct outbox *o, size_t request, enum err result)
{
    struct pending *p = outbox_done(o);

    assert_non_null(p);
    assert_ptr_equal(p->request, &requests[request]);
    assert_int_equal(p->result, result);
    mem_free(p);
}

static void a_group_begins_a_frame(void **state)
{
    static const uint16_t none[] = {0};
    static const uint16_t first[] = {2, 1, 0};
    static const uint16_t second[] = {1, 0, 0};
    struct outbox o;

    (void)state;
    outbox_init(&o, &config);
    add_one(&o, 1);
    add_group(&o, 3, 2);
    add_group(&o, 2, 5);
    add_one(&o, 7);
    assert_sends(&o, 0, 1, none, 1);
    assert_sends(&o, 0, 2, first, 3);
    assert_sends(&o, 0, 5, second, 3); /* a single publish may follow */
    assert_silent(&o);
    for (uint64_t seq = 1; seq <= 7; seq++)
        outbox_echo(&o, seq, 100 + seq);
    for (size_t i = 1; i <= 7; i++)
        assert_done(&o, i, OK);
    outbox_clear(&o);
}

/* A group that does not fit after single publishes begins a new frame; a large group is one
 * frame. */
static void groups_are_never_split(void **state)
{
    static uint16_t rest[1000];
    struct wire_publish out;
    struct outbox o;

    (void)state;
    outbox_init(&o, &config);
    for (size_t i = 0; i < OUTBOX_FRAME_BODIES - 1; i++)
        add_one(&o, i);
    add_group(&o, 1000, 2000);
    assert_true(outbox_next(&o, 0, &out));
    assert_int_equal(out.count, OUTBOX_FRAME_BODIES - 1);
    for (uint16_t i = 0; i < 1000; i++)
        rest[i] = (uint16_t)(999 - i);
    assert_sends(&o, 0, OUTBOX_FRAME_BODIES, rest, 1000);
    assert_silent(&o);
    outbox_clear(&o);
}

static void groups_are_resent_completely(void **state)
{
    static const uint16_t none[] = {0};
    static const uint16_t three[] = {2, 1, 0};
    struct outbox o;

    (void)state;
    outbox_init(&o, &config);
    add_one(&o, 1);
    add_group(&o, 3, 2);
    assert_sends(&o, 1000, 1, none, 1);
    assert_sends(&o, 1000, 2, three, 3);
    assert_int_equal(outbox_progress(&o, 1300, 0, 0, true), 4);
    assert_sends(&o, 1300, 1, none, 1);
    assert_sends(&o, 1300, 2, three, 3);
    assert_int_equal(outbox_progress(&o, 1600, 1, 1, true), 3);
    assert_sends(&o, 1600, 2, three, 3);
    outbox_restart(&o); /* another log */
    assert_done(&o, 1, ERR_UNAVAILABLE);
    assert_sends(&o, 1700, 2, three, 3);
    outbox_expire(&o, 5000);
    for (size_t i = 2; i <= 4; i++)
        assert_done(&o, i, ERR_TIMEOUT);
    assert_silent(&o);
    outbox_clear(&o);
}

/* If a number of a group is done before the others, each run of consecutive numbers is a frame. */
static void a_hole_in_a_group(void **state)
{
    static const uint16_t none[] = {0};
    static const uint16_t rest[] = {1, 0};
    struct outbox o;

    (void)state;
    outbox_init(&o, &config);
    add_one(&o, 1);
    add_group(&o, 3, 2);
    outbox_echo(&o, 2, 50);
    outbox_restart(&o);
    assert_sends(&o, 0, 1, none, 1);
    assert_sends(&o, 0, 3, rest, 2);
    assert_silent(&o);
    outbox_clear(&o);
}

static void accepts_all_or_none(void **state)
{
    static char data[1u << 16];
    struct outbox_config small = config;
    struct outbox o;

    (void)state;
    small.count = 10;
    outbox_init(&o, &small);
    add_group(&o, 8, 1);
    assert_int_equal(add_sized(&o, 3, "data", 4, 20), ERR_UNAVAILABLE);
    assert_int_equal(o.count, 8);
    add_group(&o, 2, 30);
    assert_int_equal(o.last_seq, 10); /* rejected publishes used no number */
    outbox_clear(&o);
    small = config;
    small.bytes = 200;
    outbox_init(&o, &small);
    assert_int_equal(add_sized(&o, 20, "0123456789", 10, 1), ERR_UNAVAILABLE);
    assert_int_equal(o.bytes, 0);
    assert_int_equal(o.last_seq, 0);
    assert_silent(&o);
    outbox_clear(&o);
    outbox_init(&o, &config);
    assert_int_equal(add_sized(&o, 16, data, sizeof data, 1), ERR_TOO_LARGE); /* over a frame */
    assert_int_equal(add_sized(&o, OUTBOX_FRAME_BODIES + 1, "", 0, 1), ERR_TOO_LARGE);
    assert_int_equal(o.count, 0);
    assert_int_equal(add_sized(&o, 15, data, sizeof data, 1), OK);
    assert_null(outbox_done(&o));
    outbox_clear(&o);
}

static void without_memory(void **state)
{
    size_t blocks = mem_fault_blocks();
    struct outbox o;

    (void)state;
    outbox_init(&o, &config);
    for (unsigned n = 1; n < 5; n++) {
        mem_fault_at(n);
        assert_int_equal(add_sized(&o, 3, "data", 4, 1), ERR_NO_MEMORY);
        mem_fault_at(0);
        assert_int_equal(o.count, 0);
        assert_int_equal(o.last_seq, 0);
        outbox_clear(&o);
        outbox_init(&o, &config);
    }
    outbox_clear(&o);
    assert_int_equal(mem_fault_blocks(), blocks);
}

/* ---- ephemeral publishes ---- */

static enum err add_ephemeral(struct outbox *o, const char *data, size_t size, size_t request)
{
    struct record record = {.flags = RECORD_EPHEMERAL,
                            .topic_count = 1,
                            .topics = topics,
                            .data = slice_of(data, size)};

    return outbox_add_ephemeral(o, &record, &requests[request], 1u << 20);
}

static void sent_once_and_done(void **state)
{
    struct wire_decoder *d = wire_decoder_create();
    struct slice names[RECORD_TOPICS_MAX];
    struct wire_ephemeral out;
    struct record record;
    struct outbox o;

    (void)state;
    outbox_init(&o, &config);
    assert_false(outbox_next_ephemeral(&o, &out));
    add_one(&o, 1);
    assert_int_equal(add_ephemeral(&o, "one", 3, 2), OK);
    assert_int_equal(add_ephemeral(&o, "two", 3, 3), OK);
    outbox_forget(&o, &requests[3]);
    assert_true(outbox_next_ephemeral(&o, &out));
    assert_int_equal(out.incarnation, 7);
    assert_int_equal(out.count, 2);
    assert_int_equal(wire_decode_body(d, out.bodies[1], names, &record), OK);
    assert_true(slice_equal(record.data, SLICE("two")));
    assert_int_equal(record.origin, 7);
    assert_int_equal(record.flags, RECORD_EPHEMERAL);
    assert_false(outbox_next_ephemeral(&o, &out));
    assert_done(&o, 2, OK);
    mem_free(outbox_done(&o)); /* of the forgotten request */
    assert_null(outbox_done(&o));
    assert_int_equal(o.count, 1); /* ephemeral publishes have no number and do not wait */
    outbox_check(&o);
    wire_decoder_destroy(d);
    outbox_clear(&o);
}

static void ephemeral_limits(void **state)
{
    static char data[600000];
    struct wire_ephemeral out;
    struct outbox o;

    (void)state;
    outbox_init(&o, &config);
    assert_int_equal(add_ephemeral(&o, data, sizeof data, 1), OK);
    assert_int_equal(add_ephemeral(&o, data, sizeof data, 2), ERR_UNAVAILABLE);
    assert_true(outbox_next_ephemeral(&o, &out));
    assert_int_equal(out.count, 1);
    assert_int_equal(add_ephemeral(&o, data, sizeof data, 2), OK);
    for (size_t i = 0; i < OUTBOX_FRAME_BODIES + 5; i++)
        assert_int_equal(add_ephemeral(&o, "", 0, i), OK);
    assert_true(outbox_next_ephemeral(&o, &out));
    assert_int_equal(out.count, OUTBOX_FRAME_BODIES);
    assert_true(outbox_next_ephemeral(&o, &out));
    assert_int_equal(out.count, 6);
    assert_int_equal(add_ephemeral(&o, "x", 1, 1), OK); /* never sent; freed with the outbox */
    outbox_clear(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_begins_a_frame),       cmocka_unit_test(groups_are_never_split),
        cmocka_unit_test(groups_are_resent_completely), cmocka_unit_test(a_hole_in_a_group),
        cmocka_unit_test(accepts_all_or_none),          cmocka_unit_test(without_memory),
        cmocka_unit_test(sent_once_and_done),           cmocka_unit_test(ephemeral_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
