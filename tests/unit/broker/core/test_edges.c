/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/edges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

static struct edge_entry *join(struct edges *edges, uint64_t incarnation, const char *name,
                               uint64_t now)
{
    struct edge_entry *edge = edges_get(edges, incarnation, now);

    assert_non_null(edge);
    (void)snprintf(edge->name, sizeof edge->name, "%s", name);
    edge->joined_ms = now;
    (void)edge_entry_mark_seen(edge, now);
    return edge;
}

static void found_by_incarnation(void **state)
{
    struct edges edges;
    struct edge_entry *a;

    (void)state;
    edges_init(&edges, 10);
    assert_null(edges_find(&edges, 1));
    a = edges_get(&edges, 1, 500);
    assert_int_equal(a->incarnation, 1);
    assert_int_equal(a->last_seen_ms, 500);
    assert_false(a->present);
    assert_ptr_equal(edges_find(&edges, 1), a);
    assert_ptr_equal(edges_get(&edges, 1, 900), a);
    assert_int_equal(a->last_seen_ms, 500); /* a lookup is not a sign of life */
    assert_null(edges_find(&edges, UINT64_MAX));
    assert_int_equal(edges.count, 1);
    edges_clear(&edges);
    assert_int_equal(edges.count, 0);
    assert_null(edges.table);
}

static void the_longest_absent_edge_is_removed(void **state)
{
    struct edges edges;

    (void)state;
    edges_init(&edges, 3);
    (void)join(&edges, 1, "a", 1000);
    (void)join(&edges, 2, "b", 1000);
    (void)join(&edges, 3, "c", 3000);
    assert_null(edges_get(&edges, 4, 3000)); /* all are present */
    assert_non_null(edges_get(&edges, 3, 3000));
    edges_find(&edges, 2)->present = false;
    edges_find(&edges, 3)->present = false;
    assert_non_null(edges_get(&edges, 4, 3000));
    assert_null(edges_find(&edges, 2));
    assert_non_null(edges_find(&edges, 1));
    assert_non_null(edges_find(&edges, 3));
    assert_int_equal(edges.count, 3);
    edges_clear(&edges);
}

static void absent_after_five_seconds_of_silence(void **state)
{
    struct edges edges;
    struct edge_entry *a;
    struct edge_entry *b;

    (void)state;
    edges_init(&edges, 10);
    a = join(&edges, 1, "a", 1000);
    b = join(&edges, 2, "b", 2000);
    a->published = true;
    assert_null(edges_expire(&edges, 5999));
    assert_ptr_equal(edges_expire(&edges, 6000), a);
    assert_false(a->present);
    assert_false(a->published);              /* its publish socket is unproven again */
    assert_null(edges_expire(&edges, 6000)); /* returned once */
    assert_false(edge_entry_mark_seen(b, 6500));
    assert_null(edges_expire(&edges, 7000));
    assert_true(edge_entry_mark_seen(a, 7000)); /* back */
    assert_false(edge_entry_mark_seen(a, 7001));
    edges_clear(&edges);
}

static void removed_after_an_hour(void **state)
{
    struct edges edges;

    (void)state;
    edges_init(&edges, 10);
    join(&edges, 1, "a", 0)->accepted = 42;
    assert_non_null(edges_expire(&edges, 5000));
    assert_null(edges_expire(&edges, EDGE_MEMORY_MS - 1));
    assert_int_equal(edges_find(&edges, 1)->accepted, 42);
    assert_null(edges_expire(&edges, EDGE_MEMORY_MS));
    assert_null(edges_find(&edges, 1));
    assert_int_equal(edges.count, 0);
    edges_clear(&edges);
}

static void two_live_edges_with_one_name(void **state)
{
    struct edges edges;
    struct edge_entry *old;
    struct edge_entry *young;

    (void)state;
    edges_init(&edges, 10);
    old = join(&edges, 1, "edge-1", 0);
    (void)join(&edges, 2, "edge-2", 0);
    young = join(&edges, 3, "edge-1", 1000);
    assert_null(edges_namesake(&edges, young, 1000)); /* the old edge may have just died */
    (void)edge_entry_mark_seen(old, 1500);
    assert_ptr_equal(edges_namesake(&edges, young, 2000), old);
    assert_null(edges_namesake(&edges, young, 3500)); /* not seen for 2 s */
    (void)edge_entry_mark_seen(old, 3500);
    assert_ptr_equal(edges_namesake(&edges, young, 3500), old);
    (void)edge_entry_mark_seen(young, 3500);
    assert_ptr_equal(edges_namesake(&edges, old, 3500), young);
    old->present = false;
    assert_null(edges_namesake(&edges, young, 3500));
    old->present = true;
    old->name[0] = young->name[0] = '\0';
    assert_null(edges_namesake(&edges, young, 3500)); /* edges without a name do not clash */
    edges_clear(&edges);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_by_incarnation),
        cmocka_unit_test(the_longest_absent_edge_is_removed),
        cmocka_unit_test(absent_after_five_seconds_of_silence),
        cmocka_unit_test(removed_after_an_hour),
        cmocka_unit_test(two_live_edges_with_one_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
