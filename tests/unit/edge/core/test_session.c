/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/unit/edge/core/edge_fixture.h"

#include "common/token/grants.h"

/* Streams with a session, a token or a member (edge/core/session.c). */

#define HELLO(number, head)                                                                        \
    "event: belfry.hello\ndata: {\"session\":\"0000000000000007-" #number                          \
    "\",\"epoch\":\"k3f9x2\",\"head\":\"k3f9x2-" #head "\"}\n\n"
#define SYNC(position) "event: belfry.sync\ndata: {\"position\":\"k3f9x2-" #position "\"}\n\n"
#define POSITION(at) "id: k3f9x2-" #at "\n\n"
#define RECORD(n) "id: k3f9x2-" #n "\ndata: r" #n "\n\n"

static const struct slice a[] = {SLICE_INIT("a")};
static const struct slice b[] = {SLICE_INIT("b")};
static const struct slice all[] = {SLICE_INIT("*")};
/* Session ids derived from the fixture's key, which is fixed, unlike an edge's secret key. */
static const struct slice session_1 = SLICE_INIT("0000000000000007-9224715256000962398");
static const struct slice session_3 = SLICE_INIT("0000000000000007-14247234200463187066");

static void open_with(struct fixture *f, struct client *c, const struct slice *selectors,
                      size_t count, struct subscribe spec)
{
    spec.selectors = selectors;
    spec.selector_count = count;
    assert_int_equal(fixture_try_spec(f, c, &spec), OK);
}

static enum err change(struct fixture *f, struct slice session, const struct slice *add,
                       size_t add_count, const struct slice *remove, size_t remove_count)
{
    const struct session_change c = {
        .add = add, .add_count = add_count, .remove = remove, .remove_count = remove_count};
    enum err err = edge_session_change(f->e, f->now, session, &c);

    fixture_drain(f);
    return err;
}

static void hello_first_and_sync_after_the_replay(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    fixture_join(f, 30);
    open_with(f, &c, a, 1, (struct subscribe){.hello = true, .last_event_id = SLICE("k3f9x2-26")});
    fixture_got(&c, HELLO(9224715256000962398, 30) RECORD(27) RECORD(29) RECORD(30) SYNC(30));
    fixture_batch(f, 31, 32);
    fixture_got(&c, RECORD(31));
    fixture_leave(f, &c);
    open_with(f, &c, a, 1, (struct subscribe){.hello = true});
    fixture_got(&c, HELLO(13686418376000424449, 32) POSITION(32) SYNC(32));
    fixture_leave(f, &c);
    fixture_close(f);
}

/* For a stream that begins behind the tail, belfry.sync waits for the pages. */
static void sync_waits_for_pages(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    f->config.warm_records = 10;
    fixture_join(f, 40);
    open_with(f, &c, a, 1, (struct subscribe){.hello = true, .last_event_id = SLICE("k3f9x2-26")});
    fixture_got(&c, "");
    fixture_records(f, OK, 27, 40, 40);
    fixture_got(&c, HELLO(9224715256000962398, 40) RECORD(27) RECORD(29) RECORD(30) RECORD(31)
                        RECORD(33) RECORD(35) RECORD(37) RECORD(39) RECORD(40) SYNC(40));
    fixture_leave(f, &c);
    fixture_close(f);
}

static void sessions_have_ids(void **state)
{
    struct fixture *f = fixture_open();
    struct grants *out = (struct grants *)(void *)f;
    struct client c;
    bool local;

    (void)state;
    fixture_join(f, 0);
    open_with(f, &c, a, 1, (struct subscribe){.hello = true});
    assert_int_equal(edge_session_local(f->e, session_1, &local), OK);
    assert_true(local);
    assert_int_equal(edge_session_local(f->e, SLICE("0000000000000008-1"), &local), OK);
    assert_false(local);
    assert_int_equal(edge_session_local(f->e, SLICE("mine"), &local), ERR_INVALID);
    assert_int_equal(edge_session_grants(f->e, session_1, &out), OK);
    assert_null(out);
    assert_int_equal(edge_session_grants(f->e, SLICE("0000000000000007-1"), &out), ERR_NOT_FOUND);
    assert_int_equal(change(f, SLICE("0000000000000007-1"), b, 1, NULL, 0), ERR_NOT_FOUND);
    assert_int_equal(change(f, SLICE("0000000000000008-1"), b, 1, NULL, 0), ERR_NOT_FOUND);
    assert_int_equal(change(f, SLICE("nobody's"), b, 1, NULL, 0), ERR_NOT_FOUND);
    fixture_leave(f, &c);
    assert_int_equal(change(f, session_1, b, 1, NULL, 0), ERR_NOT_FOUND);
    fixture_close(f);
}

