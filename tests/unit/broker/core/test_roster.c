/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/roster.h"

#include "broker/core/roster_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct hash_key key = {{1}};
static char text[4096];

static void seat_with(struct roster *r, uint64_t edge, const char *member, const char *payload,
                      uint64_t count, bool quiet, uint64_t now_ms)
{
    struct wire_member said = {.topic = SLICE("room"), .member = slice_str(member), .count = count};

    if (payload != NULL)
        said.payload = slice_str(payload);
    assert_int_equal(roster_seat(r, edge, &said, quiet, now_ms), OK);
}

static void seat(struct roster *r, uint64_t edge, const char *member, uint64_t count,
                 uint64_t now_ms)
{
    seat_with(r, edge, member, NULL, count, false, now_ms);
}

/* Checks the joins and leaves up to now: "+ann 1 -bob 0 ". */
static void assert_announced(struct roster *r, uint64_t now_ms, const char *expected)
{
    struct wire_presence p;
    size_t used = 0;

    text[0] = '\0';
    while (roster_next(r, now_ms, &p)) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%c%.*s%.*s %u ",
                                 p.joined ? '+' : '-', (int)p.member.size, p.member.data,
                                 (int)p.payload.size, p.payload.size == 0 ? "" : p.payload.data,
                                 (unsigned)p.count);
        assert_true(used < sizeof text);
        assert_true(slice_equal(p.topic, SLICE("room")));
    }
    assert_string_equal(text, expected);
}

static void assert_json(const struct roster *r, const char *topic, const char *expected)
{
    const struct roster_page page = {.limit = 10};
    struct buf out;

    buf_init(&out, 1u << 20);
    roster_write_members(r, slice_str(topic), slice_str(topic), &page, &out);
    buf_char(&out, '\0');
    assert_true(buf_ok(&out));
    assert_string_equal(out.data, expected);
    buf_clear(&out);
}

static void a_leave_is_announced_after_the_grace(void **state)
{
    struct roster r;

    (void)state;
    roster_init(&r, &key);
    assert_announced(&r, 0, "");
    seat(&r, 1, "ann", 1, 0);
    assert_announced(&r, 0, "+ann 1 ");
    assert_announced(&r, 0, "");
    seat(&r, 1, "ann", 0, 1000);
    assert_announced(&r, 1000, "");
    assert_announced(&r, 1000 + ROSTER_GRACE_MS - 1, "");
    assert_json(
        &r, "room",
        "{\"topic\":\"room\",\"count\":1,\"members\":[{\"member\":\"ann\"}],\"more\":false}");
    assert_announced(&r, 1000 + ROSTER_GRACE_MS, "-ann 0 ");
    assert_announced(&r, 1000 + ROSTER_GRACE_MS, "");
    assert_json(&r, "room", "{\"topic\":\"room\",\"count\":0,\"members\":[],\"more\":false}");
    assert_null(r.members);
    assert_null(r.topics);
    roster_clear(&r);
}

static void a_return_within_the_grace_is_silent(void **state)
{
    struct roster r;

    (void)state;
    roster_init(&r, &key);
    seat(&r, 1, "ann", 1, 0);
    assert_announced(&r, 0, "+ann 1 ");
    for (uint64_t i = 1; i < 10;
         i++) { /* alternating between two edges, as behind a load balancer */
        seat(&r, 1 + (i + 1) % 2, "ann", 0, i * 4000);
        assert_announced(&r, i * 4000, "");
        seat(&r, 1 + i % 2, "ann", 1, i * 4000 + 3000);
        assert_announced(&r, i * 4000 + 3000, "");
    }
    assert_announced(&r, 1000000, "");
    seat(&r, 2, "ann", 0, 2000000);
    assert_announced(&r, 2000000, "");
    seat(&r, 1, "ann", 1,
         2000000 +
             ROSTER_GRACE_MS); /* after the grace period, but the leave was not announced yet */
    assert_announced(&r, 2000000 + ROSTER_GRACE_MS, "");
    roster_clear(&r);
}

