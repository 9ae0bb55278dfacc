/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "tests/unit/broker/core/broker_fixture.h"

#include "tests/lib/mem_fault.c" /* in the place of common/base/mem.c */

static const struct slice selectors[] = {SLICE_INIT("a"), SLICE_INIT("topic/b")};

static void read_records(struct fixture *f, uint64_t request, uint64_t after, uint64_t until)
{
    struct wire_frame r = {.type = WIRE_READ};

    r.read = (struct wire_read){.request = request,
                                .epoch = f->journal.epoch,
                                .after = after,
                                .until = until,
                                .max_bytes = 5000,
                                .selectors = selectors,
                                .selector_count = 2};
    fixture_receive(f, &fixture_peer, &r);
}

static void assert_records(const struct fixture *f, size_t index, uint64_t request, enum err code)
{
    assert_true(index < f->answer_count);
    assert_int_equal(f->answers[index].type, WIRE_RECORDS);
    assert_int_equal(f->answers[index].records.request, request);
    assert_int_equal(f->answers[index].records.code, code);
    assert_string_equal(f->answers[index].records.epoch.text, "k3f9x2");
    if (code != OK && code != ERR_EXPIRED)
        assert_int_equal(f->answers[index].records.count, 0);
}

static void a_read_goes_through_the_reader(void **state)
{
    static struct entry entries[] = {{11, 5, SLICE_INIT("body")}};
    struct fixture *f = fixture_running(100);
    struct broker_read *read;
    size_t blocks = mem_fault_blocks();

    (void)state;
    read_records(f, 77, 10, 20);
    assert_int_equal(f->read_count, 1);
    assert_int_equal(f->answer_count, 0);
    assert_false(broker_idle(f->b));
    read = f->reads[0];
    assert_int_equal(read->type, BROKER_READ_PAGE);
    assert_int_equal(read->query.after, 10);
    assert_int_equal(read->query.until, 20);
    assert_int_equal(read->query.max_bytes, 5000);
    assert_int_equal(read->query.now_ms, f->unix_ms);
    assert_int_equal(read->query.selector_count, 2);
    assert_true(slice_equal(read->query.selectors[0], SLICE("a")));
    assert_true(slice_equal(read->query.selectors[1], SLICE("topic/b")));
    assert_ptr_not_equal(read->query.selectors[1].data, selectors[1].data); /* a copy */
    read->page.entries = mem_alloc(sizeof entries);
    memcpy(read->page.entries, entries, sizeof entries);
    read->page.count = read->page.capacity = 1;
    read->page.next = 20;
    read->page.oldest = 3;
    read->page.head = 105;
    broker_read_done(f->b, f->now, read);
    fixture_drain(f);
    assert_records(f, 0, 77, OK);
    assert_int_equal(f->answers[0].records.next, 20);
    assert_int_equal(f->answers[0].records.oldest, 3);
    assert_int_equal(f->answers[0].records.head, 100); /* what was broadcast, not what is stored */
    assert_int_equal(f->answers[0].records.count, 1);
    assert_true(broker_idle(f->b));
    assert_int_equal(mem_fault_blocks(), blocks);
    fixture_close(f);
}

static void limits_of_a_read(void **state)
{
    struct fixture *f = fixture_open();
    struct wire_frame r = {.type = WIRE_READ};

    (void)state;
    f->config.read_bytes = 1000;
    f->journal.head = 100;
    fixture_start(f);
    r.read = (struct wire_read){
        .epoch = f->journal.epoch, .after = 100, .until = UINT64_MAX, .max_bytes = UINT64_MAX};
    fixture_receive(f, &fixture_peer, &r);
    assert_int_equal(f->read_count, 1);
    assert_int_equal(f->reads[0]->query.until, 100); /* not beyond what was broadcast */
    assert_int_equal(f->reads[0]->query.max_bytes, 1000);
    assert_int_equal(f->reads[0]->query.selector_count, 0);
    f->reads[0]->result = ERR_CORRUPT;
    broker_read_done(f->b, f->now, f->reads[0]);
    fixture_drain(f);
    assert_records(f, 0, 0, ERR_CORRUPT);
    fixture_close(f);
}