static void adds_and_removes_topics(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    fixture_join(f, 0);
    open_with(f, &c, a, 1, (struct subscribe){.hello = true});
    fixture_batch(f, 1, 2);
    buf_reset(&c.got);
    assert_int_equal(change(f, session_1, b, 1, NULL, 0), OK);
    fixture_got(&c, ""); /* no records from before the change */
    fixture_batch(f, 3, 4);
    fixture_got(&c, RECORD(3) RECORD(4));
    assert_int_equal(change(f, session_1, b, 1, a, 1), OK); /* added twice, listed once */
    fixture_batch(f, 5, 6);
    fixture_got(&c, RECORD(6));
    assert_int_equal(change(f, session_1, all, 1, NULL, 0), OK);
    fixture_batch(f, 7, 8);
    fixture_got(&c, RECORD(7) RECORD(8));
    assert_int_equal(change(f, session_1, a, 1, all, 1), OK);
    fixture_batch(f, 9, 10);
    fixture_got(&c, RECORD(9) RECORD(10));
    assert_int_equal(change(f, session_1, NULL, 0, NULL, 0), OK);
    assert_int_equal(change(f, session_1, NULL, 0, b, 1), OK);          /* not among its topics */
    assert_int_equal(change(f, session_1, NULL, 0, a, 1), ERR_INVALID); /* no topic would be left */
    fixture_batch(f, 11, 12);
    fixture_got(&c, RECORD(11));
    fixture_leave(f, &c);
    fixture_close(f);
}

static void limits_topics_per_stream(void **state)
{
    static const struct slice three[] = {SLICE_INIT("c"), SLICE_INIT("d/{x}"), SLICE_INIT("e")};
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    f->config.stream_topics = 3;
    fixture_join(f, 0);
    open_with(f, &c, a, 1, (struct subscribe){.hello = true});
    buf_reset(&c.got);
    assert_int_equal(change(f, session_1, three, 3, NULL, 0), ERR_TOO_MANY);
    fixture_batch(f, 1, 1);
    fixture_got(&c, RECORD(1)); /* nothing has changed */
    assert_int_equal(change(f, session_1, three, 3, a, 1), OK);
    fixture_batch(f, 2, 3);
    fixture_got(&c, "");
    fixture_leave(f, &c);
    fixture_close(f);
}

/* While the socket is full, records of the added topics wait too: only the position counts. */
static void a_change_while_the_socket_is_full(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    fixture_join(f, 0);
    open_with(f, &c, a, 1, (struct subscribe){.hello = true});
    buf_reset(&c.got);
    c.room = strlen(RECORD(1)) + 5;
    fixture_batch(f, 1, 3);
    assert_int_equal(change(f, session_1, b, 1, NULL, 0), ERR_UNAVAILABLE); /* 3 is partly sent */
    fixture_writable(f, &c, SIZE_MAX);
    fixture_got(&c, RECORD(1) RECORD(3));
    edge_blocked(f->e, c.stream);
    fixture_batch(f, 4, 6);
    assert_int_equal(change(f, session_1, b, 1, NULL, 0), OK);
    fixture_got(&c, "");
    fixture_writable(f, &c, SIZE_MAX);
    fixture_got(&c, RECORD(4) RECORD(5) RECORD(6));
    fixture_leave(f, &c);
    fixture_close(f);
}

/* A page requested before the change is not used. */
static void a_change_during_a_replay(void **state)
{
    struct fixture *f = fixture_open();
    struct wire_frame late = {.type = WIRE_RECORDS};
    struct client c;

    (void)state;
    f->config.warm_records = 2;
    fixture_join(f, 40);
    open_with(f, &c, a, 1, (struct subscribe){.hello = true, .last_event_id = SLICE("k3f9x2-36")});
    late.records.request = fixture_last(f, WIRE_READ)->read.request;
    assert_int_equal(change(f, session_1, b, 1, a, 1), OK);
    assert_string_equal(f->selectors, "b");
    late.records.epoch = f->epoch;
    late.records.next = 40;
    late.records.count = fixture_entries(f, 37, 40, "a");
    late.records.entries = f->entries;
    fixture_receive(f, &late);
    fixture_got(&c, "");
    fixture_records(f, OK, 37, 40, 40);
    fixture_got(&c, HELLO(9224715256000962398, 40) RECORD(38) RECORD(40) SYNC(40));
    fixture_leave(f, &c);
    fixture_close(f);
}

