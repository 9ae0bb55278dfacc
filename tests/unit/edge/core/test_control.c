/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/unit/edge/core/edge_fixture.h"

/* Queries to the broker for HTTP requests, and commands from other edges and operators
 * (edge/core/control.c). */

static char q1[] = "q1"; /* requests: see fixture_print_reply() */
static char q2[] = "q2";
static const struct slice ab[] = {SLICE_INIT("a"), SLICE_INIT("b")};

static enum err ask(struct fixture *f, const char *command, size_t count, void *request)
{
    enum err err = edge_query(f->e, f->now, slice_str(command), ab, count, request);

    fixture_drain(f);
    return err;
}

static enum err history(struct fixture *f, uint64_t after, uint64_t before, uint32_t limit,
                        void *request)
{
    const struct history spec = {
        .selectors = ab, .selector_count = 1, .after = after, .before = before, .limit = limit};
    enum err err = edge_history(f->e, f->now, &spec, request);

    fixture_drain(f);
    return err;
}

static void reply(struct fixture *f, uint64_t request, enum err code, const char *text)
{
    struct wire_frame r = {.type = WIRE_REPLY};

    r.reply = (struct wire_reply){request, code, slice_str(text)};
    fixture_receive(f, &r);
}

/* Answers the pending LATEST: the page begins after `next`. */
static void place(struct fixture *f, enum err code, uint64_t next)
{
    struct wire_frame r = {.type = WIRE_RECORDS};

    r.records.request = fixture_last(f, WIRE_LATEST)->latest.request;
    r.records.code = code;
    r.records.epoch = f->epoch;
    r.records.next = next;
    r.records.oldest = f->oldest;
    r.records.head = f->head;
    fixture_receive(f, &r);
}

static void commands(void **state)
{
    struct fixture *f = fixture_open();
    uint64_t first;
    uint64_t second;

    (void)state;
    fixture_start(f);
    assert_int_equal(ask(f, "stats", 0, q1), ERR_UNAVAILABLE); /* not connected to a broker yet */
    fixture_close(f);
    f = fixture_open();
    fixture_join(f, 0);
    assert_int_equal(ask(f, "stats", 0, q1), OK);
    first = fixture_last(f, WIRE_COMMAND)->command.request;
    assert_int_equal(ask(f, "topics", 2, q2), OK);
    second = fixture_last(f, WIRE_COMMAND)->command.request;
    assert_int_equal(fixture_count(f, WIRE_COMMAND), 2);
    assert_true(first != second && first != 0);
    fixture_transcript(f, "send stats\nsend topics a b\n");
    reply(f, second, ERR_INVALID, "wrong");
    reply(f, second, OK, "twice");
    reply(f, 999, OK, "to nothing");
    reply(f, first, OK, "{}");
    fixture_transcript(f, "q2 invalid argument: wrong\nq1 ok: {}\n");
    fixture_tick(f, 6000);
    fixture_transcript(f, "");
    fixture_close(f);
}

static void fails_without_a_reply_in_time(void **state)
{
    struct fixture *f = fixture_open();
    uint64_t first;

    (void)state;
    fixture_join(f, 0);
    assert_int_equal(ask(f, "stats", 0, q1), OK);
    first = fixture_last(f, WIRE_COMMAND)->command.request;
    fixture_tick(f, 100);
    assert_int_equal(history(f, 0, UINT64_MAX, 5, q2), OK);
    fixture_forget(f);
    fixture_tick(f, 4899);
    fixture_transcript(f, "");
    fixture_tick(f, 1);
    fixture_transcript(f, "q1 deadline passed:\x20\n");
    reply(f, first, OK, "too late");
    fixture_tick(f, 100);
    fixture_transcript(f, "q2 deadline passed:\n");
    assert_int_equal(ask(f, "stats", 0, q1), ERR_UNAVAILABLE); /* the broker is silent */
    fixture_close(f);
}

static void forgotten_requests(void **state)
{
    struct fixture *f = fixture_open();
    uint64_t first;

    (void)state;
    fixture_join(f, 0);
    assert_int_equal(ask(f, "stats", 0, q1), OK);
    first = fixture_last(f, WIRE_COMMAND)->command.request;
    assert_int_equal(ask(f, "stats", 0, q2), OK);
    fixture_forget(f);
    edge_forget(f->e, q1);
    reply(f, first, OK, "nobody waits");
    fixture_transcript(f, "");
    edge_forget(f->e, q1); /* has no effect the second time */
    fixture_tick(f, 6000);
    fixture_transcript(f, "q2 deadline passed:\x20\n");
    assert_int_equal(f->answered_count, 0);
    fixture_close(f);
}

