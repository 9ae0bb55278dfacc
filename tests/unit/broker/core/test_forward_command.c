/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/awaited_replies.h"
#include "tests/unit/broker/core/command_fixture.h"

static void answers(struct fixture *f, uint64_t request, enum err code, const char *text)
{
    struct wire_frame r = {.type = WIRE_REPLY};

    f->answer_count = 0;
    r.reply = (struct wire_reply){request, code, slice_str(text)};
    fixture_receive(f, &edge_2, &r);
}

/* Checks the command that the edge got, and returns its number. */
static uint64_t assert_asked(const struct fixture *f, const char *text)
{
    assert_int_equal(f->answer_count, 1);
    assert_int_equal(f->answers[0].type, WIRE_COMMAND);
    assert_memory_equal(f->answer_peers[0].bytes, "e2", 2);
    assert_string_equal(f->answer_text, text);
    return f->answers[0].command.request;
}

static void forwards_commands_and_replies(void **state)
{
    struct fixture *f = settled();
    uint64_t number;

    (void)state;
    COMMAND(f, "edge", "two", "clients", "room", "0", "100");
    number = assert_asked(f, "clients room 0 100");
    answers(f, number, OK, "{\"clients\":[]}");
    assert_says(f, OK, "{\"clients\":[]}");
    answers(f, number, OK, "twice");
    assert_int_equal(f->answer_count, 0);
    COMMAND(f, "edge", "0000000000000002", "drain");
    number = assert_asked(f, "drain");
    answers(f, number, ERR_CLOSED, "the edge is ending");
    assert_says(f, ERR_CLOSED, "the edge is ending");
    COMMAND(f, "edge", "two", "a", "1", "2", "3", "4", "5", "6");
    (void)assert_asked(f, "a 1 2 3 4 5 6");
    COMMAND(f, "edge", "two", "a", "1", "2", "3", "4", "5", "6", "7");
    assert_says(f, ERR_INVALID, "wrong arguments");
    COMMAND(f, "edge", "two");
    assert_says(f, ERR_INVALID, "wrong arguments");
    fixture_close(f);
}

static void an_older_edge(void **state)
{
    struct fixture *f = settled();

    (void)state;
    COMMAND(f, "edge", "two", "clients");
    answers(f, assert_asked(f, "clients"), ERR_NOT_FOUND, "no such command");
    assert_says(f, ERR_NOT_FOUND, "another version");
    fixture_close(f);
}

static void an_edge_that_does_not_answer(void **state)
{
    struct fixture *f = settled();
    uint64_t number;

    (void)state;
    COMMAND(f, "edge", "two", "clients");
    number = assert_asked(f, "clients");
    f->answer_count = 0;
    for (unsigned ms = 0; ms < AWAITED_REPLY_OPERATOR_MS; ms += 100) {
        assert_int_equal(f->answer_count, 0);
        fixture_tick(f, 100);
    }
    for (unsigned ms = 0; ms < 300 && f->answer_count == 0; ms += 100)
        fixture_tick(f, 100);
    assert_says(f, ERR_TIMEOUT, "two does not answer");
    answers(f, number, OK, "too late");
    assert_int_equal(f->answer_count, 0);
    fixture_close(f);
}

static void an_unknown_edge(void **state)
{
    struct fixture *f = fixture_running(100);

    (void)state;
    COMMAND(f, "edge", "two", "drain");
    assert_says(f, ERR_NOT_FOUND, "no edge \"two\"");
    hello(f, &edge_1, 1, "one");
    hello(f, &edge_2, 2, "two");
    COMMAND(f, "edge", "three", "drain");
    assert_says(f, ERR_NOT_FOUND, "one, two");
    for (uint64_t i = 3; i < 40; i++)
        hello(f, &edge_2, i, "a long name, that is");
    COMMAND(f, "edge", "three", "drain");
    assert_reply(f, 0, ERR_NOT_FOUND);
    assert_true(strlen(f->answer_text) < 170);
    assert_non_null(strstr(f->answer_text, "one, two"));
    COMMAND(f, "edge", "a long name, that is", "drain");
    assert_reply(f, 0, ERR_INVALID);
    assert_non_null(strstr(f->answer_text, "several edges"));
    fixture_tick(f, 6000); /* all have disappeared */
    COMMAND(f, "edge", "two", "drain");
    assert_says(f, ERR_NOT_FOUND, "no edge \"two\"");
    fixture_close(f);
}

static void a_limit_of_awaited_replies(void **state)
{
    struct fixture *f = settled();

    (void)state;
    for (unsigned i = 0; i < AWAITED_REPLIES_MAX; i++)
        COMMAND(f, "edge", "two", "clients");
    (void)assert_asked(f, "clients");
    COMMAND(f, "edge", "two", "clients");
    assert_says(f, ERR_UNAVAILABLE, "too many commands");
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forwards_commands_and_replies), cmocka_unit_test(an_older_edge),
        cmocka_unit_test(an_edge_that_does_not_answer),  cmocka_unit_test(an_unknown_edge),
        cmocka_unit_test(a_limit_of_awaited_replies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
