/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#ifndef BELFRY_TESTS_UNIT_EDGE_FIXTURE_H
#define BELFRY_TESTS_UNIT_EDGE_FIXTURE_H

/* An edge's core, a broker simulated by the test, and clients that record what they receive. After
 * every event the fixture takes the edge's actions and checks its invariants.
 *
 * Record n of the log has the data "r<n>". Odd records have the topic "a", even ones "b"; every
 * tenth record has both. */

#include "tests/unit/edge/core/edge_transcript.h"

static inline void fixture_write(struct fixture *f, const struct edge_write_action *a)
{
    struct client *c = a->owner;
    size_t left = c->room < a->bytes ? c->room : a->bytes;
    size_t bytes = left;
    size_t sum = 0;

    assert_false(c->closed);
    c->writes++;
    for (int i = 0; i < a->iov_count; i++) {
        size_t part = a->iov[i].iov_len < left ? a->iov[i].iov_len : left;

        buf_append(&c->got, a->iov[i].iov_base, part);
        left -= part;
        sum += a->iov[i].iov_len;
    }
    assert_int_equal(sum, a->bytes);
    c->room -= bytes;
    edge_wrote(f->e, f->now, a->stream, bytes);
}

static inline void fixture_sent(struct fixture *f, const struct edge_send_action *a)
{
    const struct slice *selectors = NULL;
    size_t count = 0;

    assert_true(f->sent_count < FIXTURE_SENT_MAX);
    f->sent[f->sent_count++] = a->frame;
    if (a->frame.type == WIRE_READ) {
        selectors = a->frame.read.selectors;
        count = a->frame.read.selector_count;
    } else if (a->frame.type == WIRE_LATEST) {
        selectors = a->frame.latest.selectors;
        count = a->frame.latest.selector_count;
    } else {
        bool publishes = a->frame.type == WIRE_PUBLISH || a->frame.type == WIRE_EPHEMERAL;

        assert_int_equal(a->socket, publishes ? EDGE_SOCKET_PUBLISH : EDGE_SOCKET_CONTROL);
        fixture_print_frame(f, &a->frame);
        return;
    }
    f->selectors[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        strcat(f->selectors, i == 0 ? "" : ",");
        strncat(f->selectors, selectors[i].data, selectors[i].size);
    }
}

static inline void fixture_close_stream(const struct edge_close_action *a)
{
    struct client *c = a->owner;

    assert_false(c->closed);
    c->closed = true;
    c->come_back = a->come_back;
}

static inline void fixture_published(struct fixture *f, const struct edge_published_action *a)
{
    assert_true(f->answered_count < 64);
    f->answered[f->answered_count++] =
        (struct answered){a->request, a->result, a->offset, a->epoch};
}

static inline void fixture_act(struct fixture *f, const struct edge_action *a)
{
    switch (a->type) {
    case EDGE_SEND:
        fixture_sent(f, &a->send);
        break;
    case EDGE_WRITE:
        fixture_write(f, &a->write);
        break;
    case EDGE_TEXT:
        assert_false(((struct client *)a->text.owner)->closed);
        buf_slice(&((struct client *)a->text.owner)->got, a->text.text);
        break;
    case EDGE_CLOSE:
        fixture_close_stream(&a->close);
        break;
    case EDGE_PUBLISHED:
        fixture_published(f, &a->published);
        break;
    case EDGE_REPLY:
        fixture_print_reply(f, &a->reply);
        break;
    case EDGE_PAGE:
        fixture_print_page(f, &a->page);
        break;
    case EDGE_SESSION:
        fixture_print_session(f, &a->session);
        break;
    case EDGE_COMMAND:
        fixture_print_command(f, &a->command);
        break;
    case EDGE_LOG:
        f->reports[a->log.report.type]++;
        f->last_report[a->log.report.type] = a->log.report;
        break;
    }
}

/* Takes the edge's actions until there are none left. */
static inline void fixture_drain(struct fixture *f)
{
    struct edge_action a;

    for (unsigned i = 0; edge_next(f->e, &a); i++) {
        assert_true(i < 100000);
        fixture_act(f, &a);
        edge_check(f->e);
    }
    edge_check(f->e);
}

static inline struct fixture *fixture_open(void)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    edge_config_init(&f->config);
    f->config.incarnation = 7;
    f->now = 1000;
    f->term = 1;
    f->oldest = 1;
    memcpy(f->epoch.text, "k3f9x2", 7);
    buf_init(&f->bodies, 64u << 20);
    buf_init(&f->transcript, 1u << 20);
    return f;
}

/* Creates the edge. Call it after changing f->config. */
static inline void fixture_start(struct fixture *f)
{
    f->e = edge_create(&f->config, f->now);
    fixture_drain(f);
}

