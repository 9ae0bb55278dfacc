/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/ctl/watch/audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ANSWER_SIZE 2048

/* The numbers of a reply that the audit reads: of the broker and of one edge. */
struct answer {
    unsigned uptime, head, started, taken, stored, duplicates, refused, queued;
    struct {
        unsigned pings, published, ephemeral, stored, duplicates, refused, unknown, pending;
        unsigned head, joined, received, fetched, lost, before;
        bool whole;
        unsigned taken;
    } edge;
};

static const struct answer quiet = {
    1000, 70, 50, 25, 20, 3, 2, 0, {10, 30, 5, 20, 3, 2, 0, 0, 70, 40, 26, 3, 1, 0, true, 25}};

static const char *text_of(const struct answer *a, char out[ANSWER_SIZE])
{
    (void)snprintf(
        out, ANSWER_SIZE,
        "{\"uptime_ms\":%u,\"head\":%u,\"started_head\":%u,\"taken\":%u,\"stored\":%u,"
        "\"duplicates\":%u,\"refused\":%u,\"queued\":%u,\"edges\":[{\"name\":\"e1\","
        "\"incarnation\":\"7\",\"pings\":%u,\"published\":%u,\"ephemeral\":%u,\"stored\":%u,"
        "\"duplicates\":%u,\"refused\":%u,\"unknown\":%u,\"pending\":%u,\"head\":%u,"
        "\"joined_head\":%u,\"received\":%u,\"fetched\":%u,\"lost\":%u,\"joined_records\":%u,"
        "\"lag\":%u,\"broker\":{\"whole\":%s,\"taken\":%u,\"stored\":%u,\"duplicates\":%u,"
        "\"refused\":%u}}]}",
        a->uptime, a->head, a->started, a->taken, a->stored, a->duplicates, a->refused, a->queued,
        a->edge.pings, a->edge.published, a->edge.ephemeral, a->edge.stored, a->edge.duplicates,
        a->edge.refused, a->edge.unknown, a->edge.pending, a->edge.head, a->edge.joined,
        a->edge.received, a->edge.fetched, a->edge.lost, a->edge.before,
        a->head > a->edge.head ? a->head - a->edge.head : 0, a->edge.whole ? "true" : "false",
        a->edge.taken, a->stored, a->duplicates, a->refused);
    return out;
}

static enum audit_pair compare(const struct answer *first, const struct answer *second)
{
    char texts[2][ANSWER_SIZE];
    enum audit_pair pair = AUDIT_STALE;

    assert_int_equal(audit_compare(slice_str(text_of(first, texts[0])),
                                   slice_str(text_of(second, texts[1])), &pair),
                     OK);
    return pair;
}

/* Returns the balances in this state, as "who name, who name". */
static const char *balances(const struct answer *first, const struct answer *second,
                            enum audit_state state)
{
    static char found[512];
    char texts[2][ANSWER_SIZE];
    struct audit a;

    found[0] = '\0';
    audit_init(&a);
    assert_int_equal(audit_evaluate(&a, slice_str(text_of(first, texts[0])),
                                    slice_str(text_of(second, texts[1]))),
                     OK);
    for (size_t i = 0; i < a.count; i++) {
        if (a.balances[i].state != state)
            continue;
        strcat(found, found[0] == '\0' ? "" : ", ");
        strcat(found, a.balances[i].who);
        strcat(found, " ");
        strcat(found, a.balances[i].name);
    }
    assert_int_equal(a.count, 8);
    audit_clear(&a);
    return found;
}

/* Returns the reply after `quiet` if nothing has happened in between. */
static struct answer later(void)
{
    struct answer a = quiet;

    a.uptime += 2000;
    a.edge.pings += 2;
    return a;
}

static void test_pairs(void **state)
{
    struct answer a = later();

    (void)state;
    assert_int_equal(compare(&quiet, &a), AUDIT_QUIET);
    a.edge.pings--;
    assert_int_equal(compare(&quiet, &a), AUDIT_STALE);
    a = later();
    a.head++;
    assert_int_equal(compare(&quiet, &a), AUDIT_MOVING);
    a = later();
    a.edge.pending = 1;
    assert_int_equal(compare(&quiet, &a), AUDIT_MOVING);
}

