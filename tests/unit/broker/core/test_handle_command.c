/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/unit/broker/core/broker_fixture.h"

static const struct control_peer edge_1 = {2, {'e', '1'}};
static const struct control_peer edge_2 = {2, {'e', '2'}};

static void command(struct fixture *f, const char *name, const struct slice *arguments,
                    size_t count)
{
    struct wire_frame frame = {.type = WIRE_COMMAND};

    f->answer_count = 0;
    frame.command = (struct wire_command){47, slice_str(name), arguments, count};
    fixture_receive(f, &fixture_peer, &frame);
}

/* Checks the answer to the last command; `text` is NULL when it does not matter. */
static void assert_reply(const struct fixture *f, enum err code, const char *text)
{
    assert_int_equal(f->answer_count, 1);
    assert_int_equal(f->answers[0].type, WIRE_REPLY);
    assert_memory_equal(f->answer_peers[0].bytes, "peer", 4);
    assert_int_equal(f->answers[0].reply.request, 47);
    assert_int_equal(f->answers[0].reply.code, code);
    if (text != NULL)
        assert_string_equal(f->answer_text, text);
    else
        assert_true(strlen(f->answer_text) > 0);
}

static void hello(struct fixture *f, const struct control_peer *peer, uint64_t incarnation)
{
    struct wire_frame h = {.type = WIRE_HELLO};

    h.hello.incarnation = incarnation;
    fixture_receive(f, peer, &h);
    f->answer_count = 0;
}

static void ping(struct fixture *f, const struct control_peer *peer, uint64_t incarnation)
{
    struct wire_frame p = {.type = WIRE_PING};

    p.ping.incarnation = incarnation;
    fixture_receive(f, peer, &p);
}

static void members(struct fixture *f, const struct control_peer *peer, uint64_t serial, bool all,
                    const char *member, uint64_t count)
{
    struct wire_member one = {.topic = SLICE("room"), .member = slice_str(member), .count = count};
    struct wire_frame m = {.type = WIRE_MEMBERS};

    m.members = (struct wire_members){peer == &edge_1 ? 1 : 2, serial, all, &one, 1};
    if (*member == '\0')
        m.members.count = 0;
    f->answer_count = 0;
    fixture_receive(f, peer, &m);
}

static void assert_present(struct fixture *f, const char *expected)
{
    const struct slice room[] = {SLICE_INIT("room")};

    command(f, "presence", room, 1);
    assert_reply(f, OK, expected);
}

#define NOBODY "{\"topic\":\"room\",\"count\":0,\"members\":[],\"more\":false}"
#define ANN "{\"topic\":\"room\",\"count\":1,\"members\":[{\"member\":\"ann\"}],\"more\":false}"

/* Returns a broker that has run for longer than the grace period. */
static struct fixture *settled(void)
{
    struct fixture *f = fixture_running(100);

    fixture_tick(f, 6000);
    hello(f, &edge_1, 1);
    hello(f, &edge_2, 2);
    return f;
}

static void presence(void **state)
{
    struct fixture *f = settled();
    const struct slice bad[] = {SLICE_INIT("*"), SLICE_INIT("room"), SLICE_INIT(""),
                                SLICE_INIT("1"), SLICE_INIT("1")};

    (void)state;
    assert_present(f, NOBODY);
    members(f, &edge_1, 1, true, "ann", 1);
    assert_int_equal(f->answer_count, 0);
    fixture_presence_says(f, "+room ann - 1\n");
    members(f, &edge_2, 1, true, "ann", 2);
    assert_present(f, ANN);
    members(f, &edge_1, 2, false, "ann", 0);
    for (unsigned i = 0; i < 20; i++) {
        ping(f, &edge_1, 1);
        ping(f, &edge_2, 2);
        fixture_tick(f, 1000);
    }
    assert_present(f, ANN);
    fixture_presence_says(f, "");
    command(f, "presence", bad, 1);
    assert_reply(f, ERR_INVALID, NULL);
    command(f, "presence", bad + 1, 4);
    assert_reply(f, ERR_INVALID, NULL);
    command(f, "presence", NULL, 0);
    assert_reply(f, ERR_INVALID, NULL);
    fixture_close(f);
}