static struct grants *granted(const char *selector)
{
    struct grants *g = grants_create((struct slice){0});
    struct slice none = {0};

    assert_int_equal(grants_add(g, GRANT_SUBSCRIBE, GRANT_SELECTOR, slice_str(selector), none), OK);
    return g;
}

static void secret(struct fixture *f, const char *data)
{
    const struct record record = {
        .flags = RECORD_PRIVATE, .topic_count = 1, .topics = a, .data = slice_str(data)};

    fixture_record(f, &record, 1);
}

static void replaces_a_token(void **state)
{
    struct fixture *f = fixture_open();
    struct grants *old = granted("b");
    struct grants *fresh = granted("a");
    struct session_change c = {.renew = true, .grants = fresh, .expires_ms = 50000};
    struct client client;
    struct grants *out;

    (void)state;
    fixture_join(f, 0);
    open_with(f, &client, a, 1,
              (struct subscribe){.hello = true, .grants = old, .expires_ms = 9000});
    buf_reset(&client.got);
    secret(f, "unseen");
    fixture_got(&client, "");
    assert_int_equal(edge_session_change(f->e, f->now, session_1, &c), OK);
    assert_int_equal(edge_session_grants(f->e, session_1, &out), OK);
    assert_ptr_equal(out, fresh);
    assert_int_equal(old->refs, 1); /* the test's reference */
    grants_unref(old);
    grants_unref(fresh);
    secret(f, "seen");
    fixture_got(&client, "id: k3f9x2-2\ndata: seen\n\n");
    while (f->now < 49000)
        fixture_tick(f, 500);
    assert_false(client.closed); /* after the old token's expiry */
    c = (struct session_change){.renew = true};
    assert_int_equal(edge_session_change(f->e, f->now, session_1, &c), OK);
    while (f->now < 60000)
        fixture_tick(f, 500);
    assert_false(client.closed); /* a token without exp does not expire */
    buf_reset(&client.got);
    secret(f, "unseen");
    fixture_got(&client, "");
    fixture_leave(f, &client);
    fixture_close(f);
}

static void a_token_expires(void **state)
{
    struct fixture *f = fixture_open();
    struct client soon;
    struct client later;
    struct client full;

    (void)state;
    fixture_join(f, 0);
    open_with(f, &later, a, 1, (struct subscribe){.expires_ms = f->now + 20000});
    open_with(f, &soon, a, 1, (struct subscribe){.hello = true, .expires_ms = f->now + 5000});
    open_with(f, &full, a, 1, (struct subscribe){.expires_ms = f->now + 5000});
    full.room = 3;
    fixture_batch(f, 1, 1);
    fixture_tick(f, 4900);
    assert_false(soon.closed);
    for (unsigned i = 0; i < 4; i++)
        fixture_tick(f, 500);
    assert_true(soon.closed);
    assert_true(soon.come_back);
    assert_true(full.closed);
    assert_false(full.come_back); /* an event is partly sent: no line may follow */
    assert_int_equal(change(f, session_1, b, 1, NULL, 0), ERR_NOT_FOUND);
    assert_false(later.closed);
    fixture_leave(f, &soon);
    fixture_leave(f, &full);
    for (unsigned i = 0; i < 40; i++)
        fixture_tick(f, 500);
    assert_true(later.closed);
    fixture_leave(f, &later);
    fixture_close(f);
}

