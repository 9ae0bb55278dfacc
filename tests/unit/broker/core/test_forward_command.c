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

/* The question that the edge was asked; returns its number. */
static uint64_t assert_asked(const struct fixture *f, const char *text)
{
    assert_int_equal(f->answer_count, 1);
    assert_int_equal(f->answers[0].type, WIRE_COMMAND);
    assert_memory_equal(f->answer_peers[0].bytes, "e2", 2);
    assert_string_equal(f->answer_text, text);
    return f->answers[0].command.request;
}

static void there_and_back(void **state)
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
    assert_says(f, ERR_INVALID, "the command's arguments are wrong");
    COMMAND(f, "edge", "two");
    assert_says(f, ERR_INVALID, "the command's arguments are wrong");
    fixture_close(f);
}

static void an_older_edge(void **state)
{
    struct fixture *f = settled();

    (void)state;
    COMMAND(f, "edge", "two", "clients");
    answers(f, assert_asked(f, "clients"), ERR_NOT_FOUND, "no such command");
    assert_says(f, ERR_NOT_FOUND, "two does not know the command: it is of another version");
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

static void an_edge_that_is_not_there(void **state)
{
    struct fixture *f = fixture_running(100);

    (void)state;
    COMMAND(f, "edge", "two", "drain");
    assert_says(f, ERR_NOT_FOUND, "no edge \"two\"; there is none");
    hello(f, &edge_1, 1, "one");
    hello(f, &edge_2, 2, "two");
    COMMAND(f, "edge", "three", "drain");
    assert_says(f, ERR_NOT_FOUND, "no edge \"three\"; there are: one, two");
    for (uint64_t i = 3; i < 40; i++)
        hello(f, &edge_2, i, "a long name, that is");
    COMMAND(f, "edge", "three", "drain");
    assert_reply(f, 0, ERR_NOT_FOUND);
    assert_true(strlen(f->answer_text) < 170);
    assert_non_null(strstr(f->answer_text, "one, two"));
    COMMAND(f, "edge", "a long name, that is", "drain");
    assert_reply(f, 0, ERR_INVALID);
    assert_non_null(strstr(f->answer_text, "several edges"));
    fixture_tick(f, 6000); /* all are gone */
    COMMAND(f, "edge", "two", "drain");
    assert_says(f, ERR_NOT_FOUND, "no edge \"two\"; there is none");
    fixture_close(f);
}

static void as_many_as_may_be(void **state)
{
    struct fixture *f = settled();

    (void)state;
    for (unsigned i = 0; i < AWAITED_REPLIES_MAX; i++)
        COMMAND(f, "edge", "two", "clients");
    (void)assert_asked(f, "clients");
    COMMAND(f, "edge", "two", "clients");
    assert_says(f, ERR_UNAVAILABLE, "too many questions");
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(an_older_edge),
        cmocka_unit_test(an_edge_that_does_not_answer),
        cmocka_unit_test(an_edge_that_is_not_there),
        cmocka_unit_test(as_many_as_may_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
