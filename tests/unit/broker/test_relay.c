/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/relay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct broker_peer ann = {3, {'a', 'n', 'n'}};
static const struct broker_peer bob = {3, {'b', 'o', 'b'}};

static void assert_taken(struct relays *r, uint64_t number, const struct broker_peer *peer,
                         uint64_t request)
{
    struct broker_peer out = {0};
    uint64_t out_request = 0;

    assert_true(relays_take(r, number, &out, &out_request));
    assert_int_equal(out.size, peer->size);
    assert_memory_equal(out.bytes, peer->bytes, peer->size);
    assert_int_equal(out_request, request);
}

static void assert_nobody(struct relays *r, uint64_t number)
{
    struct broker_peer out;
    uint64_t request;

    assert_false(relays_take(r, number, &out, &request));
}

static void each_answer_finds_its_asker_once(void **state)
{
    struct relays r;
    uint64_t first;
    uint64_t second;

    (void)state;
    relays_init(&r);
    assert_nobody(&r, 0);
    first = relays_add(&r, &ann, 47, 0);
    second = relays_add(&r, &bob, 47, 0); /* the same number, by another one */
    assert_true(first != 0 && second != 0 && first != second);
    assert_taken(&r, second, &bob, 47);
    assert_nobody(&r, second);
    assert_taken(&r, first, &ann, 47);
    assert_nobody(&r, first);
    assert_int_equal(r.count, 0);
    assert_true(relays_add(&r, &ann, 48, 0) > second); /* a number is never used again */
    relays_clear(&r);
    assert_int_equal(r.count, 0);
}

static void nobody_waits_for_ever(void **state)
{
    struct relays r;
    uint64_t first;
    uint64_t second;

    (void)state;
    relays_init(&r);
    first = relays_add(&r, &ann, 1, 1000);
    second = relays_add(&r, &bob, 2, 2000);
    relays_expire(&r, 1000 + RELAY_MS - 1);
    assert_int_equal(r.count, 2);
    relays_expire(&r, 1000 + RELAY_MS);
    assert_nobody(&r, first);
    assert_taken(&r, second, &bob, 2);
    relays_expire(&r, UINT64_MAX);
    assert_int_equal(r.count, 0);
    relays_clear(&r);
}

static void as_many_as_may_be(void **state)
{
    struct relays r;
    uint64_t first = 0;

    (void)state;
    relays_init(&r);
    for (unsigned i = 0; i < RELAYS_MAX; i++) {
        uint64_t number = relays_add(&r, &ann, i, 0);

        assert_true(number != 0);
        if (i == 0)
            first = number;
    }
    assert_int_equal(relays_add(&r, &ann, 1, 0), 0);
    assert_taken(&r, first, &ann, 0);
    assert_true(relays_add(&r, &ann, 1, 0) != 0);
    assert_int_equal(relays_add(&r, &ann, 1, 0), 0);
    relays_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_answer_finds_its_asker_once),
        cmocka_unit_test(nobody_waits_for_ever),
        cmocka_unit_test(as_many_as_may_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
