/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/access/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct hash_key key = {{1, 2, 3}};

static struct limits_client client(unsigned char last, const char *subject)
{
    struct limits_client c = {.address = {{[15] = last}}};

    if (subject != NULL)
        c.subject = slice_str(subject);
    return c;
}

static struct limits *make(const struct limits_config *config)
{
    struct limits *l = NULL;

    assert_int_equal(limits_create(config, &key, &l), OK);
    return l;
}

static void test_nothing_is_limited(void **state)
{
    struct limits *l = make(&(struct limits_config){0});
    struct limits_client c = client(1, "ann");
    struct limits_lease *lease = NULL;
    uint64_t wait;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        assert_true(limits_publish(l, 0, &c, i % 2 == 0, &wait));
        assert_true(limits_stream(l, &c, &lease));
        assert_null(lease);
    }
    limits_destroy(l);
    limits_destroy(NULL);
}

static void test_streams(void **state)
{
    struct limits *l = make(&(struct limits_config){.address_streams = 3, .subject_streams = 2});
    struct limits_client nobody = client(1, NULL);
    struct limits_client ann = client(1, "ann");
    struct limits_client ann_elsewhere = client(2, "ann");
    struct limits_lease *leases[4] = {NULL};
    struct limits_lease *none = NULL;

    (void)state;
    assert_true(limits_stream(l, &ann, &leases[0]));
    assert_true(limits_stream(l, &ann, &leases[1]));
    assert_false(limits_stream(l, &ann, &none));
    assert_false(limits_stream(l, &ann_elsewhere, &none));
    /* A stream that was refused by subject does not count for the address. */
    assert_true(limits_stream(l, &nobody, &leases[2]));
    assert_false(limits_stream(l, &nobody, &none));
    limits_release(l, leases[0]);
    assert_true(limits_stream(l, &ann_elsewhere, &leases[0]));
    assert_true(limits_stream(l, &nobody, &leases[3]));
    assert_false(limits_stream(l, &nobody, &none));
    assert_null(none);
    for (int i = 0; i < 4; i++)
        limits_release(l, leases[i]);
    limits_release(l, NULL);
    limits_destroy(l);
}

static void test_rates(void **state)
{
    struct limits *l =
        make(&(struct limits_config){.publish_rate = 2, .publish_burst = 3, .ephemeral_rate = 1});
    struct limits_client ann = client(1, "ann");
    struct limits_client ann_elsewhere = client(2, "ann");
    struct limits_client bob = client(3, "bob");
    uint64_t wait = 0;

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_true(limits_publish(l, 1000, &ann, false, &wait));
    assert_false(limits_publish(l, 1000, &ann, false, &wait));
    assert_int_equal(wait, 500);
    assert_false(limits_publish(l, 1000, &ann_elsewhere, false, &wait));
    assert_true(limits_publish(l, 1000, &bob, false, &wait));
    /* Ephemeral records have a bucket of their own, of ten seconds' worth. */
    for (int i = 0; i < 10; i++)
        assert_true(limits_publish(l, 1000, &ann, true, &wait));
    assert_false(limits_publish(l, 1000, &ann, true, &wait));
    assert_int_equal(wait, 1000);
    assert_true(limits_publish(l, 1500, &ann, false, &wait));
    limits_destroy(l);
}

static void test_bad_config(void **state)
{
    struct limits *l = NULL;

    (void)state;
    assert_int_equal(
        limits_create(&(struct limits_config){.publish_rate = RATE_LIMITER_RATE_MAX + 1}, &key, &l),
        ERR_INVALID);
    assert_int_equal(
        limits_create(&(struct limits_config){.publish_rate = 1, .ephemeral_rate = UINT32_MAX},
                      &key, &l),
        ERR_INVALID);
    assert_null(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_limited),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_bad_config),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