static void several_tabs_count_once(void **state)
{
    struct roster r;

    (void)state;
    roster_init(&r, &key);
    seat(&r, 1, "ann", 1, 0);
    seat(&r, 1, "ann", 3, 0);
    seat(&r, 2, "ann", 1, 0);
    seat(&r, 2, "bob", 1, 0);
    assert_announced(&r, 0, "+ann 1 +bob 2 ");
    seat(&r, 1, "ann", 1, 10);
    seat(&r, 1, "ann", 0, 20);
    assert_announced(&r, 90000, ""); /* still with the other edge */
    seat(&r, 2, "ann", 0, 100000);
    assert_announced(&r, 100000, "");
    assert_announced(&r, 105000, "-ann 1 ");
    roster_clear(&r);
}

static void members_of_a_dead_edge_leave_at_once(void **state)
{
    struct roster r;

    (void)state;
    roster_init(&r, &key);
    seat(&r, 1, "ann", 1, 0);
    seat(&r, 1, "bob", 1, 0);
    seat(&r, 2, "bob", 1, 0);
    assert_announced(&r, 0, "+ann 1 +bob 2 ");
    roster_unseat(&r, 1, true, 5000);
    assert_announced(&r, 5000, "-ann 1 "); /* at once */
    assert_announced(&r, 50000, "");
    roster_unseat(&r, 3, true, 50000); /* an unknown edge */
    assert_announced(&r, 50000, "");
    roster_clear(&r);
}

/* An edge lists all members again: those it does not list have left. */
/* A member within its grace period does not delay others. */
static void an_edge_dies_while_others_wait(void **state)
{
    struct roster r;

    (void)state;
    roster_init(&r, &key);
    seat(&r, 1, "ann", 1, 0);
    seat(&r, 1, "cat", 1, 0);
    seat(&r, 2, "bob", 1, 0);
    seat(&r, 2, "eve", 1, 0);
    assert_announced(&r, 0, "+ann 1 +cat 2 +bob 3 +eve 4 ");
    seat(&r, 1, "ann", 0, 1000);
    assert_announced(&r, 1000, "");
    seat(&r, 1, "cat", 0, 2000);
    assert_announced(&r, 2000, "");
    roster_unseat(&r, 2, true, 3000);
    assert_announced(&r, 3000, "-bob 3 -eve 2 ");
    assert_announced(&r, 5999, "");
    assert_announced(&r, 6000, "-ann 1 ");
    assert_announced(&r, 6999, "");
    assert_announced(&r, 7000, "-cat 0 ");
    assert_null(r.members);
    roster_clear(&r);
}

static void listed_again(void **state)
{
    struct roster r;

    (void)state;
    roster_init(&r, &key);
    seat(&r, 1, "ann", 1, 0);
    seat(&r, 1, "bob", 1, 0);
    assert_announced(&r, 0, "+ann 1 +bob 2 ");
    roster_unseat(&r, 1, false, 1000);
    seat(&r, 1, "bob", 2, 1000);
    assert_announced(&r, 1000, "");
    assert_announced(&r, 5999, "");
    assert_announced(&r, 6000, "-ann 1 ");
    roster_clear(&r);
}

static void members_from_before_the_start_are_not_announced(void **state)
{
    struct roster r;

    (void)state;
    roster_init(&r, &key);
    seat_with(&r, 1, "ann", NULL, 1, true, 0);
    assert_announced(&r, 0, "");
    assert_json(
        &r, "room",
        "{\"topic\":\"room\",\"count\":1,\"members\":[{\"member\":\"ann\"}],\"more\":false}");
    seat(&r, 1, "bob", 1, 0);
    assert_announced(&r, 0, "+bob 2 ");
    seat(&r, 1, "ann", 0, 10);
    assert_announced(&r, 5010, "-ann 1 "); /* its leave is announced */
    seat_with(&r, 1, "eve", NULL, 0, true, 5010);
    assert_announced(&r, 5010, "");
    assert_announced(&r, 90000, "");
    roster_clear(&r);
}

