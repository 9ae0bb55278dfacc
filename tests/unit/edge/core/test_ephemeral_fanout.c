/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/unit/edge/core/edge_fixture.h"

#include "common/token/grants.h"

/* Events without a position in the log: ephemeral records, joins and leaves
 * (edge/core/ephemeral_fanout.c). */

#define DATA(text) "data: " text "\n\n"

static const struct slice a[] = {SLICE_INIT("a")};
static const struct slice a_and_b[] = {SLICE_INIT("a"), SLICE_INIT("b")};
static const struct slice all[] = {SLICE_INIT("*")};

static void open_with(struct fixture *f, struct client *c, const struct slice *selectors,
                      size_t count, struct subscribe spec)
{
    spec.selectors = selectors;
    spec.selector_count = count;
    assert_int_equal(fixture_try_spec(f, c, &spec), OK);
    buf_reset(&c->got);
}

/* Broadcasts one ephemeral record. */
static void send(struct fixture *f, const struct slice *topics, uint16_t count, uint32_t flags,
                 const char *data)
{
    const struct record record = {.flags = RECORD_EPHEMERAL | flags,
                                  .topic_count = count,
                                  .topics = topics,
                                  .data = slice_str(data)};
    struct wire_frame frame = {.type = WIRE_EPHEMERAL_BATCH};
    struct slice body;

    buf_reset(&f->bodies);
    wire_encode_body(&f->bodies, &record);
    body = buf_all(&f->bodies);
    frame.ephemeral_batch = (struct wire_ephemeral_batch){f->epoch, f->term, &body, 1};
    fixture_receive(f, &frame);
}

static void sent_to_subscribers(void **state)
{
    struct fixture *f = fixture_open();
    struct client first;
    struct client both;
    struct client every;

    (void)state;
    fixture_join(f, 0);
    open_with(f, &first, a, 1, (struct subscribe){0});
    open_with(f, &both, a_and_b, 2, (struct subscribe){0});
    open_with(f, &every, all, 1, (struct subscribe){0});
    send(f, a, 1, 0, "one");
    send(f, a_and_b, 2, 0, "two"); /* matches by both topics, sent once */
    send(f, a_and_b + 1, 1, 0, "three");
    fixture_got(&first, DATA("one") DATA("two"));
    fixture_got(&both, DATA("one") DATA("two") DATA("three"));
    fixture_got(&every, DATA("one") DATA("two") DATA("three"));
    fixture_leave(f, &both);
    fixture_leave(f, &every);
    send(f, a_and_b + 1, 1, 0, "nobody's");
    fixture_batch(f, 1, 1);
    fixture_got(&first, "id: k3f9x2-1\ndata: r1\n\n"); /* ephemeral records have no id */
    fixture_leave(f, &first);
    fixture_close(f);
}

static void sent_by_template(void **state)
{
    static const struct slice selectors[] = {SLICE_INIT("room/{id}"), SLICE_INIT("{+any}/1"),
                                             SLICE_INIT("room/1")};
    static const struct slice room[] = {SLICE_INIT("room/1")};
    static const struct slice hall[] = {SLICE_INIT("hall/2")};
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    fixture_join(f, 0);
    open_with(f, &c, selectors, 3, (struct subscribe){0});
    send(f, room, 1, 0, "one"); /* matches three selectors, sent once */
    send(f, hall, 1, 0, "none");
    fixture_got(&c, DATA("one"));
    fixture_leave(f, &c);
    fixture_close(f);
}

static void private_records(void **state)
{
    struct fixture *f = fixture_open();
    struct grants *g = grants_create((struct slice){0});
    struct client plain;
    struct client granted;
    struct client open;

    (void)state;
    assert_int_equal(grants_add(g, GRANT_SUBSCRIBE, GRANT_SELECTOR, SLICE("b"), (struct slice){0}),
                     OK);
    fixture_join(f, 0);
    open_with(f, &plain, a, 1, (struct subscribe){0});
    open_with(f, &granted, a, 1, (struct subscribe){.grants = g});
    open_with(f, &open, a, 1, (struct subscribe){.open = true});
    send(f, a, 1, RECORD_PRIVATE, "of a");
    send(f, a_and_b, 2, RECORD_PRIVATE, "of both");
    fixture_got(&plain, "");
    fixture_got(&granted, DATA("of both")); /* a grant for one of its topics is enough */
    fixture_got(&open, DATA("of a") DATA("of both"));
    fixture_leave(f, &plain);
    fixture_leave(f, &granted);
    fixture_leave(f, &open);
    grants_unref(g);
    fixture_close(f);
}