#define ANN_SUBSCRIBER "urn:uuid:7128e433-0936-8edf-a2a9-a323f6dcd748"
#define ANN_LISTED                                                                                 \
    "\"subscriptions\":[{\"selector\":\"room\",\"subscriber\":\"" ANN_SUBSCRIBER                   \
    "\"}],\"more\":false}"

static void subscriptions(void **state)
{
    const struct slice empty = {NULL, 0};
    struct slice arguments[] = {empty, empty, empty, SLICE_INIT("10"), empty};
    struct fixture *f = settled();

    (void)state;
    command(f, "subscriptions", arguments, 4);
    assert_reply(f, OK, "{\"version\":\"3.0\",\"subscriptions\":[],\"more\":false}");
    members(f, &edge_1, 1, true, "ann", 1);
    command(f, "subscriptions", arguments, 4);
    assert_reply(f, OK, "{\"version\":\"3.1\"," ANN_LISTED);
    arguments[0] = SLICE("room");
    command(f, "subscriptions", arguments, 4);
    assert_reply(f, OK, "{\"version\":\"3.1\"," ANN_LISTED);
    arguments[1] = SLICE(ANN_SUBSCRIBER);
    command(f, "subscriptions", arguments, 4);
    assert_reply(f, OK, "{\"version\":\"3.1\"," ANN_LISTED);
    arguments[1] = SLICE("ann");
    command(f, "subscriptions", arguments, 4);
    assert_reply(f, ERR_NOT_FOUND, "no such subscription");
    arguments[0] = empty; /* a subscriber without a selector */
    command(f, "subscriptions", arguments, 4);
    assert_reply(f, ERR_INVALID, NULL);
    arguments[1] = empty;
    arguments[0] = SLICE("\x02");
    command(f, "subscriptions", arguments, 4);
    assert_reply(f, ERR_INVALID, NULL);
    arguments[0] = empty;
    command(f, "subscriptions", arguments, 3);
    assert_reply(f, ERR_INVALID, NULL);
    command(f, "subscriptions", arguments, 5);
    assert_reply(f, ERR_INVALID, NULL);
    fixture_close(f);
}

static void pages(void **state)
{
    struct slice presence_of[] = {SLICE_INIT("room"), SLICE_INIT(""), SLICE_INIT("1")};
    struct slice all[] = {SLICE_INIT(""), SLICE_INIT(""), SLICE_INIT(""), SLICE_INIT("1")};
    struct fixture *f = settled();

    (void)state;
    members(f, &edge_1, 1, true, "ann", 1);
    members(f, &edge_1, 2, false, "bob", 1);
    command(f, "presence", presence_of, 3);
    assert_reply(f, OK,
                 "{\"topic\":\"room\",\"count\":2,\"members\":[{\"member\":\"ann\"}],\"more\":true,"
                 "\"next\":\"3-1\"}");
    presence_of[1] = all[2] = SLICE("3-1");
    command(f, "presence", presence_of, 3);
    assert_reply(
        f, OK,
        "{\"topic\":\"room\",\"count\":2,\"members\":[{\"member\":\"bob\"}],\"more\":false}");
    command(f, "subscriptions", all, 4);
    assert_reply(f, OK, NULL);
    presence_of[1] = all[2] = SLICE("2-1"); /* of another term */
    command(f, "presence", presence_of, 3);
    assert_reply(f, ERR_UNKNOWN, NULL);
    command(f, "subscriptions", all, 4);
    assert_reply(f, ERR_UNKNOWN, NULL);
    presence_of[1] = all[2] = SLICE("x");
    command(f, "presence", presence_of, 3);
    assert_reply(f, ERR_INVALID, NULL);
    command(f, "subscriptions", all, 4);
    assert_reply(f, ERR_INVALID, NULL);
    presence_of[1] = SLICE("");
    presence_of[2] = SLICE("0");
    command(f, "presence", presence_of, 3);
    assert_reply(f, ERR_INVALID, "limit: must be a number from 1 to 1000");
    presence_of[2] = SLICE("1001");
    command(f, "presence", presence_of, 3);
    assert_reply(f, ERR_INVALID, NULL);
    fixture_close(f);
}

