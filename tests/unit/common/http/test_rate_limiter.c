/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "common/http/rate_limiter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct hash_key hash_key = {{1, 2, 3}};

static struct rate_limiter made(uint32_t limit, uint32_t rate, uint32_t burst)
{
    struct rate_limiter b;

    assert_int_equal(rate_limiter_init(&b, limit, rate, burst, &hash_key), OK);
    return b;
}

static bool take(struct rate_limiter *b, const char *key, uint64_t now_ms, uint32_t cost,
                 uint64_t wait_ms)
{
    uint64_t wait;
    bool taken = rate_limiter_take(b, slice_str(key), now_ms, cost, &wait);

    rate_limiter_check(b);
    assert_int_equal(wait, wait_ms);
    return taken;
}

static void test_arguments(void **state)
{
    struct rate_limiter b = {.count = 7};

    (void)state;
    assert_int_equal(rate_limiter_init(&b, 0, 1, 1, &hash_key), ERR_INVALID);
    assert_int_equal(rate_limiter_init(&b, RATE_LIMITER_LIMIT_MAX + 1, 1, 1, &hash_key),
                     ERR_INVALID);
    assert_int_equal(rate_limiter_init(&b, 1, 0, 1, &hash_key), ERR_INVALID);
    assert_int_equal(rate_limiter_init(&b, 1, RATE_LIMITER_RATE_MAX + 1, 1, &hash_key),
                     ERR_INVALID);
    assert_int_equal(rate_limiter_init(&b, 1, 1, 0, &hash_key), ERR_INVALID);
    assert_int_equal(rate_limiter_init(&b, 1, 1, RATE_LIMITER_BURST_MAX + 1, &hash_key),
                     ERR_INVALID);
    assert_int_equal(b.count, 7);
    b = made(1, 1, 1);
    rate_limiter_clear(&b);
    rate_limiter_clear(&b);
}

static void test_burst_then_rate(void **state)
{
    struct rate_limiter b = made(8, 10, 3);

    (void)state;
    assert_true(take(&b, "a", 5000, 1, 0));
    assert_true(take(&b, "a", 5000, 1, 0));
    assert_true(take(&b, "a", 5000, 1, 0));
    assert_false(take(&b, "a", 5000, 1, 100));
    assert_false(take(&b, "a", 5040, 1, 60));
    assert_false(take(&b, "a", 5099, 1, 1));
    assert_true(take(&b, "a", 5100, 1, 0));
    assert_false(take(&b, "a", 5100, 1, 100));
    /* Another key has its own bucket. */
    assert_true(take(&b, "b", 5100, 3, 0));
    assert_false(take(&b, "b", 5100, 2, 200));
    /* A denied request takes nothing. */
    assert_true(take(&b, "b", 5300, 2, 0));
    rate_limiter_clear(&b);
}

/* Whatever the requests, at most burst + rate * time is taken. */
static void test_average(void **state)
{
    struct rate_limiter b = made(4, 7, 5);
    unsigned taken = 0;

    (void)state;
    for (uint64_t now = 0; now <= 100000; now += 13) {
        uint64_t wait;

        taken += rate_limiter_take(&b, SLICE("a"), now, 1, &wait);
    }
    assert_in_range(taken, 699, 706);
    rate_limiter_clear(&b);
}

static void test_wait_is_enough(void **state)
{
    struct rate_limiter b = made(4, 3, 2);
    uint64_t now = 1000;
    uint64_t wait;

    (void)state;
    for (int i = 0; i < 50; i++) {
        if (!rate_limiter_take(&b, SLICE("a"), now, 1, &wait)) {
            uint64_t again;

            assert_true(wait > 0);
            assert_false(rate_limiter_take(&b, SLICE("a"), now + wait - 1, 1, &again));
            now += wait;
            assert_true(rate_limiter_take(&b, SLICE("a"), now, 1, &again));
        }
    }
    rate_limiter_clear(&b);
}

/* A batch larger than the burst is allowed when the bucket is full, and leaves a debt. */
static void test_debt(void **state)
{
    struct rate_limiter b = made(4, 10, 5);

    (void)state;
    assert_true(take(&b, "a", 0, 25, 0));
    assert_false(take(&b, "a", 0, 1, 2100));
    assert_false(take(&b, "a", 1000, 1, 1100));
    assert_true(take(&b, "a", 2100, 1, 0));
    /* It needs a full bucket again. */
    assert_false(take(&b, "a", 2100, 25, 500));
    assert_true(take(&b, "a", 2600, 25, 0));
    rate_limiter_clear(&b);
}