static void counts_members(void **state)
{
    static const struct slice many[] = {SLICE_INIT("a"), SLICE_INIT("a/{x}"), SLICE_INIT("b")};
    const struct subscribe ann = {
        .hello = true, .member = SLICE("ann"), .payload = SLICE("{\"n\":1}")};
    struct wire_frame again = {.type = WIRE_COMMAND};
    struct fixture *f = fixture_open();
    struct client c[4];

    (void)state;
    fixture_join(f, 0);
    open_with(f, &c[0], a, 1, ann);
    fixture_transcript(f, "members 2: a/ann{\"n\":1}=1\n");
    open_with(f, &c[1], many, 3, ann); /* a second tab, and a template */
    fixture_transcript(f, "members 3: a/{x}/ann{\"n\":1}=1, b/ann{\"n\":1}=1\n");
    open_with(f, &c[2], all, 1, ann);
    open_with(f, &c[3], a, 1, (struct subscribe){.hello = true}); /* without a member */
    fixture_transcript(f, "members 4: */ann{\"n\":1}=1\n");
    assert_int_equal(change(f, session_3, b, 1, all, 1), OK);
    fixture_transcript(f, "members 5: */ann{\"n\":1}=0\n");
    fixture_leave(f, &c[1]);
    fixture_transcript(f, "members 6: a/{x}/ann{\"n\":1}=0\n");
    assert_int_equal(change(f, session_3, all, 1, NULL, 0), OK);
    fixture_transcript(f, "members 7: b/ann{\"n\":1}=0, */ann{\"n\":1}=1\n");
    fixture_leave(f, &c[2]);
    fixture_leave(f, &c[3]);
    again.command.name = SLICE("members");
    fixture_receive(f, &again);
    fixture_transcript(f, "members 8: */ann{\"n\":1}=0\nmembers 9 all: a/ann{\"n\":1}=1\n");
    f->term = 2; /* a restarted broker does not know the members */
    fixture_beacon(f, true, 0, 0);
    fixture_welcome(f);
    fixture_transcript(f, "members 10 all: a/ann{\"n\":1}=1\n");
    fixture_leave(f, &c[0]);
    fixture_transcript(f, "members 11: a/ann{\"n\":1}=0\n");
    fixture_close(f);
}

/* A token may have a payload for each selector; a topic that looks like a template is marked. */
static void payloads_of_grants(void **state)
{
    static const struct slice selectors[] = {SLICE_INIT("b"), SLICE_INIT("\x01{x}"),
                                             SLICE_INIT("c")};
    struct grants *g = grants_create((struct slice){0});
    struct fixture *f = fixture_open();
    struct slice payload;
    struct client c;

    (void)state;
    assert_int_equal(grants_copy_text(g, SLICE("1"), &payload), OK);
    assert_int_equal(grants_add(g, GRANT_SUBSCRIBE, GRANT_EXACT, SLICE("b"), payload), OK);
    assert_int_equal(grants_copy_text(g, SLICE("2"), &payload), OK);
    assert_int_equal(grants_add(g, GRANT_SUBSCRIBE, GRANT_EXACT, SLICE("{x}"), payload), OK);
    fixture_join(f, 0);
    open_with(f, &c, selectors, 3, (struct subscribe){.member = SLICE("ann"), .grants = g});
    fixture_transcript(f, "members 2: b/ann1=1, \x01{x}/ann2=1, c/ann=1\n");
    fixture_leave(f, &c);
    fixture_transcript(f, "members 3: b/ann1=0, \x01{x}/ann2=0, c/ann=0\n");
    grants_unref(g);
    fixture_close(f);
}

static void drawn_members(void **state)
{
    struct fixture *f = fixture_open();
    char one[SUBSCRIBER_UUID_TEXT_SIZE];
    char other[SUBSCRIBER_UUID_TEXT_SIZE];
    struct subscriber_uuid s;

    (void)state;
    fixture_join(f, 0);
    edge_draw_member(f->e, one);
    edge_draw_member(f->e, other);
    assert_string_not_equal(one, other);
    assert_int_equal(subscriber_uuid_parse(slice_str(one), &s), OK);
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_first_and_sync_after_the_replay),
        cmocka_unit_test(sync_waits_for_pages),
        cmocka_unit_test(sessions_have_ids),
        cmocka_unit_test(adds_and_removes_topics),
        cmocka_unit_test(limits_topics_per_stream),
        cmocka_unit_test(a_change_while_the_socket_is_full),
        cmocka_unit_test(a_change_during_a_replay),
        cmocka_unit_test(replaces_a_token),
        cmocka_unit_test(a_token_expires),
        cmocka_unit_test(counts_members),
        cmocka_unit_test(payloads_of_grants),
        cmocka_unit_test(drawn_members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
