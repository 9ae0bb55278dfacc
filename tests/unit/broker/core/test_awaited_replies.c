/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/awaited_replies.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct awaited_reply ann = {{3, {'a', 'n', 'n'}}, 47, 1};
static const struct awaited_reply bob = {
    {3, {'b', 'o', 'b'}}, 47, 2}; /* the same number, from another peer */

static void assert_same(const struct awaited_reply *out, const struct awaited_reply *requester)
{
    assert_int_equal(out->peer.size, requester->peer.size);
    assert_memory_equal(out->peer.bytes, requester->peer.bytes, requester->peer.size);
    assert_int_equal(out->request, requester->request);
    assert_int_equal(out->edge, requester->edge);
}

static void assert_taken(struct awaited_replies *r, uint64_t number,
                         const struct awaited_reply *requester)
{
    struct awaited_reply out = {0};

    assert_true(awaited_replies_take(r, number, &out));
    assert_same(&out, requester);
}

static void assert_nobody(struct awaited_replies *r, uint64_t number)
{
    struct awaited_reply out;

    assert_false(awaited_replies_take(r, number, &out));
}

static void assert_expired(struct awaited_replies *r, uint64_t now_ms,
                           const struct awaited_reply *requester)
{
    struct awaited_reply out = {0};

    assert_true(awaited_replies_expire(r, now_ms, &out));
    assert_same(&out, requester);
}

static void each_reply_is_taken_once(void **state)
{
    struct awaited_replies r;
    uint64_t first;
    uint64_t second;

    (void)state;
    awaited_replies_init(&r);
    assert_nobody(&r, 0);
    first = awaited_replies_add(&r, &ann, 100);
    second = awaited_replies_add(&r, &bob, 100);
    assert_true(first != 0 && second != 0 && first != second);
    assert_taken(&r, second, &bob);
    assert_nobody(&r, second);
    assert_taken(&r, first, &ann);
    assert_nobody(&r, first);
    assert_int_equal(r.count, 0);
    assert_true(awaited_replies_add(&r, &ann, 100) > second); /* numbers are not reused */
    awaited_replies_clear(&r);
    assert_int_equal(r.count, 0);
}

static void waits_end_at_their_deadlines(void **state)
{
    struct awaited_reply out;
    struct awaited_replies r;
    uint64_t second;

    (void)state;
    awaited_replies_init(&r);
    (void)awaited_replies_add(&r, &ann, 6000);
    second = awaited_replies_add(&r, &bob, 2200); /* later, with an earlier deadline */
    assert_false(awaited_replies_expire(&r, 2199, &out));
    assert_expired(&r, 2200, &bob);
    assert_nobody(&r, second);
    assert_false(awaited_replies_expire(&r, 5999, &out));
    assert_int_equal(r.count, 1);
    assert_expired(&r, 6000, &ann);
    assert_false(awaited_replies_expire(&r, UINT64_MAX, &out));
    assert_int_equal(r.count, 0);
    awaited_replies_clear(&r);
}

static void a_limit_of_awaited_replies(void **state)
{
    struct awaited_replies r;
    uint64_t first = 0;

    (void)state;
    awaited_replies_init(&r);
    for (unsigned i = 0; i < AWAITED_REPLIES_MAX; i++) {
        uint64_t number = awaited_replies_add(&r, &ann, i);

        assert_true(number != 0);
        if (i == 0)
            first = number;
    }
    assert_int_equal(awaited_replies_add(&r, &ann, 1), 0);
    assert_taken(&r, first, &ann);
    assert_true(awaited_replies_add(&r, &ann, 1) != 0);
    assert_int_equal(awaited_replies_add(&r, &ann, 1), 0);
    awaited_replies_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_reply_is_taken_once),
        cmocka_unit_test(waits_end_at_their_deadlines),
        cmocka_unit_test(a_limit_of_awaited_replies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
