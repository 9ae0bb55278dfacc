/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/topics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

static const struct hash_key key = {{5, 6, 7}};

static struct topic *named(struct topics *t, unsigned number)
{
    char name[16];

    (void)snprintf(name, sizeof name, "topic/%u", number);
    return topics_get(t, slice_str(name));
}

static void found_again_until_released(void **state)
{
    struct topics t;
    struct topic *chat;

    (void)state;
    topics_init(&t, &key);
    chat = topics_get(&t, SLICE("chat"));
    assert_int_equal(chat->name_size, 4);
    assert_memory_equal(chat->text + 1, "chat", 4);
    assert_ptr_equal(topics_get(&t, SLICE("chat")), chat);
    assert_ptr_not_equal(topics_get(&t, SLICE("chat2")), chat);
    assert_ptr_not_equal(topics_get(&t, SLICE("cha")), chat);
    assert_int_equal(topics_count(&t), 3);
    topics_release(&t, chat);
    assert_int_equal(topics_count(&t), 2);
    topics_clear(&t);
    assert_int_equal(topics_count(&t), 0);
}

static void stays_while_it_is_used(void **state)
{
    struct topics t;
    struct topic *chat;

    (void)state;
    topics_init(&t, &key);
    chat = topics_get(&t, SLICE("chat"));
    topic_append(chat, 5);
    topics_release(&t, chat);
    assert_int_equal(topics_count(&t), 1);
    assert_int_equal(topic_listen(chat, (struct stream *)(void *)&t, 0), 0);
    topic_shift(chat);
    topics_release(&t, chat);
    assert_int_equal(topics_count(&t), 1);
    assert_null(topic_unlisten(chat, 0).stream);
    topics_release(&t, chat);
    assert_int_equal(topics_count(&t), 0);
    topics_release(&t, t.all); /* never freed */
    assert_int_equal(topic_listen(t.all, (struct stream *)(void *)&t, 0), 0);
    topics_clear(&t);
}

static void many_topics(void **state)
{
    struct topic *topics[5000];
    struct topics t;

    (void)state;
    topics_init(&t, &key);
    for (unsigned i = 0; i < 5000; i++)
        topics[i] = named(&t, i);
    assert_int_equal(topics_count(&t), 5000);
    for (unsigned i = 0; i < 5000; i += 2)
        topics_release(&t, topics[i]);
    assert_int_equal(topics_count(&t), 2500);
    for (unsigned i = 1; i < 5000; i += 2)
        assert_ptr_equal(named(&t, i), topics[i]);
    topics_clear(&t);
}

/* Compares the ring with an array that only grows: it slides, grows while wrapped, and is searched
 * at each offset. */
static void offsets_in_a_ring(void **state)
{
    uint64_t model[600];
    uint32_t begin = 0;
    uint32_t end = 0;
    struct topics t;
    struct topic *chat;

    (void)state;
    topics_init(&t, &key);
    chat = topics_get(&t, SLICE("chat"));
    for (unsigned step = 0; step < 900; step++) {
        if (step % 3 == 2 && begin < end) {
            topic_shift(chat);
            begin++;
        } else if (end < 600) {
            model[end] = end == 0 ? 3 : model[end - 1] + 1 + end % 4;
            topic_append(chat, model[end++]);
        }
        assert_int_equal(chat->count, end - begin);
        for (uint32_t i = begin; i < end; i++) {
            assert_int_equal(topic_offset(chat, i - begin), model[i]);
            assert_int_equal(topic_after(chat, model[i]), i + 1 - begin);
            assert_int_equal(topic_after(chat, model[i] - 1), i - begin);
        }
        assert_int_equal(topic_after(chat, UINT64_MAX), end - begin);
        assert_int_equal(topic_after(chat, 0), 0);
    }
    topics_clear(&t);
}

/* The last listener moves to the index of the removed one, and its stream must be updated. */
static void the_last_listener_fills_the_gap(void **state)
{
    char streams[5];
    struct topics t;
    struct topic *chat;
    struct listener moved;

    (void)state;
    topics_init(&t, &key);
    chat = topics_get(&t, SLICE("chat"));
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(topic_listen(chat, (struct stream *)(void *)&streams[i], 10 + i), i);
    moved = topic_unlisten(chat, 1);
    assert_ptr_equal(moved.stream, &streams[4]);
    assert_int_equal(moved.slot, 14);
    assert_ptr_equal(chat->listeners[1].stream, &streams[4]);
    assert_int_equal(chat->listener_count, 4);
    moved = topic_unlisten(chat, 3); /* the last one: nothing moves */
    assert_null(moved.stream);
    assert_int_equal(chat->listener_count, 3);
    assert_ptr_equal(chat->listeners[0].stream, &streams[0]);
    assert_ptr_equal(chat->listeners[2].stream, &streams[2]);
    for (unsigned i = 0; i < 3; i++)
        (void)topic_unlisten(chat, 0);
    assert_int_equal(chat->listener_count, 0);
    assert_null(chat->listeners);
    assert_int_equal(topic_listen(chat, (struct stream *)(void *)&streams[0], 0), 0);
    topics_clear(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_again_until_released),
        cmocka_unit_test(stays_while_it_is_used),
        cmocka_unit_test(many_topics),
        cmocka_unit_test(offsets_in_a_ring),
        cmocka_unit_test(the_last_listener_fills_the_gap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
