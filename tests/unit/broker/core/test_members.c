/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/members.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

static struct member *join(struct members *m, uint64_t incarnation, const char *name, uint64_t now)
{
    struct member *member = members_get(m, incarnation, now);

    assert_non_null(member);
    (void)snprintf(member->name, sizeof member->name, "%s", name);
    member->joined_ms = now;
    (void)member_seen(member, now);
    return member;
}

static void found_by_incarnation(void **state)
{
    struct members m;
    struct member *a;

    (void)state;
    members_init(&m, 10);
    assert_null(members_find(&m, 1));
    a = members_get(&m, 1, 500);
    assert_int_equal(a->incarnation, 1);
    assert_int_equal(a->last_seen_ms, 500);
    assert_false(a->present);
    assert_ptr_equal(members_find(&m, 1), a);
    assert_ptr_equal(members_get(&m, 1, 900), a);
    assert_int_equal(a->last_seen_ms, 500); /* asking is not hearing */
    assert_null(members_find(&m, UINT64_MAX));
    assert_int_equal(m.count, 1);
    members_clear(&m);
    assert_int_equal(m.count, 0);
    assert_null(m.table);
}

static void the_longest_gone_makes_room(void **state)
{
    struct members m;

    (void)state;
    members_init(&m, 3);
    (void)join(&m, 1, "a", 1000);
    (void)join(&m, 2, "b", 1000);
    (void)join(&m, 3, "c", 3000);
    assert_null(members_get(&m, 4, 3000)); /* all are present */
    assert_non_null(members_get(&m, 3, 3000));
    members_find(&m, 2)->present = false;
    members_find(&m, 3)->present = false;
    assert_non_null(members_get(&m, 4, 3000));
    assert_null(members_find(&m, 2));
    assert_non_null(members_find(&m, 1));
    assert_non_null(members_find(&m, 3));
    assert_int_equal(m.count, 3);
    members_clear(&m);
}

static void gone_after_five_seconds_of_silence(void **state)
{
    struct members m;
    struct member *a;
    struct member *b;

    (void)state;
    members_init(&m, 10);
    a = join(&m, 1, "a", 1000);
    b = join(&m, 2, "b", 2000);
    a->published = true;
    assert_null(members_expire(&m, 5999));
    assert_ptr_equal(members_expire(&m, 6000), a);
    assert_false(a->present);
    assert_false(a->published);            /* its way up must be proven again */
    assert_null(members_expire(&m, 6000)); /* told once */
    assert_false(member_seen(b, 6500));
    assert_null(members_expire(&m, 7000));
    assert_true(member_seen(a, 7000)); /* back */
    assert_false(member_seen(a, 7001));
    members_clear(&m);
}

static void forgotten_after_an_hour(void **state)
{
    struct members m;

    (void)state;
    members_init(&m, 10);
    join(&m, 1, "a", 0)->accepted = 42;
    assert_non_null(members_expire(&m, 5000));
    assert_null(members_expire(&m, MEMBER_MEMORY_MS - 1));
    assert_int_equal(members_find(&m, 1)->accepted, 42);
    assert_null(members_expire(&m, MEMBER_MEMORY_MS));
    assert_null(members_find(&m, 1));
    assert_int_equal(m.count, 0);
    members_clear(&m);
}

static void two_live_edges_with_one_name(void **state)
{
    struct members m;
    struct member *old;
    struct member *young;

    (void)state;
    members_init(&m, 10);
    old = join(&m, 1, "edge-1", 0);
    (void)join(&m, 2, "edge-2", 0);
    young = join(&m, 3, "edge-1", 1000);
    assert_null(members_namesake(&m, young, 1000)); /* the old one may just be gone */
    (void)member_seen(old, 1500);
    assert_ptr_equal(members_namesake(&m, young, 2000), old);
    assert_null(members_namesake(&m, young, 3500)); /* it has not been heard of for 2 s */
    (void)member_seen(old, 3500);
    assert_ptr_equal(members_namesake(&m, young, 3500), old);
    (void)member_seen(young, 3500);
    assert_ptr_equal(members_namesake(&m, old, 3500), young);
    old->present = false;
    assert_null(members_namesake(&m, young, 3500));
    old->present = true;
    old->name[0] = young->name[0] = '\0';
    assert_null(members_namesake(&m, young, 3500)); /* no name is no clash */
    members_clear(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_by_incarnation),
        cmocka_unit_test(the_longest_gone_makes_room),
        cmocka_unit_test(gone_after_five_seconds_of_silence),
        cmocka_unit_test(forgotten_after_an_hour),
        cmocka_unit_test(two_live_edges_with_one_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
