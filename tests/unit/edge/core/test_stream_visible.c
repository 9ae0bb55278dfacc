/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/unit/edge/core/edge_fixture.h"

#include "common/token/grants.h"

/* Records that a stream may see: templates, private records and expired records
 * (edge/state/stream.c, edge/core/catchup.c, edge_may_show()). */

#define PLACE(n) "id: k3f9x2-" #n "\n\n"
#define SHOWN(n, text) "id: k3f9x2-" #n "\ndata: " text "\n\n"

static const struct slice none = {0};
static const struct slice a[] = {SLICE_INIT("a")};
static const struct slice rooms[] = {SLICE_INIT("room/{id}")};
static const struct slice all[] = {SLICE_INIT("*")};

static void open_with(struct fixture *f, struct client *c, const struct slice *selectors,
                      size_t count, struct subscribe spec)
{
    spec.selectors = selectors;
    spec.selector_count = count;
    assert_int_equal(fixture_try_spec(f, c, &spec), OK);
}

static struct grants *granted(const char *selector)
{
    struct grants *g = grants_create((struct slice){0});

    assert_int_equal(grants_add(g, GRANT_SUBSCRIBE, GRANT_SELECTOR, slice_str(selector), none), OK);
    return g;
}

static struct record made(const struct slice *topics, uint16_t count, const char *data,
                          uint32_t flags, uint64_t ttl_ms)
{
    return (struct record){.flags = flags,
                           .topic_count = count,
                           .topics = topics,
                           .data = slice_str(data),
                           .ttl_ms = ttl_ms};
}

/* Adds the next record to the log. */
static void add(struct fixture *f, const char *topic, const char *data, uint32_t flags,
                uint64_t ttl_ms)
{
    const struct slice topics[] = {slice_str(topic)};
    const struct record record = made(topics, 1, data, flags, ttl_ms);

    fixture_record(f, &record, 1000000);
}

static void templates(void **state)
{
    static const struct slice both[] = {SLICE_INIT("room/1"), SLICE_INIT("room/2")};
    const struct record in_both = made(both, 2, "three", 0, 0);
    struct fixture *f = fixture_open();
    struct client live;
    struct client resumed;
    struct client last;

    (void)state;
    fixture_join(f, 0);
    open_with(f, &live, rooms, 1, (struct subscribe){0});
    buf_reset(&live.got);
    add(f, "room/1", "one", 0, 0);
    add(f, "hall/1", "two", 0, 0);
    fixture_record(f, &in_both, 1);
    add(f, "room/2/x", "four", 0, 0);
    fixture_got(&live, SHOWN(1, "one") SHOWN(3, "three"));
    open_with(f, &resumed, rooms, 1, (struct subscribe){.last_event_id = SLICE("k3f9x2-1")});
    fixture_got(&resumed, SHOWN(3, "three"));
    open_with(f, &last, rooms, 1, (struct subscribe){.history = 2});
    fixture_got(&last, PLACE(0) SHOWN(1, "one") SHOWN(3, "three"));
    fixture_leave(f, &live);
    add(f, "room/9", "five", 0, 0);
    fixture_got(&resumed, SHOWN(5, "five"));
    fixture_got(&last, SHOWN(5, "five"));
    fixture_leave(f, &resumed);
    fixture_leave(f, &last);
    fixture_close(f);
}

/* Records of a slow reader's template leave the tail. */
static void templates_and_a_moving_tail(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;
    char data[2001];
    struct buf expected;

    (void)state;
    memset(data, 'x', sizeof data - 1);
    data[sizeof data - 1] = '\0';
    f->config.tail_bytes = 20000;
    fixture_join(f, 0);
    open_with(f, &c, rooms, 1, (struct subscribe){0});
    buf_reset(&c.got);
    buf_init(&expected, 1u << 24);
    for (unsigned i = 1; i <= 100; i++) {
        struct record record = made(a, 1, data, 0, 0);

        add(f, i % 3 == 0 ? "room/1" : i % 3 == 1 ? "room/2" : "hall", data, 0, 0);
        if (i % 3 != 2)
            sse_record(&expected, f->epoch, i, &record);
    }
    buf_char(&expected, '\0');
    fixture_got(&c, expected.data);
    buf_clear(&expected);
    fixture_leave(f, &c);
    fixture_close(f);
}