static void refused_reads(void **state)
{
    static struct slice many[2000];
    const struct slice bad[] = {SLICE_INIT("a\n")};
    struct fixture *f = fixture_running(100);
    struct wire_frame r = {.type = WIRE_READ};

    (void)state;
    r.read = (struct wire_read){.request = 1, .epoch = f->journal.epoch, .after = 101};
    fixture_receive(f, &fixture_peer, &r);
    assert_records(f, 0, 1, ERR_UNKNOWN);
    r.read = (struct wire_read){.request = 2, .epoch = {"other1"}};
    fixture_receive(f, &fixture_peer, &r);
    assert_records(f, 1, 2, ERR_EPOCH);
    r.read = (struct wire_read){
        .request = 3, .epoch = f->journal.epoch, .selectors = bad, .selector_count = 1};
    fixture_receive(f, &fixture_peer, &r);
    assert_records(f, 2, 3, ERR_INVALID);
    for (size_t i = 0; i < 2000; i++)
        many[i] = SLICE("a");
    r.read = (struct wire_read){
        .request = 4, .epoch = f->journal.epoch, .selectors = many, .selector_count = 1001};
    fixture_receive(f, &fixture_peer, &r);
    assert_records(f, 3, 4, ERR_TOO_MANY);
    assert_int_equal(f->answers[3].records.head, 100);
    assert_int_equal(f->answers[3].records.oldest, 1);
    assert_int_equal(f->read_count, 0);
    r.read.selector_count = 1000;
    fixture_receive(f, &fixture_peer, &r);
    assert_int_equal(f->read_count, 1);
    broker_read_done(f->b, f->now, f->reads[0]);
    fixture_close(f); /* with a reply that was not taken */
}

static void a_limit_of_reads(void **state)
{
    struct fixture *f = fixture_open();

    (void)state;
    f->config.reads = 2;
    f->journal.head = 100;
    fixture_start(f);
    for (uint64_t i = 1; i <= 3; i++)
        read_records(f, i, 10, 20);
    assert_int_equal(f->read_count, 2);
    assert_records(f, 0, 3, ERR_UNAVAILABLE);
    broker_read_done(f->b, f->now, f->reads[0]);
    fixture_drain(f);
    read_records(f, 4, 10, 20);
    assert_int_equal(f->read_count, 3);
    broker_read_done(f->b, f->now, f->reads[1]);
    broker_read_done(f->b, f->now, f->reads[2]);
    fixture_drain(f);
    assert_true(broker_idle(f->b));
    fixture_close(f);
}

static void the_start_of_the_last_records(void **state)
{
    struct fixture *f = fixture_running(100);
    struct wire_frame l = {.type = WIRE_LATEST};

    (void)state;
    l.latest = (struct wire_latest){.request = 5,
                                    .epoch = f->journal.epoch,
                                    .count = 50,
                                    .until = 200,
                                    .selectors = selectors,
                                    .selector_count = 1};
    fixture_receive(f, &fixture_peer, &l);
    assert_int_equal(f->read_count, 1);
    assert_int_equal(f->reads[0]->type, BROKER_READ_LATEST);
    assert_int_equal(f->reads[0]->count, 50);
    assert_int_equal(f->reads[0]->query.until, 100);
    f->reads[0]->page.next = 42;
    broker_read_done(f->b, f->now, f->reads[0]);
    fixture_drain(f);
    assert_records(f, 0, 5, OK);
    assert_int_equal(f->answers[0].records.next, 42);
    fixture_close(f);
}