static inline void fixture_close(struct fixture *f)
{
    edge_destroy(f->e);
    buf_clear(&f->bodies);
    buf_clear(&f->transcript);
    free(f);
}

/* The last frame of a type that the edge sent, or NULL. */
static inline const struct wire_frame *fixture_last(const struct fixture *f, enum wire_type type)
{
    for (size_t i = f->sent_count; i > 0; i--) {
        if (f->sent[i - 1].type == type)
            return &f->sent[i - 1];
    }
    return NULL;
}

static inline size_t fixture_count(const struct fixture *f, enum wire_type type)
{
    size_t count = 0;

    for (size_t i = 0; i < f->sent_count; i++)
        count += f->sent[i].type == type;
    return count;
}

static inline void fixture_forget(struct fixture *f)
{
    f->sent_count = 0;
    f->answered_count = 0;
    buf_reset(&f->transcript);
}

static inline void fixture_receive(struct fixture *f, const struct wire_frame *frame)
{
    edge_received(f->e, f->now, frame);
    fixture_drain(f);
}

static inline void fixture_tick(struct fixture *f, uint64_t ms)
{
    f->now += ms;
    edge_tick(f->e, f->now);
    fixture_drain(f);
}

/* ---- the broker ---- */

/* Generates the entries from .. until: those with the topic `only`, or all if it is NULL. Returns
 * the number of entries. */
static inline size_t fixture_entries(struct fixture *f, uint64_t from, uint64_t until,
                                     const char *only)
{
    static const struct slice names[] = {SLICE_INIT("a"), SLICE_INIT("b")};
    size_t ends[FIXTURE_BATCH_MAX];
    size_t count = 0;

    buf_reset(&f->bodies);
    for (uint64_t n = from; n <= until; n++) {
        bool both = n % 10 == 0;
        struct record record = {.origin = f->origin, .seq = f->first_seq + (n - from)};
        char data[32];

        if (only != NULL && !both && (n % 2 == 1) != (*only == 'a'))
            continue;
        (void)snprintf(data, sizeof data, "r%u", (unsigned)n);
        record.topic_count = both ? 2 : 1;
        record.topics = both || n % 2 == 1 ? names : names + 1;
        record.data = slice_str(f->data != NULL ? f->data : data);
        wire_encode_body(&f->bodies, &record);
        assert_true(count < FIXTURE_BATCH_MAX);
        ends[count] = f->bodies.size;
        f->entries[count++] = (struct entry){.offset = n, .time_ms = n};
    }
    for (size_t i = 0; i < count; i++) {
        size_t begin = i == 0 ? 0 : ends[i - 1];

        f->entries[i].body = slice_of(f->bodies.data + begin, ends[i] - begin);
    }
    return count;
}

/* Broadcasts the next record of the log. */
static inline void fixture_record(struct fixture *f, const struct record *record, uint64_t time_ms)
{
    struct wire_frame b = {.type = WIRE_BATCH};
    struct entry entry = {.offset = ++f->head, .time_ms = time_ms};

    buf_reset(&f->bodies);
    wire_encode_body(&f->bodies, record);
    entry.body = buf_all(&f->bodies);
    b.batch = (struct wire_batch){f->epoch, f->term, &entry, 1};
    fixture_receive(f, &b);
}

static inline void fixture_welcome(struct fixture *f)
{
    const struct wire_frame *hello = fixture_last(f, WIRE_HELLO);
    struct wire_frame w = {.type = WIRE_WELCOME};

    assert_non_null(hello);
    w.welcome.request = hello->hello.request;
    w.welcome.epoch = f->epoch;
    w.welcome.term = f->term;
    w.welcome.head = f->head;
    w.welcome.oldest = f->oldest;
    fixture_receive(f, &w);
}

static inline void fixture_beacon(struct fixture *f, bool named, uint64_t accepted,
                                  uint64_t resolved)
{
    const struct wire_edge_progress edges[] = {{99, 5, 5}, {7, accepted, resolved}};
    struct wire_frame b = {.type = WIRE_BEACON};

    b.beacon.epoch = f->epoch;
    b.beacon.term = f->term;
    b.beacon.head = f->head;
    b.beacon.oldest = f->oldest;
    b.beacon.edges = edges;
    b.beacon.edge_count = named ? 2 : 1;
    fixture_receive(f, &b);
}

/* Broadcasts the records from .. until, and raises the log's head to `until` if it is lower. */
static inline void fixture_batch(struct fixture *f, uint64_t from, uint64_t until)
{
    struct wire_frame b = {.type = WIRE_BATCH};

    b.batch.count = fixture_entries(f, from, until, NULL);
    b.batch.entries = f->entries;
    b.batch.epoch = f->epoch;
    b.batch.term = f->term;
    if (until > f->head)
        f->head = until;
    fixture_receive(f, &b);
}