static void private_records(void **state)
{
    static const struct slice both[] = {SLICE_INIT("a"), SLICE_INIT("b")};
    const struct record secret_of_both = made(both, 2, "four", RECORD_PRIVATE, 0);
    struct fixture *f = fixture_open();
    struct grants *b = granted("b");
    struct grants *any = granted("{x}");
    struct client plain;
    struct client of_b;
    struct client of_any;
    struct client open;

    (void)state;
    fixture_join(f, 0);
    /* All have the same topic and position: none may get the bytes gathered for another. */
    open_with(f, &plain, a, 1, (struct subscribe){0});
    open_with(f, &of_b, a, 1, (struct subscribe){.grants = b});
    open_with(f, &of_any, a, 1, (struct subscribe){.grants = any});
    open_with(f, &open, a, 1, (struct subscribe){.open = true});
    buf_reset(&plain.got);
    buf_reset(&of_b.got);
    buf_reset(&of_any.got);
    buf_reset(&open.got);
    add(f, "a", "one", 0, 0);
    add(f, "a", "two", RECORD_PRIVATE, 0);
    add(f, "a", "three", 0, 0);
    fixture_record(f, &secret_of_both, 1);
    fixture_got(&plain, SHOWN(1, "one") SHOWN(3, "three"));
    fixture_got(&of_b, SHOWN(1, "one") SHOWN(3, "three") SHOWN(4, "four"));
    fixture_got(&of_any, SHOWN(1, "one") SHOWN(2, "two") SHOWN(3, "three") SHOWN(4, "four"));
    fixture_got(&open, SHOWN(1, "one") SHOWN(2, "two") SHOWN(3, "three") SHOWN(4, "four"));
    fixture_leave(f, &plain);
    fixture_leave(f, &of_b);
    open_with(f, &plain, a, 1, (struct subscribe){.history = 2});
    fixture_got(&plain,
                PLACE(0) SHOWN(1, "one") SHOWN(3, "three")); /* the last two visible records */
    open_with(f, &of_b, all, 1, (struct subscribe){.history = 2, .grants = b});
    fixture_got(&of_b, PLACE(2) SHOWN(3, "three") SHOWN(4, "four"));
    fixture_leave(f, &plain);
    fixture_leave(f, &of_b);
    fixture_leave(f, &of_any);
    fixture_leave(f, &open);
    grants_unref(b);
    grants_unref(any);
    fixture_close(f);
}

static void expired_records(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    fixture_join(f, 0);
    edge_set_unix(f->e, 1000000); /* when the records were published */
    add(f, "a", "one", 0, 5000);
    add(f, "a", "two", 0, 0);
    add(f, "a", "three", 0, 60000);
    open_with(f, &c, a, 1, (struct subscribe){.last_event_id = SLICE("k3f9x2-0")});
    fixture_got(&c, SHOWN(1, "one") SHOWN(2, "two") SHOWN(3, "three"));
    fixture_leave(f, &c);
    edge_set_unix(f->e, 1010000);
    open_with(f, &c, a, 1, (struct subscribe){.last_event_id = SLICE("k3f9x2-0")});
    fixture_got(&c, SHOWN(2, "two") SHOWN(3, "three"));
    fixture_leave(f, &c);
    edge_set_unix(f->e, 1100000);
    open_with(f, &c, a, 1, (struct subscribe){.history = 1});
    fixture_got(&c, PLACE(1) SHOWN(2, "two"));
    add(f, "a", "late", 0, 1000); /* expired before it arrived: nobody gets it */
    fixture_got(&c, "");
    add(f, "a", "five", 0, 0);
    fixture_got(&c, SHOWN(5, "five"));
    add(f, "a", "unlimited", 0, UINT64_MAX);
    fixture_got(&c, SHOWN(6, "unlimited"));
    fixture_leave(f, &c);
    fixture_close(f);
}

/* A record that expires while it is partly sent is completed, so that the stream stays readable. */
static void expires_while_it_is_sent(void **state)
{
    struct fixture *f = fixture_open();
    struct client c;

    (void)state;
    fixture_join(f, 0);
    edge_set_unix(f->e, 1000000);
    open_with(f, &c, a, 1, (struct subscribe){0});
    buf_reset(&c.got);
    c.room = 7;
    add(f, "a", "one", 0, 5000);
    edge_set_unix(f->e, 1100000);
    fixture_writable(f, &c, SIZE_MAX);
    fixture_got(&c, SHOWN(1, "one"));
    fixture_leave(f, &c);
    fixture_close(f);
}

