/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Subscribers that behave like browsers: they read lines, keep the last id and reconnect with it.
 * Each event is compared with the journal when it arrives. */

void clients_init(struct sim *s)
{
    for (int i = 0; i < SIM_CLIENTS; i++) {
        struct sim_client *c = &s->clients[i];

        c->edge = -1;
        c->everything = chance_percent(&s->chance, 20);
        c->topics = c->everything ? ~0u : 1u + (unsigned)chance_below(&s->chance, 31);
        if (!c->everything && chance_percent(&s->chance, 50))
            c->topics = 1u << chance_below(&s->chance, SIM_TOPICS);
        c->by_template = !c->everything && chance_percent(&s->chance, 20);
        if (c->by_template)
            c->topics = (1u << SIM_TOPICS) - 1;
        c->sees_private = chance_percent(&s->chance, 50);
        c->history = chance_percent(&s->chance, 40) ? (uint32_t)chance_below(&s->chance, 30) : 0;
        c->back_ms = chance_below(&s->chance, 2000);
        buf_init(&c->line, 4096);
    }
}

void clients_clear(struct sim *s)
{
    for (int i = 0; i < SIM_CLIENTS; i++)
        buf_clear(&s->clients[i].line);
}

static void reset_event(struct sim_client *c)
{
    c->has_id = c->has_data = false;
    c->event_type[0] = c->event_data[0] = '\0';
}

void client_gone(struct sim *s, struct sim_client *c)
{
    if (c->stream != NULL)
        edge_unsubscribe(s->edges[c->edge].core, c->stream);
    c->stream = NULL;
    c->edge = -1;
    c->wants_more = false;
    c->back_ms = s->now_ms + chance_below(&s->chance, 300);
    buf_reset(&c->line);
    reset_event(c);
}

/* ---- what arrives ---- */

const struct sim_record *client_next(const struct sim *s, const struct sim_client *c,
                                     uint64_t after)
{
    const struct sim_record *r = sim_next_record(s, c->topics, after);

    while (r != NULL && r->is_private && !c->sees_private)
        r = sim_next_record(s, c->topics, r->offset);
    return r;
}

static void check_record(struct sim *s, struct sim_client *c)
{
    const struct sim_record *expected;
    uint64_t publish = strtoull(c->event_data + 1, NULL, 10);

    if (!c->placed || !epoch_equal(c->epoch, c->event_epoch))
        sim_fail(s, "client %d: an event of an unannounced log", (int)(c - s->clients));
    if (!epoch_equal(c->event_epoch, s->journal.epoch)) {
        if (c->event_offset <= c->position)
            sim_fail(s, "client %d: out of order in an old log", (int)(c - s->clients));
        return; /* the log has been lost since then, and its records with it */
    }
    if (c->event_offset > s->journal.count)
        sim_fail(s, "client %d: offset %llu is visible and not durable", (int)(c - s->clients),
                 (unsigned long long)c->event_offset);
    expected = client_next(s, c, c->position);
    if (expected == NULL || expected->offset != c->event_offset)
        sim_fail(s, "client %d: after %llu came %llu instead of %llu", (int)(c - s->clients),
                 (unsigned long long)c->position, (unsigned long long)c->event_offset,
                 (unsigned long long)(expected == NULL ? 0 : expected->offset));
    if (expected->publish != publish)
        sim_fail(s, "client %d: offset %llu has the data of another record", (int)(c - s->clients),
                 (unsigned long long)c->event_offset);
}

static uint64_t count_after(const struct sim *s, const struct sim_client *c, uint64_t after,
                            bool visible)
{
    const struct sim_record *r;
    uint64_t count = 0;

    while ((r = visible ? client_next(s, c, after) : sim_next_record(s, c->topics, after)) !=
           NULL) {
        after = r->offset;
        count++;
    }
    return count;
}

/* Returns whether the client's first position is early enough for its history: the last N records,
 * or all that it may see. history=N counts private records too, so a client that may not see them
 * gets fewer than N. The position may also have moved past such records. */