static void too_many_requests(void **state)
{
    struct fixture *f = fixture_open();
    const struct history page = {.selectors = ab, .selector_count = 1, .limit = 5};
    unsigned taken = 0;

    (void)state;
    fixture_join(f, 0);
    while (edge_query(f->e, f->now, SLICE("stats"), NULL, 0, q1) == OK)
        assert_true(++taken < 100000);
    assert_true(taken >= 1000);
    assert_int_equal(edge_history(f->e, f->now, &page, q1), ERR_UNAVAILABLE);
    fixture_close(f); /* with all of them pending */
}

static void forward(void **state)
{
    struct fixture *f = fixture_open();
    const struct wire_frame *read;

    (void)state;
    fixture_join(f, 30);
    assert_int_equal(history(f, 10, UINT64_MAX, 3, q1), OK);
    read = fixture_last(f, WIRE_READ);
    assert_int_equal(read->read.after, 10);
    assert_int_equal(read->read.until, 30);
    assert_string_equal(f->selectors, "a");
    fixture_records(f, OK, 11, 30, 30); /* more than requested: the page ends after three */
    fixture_transcript(f, "q1 ok: 11 13 15 to 15 of 30\n");
    assert_int_equal(history(f, 25, 29, 100, q1), OK);
    assert_int_equal(fixture_last(f, WIRE_READ)->read.until, 28);
    fixture_records(f, OK, 26, 28, 28);
    fixture_transcript(f, "q1 ok: 27 to 28 of 30\n");
    f->oldest = 20;
    assert_int_equal(history(f, 3, UINT64_MAX, 100, q1), OK);
    fixture_records(f, ERR_EXPIRED, 20, 22, 22); /* the rest, as far as the broker read */
    fixture_transcript(f, "");
    /* It continues until the page is full or the log ends. */
    read = fixture_last(f, WIRE_READ);
    assert_int_equal(read->read.after, 22);
    assert_int_equal(read->read.until, 30);
    fixture_records(f, OK, 23, 26, 30);
    fixture_transcript(f, "q1 ok: 20 21 23 25 to 30 of 30\n");
    assert_int_equal(history(f, 30, UINT64_MAX, 100, q1), OK);
    fixture_records(f, OK, 1, 0, 30);
    fixture_transcript(f, "q1 ok: to 30 of 30\n");
    fixture_close(f);
}

static void backward(void **state)
{
    struct fixture *f = fixture_open();

    (void)state;
    fixture_join(f, 30);
    assert_int_equal(history(f, EDGE_BACKWARD, UINT64_MAX, 3, q1), OK);
    assert_int_equal(fixture_last(f, WIRE_LATEST)->latest.count, 3);
    assert_int_equal(fixture_last(f, WIRE_LATEST)->latest.until, 30);
    assert_string_equal(f->selectors, "a");
    assert_null(fixture_last(f, WIRE_READ));
    place(f, OK, 26);
    assert_int_equal(fixture_last(f, WIRE_READ)->read.after, 26);
    assert_int_equal(fixture_last(f, WIRE_READ)->read.until, 30);
    fixture_transcript(f, "");
    fixture_records(f, OK, 27, 30, 30);
    fixture_transcript(f, "q1 ok: 27 29 30 to 30 of 30\n");
    assert_int_equal(history(f, EDGE_BACKWARD, 27, 2, q1), OK); /* the previous page */
    assert_int_equal(fixture_last(f, WIRE_LATEST)->latest.until, 26);
    place(f, ERR_EXPIRED, 22);
    assert_int_equal(fixture_last(f, WIRE_READ)->read.until, 26);
    fixture_records(f, OK, 23, 26, 26);
    fixture_transcript(f, "q1 ok: 23 25 to 26 of 30\n");
    assert_int_equal(history(f, EDGE_BACKWARD, 0, 2, q1), OK);
    assert_int_equal(fixture_last(f, WIRE_LATEST)->latest.until, 0);
    fixture_close(f);
}