static void test_cost_zero_takes_nothing(void **state)
{
    struct rate_limiter b = made(4, 10, 1);

    (void)state;
    assert_true(take(&b, "a", 0, 0, 0));
    assert_int_equal(b.count, 0);
    assert_true(take(&b, "a", 0, 3, 0));
    assert_false(take(&b, "a", 0, 0, 200));
    rate_limiter_clear(&b);
}

static void test_full_buckets_leave(void **state)
{
    struct rate_limiter b = made(100, 1, 5);
    char key[16];

    (void)state;
    for (int i = 0; i < 50; i++) {
        (void)snprintf(key, sizeof key, "k%d", i);
        assert_true(take(&b, key, 0, 1, 0));
    }
    assert_int_equal(b.count, 50);
    /* Each call removes a few; after 13 calls all old buckets have left. */
    for (int i = 0; i < 13; i++)
        assert_true(take(&b, "other", 1000 + (uint64_t)i, 0, 0));
    assert_int_equal(b.count, 0);
    assert_int_equal(b.evicted, 0);
    rate_limiter_clear(&b);
}

/* At the limit the fullest bucket leaves, so a large debt survives a flood of new keys. */
static void test_flood(void **state)
{
    struct rate_limiter b = made(16, 1, 10);
    char key[16];

    (void)state;
    assert_true(take(&b, "greedy", 0, 10, 0));
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(key, sizeof key, "k%d", i);
        assert_true(take(&b, key, 0, 1, 0));
        assert_true(b.count <= 16);
    }
    assert_int_equal(b.evicted, 1001 - 16);
    assert_false(take(&b, "greedy", 0, 1, 1000));
    rate_limiter_clear(&b);
}

static void test_time_goes_back(void **state)
{
    struct rate_limiter b = made(4, 10, 1);

    (void)state;
    assert_true(take(&b, "a", 1000, 1, 0));
    assert_false(take(&b, "a", 0, 1, 100));
    assert_true(take(&b, "b", 0, 1, 0));
    assert_false(take(&b, "b", 1000, 1, 100));
    rate_limiter_clear(&b);
}

static void test_extremes(void **state)
{
    struct rate_limiter b = made(1, 1, RATE_LIMITER_BURST_MAX);
    uint64_t unix_ms = UINT64_C(1763625600000);
    uint64_t wait;

    (void)state;
    assert_true(take(&b, "", unix_ms, RATE_LIMITER_COST_MAX, 0));
    assert_false(take(&b, "", unix_ms, RATE_LIMITER_COST_MAX, UINT64_C(1000000000000)));
    rate_limiter_clear(&b);
    b = made(1, RATE_LIMITER_RATE_MAX, 1);
    assert_true(take(&b, "a\n", unix_ms, 1, 0));
    assert_false(rate_limiter_take(&b, SLICE("a\n"), unix_ms, 1, &wait));
    assert_int_equal(wait, 1);
    assert_true(take(&b, "b", unix_ms, 1, 0));
    assert_int_equal(b.count, 1);
    rate_limiter_clear(&b);
}

/* Compared with a model: a table without a limit that counts tokens in milliseconds times rate. */
static void test_model(void **state)
{
    enum { KEYS = 40 };
    struct rate_limiter b = made(KEYS, 4, 6);
    int64_t tokens_ms[KEYS]; /* tokens times 250 ms */
    uint64_t random = 88172645463325252;
    uint64_t now = 0;

    (void)state;
    for (int i = 0; i < KEYS; i++)
        tokens_ms[i] = 6 * 250;
    for (int round = 0; round < 20000; round++) {
        char key[16];
        uint64_t wait;
        uint64_t passed;
        unsigned k;
        uint32_t cost;
        bool expected;

        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        passed = random % 60;
        k = (unsigned)(random >> 20) % KEYS;
        cost = (uint32_t)(random >> 40) % 9 + 1;
        now += passed;
        for (int i = 0; i < KEYS; i++) {
            tokens_ms[i] += (int64_t)passed;
            if (tokens_ms[i] > 6 * 250)
                tokens_ms[i] = 6 * 250;
        }
        expected = tokens_ms[k] >= (int64_t)cost * 250 || tokens_ms[k] == 6 * 250;
        (void)snprintf(key, sizeof key, "key-%u", k);
        assert_int_equal(rate_limiter_take(&b, slice_str(key), now, cost, &wait), expected);
        if (expected)
            tokens_ms[k] -= (int64_t)cost * 250;
        if (round % 100 == 0)
            rate_limiter_check(&b);
    }
    rate_limiter_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_burst_then_rate),
        cmocka_unit_test(test_average),
        cmocka_unit_test(test_wait_is_enough),
        cmocka_unit_test(test_debt),
        cmocka_unit_test(test_cost_zero_takes_nothing),
        cmocka_unit_test(test_full_buckets_leave),
        cmocka_unit_test(test_flood),
        cmocka_unit_test(test_time_goes_back),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