/* A member that leaves before its join was announced is not announced at all. */
static void a_short_visit_is_not_announced(void **state)
{
    struct roster r;

    (void)state;
    roster_init(&r, &key);
    seat(&r, 1, "ann", 1, 0);
    seat(&r, 1, "ann", 0, 0);
    assert_announced(&r, 0, "");
    assert_announced(&r, 90000, "");
    assert_null(r.members);
    roster_clear(&r);
}

/* After its leave was returned and before the next call, the member comes back, and perhaps
 * leaves. */
static void a_return_while_the_leave_is_announced(void **state)
{
    struct roster r;
    struct wire_presence p;

    (void)state;
    roster_init(&r, &key);
    seat_with(&r, 1, "ann", "{\"n\":1}", 1, false, 0);
    assert_announced(&r, 0, "+ann{\"n\":1} 1 ");
    seat(&r, 1, "ann", 0, 0);
    assert_true(roster_next(&r, 5000, &p));
    assert_int_equal(p.joined, 0);
    seat(&r, 1, "ann", 1, 5000);
    assert_true(slice_equal(p.member, SLICE("ann"))); /* still valid */
    assert_announced(&r, 5000, "+ann{\"n\":1} 1 ");
    seat(&r, 1, "ann", 0, 6000);
    assert_true(roster_next(&r, 11000, &p));
    seat(&r, 1, "ann", 1, 11000);
    seat(&r, 1, "ann", 0, 11000);
    assert_announced(&r, 11000, "");
    assert_announced(&r, 90000, "");
    assert_null(r.members);
    roster_clear(&r);
}

static void payloads_and_json(void **state)
{
    struct wire_member said = {.topic = SLICE("a\"b"), .member = SLICE("x\ny"), .count = 1};
    struct wire_presence p;
    struct roster r;

    (void)state;
    roster_init(&r, &key);
    assert_json(&r, "none", "{\"topic\":\"none\",\"count\":0,\"members\":[],\"more\":false}");
    seat_with(&r, 1, "ann", "{\"n\":1}", 1, false, 0);
    seat(&r, 1, "bob", 1, 0);
    assert_json(
        &r, "room",
        "{\"topic\":\"room\",\"count\":0,\"members\":[],\"more\":false}"); /* not announced yet */
    assert_announced(&r, 0, "+ann{\"n\":1} 1 +bob 2 ");
    assert_json(&r, "room",
                "{\"topic\":\"room\",\"count\":2,\"members\":[{\"member\":\"ann\",\"payload\":"
                "{\"n\":1}},{\"member\":\"bob\"}],\"more\":false}");
    assert_int_equal(roster_seat(&r, 1, &said, false, 0), OK);
    assert_true(roster_next(&r, 0, &p));
    assert_json(
        &r, "a\"b",
        "{\"topic\":\"a\\\"b\",\"count\":1,\"members\":[{\"member\":\"x\\ny\"}],\"more\":false}");
    said.member.size = 0;
    assert_int_equal(roster_seat(&r, 1, &said, false, 0), ERR_INVALID);
    said.member = SLICE("m");
    said.topic.size = 0;
    assert_int_equal(roster_seat(&r, 1, &said, false, 0), ERR_INVALID);
    roster_clear(&r);
}

