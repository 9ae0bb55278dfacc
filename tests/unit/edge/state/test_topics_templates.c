/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/topics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Templates in the table of topics. */

static const struct hash_key key = {{5, 6, 7}};
static char place;
static struct stream *const somebody = (struct stream *)(void *)&place; /* never dereferenced */

static struct topic *select(struct topics *t, const char *text)
{
    return topics_select(t, slice_str(text));
}

/* Adds a record with these topics to the tail, which begins at `first`. */
static void record(struct topics *t, uint64_t offset, const char *const *names, uint64_t first)
{
    for (size_t i = 0; names[i] != NULL; i++)
        topic_append(topics_get(t, slice_str(names[i])), offset);
    for (size_t i = 0; names[i] != NULL; i++) {
        const struct topic *topic = topics_get(t, slice_str(names[i]));

        for (uint32_t k = 0; k < topic->match_count; k++)
            topic_append_match(topic->matches[k], offset, first);
    }
}

static void one(struct topics *t, uint64_t offset, const char *name)
{
    const char *const names[] = {name, NULL};

    record(t, offset, names, 1);
}

static void assert_offsets(const struct topic *topic, const uint64_t *offsets, size_t count)
{
    assert_int_equal(topic->count, count);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(topic_offset(topic, i), offsets[i]);
}

static void meaning_of_a_selector(void **state)
{
    struct topics t;
    struct topic *rooms;

    (void)state;
    topics_init(&t, &key);
    assert_ptr_equal(select(&t, "*"), t.all);
    assert_ptr_equal(select(&t, "room"), topics_get(&t, SLICE("room")));
    rooms = select(&t, "room/{id}");
    assert_non_null(rooms->matcher);
    assert_ptr_equal(select(&t, "room/{id}"), rooms);
    assert_ptr_not_equal(select(&t, "room/{name}"), rooms); /* same matches, another text */
    assert_ptr_not_equal(topics_get(&t, SLICE("room/{id}")), rooms); /* as a topic's name */
    assert_null(select(&t, "room/{id")->matcher); /* an invalid template is a topic */
    assert_int_equal(topics_count(&t), 3);
    topics_clear(&t);
}

/* Marked selectors: common/topic/selector.h. */
static void meaning_of_a_marked_selector(void **state)
{
    static const char pattern[] = "\x02http://a.org/\x02/room/:id";
    static const uint64_t expected[] = {1, 3};
    struct topics t;
    struct topic *topic;

    (void)state;
    topics_init(&t, &key);
    topic = select(&t, "\x01room/{id}");
    assert_ptr_equal(topic, topics_get(&t, SLICE("room/{id}")));
    assert_true(slice_equal(topic_selector(topic), SLICE("\x01room/{id}")));
    assert_true(slice_equal(topic_selector(topics_get(&t, SLICE("room"))), SLICE("room")));
    one(&t, 1, "/room/1");
    one(&t, 2, "/hall");
    topic = select(&t, pattern);
    assert_non_null(topic->matcher);
    assert_ptr_equal(select(&t, pattern), topic);
    assert_true(slice_equal(topic_selector(topic), slice_str(pattern)));
    one(&t, 3, "http://a.org/room/2");
    one(&t, 4, "http://b.org/room/2");
    assert_offsets(topic, expected, 2);
    assert_int_equal(select(&t, "\x02no url\x02/x")->listener_count, 0); /* harmless */
    topics_clear(&t);
}

static void records_of_existing_topics(void **state)
{
    static const uint64_t expected[] = {1, 3, 4, 6};
    static const char *const both[] = {"room/1", "room/2", NULL};
    struct topics t;

    (void)state;
    topics_init(&t, &key);
    one(&t, 1, "room/2");
    one(&t, 2, "hall");
    one(&t, 3, "room/1");
    record(&t, 4, both, 1); /* matches by two topics, counts once */
    one(&t, 5, "room/1/x");
    one(&t, 6, "room/2");
    assert_offsets(select(&t, "room/{id}"), expected, 4);
    topics_clear(&t);
}