static void reads_of_operators(void **state)
{
    struct fixture *f = fixture_running(100);
    struct wire_frame a = {.type = WIRE_COMMAND};
    struct wire_frame h = {.type = WIRE_HELLO};
    struct wire_frame p = {.type = WIRE_PING};

    (void)state;
    h.hello = (struct wire_hello){.incarnation = 7, .name = SLICE("edge-1")};
    fixture_receive(f, &fixture_peer, &h);
    p.ping.incarnation = 7;
    p.ping.metrics.streams = 5;
    fixture_receive(f, &fixture_peer, &p);
    a.command.request = 9;
    a.command.name = SLICE("stats");
    fixture_receive(f, &fixture_peer, &a);
    assert_int_equal(f->answers[1].type, WIRE_REPLY);
    assert_int_equal(f->answers[1].reply.request, 9);
    assert_int_equal(f->answers[1].reply.code, OK);
    assert_non_null(strstr(f->answer_text, "\"epoch\":\"k3f9x2\""));
    assert_non_null(strstr(f->answer_text, "\"head\":100"));
    assert_non_null(strstr(f->answer_text, "\"name\":\"edge-1\""));
    assert_non_null(strstr(f->answer_text, "\"streams\":5,"));
    a.command.name = SLICE("halt");
    fixture_receive(f, &fixture_peer, &a);
    assert_int_equal(f->answers[2].reply.code, ERR_NOT_FOUND);
    assert_string_equal(f->answer_text, "no such command");
    fixture_close(f);
}

static uint64_t malformed(struct fixture *f)
{
    struct wire_frame a = {.type = WIRE_COMMAND};
    const char *at;

    a.command.name = SLICE("stats");
    f->answer_count = 0;
    fixture_receive(f, &fixture_peer, &a);
    at = strstr(f->answer_text, "\"malformed\":");
    assert_non_null(at);
    return strtoull(at + 12, NULL, 10);
}

static void frames_on_the_wrong_socket(void **state)
{
    static const enum wire_type own[] = {WIRE_PUBLISH,         WIRE_BATCH,    WIRE_BEACON,
                                         WIRE_OUTCOME,         WIRE_WELCOME,  WIRE_RECORDS,
                                         WIRE_EPHEMERAL_BATCH, WIRE_PRESENCE, WIRE_EPHEMERAL};
    struct fixture *f = fixture_running(0);
    struct wire_frame frame = {.type = WIRE_HELLO};

    (void)state;
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        frame.type = own[i];
        fixture_receive(f, &fixture_peer, &frame);
        assert_int_equal(malformed(f), i + 1);
    }
    frame.type = WIRE_HELLO;
    fixture_receive(f, NULL, &frame);
    assert_int_equal(malformed(f), 10);
    assert_int_equal(f->reports[BROKER_REPORT_EDGE_JOINED], 0);
    fixture_close(f);
}

static void survives_without_memory(void **state)
{
    size_t blocks = mem_fault_blocks();
    struct fixture *f = fixture_running(100);
    struct wire_frame a = {.type = WIRE_COMMAND};

    (void)state;
    mem_fault_at(1);
    read_records(f, 6, 10, 20);
    mem_fault_at(0);
    assert_int_equal(f->read_count, 0);
    assert_records(f, 0, 6, ERR_NO_MEMORY);
    read_records(f, 7, 10, 20);
    assert_int_equal(f->read_count, 1);
    broker_read_done(f->b, f->now, f->reads[0]);
    fixture_drain(f);
    a.command.name = SLICE("stats");
    for (unsigned n = 1; n <= 3; n++) { /* an incomplete document is not sent */
        f->answer_count = 0;
        mem_fault_at(n);
        fixture_receive(f, &fixture_peer, &a);
        assert_int_equal(f->answers[0].reply.code == OK, mem_fault_count() == 0);
    }
    mem_fault_at(0);
    fixture_close(f);
    assert_int_equal(mem_fault_blocks(), blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_read_goes_through_the_reader),
        cmocka_unit_test(limits_of_a_read),
        cmocka_unit_test(refused_reads),
        cmocka_unit_test(a_limit_of_reads),
        cmocka_unit_test(the_start_of_the_last_records),
        cmocka_unit_test(reads_of_operators),
        cmocka_unit_test(frames_on_the_wrong_socket),
        cmocka_unit_test(survives_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
