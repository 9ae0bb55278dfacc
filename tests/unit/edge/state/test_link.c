/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/link.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct epoch ours = {"aaaaaa"};
static const struct epoch other = {"bbbbbb"};

/* Returns a link that follows `ours` with term 3. */
static struct link joined(void)
{
    struct wire_welcome welcome = {.epoch = ours, .term = 3, .head = 10, .oldest = 1};
    struct link l;

    link_init(&l, 1000);
    welcome.request = link_start_hello(&l, 1000);
    assert_true(link_answered(&l, &welcome));
    link_follow(&l, &welcome);
    assert_true(link_serve(&l, &welcome));
    return l;
}

static void moves_from_looking_to_proven(void **state)
{
    struct wire_beacon beacon = {.epoch = ours, .term = 3, .head = 10};
    struct link l = joined();

    (void)state;
    assert_int_equal(l.state, LINK_JOINED);
    assert_false(link_up(&l));
    link_beacon(&l, &beacon, false);
    assert_int_equal(l.state, LINK_HEARD);
    assert_true(link_up(&l));
    link_beacon(&l, &beacon, true);
    assert_int_equal(l.state, LINK_PROVEN);
    link_check(&l);
    link_clear(&l);
    assert_int_equal(l.state, LINK_LOOKING);
    link_check(&l);
}

static void another_log_or_term_revokes_the_proof(void **state)
{
    struct wire_welcome successor = {.epoch = ours, .term = 4, .head = 10, .oldest = 1};
    struct wire_beacon beacon = {.epoch = ours, .term = 3, .head = 10};
    struct link l = joined();

    (void)state;
    link_beacon(&l, &beacon, true);
    assert_false(link_ours(&l, other, 3));
    assert_true(l.want_hello);
    assert_false(link_other_beacon(&l, other));
    assert_int_equal(l.state, LINK_JOINED);
    link_beacon(&l, &beacon, true);
    assert_true(link_serve(&l, &successor));
    assert_int_equal(l.state, LINK_JOINED);
    assert_false(link_serve(&l, &successor));
    link_check(&l);
}

/* A frame without an epoch belongs to no log, even while the link does not know one. */
static void an_empty_epoch_never_matches(void **state)
{
    struct link l;

    (void)state;
    link_init(&l, 0);
    assert_false(link_ours(&l, (struct epoch){""}, 0));
    assert_false(link_other_beacon(&l, (struct epoch){""}));
    assert_int_equal(l.state, LINK_LOOKING);
}

static void silence_leaves_the_state(void **state)
{
    struct wire_beacon beacon = {.epoch = ours, .term = 3, .head = 10};
    struct link l = joined();

    (void)state;
    link_beacon(&l, &beacon, true);
    assert_false(link_tick(&l, 1749));
    assert_true(link_tick(&l, 1750));
    assert_false(link_tick(&l, 1800));
    assert_false(link_up(&l));
    assert_int_equal(l.state, LINK_PROVEN);
    assert_true(link_break_silence(&l, 1801));
    assert_false(link_break_silence(&l, 1802));
    assert_true(link_up(&l));
}

static void reads_are_bounded_and_have_deadlines(void **state)
{
    struct link l = joined();
    struct read read;
    uint64_t first;

    (void)state;
    assert_non_null(link_begin_read(&l, 1000, READ_HOLE, NULL));
    assert_null(link_begin_read(&l, 1000, READ_HOLE, NULL));
    first = l.last_request + 1;
    for (size_t i = 0; i < LINK_READS_MAX; i++)
        assert_non_null(link_begin_read(&l, 1000, READ_PAGE, NULL));
    assert_null(link_begin_read(&l, 1000, READ_PAGE, NULL));
    link_check(&l);
    assert_true(link_take_read(&l, first, &read));
    assert_int_equal(read.type, READ_PAGE);
    assert_false(link_take_read(&l, first, &read));
    assert_false(link_take_read(&l, 0, &read));
    assert_false(link_take_late_read(&l, 2999, &read));
    while (link_take_late_read(&l, 3000, &read)) {
    }
    assert_int_equal(l.read_count, 0);
    link_check(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves_from_looking_to_proven),
        cmocka_unit_test(another_log_or_term_revokes_the_proof),
        cmocka_unit_test(an_empty_epoch_never_matches),
        cmocka_unit_test(silence_leaves_the_state),
        cmocka_unit_test(reads_are_bounded_and_have_deadlines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