static bool has_history(const struct sim *s, const struct sim_client *c, uint64_t position)
{
    uint64_t oldest = s->journal.oldest - 1;
    uint64_t available = count_after(s, c, oldest, false);
    uint64_t seen = oldest;
    const struct sim_record *r;

    if (available > c->history)
        available = c->history;
    while ((r = client_next(s, c, seen)) != NULL && r->offset <= position)
        seen = r->offset;
    return count_after(s, c, seen < position ? seen : position, false) >= available ||
           count_after(s, c, position, true) >= count_after(s, c, oldest, true);
}

/* Checks a position that arrives without a record: at the stream's start, or with a heartbeat. */
static void check_position(struct sim *s, struct sim_client *c)
{
    const struct sim_record *missed;

    if (!epoch_equal(c->event_epoch, s->journal.epoch))
        return;
    if (c->placed) {
        missed = client_next(s, c, c->position);
        if (!epoch_equal(c->epoch, c->event_epoch))
            sim_fail(s, "client %d: another log without a gap event", (int)(c - s->clients));
        if (c->event_offset < c->position || (missed != NULL && missed->offset <= c->event_offset))
            sim_fail(s, "client %d: moved from %llu to %llu over a record", (int)(c - s->clients),
                     (unsigned long long)c->position, (unsigned long long)c->event_offset);
        return;
    }
    if (!has_history(s, c, c->event_offset))
        sim_fail(s, "client %d: fewer than the last %u records", (int)(c - s->clients), c->history);
}

static void check_gap(struct sim *s, struct sim_client *c)
{
    bool expired = strstr(c->event_data, "\"expired\"") != NULL;
    bool epoch = strstr(c->event_data, "\"epoch\"") != NULL;

    c->gaps++;
    s->gaps++;
    if (!c->placed || (!expired && !epoch))
        sim_fail(s, "client %d: a gap event without a known reason: %s", (int)(c - s->clients),
                 c->event_data);
    /* After a change of the log, a client may reach an edge that does not know the new log yet. */
    if (epoch && epoch_equal(c->epoch, c->event_epoch) && s->journal.logs == 1)
        sim_fail(s, "client %d: an epoch gap in the same log", (int)(c - s->clients));
    if (!epoch_equal(c->event_epoch, s->journal.epoch))
        return;
    if (expired && c->position + 1 >= s->journal.oldest)
        sim_fail(s, "client %d: a gap after %llu, but the log is complete", (int)(c - s->clients),
                 (unsigned long long)c->position);
}

static void end_of_event(struct sim *s, struct sim_client *c)
{
    if (c->has_id && strcmp(c->event_type, "belfry.gap") == 0)
        check_gap(s, c);
    else if (c->has_data && strncmp(c->event_type, "belfry.", 7) == 0)
        c->has_data = false; /* hello, sync */
    else if (c->has_id && c->has_data)
        check_record(s, c);
    else if (c->has_id)
        check_position(s, c);
    if (c->has_id) {
        c->placed = true;
        c->epoch = c->event_epoch;
        c->position = c->event_offset;
        c->received += c->has_data;
        s->deliveries += c->has_data;
    }
    reset_event(c);
}

static void end_of_line(struct sim *s, struct sim_client *c)
{
    struct slice line = buf_all(&c->line);

    if (line.size == 0) {
        end_of_event(s, c);
    } else if (slice_starts(line, SLICE("id: "))) {
        c->has_id = true;
        if (event_id_parse(slice_of(line.data + 4, line.size - 4), &c->event_epoch,
                           &c->event_offset) != OK)
            sim_fail(s, "an invalid id");
    } else if (slice_starts(line, SLICE("event: ")) && line.size - 7 < sizeof c->event_type) {
        memcpy(c->event_type, line.data + 7, line.size - 7);
        c->event_type[line.size - 7] = '\0';
    } else if (slice_starts(line, SLICE("data: ")) && line.size - 6 < sizeof c->event_data) {
        c->has_data = true;
        memcpy(c->event_data, line.data + 6, line.size - 6);
        c->event_data[line.size - 6] = '\0';
    } else if (line.data[0] != ':') {
        sim_fail(s, "client %d: bytes that are not an event: %.*s", (int)(c - s->clients),
                 (int)line.size, line.data);
    }
    buf_reset(&c->line);
}

