/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "broker/core/awaited_replies.h"
#include "tests/unit/broker/core/broker_fixture.h"

/* Commands that the broker hands on to an edge, and those by which operators change something (broker/core/forward_command.c). */

static const struct control_peer edge_1 = {2, {'e', '1'}};
static const struct control_peer edge_2 = {2, {'e', '2'}};

static void command(struct fixture *f, const char *name, const char *const *texts, size_t count)
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

/* Answer number `i` since the command: a reply to who gave it. */
static void assert_reply(const struct fixture *f, size_t i, enum err code)
{
    assert_true(i < f->answer_count);
    assert_int_equal(f->answers[i].type, WIRE_REPLY);
    assert_memory_equal(f->answer_peers[i].bytes, "peer", 4);
    assert_int_equal(f->answers[i].reply.request, 47);
    assert_int_equal(f->answers[i].reply.code, code);
}

static void assert_says(const struct fixture *f, enum err code, const char *text)
{
    assert_int_equal(f->answer_count, 1);
    assert_reply(f, 0, code);
    assert_string_equal(f->answer_text, text);
}

static void hello(struct fixture *f, const struct control_peer *peer, uint64_t incarnation,
                  const char *name)
{
    struct wire_frame h = {.type = WIRE_HELLO};

    h.hello.incarnation = incarnation;
    h.hello.name = slice_str(name);
    fixture_receive(f, peer, &h);
    f->answer_count = 0;
}

static struct fixture *settled(void)
{
    struct fixture *f = fixture_running(100);

    hello(f, &edge_1, 1, "one");
    hello(f, &edge_2, 2, "two");
    return f;
}

static void answers(struct fixture *f, uint64_t request, enum err code, const char *text)
{
    struct wire_frame r = {.type = WIRE_REPLY};

    f->answer_count = 0;
    r.reply = (struct wire_reply){request, code, slice_str(text)};
    fixture_receive(f, &edge_2, &r);
}

/* ---- for edges ---- */

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

/* ---- trimming ---- */

static void trimmed(struct fixture *f, enum err result, uint64_t oldest)
{
    f->answer_count = 0;
    if (result == OK && !f->trim.look)
        f->journal.oldest = oldest;
    f->journal.head = 100;
    f->journal.records = 101 - f->journal.oldest;
    broker_trimmed(f->b, f->now, result, oldest, &f->journal);
    fixture_drain(f);
}

static void a_trim(void **state)
{
    struct fixture *f = settled();
    unsigned beacons;

    (void)state;
    COMMAND(f, "trim", "k3f9x2-41", "", "");
    assert_int_equal(f->answer_count, 0);
    assert_int_equal(f->trims, 1);
    assert_int_equal(f->trim.before, 41);
    assert_int_equal(f->trim.before_ms, 0);
    assert_false(f->trim.look);
    assert_false(broker_idle(f->b));
    COMMAND(f, "trim", "42", "", "");
    assert_says(f, ERR_BUSY, "another trim is under way");
    beacons = f->beacons;
    trimmed(f, OK, 41);
    assert_true(broker_idle(f->b));
    assert_int_equal(f->answer_count, 3);
    assert_reply(f, 0, OK);
    /* The edges forget it too, and the next beacon says where the log begins. */
    assert_int_equal(f->answers[1].type, WIRE_COMMAND);
    assert_memory_equal(f->answer_peers[1].bytes, "e1", 2);
    assert_memory_equal(f->answer_peers[2].bytes, "e2", 2);
    assert_string_equal(f->answer_text, "trim k3f9x2-41");
    fixture_tick(f, 1);
    assert_int_equal(f->beacons, beacons + 1);
    assert_int_equal(f->beacon.oldest, 41);
    fixture_close(f);
}

static void a_look(void **state)
{
    struct fixture *f = settled();

    (void)state;
    COMMAND(f, "trim", "", "3600000", "look");
    assert_int_equal(f->trims, 1);
    assert_int_equal(f->trim.before, 0);
    assert_int_equal(f->trim.before_ms, f->unix_ms - 3600000);
    assert_true(f->trim.look);
    trimmed(f, OK, 31);
    assert_says(f, OK, "{\"oldest\":\"k3f9x2-31\",\"removed\":30,\"left\":70}");
    COMMAND(f, "trim", "7", "", "");
    trimmed(f, OK, 7);
    assert_int_equal(f->answer_count, 3);
    COMMAND(f, "trim", "", "99999999999999", ""); /* before there was time */
    assert_int_equal(f->trim.before_ms, 0);
    trimmed(f, OK, 7);
    assert_reply(f, 0, OK);
    fixture_close(f);
}

static void trims_that_fail(void **state)
{
    static const char *const bad[][3] = {{"x", "", ""}, {"", "-1", ""}, {"zzzzzz-4", "", ""}};
    struct fixture *f = settled();

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        command(f, "trim", bad[i], 3);
        assert_reply(f, 0, ERR_INVALID);
    }
    COMMAND(f, "trim", "5", "");
    assert_says(f, ERR_INVALID, "the command's arguments are wrong");
    assert_int_equal(f->trims, 0);
    COMMAND(f, "trim", "999", "", "");
    trimmed(f, ERR_UNKNOWN, 0);
    assert_says(f, ERR_UNKNOWN, "before: beyond the end of the log");
    COMMAND(f, "trim", "5", "", "");
    trimmed(f, ERR_IO, 0);
    assert_says(f, ERR_IO, "input/output error");
    COMMAND(f, "trim", "5", "", ""); /* the way is free again */
    trimmed(f, OK, 5);
    assert_reply(f, 0, OK);
    broker_stop(f->b);
    COMMAND(f, "trim", "6", "", "");
    assert_says(f, ERR_BUSY, "the broker is stopping");
    fixture_close(f);
}

/* One that is out when the broker ends is not waited for by who frees it. */
static void a_trim_that_is_out_at_the_end(void **state)
{
    struct fixture *f = settled();

    (void)state;
    COMMAND(f, "trim", "5", "", "");
    fixture_close(f);
}

/* ---- the log that operators read ---- */

static void log_levels(void **state)
{
    struct fixture *f = settled();

    (void)state;
    command(f, "log-level", NULL, 0);
    assert_says(f, OK, "{\"level\":\"info\",\"before\":\"info\"}");
    assert_int_equal(f->log_levels, 0);
    COMMAND(f, "log-level", "debug");
    assert_says(f, OK, "{\"level\":\"debug\",\"before\":\"info\"}");
    assert_int_equal(f->log_levels, 1);
    assert_int_equal(f->log_level, LOG_DEBUG);
    COMMAND(f, "log-level", "debug");
    assert_int_equal(f->log_levels, 1);
    COMMAND(f, "log-level", "loud");
    assert_says(f, ERR_INVALID, "level: must be debug|info|warn|error");
    COMMAND(f, "log-level", "info", "info");
    assert_reply(f, 0, ERR_INVALID);
    assert_int_equal(f->log_levels, 1);
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
        cmocka_unit_test(a_trim),
        cmocka_unit_test(a_look),
        cmocka_unit_test(trims_that_fail),
        cmocka_unit_test(a_trim_that_is_out_at_the_end),
        cmocka_unit_test(log_levels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