/* A stream behind the tail receives a page of the log. */
static void pages(void **state)
{
    const struct record records[] = {made(a, 1, "one", 0, 0), made(a, 1, "two", RECORD_PRIVATE, 0),
                                     made(a, 1, "three", 0, 5000), made(a, 1, "four", 0, 0)};
    struct wire_frame page = {.type = WIRE_RECORDS};
    struct fixture *f = fixture_open();
    struct entry entries[4];
    size_t ends[5] = {0};
    struct client c[2];

    (void)state;
    f->config.warm_records = 2;
    fixture_join(f, 40);
    edge_set_unix(f->e, 1100000);
    for (size_t i = 0; i < 4; i++) {
        buf_reset(&f->bodies);
        for (size_t k = 0; k <= i; k++) {
            wire_encode_body(&f->bodies, &records[k]);
            ends[k + 1] = f->bodies.size;
        }
    }
    for (size_t i = 0; i < 4; i++)
        entries[i] = (struct entry){30 + i, 1000000,
                                    slice_of(f->bodies.data + ends[i], ends[i + 1] - ends[i])};
    page.records.epoch = f->epoch;
    page.records.next = 40;
    page.records.oldest = 1;
    page.records.head = 40;
    page.records.entries = entries;
    page.records.count = 4;
    for (size_t i = 0; i < 2; i++) {
        open_with(f, &c[i], a, 1,
                  (struct subscribe){.open = i == 1, .last_event_id = SLICE("k3f9x2-29")});
        page.records.request = fixture_last(f, WIRE_READ)->read.request;
        fixture_receive(f, &page);
    }
    fixture_got(&c[0], SHOWN(30, "one") SHOWN(33, "four"));
    fixture_got(&c[1], SHOWN(30, "one") SHOWN(31, "two") SHOWN(33, "four"));
    fixture_leave(f, &c[0]);
    page.records.count = 1;
    page.records.entries = entries + 1; /* no visible record */
    open_with(f, &c[0], a, 1, (struct subscribe){.last_event_id = SLICE("k3f9x2-29")});
    page.records.request = fixture_last(f, WIRE_READ)->read.request;
    fixture_receive(f, &page);
    fixture_got(&c[0], PLACE(40));
    fixture_batch(f, 41, 41);
    fixture_got(&c[0], "id: k3f9x2-41\ndata: r41\n\n");
    fixture_leave(f, &c[0]);
    fixture_leave(f, &c[1]);
    fixture_close(f);
}

static void entries_of_a_page_of_history(void **state)
{
    static const struct slice both[] = {SLICE_INIT("a"), SLICE_INIT("b")};
    struct record record = made(both, 2, "", 0, 0);
    struct fixture *f = fixture_open();
    struct grants *b = granted("b");
    struct grants *c = granted("c");

    (void)state;
    fixture_join(f, 0);
    edge_set_unix(f->e, 1000000);
    assert_true(edge_may_show(f->e, &record, 1, NULL, false));
    record.flags = RECORD_PRIVATE;
    assert_false(edge_may_show(f->e, &record, 1, NULL, false));
    assert_false(edge_may_show(f->e, &record, 1, c, false));
    assert_true(edge_may_show(f->e, &record, 1, b, false));
    assert_true(edge_may_show(f->e, &record, 1, NULL, true));
    record.ttl_ms = 5000;
    assert_true(edge_may_show(f->e, &record, 999000, b, false));
    assert_false(edge_may_show(f->e, &record, 990000, b, false));
    assert_false(edge_may_show(f->e, &record, 990000, NULL, true)); /* expired for everybody */
    record.ttl_ms = UINT64_MAX;
    assert_true(edge_may_show(f->e, &record, 990000, b, false));
    grants_unref(b);
    grants_unref(c);
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates),
        cmocka_unit_test(templates_and_a_moving_tail),
        cmocka_unit_test(private_records),
        cmocka_unit_test(expired_records),
        cmocka_unit_test(expires_while_it_is_sent),
        cmocka_unit_test(pages),
        cmocka_unit_test(entries_of_a_page_of_history),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
