/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/access/token_cache.h"

#include "tests/lib/mem_fault.c" /* instead of common/base/mem.c */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct hash_key key = {.bytes = {1, 2, 3}};

static struct grants *grants_until(uint64_t exp_ms)
{
    struct grants *g = grants_create((struct slice){0});

    g->exp_ms = exp_ms;
    return g;
}

static void put(struct token_cache *c, const char *token, uint64_t exp_ms)
{
    struct grants *g = grants_until(exp_ms);

    token_cache_put(c, slice_str(token), g);
    grants_unref(g);
}

static bool has(struct token_cache *c, uint64_t now_ms, const char *token)
{
    return token_cache_find(c, now_ms, slice_str(token)) != NULL;
}

static void test_hit_and_miss(void **state)
{
    struct grants *g = grants_until(GRANTS_FOREVER);
    struct token_cache c;

    (void)state;
    token_cache_init(&c, &key, 0, 10000);
    assert_false(has(&c, 0, "a.b.c"));
    token_cache_put(&c, SLICE("a.b.c"), g);
    assert_int_equal(g->refs, 2);
    assert_ptr_equal(token_cache_find(&c, 0, SLICE("a.b.c")), g);
    assert_false(has(&c, 0, "a.b.d"));
    assert_false(has(&c, 0, "a.b."));
    assert_false(has(&c, 0, "a.b.cc"));
    assert_false(has(&c, 0, ""));
    assert_true(c.hits == 1 && c.misses == 5 && c.count == 1);
    token_cache_clear(&c);
    assert_int_equal(g->refs, 1);
    assert_false(has(&c, 0, "a.b.c"));
    put(&c, "x", GRANTS_FOREVER); /* the cache can be used again */
    assert_true(has(&c, 0, "x"));
    token_cache_clear(&c);
    grants_unref(g);
}

static void test_expiry(void **state)
{
    struct token_cache c;

    (void)state;
    token_cache_init(&c, &key, 500, 10000);
    put(&c, "t", 1000);
    assert_true(has(&c, 1499, "t"));
    assert_false(has(&c, 1500, "t"));
    assert_int_equal(c.count, 0);
    assert_int_equal(c.bytes, 0);
    assert_false(has(&c, 0, "t")); /* dropped */
    token_cache_clear(&c);
}

static void test_put_twice(void **state)
{
    struct grants *g = grants_until(5);
    struct token_cache c;

    (void)state;
    token_cache_init(&c, &key, 0, 10000);
    token_cache_put(&c, SLICE("t"), g);
    token_cache_put(&c, SLICE("t"), g);
    assert_int_equal(g->refs, 2);
    assert_int_equal(c.count, 1);
    put(&c, "t", 7);
    assert_int_equal(g->refs, 1);
    assert_int_equal(c.count, 1);
    assert_true(has(&c, 6, "t"));
    token_cache_clear(&c);
    grants_unref(g);
}

static void test_bounded(void **state)
{
    struct token_cache c;
    size_t one;

    (void)state;
    token_cache_init(&c, &key, 0, 1u << 20);
    put(&c, "t0", GRANTS_FOREVER);
    one = c.bytes;
    token_cache_clear(&c);

    token_cache_init(&c, &key, 0, 3 * one + one / 2);
    put(&c, "t0", GRANTS_FOREVER);
    put(&c, "t1", GRANTS_FOREVER);
    put(&c, "t2", GRANTS_FOREVER);
    assert_true(has(&c, 0, "t0")); /* so t1 is the least recently used */
    put(&c, "t3", GRANTS_FOREVER);
    assert_int_equal(c.count, 3);
    assert_int_equal(c.evicted, 1);
    assert_true(has(&c, 0, "t0") && has(&c, 0, "t2") && has(&c, 0, "t3"));
    assert_false(has(&c, 0, "t1"));
    for (int i = 0; i < 1000; i++) {
        char token[16];

        snprintf(token, sizeof token, "u%d", i);
        put(&c, token, GRANTS_FOREVER);
        assert_true(c.bytes <= c.limit);
    }
    assert_true(c.count == 2 || c.count == 3);
    token_cache_clear(&c);
}

/* A token that is larger than the cache evicts nothing. */
static void test_too_large(void **state)
{
    static char large[10000];
    struct grants *g = grants_until(GRANTS_FOREVER);
    struct token_cache c;

    (void)state;
    memset(large, 'x', sizeof large);
    token_cache_init(&c, &key, 0, 5000);
    put(&c, "t", GRANTS_FOREVER);
    token_cache_put(&c, slice_of(large, sizeof large), g);
    assert_int_equal(c.count, 1);
    assert_true(has(&c, 0, "t"));
    token_cache_clear(&c);
    token_cache_init(&c, &key, 0, 0);
    put(&c, "t", GRANTS_FOREVER);
    assert_int_equal(c.count, 0);
    token_cache_clear(&c);
    grants_unref(g);
}

/* Grants that a stream holds outlive the cache. */
static void test_kept_reference(void **state)
{
    struct token_cache c;
    struct grants *kept;

    (void)state;
    token_cache_init(&c, &key, 0, 10000);
    put(&c, "t", GRANTS_FOREVER);
    kept = grants_ref(token_cache_find(&c, 0, SLICE("t")));
    token_cache_clear(&c);
    assert_int_equal(kept->refs, 1);
    assert_false(grants_publish(kept, SLICE("a")));
    grants_unref(kept);
}

/* Without memory a token is verified each time, and nothing is leaked. */
static void test_no_memory(void **state)
{
    size_t blocks = mem_fault_blocks();
    struct token_cache c;

    (void)state;
    token_cache_init(&c, &key, 0, 10000);
    put(&c, "t", 5);
    mem_fault_from(1);
    put(&c, "u", GRANTS_FOREVER);
    assert_int_equal(mem_fault_count(), 1);
    mem_fault_at(0);
    assert_int_equal(c.count, 1);
    assert_true(has(&c, 0, "t"));
    assert_false(has(&c, 0, "u"));
    token_cache_clear(&c);
    assert_int_equal(mem_fault_blocks(), blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hit_and_miss), cmocka_unit_test(test_expiry),
        cmocka_unit_test(test_put_twice),    cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_too_large),    cmocka_unit_test(test_kept_reference),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