/* A client whose socket is full does not get the event later. */
static void dropped_if_the_socket_is_full(void **state)
{
    struct fixture *f = fixture_open();
    struct client full;
    struct client behind;

    (void)state;
    f->config.warm_records = 2;
    fixture_join(f, 40);
    open_with(f, &full, a, 1, (struct subscribe){0});
    open_with(f, &behind, a, 1, (struct subscribe){.last_event_id = SLICE("k3f9x2-36")});
    edge_blocked(f->e, full.stream);
    send(f, a, 1, 0, "missed");
    fixture_records(f, OK, 37, 40, 40);
    fixture_writable(f, &full, SIZE_MAX);
    assert_null(strstr(fixture_text(&full), "missed"));
    assert_null(strstr(fixture_text(&behind), "missed"));
    assert_non_null(strstr(fixture_text(&behind), "r39"));
    full.room = 5;
    fixture_batch(f, 41, 41);
    send(f, a, 1, 0, "in the middle of an event");
    assert_int_equal(full.got.size, 5);
    fixture_leave(f, &full);
    fixture_leave(f, &behind);
    fixture_close(f);
}

/* They keep the order of publishing, also relative to records of the log. */
static void in_order_with_records(void **state)
{
    struct fixture *f = fixture_open();
    struct wire_frame batch = {.type = WIRE_BATCH};
    struct client c;
    struct client gone;

    (void)state;
    fixture_join(f, 0);
    open_with(f, &c, a, 1, (struct subscribe){0});
    open_with(f, &gone, a, 1, (struct subscribe){0});
    batch.batch = (struct wire_batch){f->epoch, f->term, f->entries, 0};
    batch.batch.count = fixture_entries(f, 1, 1, NULL);
    f->head = 1;
    edge_received(f->e, f->now, &batch); /* not drained yet */
    send(f, a, 1, 0, "two");
    fixture_got(&c, "id: k3f9x2-1\ndata: r1\n\n" DATA("two"));
    fixture_leave(f, &gone);
    fixture_leave(f, &c);
    fixture_close(f);
}

/* A stream is closed while events for it wait. */
static void closed_before_its_turn(void **state)
{
    const struct record record = {
        .flags = RECORD_EPHEMERAL, .topic_count = 1, .topics = a, .data = SLICE("x")};
    struct wire_frame frame = {.type = WIRE_EPHEMERAL_BATCH};
    struct fixture *f = fixture_open();
    struct slice bodies[3];
    struct client c[3];

    (void)state;
    fixture_join(f, 0);
    for (unsigned i = 0; i < 3; i++)
        open_with(f, &c[i], a, 1, (struct subscribe){0});
    wire_encode_body(&f->bodies, &record);
    bodies[0] = bodies[2] = buf_all(&f->bodies);
    bodies[1] = SLICE("\xc1"); /* malformed */
    frame.ephemeral_batch = (struct wire_ephemeral_batch){f->epoch, f->term, bodies, 3};
    edge_received(f->e, f->now, &frame);
    fixture_leave(f, &c[1]);
    fixture_got(&c[0], DATA("x") DATA("x"));
    fixture_got(&c[2], DATA("x") DATA("x"));
    edge_received(f->e, f->now, &frame);
    fixture_close(f); /* with waiting events */
    buf_clear(&c[0].got);
    buf_clear(&c[2].got);
}

static void events_of_another_broker(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    fixture_join(f, 0);
    open_with(f, &c, a, 1, (struct subscribe){0});
    f->term = 0;
    send(f, a, 1, 0, "of one that was replaced");
    fixture_got(&c, "");
    fixture_leave(f, &c);
    fixture_close(f);
}