/* Any selector may have members. A topic that looks like a template is not the template. */
static void members_of_selectors(void **state)
{
    struct wire_member said[] = {
        {.topic = SLICE("{x}"), .member = SLICE("ann"), .count = 1},
        {.topic = SLICE("\x01{x}"), .member = SLICE("bob"), .count = 1},
        {.topic = SLICE("*"), .member = SLICE("eve"), .count = 1},
    };
    const struct slice topic[] = {SLICE_INIT("{x}")};
    struct wire_frame m = {.type = WIRE_MEMBERS};
    struct fixture *f = settled();

    (void)state;
    m.members = (struct wire_members){1, 1, 1, said, 3};
    fixture_receive(f, &edge_1, &m);
    fixture_presence_says(f, "+{x} ann - 1\n+\x01{x} bob - 1\n+* eve - 1\n");
    command(f, "presence", topic, 1);
    assert_reply(
        f, OK, "{\"topic\":\"{x}\",\"count\":1,\"members\":[{\"member\":\"bob\"}],\"more\":false}");
    fixture_close(f);
}

/* The members that are listed right after a broker's start were there before. */
static void members_at_the_start_are_not_announced(void **state)
{
    struct fixture *f = fixture_running(100);

    (void)state;
    hello(f, &edge_1, 1);
    members(f, &edge_1, 1, true, "ann", 1);
    fixture_presence_says(f, "");
    assert_present(f, ANN);
    fixture_close(f);
}

static void a_missing_frame(void **state)
{
    struct fixture *f = settled();

    (void)state;
    members(f, &edge_1, 1, true, "ann", 1);
    members(f, &edge_1, 2, false, "bob", 1);
    assert_int_equal(f->answer_count, 0);
    members(f, &edge_1, 4, false, "eve", 1);
    assert_int_equal(f->answer_count, 1);
    assert_int_equal(f->answers[0].type, WIRE_COMMAND);
    assert_memory_equal(f->answer_peers[0].bytes, "e1", 2);
    assert_string_equal(f->answer_text, "members");
    fixture_presence_says(f, "+room ann - 1\n+room bob - 2\n+room eve - 3\n");
    members(f, &edge_1, 5, true, "eve", 1); /* the only member left */
    assert_int_equal(f->answer_count, 0);
    fixture_presence_says(f, "");
    for (unsigned i = 0; i < 6; i++) {
        ping(f, &edge_1, 1);
        fixture_tick(f, 1000);
    }
    fixture_presence_says(f, "-room ann - 2\n-room bob - 1\n");
    fixture_close(f);
}

static void an_edge_that_died(void **state)
{
    struct fixture *f = settled();
    uint64_t silent;

    (void)state;
    members(f, &edge_1, 1, true, "ann", 1);
    fixture_presence_says(f, "+room ann - 1\n");
    silent = f->now;
    while (f->presence[0] == '\0' && f->now < silent + 10000)
        fixture_tick(f, 50);
    fixture_presence_says(f, "-room ann - 0\n");
    assert_true(f->now - silent <= 6000);
    assert_present(f, NOBODY);
    fixture_close(f);
}

/* The edge was only silent, and its members did not change, so it is asked for the list. */
static void an_edge_that_comes_back(void **state)
{
    struct fixture *f = settled();

    (void)state;
    members(f, &edge_1, 1, true, "ann", 1);
    fixture_tick(f, 6000);
    fixture_presence_says(f, "+room ann - 1\n-room ann - 0\n");
    f->answer_count = 0;
    ping(f, &edge_1, 1);
    assert_int_equal(f->answer_count, 1);
    assert_string_equal(f->answer_text, "members");
    assert_memory_equal(f->answer_peers[0].bytes, "e1", 2);
    members(f, &edge_1, 2, true, "ann", 1);
    ping(f, &edge_1, 1);
    assert_int_equal(f->answer_count, 0);
    assert_present(f, ANN);
    fixture_close(f);
}