/* Reads all members in pages; then all leave with their edges. */
static void many_members(void **state)
{
    const unsigned count = 1050;
    const struct roster_member *m;
    uint64_t last = 0;
    unsigned seen = 0;
    struct roster r;

    (void)state;
    roster_init(&r, &key);
    for (unsigned i = 0; i < count; i++) {
        char name[16];

        (void)snprintf(name, sizeof name, "m%u", i);
        seat_with(&r, i % 3, name, NULL, 1, true, 0);
    }
    assert_announced(&r, 0, "");
    assert_int_equal(roster_count(&r, SLICE("room")), count);
    for (; (m = roster_after(&r, SLICE("room"), last)) != NULL; seen++) {
        assert_true(m->number > last);
        last = m->number;
    }
    assert_int_equal(seen, count);
    for (uint64_t edge = 0; edge < 3; edge++)
        roster_unseat(&r, edge, true, 0);
    for (unsigned i = count; i > 0; i--) {
        struct wire_presence p;

        assert_true(roster_next(&r, 0, &p));
        assert_int_equal(p.joined, 0);
        assert_int_equal(p.count, i - 1);
    }
    assert_announced(&r, 0, "");
    assert_null(r.members);
    assert_true(r.place_count < 200); /* holes are closed */
    roster_clear(&r);
}

/* Compares with a simple list while members come and go. */
static void places(void **state)
{
    enum { MEMBERS = 400 };
    uint64_t numbers[MEMBERS] = {0}; /* of the present members */
    uint64_t random = 88172645463325252u;
    struct roster r;

    (void)state;
    roster_init(&r, &key);
    for (unsigned turn = 0; turn < 3000; turn++) {
        struct wire_presence p;
        unsigned who;
        char name[16];

        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        who = (unsigned)(random >> 20) % MEMBERS;
        (void)snprintf(name, sizeof name, "m%u", who);
        seat_with(&r, 1, name, NULL, numbers[who] == 0, false, turn * 10000u);
        while (roster_next(&r, turn * 10000u + ROSTER_GRACE_MS, &p))
            ;
        numbers[who] = numbers[who] == 0 ? r.last_number : 0;
        if (turn % 50 != 0)
            continue;
        for (uint64_t after = 0; after <= r.last_number; after += 1 + after / 7) {
            const struct roster_member *all = roster_after(&r, (struct slice){0}, after);
            const struct roster_member *here = roster_after(&r, SLICE("room"), after);
            uint64_t next = UINT64_MAX;

            for (unsigned i = 0; i < MEMBERS; i++) {
                if (numbers[i] > after && numbers[i] < next)
                    next = numbers[i];
            }
            assert_ptr_equal(all, here);
            assert_int_equal(all == NULL ? UINT64_MAX : all->number, next);
        }
    }
    roster_clear(&r);
}

/* A new token may have another payload: the last one counts, and it does not count as a join. */
static void another_payload(void **state)
{
    const struct roster_member *m;
    struct roster r;

    (void)state;
    roster_init(&r, &key);
    seat_with(&r, 1, "ann", "1", 1, false, 0);
    assert_announced(&r, 0, "+ann1 1 ");
    seat_with(&r, 1, "ann", "1", 2, false, 0);
    seat(&r, 2, "ann", 1, 0);
    assert_int_equal(r.version, 1);
    seat_with(&r, 2, "ann", "[2]", 1, false, 0);
    assert_announced(&r, 0, "");
    assert_int_equal(r.version, 2);
    m = roster_after(&r, SLICE("room"), 0);
    assert_true(slice_equal(roster_member_payload(m), SLICE("[2]")));
    seat_with(&r, 2, "ann", "gone", 0, false, 0);
    assert_true(slice_equal(roster_member_payload(m), SLICE("[2]")));
    r.limit = r.bytes + 2;
    seat_with(&r, 1, "ann", "too long", 1, false, 0);
    assert_true(slice_equal(roster_member_payload(m), SLICE("[2]")));
    roster_clear(&r);
    assert_int_equal(r.bytes, 0);
}