static void presence_if_requested(void **state)
{
    static const struct slice tmpl[] = {SLICE_INIT("{x}")};
    struct wire_frame frame = {.type = WIRE_PRESENCE};
    struct fixture *f = fixture_open();
    struct client asked;
    struct client not;
    struct client other;
    struct client every;
    struct client wide;

    (void)state;
    fixture_join(f, 0);
    open_with(f, &asked, a, 1, (struct subscribe){.presence = true});
    open_with(f, &not, a, 1, (struct subscribe){.hello = true});
    open_with(f, &other, a_and_b + 1, 1, (struct subscribe){.presence = true});
    open_with(f, &every, all, 1, (struct subscribe){.presence = true});
    open_with(f, &wide, tmpl, 1, (struct subscribe){.presence = true});
    frame.presence = (struct wire_presence){.epoch = f->epoch,
                                            .term = f->term,
                                            .topic = SLICE("a"),
                                            .member = SLICE("an\"n\n"),
                                            .payload = SLICE("{\"n\":1}"),
                                            .joined = 1,
                                            .count = 3};
    fixture_receive(f, &frame);
    fixture_got(&asked,
                "event: belfry.presence\ndata: {\"topic\":\"a\",\"event\":\"join\",\"member\":"
                "\"an\\\"n\\n\",\"payload\":{\"n\":1},\"count\":3}\n\n");
    frame.presence.joined = 0;
    frame.presence.payload = (struct slice){0};
    frame.presence.count = 2;
    fixture_receive(f, &frame);
    fixture_got(&asked,
                "event: belfry.presence\ndata: {\"topic\":\"a\",\"event\":\"leave\",\"member\":"
                "\"an\\\"n\\n\",\"count\":2}\n\n");
    fixture_got(&not, "");
    fixture_got(&other, "");
    fixture_got(&every, "");
    fixture_got(&wide, "");
    frame.presence.topic = SLICE("nobody listens here");
    fixture_receive(f, &frame);
    fixture_got(&asked, "");
    fixture_leave(f, &asked);
    fixture_leave(f, &not);
    fixture_leave(f, &other);
    fixture_leave(f, &every);
    fixture_leave(f, &wide);
    fixture_close(f);
}

/* ---- events about other subscriptions ---- */

/* Describes a subscription as a protocol would: the topic is "<dialect>/<selector>", and the data
 * states what happened. */
static bool describe(const struct wire_presence *presence, enum watch dialect,
                     struct subscription_event *out)
{
    bool modern = dialect == WATCH_MODERN;

    if (!modern && presence->topic.data[0] == '\x01')
        return false;
    if (modern)
        out->type = SLICE("word");
    buf_str(&out->topic, modern ? "modern/" : "legacy/");
    buf_slice(&out->topic, presence->topic);
    buf_slice(&out->data, presence->member);
    buf_str(&out->data, presence->joined ? " joined " : " left ");
    buf_slice(&out->data, presence->topic);
    return true;
}

static void come(struct fixture *f, struct slice selector, bool joined)
{
    struct wire_frame frame = {.type = WIRE_PRESENCE};

    frame.presence = (struct wire_presence){.epoch = f->epoch,
                                            .term = f->term,
                                            .topic = selector,
                                            .member = SLICE("ann"),
                                            .payload = SLICE("{\"n\":1}"),
                                            .joined = joined,
                                            .count = 1};
    fixture_receive(f, &frame);
}

static void subscriptions_in_both_dialects(void **state)
{
    static const struct slice any[] = {SLICE_INIT("legacy/{topic}"), SLICE_INIT("*")};
    static const struct slice one[] = {SLICE_INIT("legacy/a"), SLICE_INIT("modern/a")};
    struct fixture *f = fixture_open();
    struct client legacy;
    struct client modern;
    struct client exact[2];
    struct client native;

    (void)state;
    f->config.describe = describe;
    fixture_join(f, 0);
    come(f, SLICE("a"), true); /* without watchers */
    open_with(f, &legacy, any, 1, (struct subscribe){.open = true, .watch = WATCH_LEGACY});
    open_with(f, &modern, any + 1, 1, (struct subscribe){.open = true, .watch = WATCH_MODERN});
    for (unsigned i = 0; i < 2; i++)
        open_with(f, &exact[i], one, 2,
                  (struct subscribe){.open = true, .watch = i == 0 ? WATCH_LEGACY : WATCH_MODERN});
    open_with(f, &native, any + 1, 1, (struct subscribe){.open = true, .presence = true});
    come(f, SLICE("a"), true);
    fixture_got(&legacy, DATA("ann joined a"));
    fixture_got(&exact[0], DATA("ann joined a"));
    fixture_got(&modern, "event: word\n" DATA("ann joined a"));
    fixture_got(&exact[1], "event: word\n" DATA("ann joined a"));
    come(f, SLICE("b"), false);
    fixture_got(&legacy, DATA("ann left b"));
    buf_reset(&modern.got);
    come(f, SLICE("\x01{x}"), true); /* has no description in the legacy dialect */
    fixture_got(&modern, "event: word\n" DATA("ann joined \x01{x}"));
    come(f, SLICE("\x02 none"), true);
    fixture_got(&legacy, "");
    fixture_got(&exact[0], "");
    fixture_got(&exact[1], "");
    fixture_got(&native, "");
    fixture_leave(f, &legacy);
    fixture_leave(f, &modern);
    fixture_leave(f, &exact[0]);
    fixture_leave(f, &exact[1]);
    fixture_leave(f, &native);
    fixture_close(f);
}

