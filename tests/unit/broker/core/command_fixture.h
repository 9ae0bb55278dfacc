/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_TESTS_UNIT_BROKER_CORE_COMMAND_FIXTURE_H
#define BELFRY_TESTS_UNIT_BROKER_CORE_COMMAND_FIXTURE_H

/* Two edges, "one" and "two", and an operator who sends commands. */

#include "tests/unit/broker/core/broker_fixture.h"

static const struct control_peer edge_1 = {2, {'e', '1'}};
static const struct control_peer edge_2 = {2, {'e', '2'}};

static inline void command(struct fixture *f, const char *name, const char *const *texts,
                           size_t count)
{
    struct slice arguments[12];
    struct wire_frame frame = {.type = WIRE_COMMAND};

    for (size_t i = 0; i < count; i++)
        arguments[i] = slice_str(texts[i]);
    f->answer_count = 0;
    frame.command = (struct wire_command){47, slice_str(name), arguments, count};
    fixture_receive(f, &fixture_peer, &frame);
}

#define COMMAND(f, name, ...)                                                                      \
    command((f), (name), (const char *const[]){__VA_ARGS__},                                       \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* Checks answer number `i` since the command: a reply to its sender. */
static inline void assert_reply(const struct fixture *f, size_t i, enum err code)
{
    assert_true(i < f->answer_count);
    assert_int_equal(f->answers[i].type, WIRE_REPLY);
    assert_memory_equal(f->answer_peers[i].bytes, "peer", 4);
    assert_int_equal(f->answers[i].reply.request, 47);
    assert_int_equal(f->answers[i].reply.code, code);
}

static inline void assert_says(const struct fixture *f, enum err code, const char *text)
{
    assert_int_equal(f->answer_count, 1);
    assert_reply(f, 0, code);
    if (code == OK)
        assert_string_equal(f->answer_text, text);
    else if (strstr(f->answer_text, text) == NULL)
        fail_msg("no \"%s\" in: %s", text, f->answer_text);
}

static inline void hello(struct fixture *f, const struct control_peer *peer, uint64_t incarnation,
                         const char *name)
{
    struct wire_frame h = {.type = WIRE_HELLO};

    h.hello.incarnation = incarnation;
    h.hello.name = slice_str(name);
    fixture_receive(f, peer, &h);
    f->answer_count = 0;
}

static inline struct fixture *settled(void)
{
    struct fixture *f = fixture_running(100);

    hello(f, &edge_1, 1, "one");
    hello(f, &edge_2, 2, "two");
    return f;
}

#endif