/* Members beyond the limit are not listed, until others have left. */
static void a_limit_of_memory(void **state)
{
    const struct wire_member said = {.topic = SLICE("hall"), .member = SLICE("cat"), .count = 1};
    struct roster r;

    (void)state;
    roster_init(&r, &key);
    seat(&r, 1, "ann", 1, 0);
    assert_true(r.bytes > 0);
    r.limit = 2 * r.bytes;
    seat(&r, 1, "bob", 1, 0);
    seat(&r, 1, "eve", 0, 0); /* an unknown member is not kept */
    assert_announced(&r, 0, "+ann 1 +bob 2 ");
    assert_int_equal(roster_seat(&r, 1, &said, false, 0), ERR_FULL);
    seat(&r, 1, "ann", 2, 0);
    assert_announced(&r, 0, "");
    seat(&r, 1, "ann", 0, 0);
    seat(&r, 1, "bob", 0, 0);
    assert_announced(&r, 5000, "-ann 1 -bob 0 ");
    assert_announced(&r, 5000, "");
    assert_int_equal(r.bytes, 0);
    assert_null(r.topics);
    assert_int_equal(roster_seat(&r, 1, &said, false, 0), OK);
    roster_clear(&r);
}

/* The same subscriber is the same member. A member that was not announced, or has left, is not
 * found. */
static void subscribers(void **state)
{
    static const struct slice uuid = SLICE_INIT("urn:uuid:0188d9a0-0000-7000-8000-00000000000a");
    struct subscriber_uuid ann = subscriber_uuid_of(SLICE("ann"));
    struct subscriber_uuid bob = subscriber_uuid_of(SLICE("bob"));
    struct subscriber_uuid given = subscriber_uuid_of(uuid);
    const struct roster_member *m;
    struct roster r;

    (void)state;
    roster_init(&r, &key);
    seat_with(&r, 1, "ann", "{}", 1, false, 0);
    assert_null(roster_find(&r, SLICE("room"), &ann));
    assert_null(roster_after(&r, (struct slice){0}, 0));
    assert_int_equal(r.version, 0);
    assert_announced(&r, 0, "+ann{} 1 ");
    assert_int_equal(r.version, 1);
    m = roster_find(&r, SLICE("room"), &ann);
    assert_non_null(m);
    assert_true(slice_equal(roster_member_name(m), SLICE("ann")));
    assert_true(slice_equal(roster_member_payload(m), SLICE("{}")));
    assert_true(slice_equal(roster_member_topic(m), SLICE("room")));
    ann = roster_member_subscriber(m);
    assert_ptr_equal(roster_find(&r, SLICE("room"), &ann), m);
    assert_null(roster_find(&r, SLICE("room"), &bob));
    assert_null(roster_find(&r, SLICE("hall"), &ann));
    seat(&r, 1, uuid.data, 1, 0);
    assert_announced(&r, 0, "+urn:uuid:0188d9a0-0000-7000-8000-00000000000a 2 ");
    assert_non_null(roster_find(&r, SLICE("room"), &given));
    seat(&r, 1, "ann", 0, 0);
    assert_announced(&r, 4999, "");
    assert_non_null(roster_find(&r, SLICE("room"), &ann)); /* within the grace */
    assert_int_equal(r.version, 2);
    assert_announced(&r, 5000, "-ann{} 1 ");
    assert_null(roster_find(&r, SLICE("room"), &ann));
    assert_int_equal(r.version, 3);
    roster_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leave_is_announced_after_the_grace),
        cmocka_unit_test(a_return_within_the_grace_is_silent),
        cmocka_unit_test(several_tabs_count_once),
        cmocka_unit_test(members_of_a_dead_edge_leave_at_once),
        cmocka_unit_test(an_edge_dies_while_others_wait),
        cmocka_unit_test(listed_again),
        cmocka_unit_test(members_from_before_the_start_are_not_announced),
        cmocka_unit_test(a_short_visit_is_not_announced),
        cmocka_unit_test(a_return_while_the_leave_is_announced),
        cmocka_unit_test(payloads_and_json),
        cmocka_unit_test(many_members),
        cmocka_unit_test(places),
        cmocka_unit_test(another_payload),
        cmocka_unit_test(a_limit_of_memory),
        cmocka_unit_test(subscribers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