void client_bytes(struct sim *s, struct sim_client *c, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\n')
            end_of_line(s, c);
        else
            buf_char(&c->line, bytes[i]);
    }
}

/* ---- connecting and disconnecting ---- */

static int some_edge(struct sim *s)
{
    int first = (int)chance_below(&s->chance, SIM_EDGES);

    for (int i = 0; i < SIM_EDGES; i++) {
        int edge = (first + i) % SIM_EDGES;
        if (s->edges[edge].up)
            return edge;
    }
    return -1;
}

static void connect_client(struct sim *s, struct sim_client *c)
{
    static const char names[SIM_TOPICS][3] = {"t0", "t1", "t2", "t3", "t4"};
    struct slice selectors[SIM_TOPICS];
    struct subscribe spec = {.selectors = selectors, .history = c->history};
    char id[EVENT_ID_SIZE];
    int edge = some_edge(s);

    if (edge < 0)
        return;
    spec.open = c->sees_private;
    spec.hello = chance_percent(&s->chance, 30);
    if (c->by_template)
        selectors[spec.selector_count++] = SLICE("t{number}");
    if (c->everything)
        selectors[spec.selector_count++] = SLICE("*");
    for (int i = 0; i < SIM_TOPICS && !c->everything && !c->by_template; i++) {
        if (c->topics & 1u << i)
            selectors[spec.selector_count++] = slice_str(names[i]);
    }
    if (c->placed)
        spec.last_event_id = slice_of(id, event_id_format(c->epoch, c->position, id));
    if (edge_subscribe(s->edges[edge].core, s->now_ms, &spec, c, &c->stream) != OK) {
        c->back_ms = s->now_ms + 50 + chance_below(&s->chance, 200);
        return;
    }
    c->edge = edge;
    c->wants_more = true; /* a shell calls edge_writable() after the response head */
    c->socket = 0;
}

static void client_turn(struct sim *s, struct sim_client *c)
{
    if (c->edge < 0) {
        if (s->now_ms >= c->back_ms)
            connect_client(s, c);
        return;
    }
    if (!s->calm && chance_permille(&s->chance, 2 + s->fault_level / 4)) {
        client_gone(s, c);
        return;
    }
    if (!s->calm && chance_permille(&s->chance, 5))
        c->stalled = !c->stalled;
    if (s->calm)
        c->stalled = false;
    if (!c->stalled)
        c->socket = c->socket / 2 + chance_below(&s->chance, s->calm ? 4000 : 400);
    if (c->wants_more && c->socket > 0) {
        c->wants_more = false;
        edge_writable(s->edges[c->edge].core, c->stream);
    }
}

void clients_turn(struct sim *s)
{
    for (int i = 0; i < SIM_CLIENTS; i++)
        client_turn(s, &s->clients[i]);
}

/* ---- publishers ---- */

static void send_publish(struct sim *s, struct sim_publish *p)
{
    uint32_t number = (uint32_t)(p - s->publishes);
    static const char names[SIM_TOPICS][3] = {"t0", "t1", "t2", "t3", "t4"};
    struct slice topics[SIM_TOPICS];
    struct record record = {.topics = topics, .flags = p->is_private ? RECORD_PRIVATE : 0};
    char data[200];
    char id[16];

    p->edge = some_edge(s);
    p->again_ms = s->now_ms + 100 + chance_below(&s->chance, 400);
    if (p->edge < 0)
        return;
    for (int i = 0; i < SIM_TOPICS; i++) {
        if (p->topics & 1u << i)
            topics[record.topic_count++] = slice_str(names[i]);
    }
    (void)snprintf(data, sizeof data, "m%u %0*d", number, (int)(number % 97) + 1, 0);
    record.data = slice_str(data);
    (void)snprintf(id, sizeof id, "p%u", number);
    if (p->has_id)
        record.id = slice_str(id);
    if (edge_publish(s->edges[p->edge].core, s->now_ms, &record, p) != OK)
        return;
    p->waiting = true;
    p->deadline_ms = s->now_ms + (s->calm ? 100000 : 200 + chance_below(&s->chance, 6000));
}

