/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/presence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct hash_key key = {{1}};

static void add_with(struct presence *p, const char *topic, const char *member, const char *payload)
{
    struct slice none = {0};

    presence_add(p, slice_str(topic), slice_str(member),
                 payload == NULL ? none : slice_str(payload));
}

static void add(struct presence *p, const char *topic, const char *member)
{
    add_with(p, topic, member, NULL);
}

static void drop(struct presence *p, const char *topic, const char *member)
{
    presence_remove(p, slice_str(topic), slice_str(member));
}

/* Asserts the next frame: "serial[!]: topic/member=count …", with ! if it replaces all members, or
 * "" if there is no frame. */
static void assert_frame(struct presence *p, const char *expected)
{
    char text[2048] = "";
    struct wire_members m;
    size_t used;

    if (presence_next(p, &m)) {
        used = (size_t)snprintf(text, sizeof text, "%u%s:", (unsigned)m.serial, m.all ? "!" : "");
        for (size_t i = 0; i < m.count; i++) {
            const struct wire_member *one = &m.members[i];

            used += (size_t)snprintf(
                text + used, sizeof text - used, " %.*s/%.*s%.*s=%u", (int)one->topic.size,
                one->topic.data, (int)one->member.size, one->member.data, (int)one->payload.size,
                one->payload.size == 0 ? "" : one->payload.data, (unsigned)one->count);
            assert_true(used < sizeof text);
        }
    }
    assert_string_equal(text, expected);
}

static void sent_once_per_change(void **state)
{
    struct presence p;

    (void)state;
    presence_init(&p, &key);
    assert_frame(&p, "");
    add(&p, "room", "ann");
    add_with(&p, "room", "bob", "{\"n\":1}");
    add(&p, "hall", "ann");
    assert_frame(&p, "1: room/ann=1 room/bob{\"n\":1}=1 hall/ann=1");
    assert_frame(&p, "");
    add(&p, "room", "ann"); /* a second tab: nothing to send */
    drop(&p, "room", "ann");
    assert_frame(&p, "");
    drop(&p, "room", "ann");
    assert_frame(&p, "2: room/ann=0");
    assert_frame(&p, "");
    add(&p, "room", "ann");
    assert_frame(&p, "3: room/ann=1");
    presence_clear(&p);
}

/* The last payload counts; a join without a payload changes nothing. */
static void another_payload(void **state)
{
    struct presence p;

    (void)state;
    presence_init(&p, &key);
    add_with(&p, "room", "ann", "1");
    assert_frame(&p, "1: room/ann1=1");
    add_with(&p, "room", "ann", "1");
    add(&p, "room", "ann");
    assert_frame(&p, "");
    add_with(&p, "room", "ann", "[2]");
    assert_frame(&p, "2: room/ann[2]=4");
    for (unsigned i = 0; i < 4; i++)
        drop(&p, "room", "ann");
    assert_frame(&p, "3: room/ann[2]=0");
    add(&p, "room", "ann");
    assert_frame(&p, "4: room/ann[2]=1");
    presence_clear(&p);
}

/* A member returns before its leave was sent, or between two frames. */
static void leaves_and_returns(void **state)
{
    struct presence p;

    (void)state;
    presence_init(&p, &key);
    add(&p, "room", "ann");
    drop(&p, "room", "ann");
    assert_frame(&p, "1: room/ann=0");
    add(&p, "room", "ann"); /* while the shell holds the frame */
    assert_frame(&p, "2: room/ann=1");
    drop(&p, "room", "ann");
    assert_frame(&p, "3: room/ann=0");
    add(&p, "room", "ann");
    drop(&p, "room", "ann");
    assert_frame(&p, "4: room/ann=0");
    assert_frame(&p, "");
    assert_null(p.table);
    presence_clear(&p);
}

/* Topic and member are compared separately, not as one concatenated text. */
static void names_are_not_concatenated(void **state)
{
    struct presence p;

    (void)state;
    presence_init(&p, &key);
    add(&p, "ab", "c");
    add(&p, "a", "bc");
    assert_frame(&p, "1: ab/c=1 a/bc=1");
    drop(&p, "a", "bc");
    assert_frame(&p, "2: a/bc=0");
    presence_clear(&p);
}

static void sends_all_again(void **state)
{
    struct presence p;

    (void)state;
    presence_init(&p, &key);
    presence_send_all(&p);
    assert_frame(&p, "1!:"); /* an empty list is sent too */
    assert_frame(&p, "");
    add(&p, "room", "ann");
    add(&p, "room", "bob");
    add(&p, "room", "bob");
    assert_frame(&p, "2: room/ann=1 room/bob=2");
    presence_send_all(&p);
    presence_send_all(&p);
    assert_frame(&p, "3!: room/ann=1 room/bob=2");
    drop(&p, "room", "ann");
    presence_send_all(&p);
    assert_frame(&p, "4!: room/ann=0 room/bob=2");
    assert_frame(&p, "");
    drop(&p, "room", "bob");
    drop(&p, "room", "bob");
    assert_frame(&p, "5: room/bob=0");
    presence_send_all(&p);
    assert_frame(&p, "6!: room/bob=0"); /* repeating is harmless */
    assert_frame(&p, "");
    assert_null(p.table);
    presence_clear(&p);
}

/* If the members need several frames, the first one replaces all members and the others add to
 * it. */
static void in_several_frames(void **state)
{
    const unsigned count = 2 * PRESENCE_FRAME_MEMBERS + 5;
    struct wire_members m;
    struct presence p;
    size_t sent = 0;

    (void)state;
    presence_init(&p, &key);
    for (unsigned i = 0; i < count; i++) {
        char name[16];

        (void)snprintf(name, sizeof name, "m%u", i);
        add(&p, "room", name);
    }
    presence_send_all(&p);
    for (unsigned i = 1; i <= 3; i++) {
        assert_true(presence_next(&p, &m));
        assert_int_equal(m.serial, i);
        assert_int_equal(m.all, i == 1);
        sent += m.count;
    }
    assert_int_equal(sent, count);
    assert_false(presence_next(&p, &m));
    for (unsigned i = 0; i < count; i++) {
        char name[16];

        (void)snprintf(name, sizeof name, "m%u", i);
        drop(&p, "room", name);
    }
    for (sent = 0; presence_next(&p, &m); sent += m.count)
        assert_int_equal(m.all, 0);
    assert_int_equal(sent, count);
    assert_null(p.table);
    presence_clear(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sent_once_per_change), cmocka_unit_test(leaves_and_returns),
        cmocka_unit_test(another_payload),      cmocka_unit_test(names_are_not_concatenated),
        cmocka_unit_test(sends_all_again),      cmocka_unit_test(in_several_frames),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