static void a_page_that_fails(void **state)
{
    struct fixture *f = fixture_open();
    struct slice many[3] = {ab[0], ab[1], SLICE_INIT("c")};
    const struct history wide = {.selectors = many, .selector_count = 3, .limit = 1};

    (void)state;
    f->config.stream_topics = 2;
    fixture_join(f, 30);
    assert_int_equal(edge_history(f->e, f->now, &wide, q1), ERR_TOO_MANY);
    assert_int_equal(history(f, EDGE_BACKWARD, UINT64_MAX, 3, q1), OK);
    place(f, ERR_IO, 0);
    fixture_transcript(f, "q1 not available now:\n");
    assert_int_equal(history(f, 99, UINT64_MAX, 3, q1), OK);
    fixture_records(f, ERR_UNKNOWN, 1, 0, 0);
    fixture_transcript(f, "q1 unknown position:\n");
    assert_int_equal(history(f, 3, UINT64_MAX, 3, q1), OK);
    memcpy(f->epoch.text, "zzzzzz", 7); /* not the edge's log */
    fixture_records(f, OK, 4, 9, 9);
    fixture_transcript(f, "q1 not available now:\n");
    fixture_close(f);
}

/* ---- commands to this edge ---- */

static void receive_command(struct fixture *f, uint64_t request, const char *command,
                            const struct slice *arguments, size_t count)
{
    struct wire_frame w = {.type = WIRE_COMMAND};

    w.command = (struct wire_command){request, slice_str(command), arguments, count};
    fixture_receive(f, &w);
}

static void session_commands(void **state)
{
    const struct slice arguments[] = {SLICE_INIT("0000000000000007-1"), SLICE_INIT("{\"add\":1}"),
                                      SLICE_INIT("")};
    struct fixture *f = fixture_open();

    (void)state;
    fixture_join(f, 0);
    receive_command(f, 5, "session", arguments, 3);
    fixture_transcript(f, "session 0000000000000007-1 {\"add\":1} \n");
    assert_int_equal(f->command_request, 5);
    edge_command_reply(f->e, f->command_request, ERR_DENIED, SLICE("not granted"));
    fixture_drain(f);
    fixture_transcript(f, "reply 5 not allowed: not granted\n");
    receive_command(f, 6, "session", arguments, 3);
    receive_command(f, 7, "session", arguments, 3);
    fixture_forget(f);
    edge_command_reply(f->e, 7, OK, SLICE("{}"));
    edge_command_reply(f->e, 6, OK, SLICE(""));
    fixture_drain(f);
    fixture_transcript(f, "reply 7 ok: {}\nreply 6 ok: \n");
    receive_command(f, 8, "session", arguments, 2);
    fixture_transcript(f, "reply 8 not found: no such command\n");
    receive_command(f, 9, "frobnicate", NULL, 0);
    fixture_transcript(f, "reply 9 not found: no such command\n");
    edge_command_reply(f->e, 10, OK, SLICE("unused"));
    fixture_close(f);
}

/* Operators' commands are carried out by the shell. */
static void commands_for_the_shell(void **state)
{
    const struct slice arguments[] = {SLICE_INIT("client"), SLICE_INIT("x"), SLICE_INIT(""),
                                      SLICE_INIT("7"), SLICE_INIT("too many")};
    struct fixture *f = fixture_open();
    char expected[64];

    (void)state;
    fixture_join(f, 0);
    receive_command(f, 5, "disconnect", arguments, 4);
    (void)snprintf(expected, sizeof expected, "command %d client x  7\n", (int)EDGE_DISCONNECT);
    fixture_transcript(f, expected);
    assert_int_equal(f->command_request, 5);
    receive_command(f, 6, "drain", NULL, 0);
    (void)snprintf(expected, sizeof expected, "command %d\n", (int)EDGE_DRAIN);
    fixture_transcript(f, expected);
    edge_command_reply(f->e, 6, OK, SLICE("{}"));
    fixture_drain(f);
    fixture_transcript(f, "reply 6 ok: {}\n");
    receive_command(f, 7, "clients", arguments, 5);
    fixture_transcript(f, "reply 7 invalid argument: wrong arguments for this command\n");
    receive_command(f, 8, "undrain", NULL, 0);
    receive_command(f, 9, "log-level", arguments, 1);
    fixture_close(f); /* with unanswered commands */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands),
        cmocka_unit_test(fails_without_a_reply_in_time),
        cmocka_unit_test(forgotten_requests),
        cmocka_unit_test(too_many_requests),
        cmocka_unit_test(forward),
        cmocka_unit_test(backward),
        cmocka_unit_test(session_commands),
        cmocka_unit_test(a_page_that_fails),
        cmocka_unit_test(commands_for_the_shell),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