/* The events are private: a client needs a grant for the event's topic. */
static void subscriptions_need_a_grant(void **state)
{
    static const struct slice every[] = {SLICE_INIT("*")};
    struct grants *g = grants_create((struct slice){0});
    struct fixture *f = fixture_open();
    struct client granted;
    struct client plain;

    (void)state;
    assert_int_equal(
        grants_add(g, GRANT_SUBSCRIBE, GRANT_SELECTOR, SLICE("legacy/a"), (struct slice){0}), OK);
    f->config.describe = describe;
    fixture_join(f, 0);
    open_with(f, &granted, every, 1, (struct subscribe){.grants = g, .watch = WATCH_LEGACY});
    open_with(f, &plain, every, 1, (struct subscribe){.watch = WATCH_LEGACY});
    come(f, SLICE("b"), true);
    fixture_got(&granted, "");
    come(f, SLICE("a"), true);
    fixture_got(&granted, DATA("ann joined a"));
    fixture_got(&plain, "");
    fixture_leave(f, &granted);
    fixture_leave(f, &plain);
    grants_unref(g);
    fixture_close(f);
}

/* Without a protocol there is no description, and nothing is sent. */
static void subscriptions_without_a_protocol(void **state)
{
    static const struct slice every[] = {SLICE_INIT("*")};
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    fixture_join(f, 0);
    open_with(f, &c, every, 1, (struct subscribe){.open = true, .watch = WATCH_MODERN});
    come(f, SLICE("a"), true);
    fixture_got(&c, "");
    fixture_leave(f, &c);
    fixture_close(f);
}

/* Presence is sent for topics, not for templates; a topic may look like a template. */
static void presence_of_topics_only(void **state)
{
    static const struct slice selectors[] = {SLICE_INIT("\x01{x}"), SLICE_INIT("a/{x}")};
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    fixture_join(f, 0);
    open_with(f, &c, selectors, 2, (struct subscribe){.presence = true});
    come(f, SLICE("a/{x}"), true);
    come(f, SLICE("*"), true);
    fixture_got(&c, "");
    come(f, SLICE("\x01{x}"), true);
    fixture_got(&c,
                "event: belfry.presence\ndata: {\"topic\":\"{x}\",\"event\":\"join\",\"member\":"
                "\"ann\",\"payload\":{\"n\":1},\"count\":1}\n\n");
    fixture_leave(f, &c);
    fixture_close(f);
}

/* An ephemeral publish is sent once and answered immediately, without an offset. */
static void published_once(void **state)
{
    static char request[] = "q1";
    const struct record record = {
        .flags = RECORD_EPHEMERAL, .topic_count = 1, .topics = a, .data = SLICE("x")};
    struct fixture *f = fixture_open();

    (void)state;
    fixture_join(f, 0);
    assert_int_equal(edge_publish(f->e, f->now, &record, request), OK);
    fixture_drain(f);
    assert_int_equal(fixture_count(f, WIRE_EPHEMERAL), 1);
    assert_int_equal(fixture_count(f, WIRE_PUBLISH), 0);
    assert_int_equal(f->answered_count, 1);
    assert_ptr_equal(f->answered[0].request, request);
    assert_int_equal(f->answered[0].result, OK);
    assert_int_equal(f->answered[0].offset, 0);
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sent_to_subscribers),
        cmocka_unit_test(sent_by_template),
        cmocka_unit_test(private_records),
        cmocka_unit_test(dropped_if_the_socket_is_full),
        cmocka_unit_test(in_order_with_records),
        cmocka_unit_test(closed_before_its_turn),
        cmocka_unit_test(events_of_another_broker),
        cmocka_unit_test(presence_if_requested),
        cmocka_unit_test(subscriptions_in_both_dialects),
        cmocka_unit_test(subscriptions_need_a_grant),
        cmocka_unit_test(subscriptions_without_a_protocol),
        cmocka_unit_test(presence_of_topics_only),
        cmocka_unit_test(published_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