static void test_all_balance(void **state)
{
    struct answer a = later();

    (void)state;
    assert_string_equal(balances(&quiet, &a, AUDIT_OFF), "");
    assert_string_equal(balances(&quiet, &a, AUDIT_OPEN), "");
    a.edge.whole = false;
    assert_string_equal(balances(&quiet, &a, AUDIT_OFF), "");
    assert_string_equal(balances(&quiet, &a, AUDIT_OPEN), "e1 outcomes");
}

/* Each wrong number shows in its own balance. */
static void test_one_is_off(void **state)
{
    struct answer a = later();

    (void)state;
    a.taken++;
    assert_string_equal(balances(&quiet, &a, AUDIT_OFF), "broker publishes");
    a = later();
    a.started--;
    assert_string_equal(balances(&quiet, &a, AUDIT_OFF), "broker log");
    a = later();
    a.edge.published++;
    assert_string_equal(balances(&quiet, &a, AUDIT_OFF), "e1 publishes");
    a = later();
    a.edge.received++;
    assert_string_equal(balances(&quiet, &a, AUDIT_OFF), "e1 log");
    a = later();
    a.edge.head++;
    a.edge.received++;
    assert_string_equal(balances(&quiet, &a, AUDIT_OFF), "e1 head");
    a = later();
    a.edge.taken++; /* the broker accepted a publish without an outcome */
    assert_string_equal(balances(&quiet, &a, AUDIT_OFF), "e1 outcomes");
}

static void test_decreased_counters(void **state)
{
    struct answer a = later();

    (void)state;
    a.edge.lost--;
    a.edge.fetched++;
    assert_string_equal(balances(&quiet, &a, AUDIT_OFF), "e1 counters");
    a = later();
    a.stored--;
    a.taken--;
    a.head--;
    assert_string_equal(balances(&quiet, &a, AUDIT_OFF), "broker counters, e1 head");
    /* A restarted broker counts from 0. */
    a.uptime = 10;
    a.edge.head--;
    a.edge.received--;
    assert_int_equal(compare(&quiet, &a), AUDIT_MOVING);
}

/* Publishes may be in flight, but an outcome before the commit is an error. */
static void test_moving_system(void **state)
{
    struct answer first = quiet;
    struct answer a = later();

    (void)state;
    first.edge.pending = 2;
    first.edge.published += 2;
    a.edge.pending = 3;
    a.edge.published += 3;
    a.stored += 3;
    a.taken += 4;
    a.queued = 1;
    a.head += 3;
    a.edge.taken += 4;
    assert_int_equal(compare(&first, &a), AUDIT_MOVING);
    assert_string_equal(balances(&first, &a, AUDIT_OFF), "");
    first.edge.taken += 4; /* more accepted than published */
    assert_string_equal(balances(&first, &a, AUDIT_OFF), "e1 outcomes");
    first = quiet;
    first.edge.stored++;
    first.edge.pending = 2;
    first.edge.published += 3;
    a.edge.stored++;
    a.edge.published++;
    assert_string_equal(balances(&first, &a, AUDIT_OFF), "e1 outcomes");
}

static void test_older_peers(void **state)
{
    struct audit a;
    const struct slice old =
        SLICE("{\"uptime_ms\":5,\"head\":3,\"stored\":3,\"edges\":[{\"name\":\"old\","
              "\"incarnation\":\"7\",\"head\":3}]}");

    (void)state;
    audit_init(&a);
    assert_int_equal(audit_evaluate(&a, old, old), OK);
    assert_true(audit_is_balanced(&a));
    assert_int_equal(a.balances[0].state, AUDIT_OPEN);
    audit_clear(&a);
}

static void test_malformed(void **state)
{
    enum audit_pair pair;
    struct audit a;

    (void)state;
    audit_init(&a);
    assert_int_equal(audit_compare(SLICE("{}"), SLICE("{}"), &pair), ERR_MALFORMED);
    assert_int_equal(audit_compare(SLICE("x"), SLICE("{\"edges\":[]}"), &pair), ERR_MALFORMED);
    assert_int_equal(audit_evaluate(&a, SLICE("{\"edges\":[]}"), SLICE("[]")), ERR_MALFORMED);
    audit_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),         cmocka_unit_test(test_all_balance),
        cmocka_unit_test(test_one_is_off),    cmocka_unit_test(test_decreased_counters),
        cmocka_unit_test(test_moving_system), cmocka_unit_test(test_older_peers),
        cmocka_unit_test(test_malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
