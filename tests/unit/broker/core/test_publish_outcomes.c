/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/publish_outcomes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct publish_outcomes *begin(void)
{
    struct publish_outcomes *o = malloc(sizeof *o);

    assert_non_null(o);
    publish_outcomes_init(o);
    return o;
}

static void end(struct publish_outcomes *o)
{
    publish_outcomes_clear(o);
    free(o);
}

static void expect(struct publish_outcomes *o, uint64_t incarnation, uint64_t first, size_t count)
{
    struct wire_outcome out;

    assert_true(publish_outcomes_next(o, &out));
    publish_outcomes_check(o);
    assert_int_equal(out.incarnation, incarnation);
    assert_int_equal(out.count, count);
    assert_int_equal(out.outcomes[0].seq, first);
    assert_int_equal(out.outcomes[count - 1].seq, first + count - 1);
}

static void a_frame_is_for_one_edge(void **state)
{
    struct publish_outcomes *o = begin();
    struct wire_outcome out;

    (void)state;
    assert_false(publish_outcomes_next(o, &out));
    publish_outcomes_add(o, 7, 1, ERR_DUPLICATE, 42);
    publish_outcomes_add(o, 7, 2, ERR_TOO_LARGE, 0);
    publish_outcomes_add(o, 8, 1, ERR_MALFORMED, 0);
    publish_outcomes_add(o, 7, 3, ERR_MALFORMED, 0);
    publish_outcomes_check(o);
    expect(o, 7, 1, 2);
    assert_int_equal(o->frame[0].code, ERR_DUPLICATE);
    assert_int_equal(o->frame[0].offset, 42);
    expect(o, 8, 1, 1);
    expect(o, 7, 3, 1);
    assert_false(publish_outcomes_next(o, &out));
    publish_outcomes_add(o, 9, 5, ERR_MALFORMED, 0);
    expect(o, 9, 5, 1);
    end(o);
}

static void a_frame_has_a_limit(void **state)
{
    struct publish_outcomes *o = begin();

    (void)state;
    for (uint64_t seq = 1; seq <= PUBLISH_OUTCOMES_FRAME_MAX + 3; seq++)
        publish_outcomes_add(o, 7, seq, ERR_TOO_LARGE, 0);
    expect(o, 7, 1, PUBLISH_OUTCOMES_FRAME_MAX);
    expect(o, 7, PUBLISH_OUTCOMES_FRAME_MAX + 1, 3);
    end(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_for_one_edge),
        cmocka_unit_test(a_frame_has_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