static void invalid_members(void **state)
{
    struct fixture *f = settled();
    struct wire_member bad[] = {
        {.topic = SLICE("a\nb"), .member = SLICE("ann"), .count = 1},
        {.topic = SLICE("room"), .member = SLICE(""), .count = 1},
        {.topic = SLICE("room"), .member = SLICE("bob"), .count = 1},
    };
    struct wire_frame m = {.type = WIRE_MEMBERS};

    (void)state;
    m.members = (struct wire_members){1, 1, 1, bad, 3};
    fixture_receive(f, &edge_1, &m);
    fixture_presence_says(f, "+room bob - 1\n");
    command(f, "stats", NULL, 0);
    assert_non_null(strstr(f->answer_text, "\"malformed\":2"));
    fixture_close(f);
}

static void topics(void **state)
{
    struct fixture *f = fixture_running(100);
    struct slice arguments[] = {SLICE_INIT("b"), SLICE_INIT("2"), SLICE_INIT("x")};
    static const char *const bad[] = {"0", "1001", "-1", "x", ""};
    struct broker_read *read;

    (void)state;
    command(f, "topics", arguments, 2);
    assert_int_equal(f->read_count, 1);
    assert_false(broker_idle(f->b));
    read = f->reads[0];
    assert_int_equal(read->type, BROKER_READ_TOPICS);
    assert_true(slice_equal(read->name, SLICE("b")));
    assert_int_equal(read->count, 2);
    read->topics[0] = (struct journal_topic){SLICE("c\"d"), 3, 99};
    read->topics[1] = (struct journal_topic){SLICE("e"), 1, 7};
    read->topic_count = 2;
    broker_read_done(f->b, f->now, read);
    fixture_drain(f);
    assert_reply(f, OK,
                 "{\"topics\":[{\"topic\":\"c\\\"d\",\"records\":3,\"last\":\"k3f9x2-99\"},"
                 "{\"topic\":\"e\",\"records\":1,\"last\":\"k3f9x2-7\"}],\"more\":true}");
    assert_true(broker_idle(f->b));
    command(f, "topics", arguments, 1);
    assert_int_equal(f->reads[1]->count, 1000);
    broker_read_done(f->b, f->now, f->reads[1]);
    fixture_drain(f);
    assert_reply(f, OK, "{\"topics\":[],\"more\":false}");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        arguments[1] = slice_str(bad[i]);
        command(f, "topics", arguments, 2);
        assert_reply(f, ERR_INVALID, NULL);
    }
    command(f, "topics", NULL, 0);
    assert_reply(f, ERR_INVALID, NULL);
    assert_int_equal(f->read_count, 2);
    fixture_close(f);
}

static void find(void **state)
{
    struct fixture *f = fixture_open();
    const struct slice id[] = {SLICE_INIT("order-17")};

    (void)state;
    f->config.reads = 1;
    fixture_start(f);
    command(f, "find", id, 1);
    assert_int_equal(f->read_count, 1);
    assert_int_equal(f->reads[0]->type, BROKER_READ_FIND);
    assert_true(slice_equal(f->reads[0]->name, id[0]));
    command(f, "find", id, 1);
    assert_reply(f, ERR_UNAVAILABLE, NULL);
    f->answer_count = 0;
    f->reads[0]->found = 42;
    broker_read_done(f->b, f->now, f->reads[0]);
    fixture_drain(f);
    assert_reply(f, OK, "{\"offset\":42}");
    command(f, "find", id, 1);
    f->reads[1]->result = ERR_IO;
    broker_read_done(f->b, f->now, f->reads[1]);
    fixture_drain(f);
    assert_reply(f, ERR_IO, "input/output error");
    command(f, "find", NULL, 0);
    assert_reply(f, ERR_INVALID, NULL);
    command(f, "frobnicate", id, 1);
    assert_reply(f, ERR_NOT_FOUND, "no such command");
    fixture_close(f);
}