static void records_added_later(void **state)
{
    static const uint64_t rooms_then[] = {2, 3, 5};
    static const uint64_t one_then[] = {2, 3};
    static const char *const both[] = {"room/1", "room/2", NULL};
    struct topics t;
    struct topic *rooms;
    struct topic *first;

    (void)state;
    topics_init(&t, &key);
    rooms = select(&t, "room/{id}");
    first = select(&t, "{+any}/1");
    assert_int_equal(rooms->count, 0);
    one(&t, 1, "hall");
    one(&t, 2, "room/1"); /* topics created after the templates */
    record(&t, 3, both, 1);
    one(&t, 4, "room/");
    one(&t, 5, "room/2");
    assert_int_equal(topics_get(&t, SLICE("room/1"))->match_count, 2);
    assert_int_equal(topics_get(&t, SLICE("room/2"))->match_count, 1);
    assert_int_equal(topics_get(&t, SLICE("hall"))->match_count, 0);
    assert_offsets(first, one_then, 2);
    /* "{id}" may be empty, so 4 matches too. */
    assert_int_equal(rooms->count, 4);
    assert_int_equal(topic_offset(rooms, 0), rooms_then[0]);
    assert_int_equal(topic_offset(rooms, 3), rooms_then[2]);
    topics_clear(&t);
}

/* A template's oldest offsets are removed when new ones are added, so the ring stays bounded. */
static void removes_old_offsets(void **state)
{
    static const char *const names[] = {"room/1", NULL};
    struct topics t;
    struct topic *rooms;

    (void)state;
    topics_init(&t, &key);
    rooms = select(&t, "room/{id}");
    for (uint64_t offset = 1; offset <= 1000; offset++)
        record(&t, offset, names, offset > 10 ? offset - 10 : 1);
    assert_int_equal(rooms->count, 11);
    assert_int_equal(topic_offset(rooms, 0), 990);
    assert_true(rooms->capacity <= 16);
    topics_forget_matches(&t);
    assert_int_equal(rooms->count, 0);
    record(&t, 2000, names, 2000);
    assert_int_equal(rooms->count, 1);
    topics_clear(&t);
}

static void released_with_its_last_listener(void **state)
{
    struct topics t;
    struct topic *rooms;
    struct topic *other;
    const struct topic *room;

    (void)state;
    topics_init(&t, &key);
    one(&t, 1, "room/1");
    room = topics_get(&t, SLICE("room/1"));
    rooms = select(&t, "room/{id}");
    other = select(&t, "{a}/1");
    assert_int_equal(topic_listen(rooms, somebody, 0), 0);
    assert_int_equal(topic_listen(other, somebody, 0), 0);
    topics_release(&t, rooms); /* it has a listener */
    assert_int_equal(room->match_count, 2);
    (void)topic_unlisten(rooms, 0);
    topics_release(&t, rooms); /* although it has records */
    assert_int_equal(room->match_count, 1);
    assert_ptr_equal(room->matches[0], other);
    one(&t, 2, "room/1"); /* affects only the remaining template */
    assert_int_equal(other->count, 2);
    rooms = select(&t, "room/{id}"); /* created again, with all records */
    assert_int_equal(rooms->count, 2);
    (void)topic_unlisten(other, 0);
    topics_release(&t, other);
    topics_release(&t, rooms);
    assert_null(t.patterns);
    assert_int_equal(room->match_count, 0);
    topics_release(&t, t.all); /* never freed */
    assert_ptr_equal(select(&t, "*"), t.all);
    topics_clear(&t);
}

/* Releasing a topic keeps its templates, which match it again when it is created again. */
static void releases_a_topic(void **state)
{
    struct topics t;
    struct topic *rooms;
    struct topic *room;

    (void)state;
    topics_init(&t, &key);
    rooms = select(&t, "room/{id}");
    one(&t, 1, "room/1");
    room = topics_get(&t, SLICE("room/1"));
    topic_shift(room);
    topics_release(&t, room);
    assert_int_equal(topics_count(&t), 0);
    assert_int_equal(rooms->count, 1); /* until the next record is added */
    record(&t, 2, (const char *const[]){"room/1", NULL}, 2);
    assert_int_equal(rooms->count, 1);
    assert_int_equal(topic_offset(rooms, 0), 2);
    topics_clear(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(meaning_of_a_selector),
        cmocka_unit_test(meaning_of_a_marked_selector),
        cmocka_unit_test(records_of_existing_topics),
        cmocka_unit_test(records_added_later),
        cmocka_unit_test(removes_old_offsets),
        cmocka_unit_test(released_with_its_last_listener),
        cmocka_unit_test(releases_a_topic),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