static void new_publish(struct sim *s)
{
    struct sim_publish *p;

    if (s->publish_count == SIM_PUBLISHES_MAX)
        return;
    p = &s->publishes[s->publish_count++];
    *p = (struct sim_publish){.has_id = chance_percent(&s->chance, 80),
                              .is_private = chance_percent(&s->chance, 15),
                              .topics = 1u << chance_below(&s->chance, SIM_TOPICS)};
    if (chance_percent(&s->chance, 15))
        p->topics |= 1u << chance_below(&s->chance, SIM_TOPICS);
    send_publish(s, p);
}

/* Notes that a publish got no answer, or an error. Its publisher repeats it with the same id, or
 * gives up if it has no id. */
static void no_answer(struct sim *s, struct sim_publish *p)
{
    p->waiting = false;
    p->again_ms = s->now_ms + chance_below(&s->chance, 300);
    if (!p->has_id)
        p->given_up = true;
}

void publish_edge_died(struct sim *s, int edge)
{
    for (uint32_t i = 0; i < s->publish_count; i++) {
        if (s->publishes[i].waiting && s->publishes[i].edge == edge)
            no_answer(s, &s->publishes[i]);
    }
}

void publish_outcome(struct sim *s, void *request, enum err result, uint64_t offset,
                     struct epoch epoch)
{
    struct sim_publish *p = request;
    uint32_t number = (uint32_t)(p - s->publishes);

    if (!p->waiting)
        sim_fail(s, "publish %u has two outcomes", number);
    if (result != OK && result != ERR_DUPLICATE) {
        no_answer(s, p);
        return;
    }
    p->waiting = false;
    p->acked = true;
    p->offset = offset;
    p->epoch = epoch;
    if (!epoch_equal(epoch, s->journal.epoch))
        return;
    if (offset == 0 || offset > s->journal.count)
        sim_fail(s, "publish %u is acknowledged and not durable", number);
    if (s->journal.records[offset - 1].publish != number)
        sim_fail(s, "publish %u is acknowledged with another record's offset", number);
}

void clients_publish(struct sim *s)
{
    for (uint32_t i = 0; i < s->publish_count; i++) {
        struct sim_publish *p = &s->publishes[i];

        if (p->acked || p->given_up)
            continue;
        if (p->waiting && s->now_ms >= p->deadline_ms) {
            edge_forget(s->edges[p->edge].core, p);
            no_answer(s, p);
        }
        if (!p->waiting && !p->given_up && s->now_ms >= p->again_ms)
            send_publish(s, p);
    }
    for (int i = 0; i < SIM_PUBLISHERS && !s->calm; i++) {
        if (chance_percent(&s->chance, 12))
            new_publish(s);
    }
}

/* ---- the end ---- */

void clients_finish(struct sim *s)
{
    const char *why = "";

    for (uint32_t i = 0; i < s->publish_count; i++) {
        const struct sim_publish *p = &s->publishes[i];

        if (!p->acked && !p->given_up)
            sim_fail(s, "publish %u was never acknowledged", i);
        if (p->acked && epoch_equal(p->epoch, s->journal.epoch) &&
            s->journal.records[p->offset - 1].publish != i)
            sim_fail(s, "publish %u is not where it was acknowledged", i);
    }
    for (int i = 0; i < SIM_EDGES; i++) {
        struct edge_status status;

        edge_status(s->edges[i].core, &status);
        if (!edge_ready(s->edges[i].core, &why))
            sim_fail(s, "edge %d is not ready: %s", i, why);
        if (status.head != s->journal.count)
            sim_fail(s, "edge %d is at %llu, the log at %zu", i, (unsigned long long)status.head,
                     s->journal.count);
    }
    for (int i = 0; i < SIM_CLIENTS; i++) {
        const struct sim_client *c = &s->clients[i];
        const struct sim_record *missing = client_next(s, c, c->position);

        if (!c->placed || !epoch_equal(c->epoch, s->journal.epoch))
            sim_fail(s, "client %d is not in the log", i);
        if (missing != NULL)
            sim_fail(s, "client %d is at %llu and never got %llu", i,
                     (unsigned long long)c->position, (unsigned long long)missing->offset);
    }
}