static const struct slice change[] = {SLICE_INIT("0000000000000002-5"), SLICE_INIT("{}"),
                                      SLICE_INIT("token")};

static void reply(struct fixture *f, uint64_t request, enum err code, const char *text)
{
    struct wire_frame r = {.type = WIRE_REPLY};

    f->answer_count = 0;
    r.reply = (struct wire_reply){request, code, slice_str(text)};
    fixture_receive(f, &edge_2, &r);
}

static void a_session_of_another_edge(void **state)
{
    struct fixture *f = settled();
    uint64_t number;

    (void)state;
    command(f, "session", change, 3);
    assert_int_equal(f->answer_count, 1);
    assert_int_equal(f->answers[0].type, WIRE_COMMAND);
    assert_memory_equal(f->answer_peers[0].bytes, "e2", 2);
    assert_string_equal(f->answer_text, "session 0000000000000002-5 {} token");
    number = f->answers[0].command.request;
    reply(f, number + 1, OK, "nobody asked");
    assert_int_equal(f->answer_count, 0);
    reply(f, number, ERR_DENIED, "the token does not grant it");
    assert_reply(f, ERR_DENIED, "the token does not grant it");
    reply(f, number, OK, "twice");
    assert_int_equal(f->answer_count, 0);
    command(f, "session", change, 3);
    number = f->answers[0].command.request;
    for (unsigned i = 0; i < 12; i++) {
        fixture_tick(f, 500);
        ping(f, &edge_2, 2);
    }
    reply(f, number, OK, "too late");
    assert_int_equal(f->answer_count, 0);
    fixture_close(f);
}

static void an_unknown_session(void **state)
{
    struct slice arguments[] = {SLICE_INIT("0000000000000009-5"), SLICE_INIT("{}"), SLICE_INIT("")};
    struct fixture *f = settled();

    (void)state;
    command(f, "session", arguments, 3);
    assert_reply(f, ERR_NOT_FOUND, NULL);
    arguments[0] = SLICE("made up");
    command(f, "session", arguments, 3);
    assert_reply(f, ERR_NOT_FOUND, NULL);
    command(f, "session", change, 2);
    assert_reply(f, ERR_NOT_FOUND, NULL);
    ping(f, &edge_1, 3); /* present, but without a hello its socket is unknown */
    arguments[0] = SLICE("0000000000000003-1");
    command(f, "session", arguments, 3);
    assert_reply(f, ERR_NOT_FOUND, NULL);
    fixture_tick(f, 6000); /* the edge has disappeared */
    command(f, "session", change, 3);
    assert_reply(f, ERR_NOT_FOUND, NULL);
    fixture_close(f);
}

/* A command beyond the maximum size. */
static void a_change_beyond_the_maximum_size(void **state)
{
    struct fixture *f = settled();
    char *large = calloc(1, 2u << 20);
    struct slice arguments[] = {change[0], slice_of(large, 2u << 20), SLICE_INIT("")};

    (void)state;
    assert_non_null(large);
    command(f, "session", arguments, 3);
    assert_reply(f, ERR_TOO_LARGE, NULL);
    free(large);
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presence),
        cmocka_unit_test(subscriptions),
        cmocka_unit_test(pages),
        cmocka_unit_test(members_of_selectors),
        cmocka_unit_test(members_at_the_start_are_not_announced),
        cmocka_unit_test(a_missing_frame),
        cmocka_unit_test(an_edge_that_died),
        cmocka_unit_test(an_edge_that_comes_back),
        cmocka_unit_test(invalid_members),
        cmocka_unit_test(topics),
        cmocka_unit_test(find),
        cmocka_unit_test(a_session_of_another_edge),
        cmocka_unit_test(an_unknown_session),
        cmocka_unit_test(a_change_beyond_the_maximum_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