/* Answers the last READ with the records from .. until, complete up to `next`. */
static inline void fixture_records(struct fixture *f, enum err code, uint64_t from, uint64_t until,
                                   uint64_t next)
{
    const struct wire_frame *read = fixture_last(f, WIRE_READ);
    struct wire_frame r = {.type = WIRE_RECORDS};

    assert_non_null(read);
    if (from <= until)
        r.records.count = fixture_entries(f, from, until,
                                          f->selectors[0] == '\0'    ? NULL
                                          : strlen(f->selectors) > 1 ? NULL
                                                                     : f->selectors);
    r.records.entries = f->entries;
    r.records.request = read->read.request;
    r.records.code = code;
    r.records.epoch = f->epoch;
    r.records.next = next;
    r.records.oldest = f->oldest;
    r.records.head = f->head;
    fixture_receive(f, &r);
}

/* Takes the edge from HELLO to ready, with the newest records in its tail. */
static inline void fixture_join(struct fixture *f, uint64_t head)
{
    const char *why = "";

    f->head = head;
    fixture_start(f);
    fixture_welcome(f);
    fixture_beacon(f, false, 0, 0);
    fixture_beacon(f, true, 0, 0);
    if (head > 0)
        fixture_records(f, OK, fixture_last(f, WIRE_READ)->read.after + 1, head, head);
    if (!edge_ready(f->e, &why))
        fail_msg("not ready: %s", why);
    fixture_tick(f, 50);
    fixture_forget(f);
}

/* ---- clients ---- */

static inline enum err fixture_try_spec(struct fixture *f, struct client *c,
                                        const struct subscribe *spec)
{
    enum err err;

    memset(c, 0, sizeof *c);
    buf_init(&c->got, 1u << 30);
    c->room = SIZE_MAX;
    err = edge_subscribe(f->e, f->now, spec, c, &c->stream);
    if (err == OK)
        edge_writable(f->e, c->stream);
    fixture_drain(f);
    return err;
}

static inline enum err fixture_try(struct fixture *f, struct client *c, const char *names,
                                   const char *id, uint32_t history)
{
    struct slice selectors[8];
    struct subscribe spec = {.selectors = selectors, .history = history};

    for (; names[spec.selector_count] != '\0'; spec.selector_count++)
        selectors[spec.selector_count] = slice_of(names + spec.selector_count, 1);
    if (id != NULL)
        spec.last_event_id = slice_str(id);
    return fixture_try_spec(f, c, &spec);
}

/* Subscribes; each letter of `names` is a selector. */
static inline void fixture_subscribe(struct fixture *f, struct client *c, const char *names,
                                     const char *id, uint32_t history)
{
    assert_int_equal(fixture_try(f, c, names, id, history), OK);
}

static inline void fixture_leave(struct fixture *f, struct client *c)
{
    edge_unsubscribe(f->e, c->stream);
    buf_clear(&c->got);
    fixture_drain(f);
}

/* Lets the client's socket accept `room` more bytes. */
static inline void fixture_writable(struct fixture *f, struct client *c, size_t room)
{
    c->room = room;
    edge_writable(f->e, c->stream);
    fixture_drain(f);
}

/* Returns what the client received since the last check; valid until it receives more. */
static inline const char *fixture_text(struct client *c)
{
    char *end = buf_reserve(&c->got, 1);

    assert_non_null(end);
    *end = '\0';
    return c->got.data;
}

/* Asserts what the client received since the last check, and clears it. */
static inline void fixture_got(struct client *c, const char *expected)
{
    buf_char(&c->got, '\0');
    assert_string_equal(c->got.data, expected);
    buf_reset(&c->got);
}

/* Does the same for the records after .. until of one topic ('a' or 'b', or '*' for all). */
static inline void fixture_got_records(struct fixture *f, struct client *c, char topic,
                                       uint64_t after, uint64_t until)
{
    struct buf expected;

    buf_init(&expected, 1u << 30);
    for (uint64_t n = after + 1; n <= until; n++) {
        struct record record = {0};
        char data[32];

        if (topic != '*' && n % 10 != 0 && (n % 2 == 1) != (topic == 'a'))
            continue;
        (void)snprintf(data, sizeof data, "r%u", (unsigned)n);
        record.data = slice_str(f->data != NULL ? f->data : data);
        sse_record(&expected, f->epoch, n, &record);
    }
    buf_char(&expected, '\0');
    buf_char(&c->got, '\0');
    assert_string_equal(c->got.data, expected.data);
    buf_reset(&c->got);
    buf_clear(&expected);
}

#endif
