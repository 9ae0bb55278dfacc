/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

/* Evaluates the balances of `belfry audit`. */

#include "broker/ctl/watch/audit.h"

#include "broker/ctl/lib/json_read.h"
#include "common/base/mem.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* A number that an older peer does not send; distinct from 0. */
#define MISSING UINT64_MAX

static uint64_t number(const json_t *object, const char *key)
{
    uint64_t value = MISSING;

    (void)json_read_number(object, key, &value);
    return value;
}

/* Returns the edge with the same incarnation in another reply, or NULL. */
static const json_t *same_edge(const json_t *edges, const json_t *edge)
{
    const char *wanted = json_string_value(json_object_get(edge, "incarnation"));

    for (size_t i = 0; i < json_array_size(edges); i++) {
        const json_t *other = json_array_get(edges, i);
        const char *is = json_string_value(json_object_get(other, "incarnation"));

        if (wanted != NULL && is != NULL && strcmp(wanted, is) == 0)
            return other;
    }
    return NULL;
}

/* ---- comparing two replies ---- */

/* Counters that never decrease while a process runs. */
static const char *const broker_counters[] = {"head",    "oldest",     "taken",
                                              "stored",  "duplicates", "refused",
                                              "dropped", "commits",    "ephemerals"};
static const char *const edge_counters[] = {"published", "ephemeral", "stored",   "duplicates",
                                            "refused",   "unknown",   "received", "fetched",
                                            "lost",      "delivered", "skipped",  "gaps"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool all_same(const json_t *a, const json_t *b, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (number(a, keys[i]) != number(b, keys[i]))
            return false;
    }
    return true;
}

/* Returns the name of a counter that decreased, or NULL. */
static const char *went_back(const json_t *a, const json_t *b, const char *const *keys,
                             size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t before = number(a, keys[i]);
        uint64_t after = number(b, keys[i]);

        if (before != MISSING && after != MISSING && after < before)
            return keys[i];
    }
    return NULL;
}

/* Returns whether the edge's counters in the second reply may be older than the first reply. They
 * are newer after two PINGs, since one may have been in flight. */
static bool is_stale(const json_t *before, const json_t *after)
{
    uint64_t pings = number(before, "pings");

    return pings != MISSING && number(after, "pings") < pings + 2;
}

static enum audit_pair compare(const json_t *first, const json_t *second)
{
    const json_t *edges = json_object_get(first, "edges");
    const json_t *later = json_object_get(second, "edges");
    bool quiet = all_same(first, second, broker_counters, COUNT(broker_counters)) &&
                 number(second, "queued") == 0 && json_array_size(edges) == json_array_size(later);

    for (size_t i = 0; i < json_array_size(edges); i++) {
        const json_t *before = json_array_get(edges, i);
        const json_t *after = same_edge(later, before);

        if (after != NULL && is_stale(before, after))
            return AUDIT_STALE;
        quiet = quiet && after != NULL && number(after, "pending") == 0 &&
                number(after, "lag") == 0 &&
                all_same(before, after, edge_counters, COUNT(edge_counters));
    }
    return quiet ? AUDIT_QUIET : AUDIT_MOVING;
}

/* Parses both replies. The caller releases them with json_decref(), even after an error. */
static enum err parse(struct slice first, struct slice second, json_t **out_first,
                      json_t **out_second)
{
    enum err err = json_read_object(first, out_first);

    if (err == OK)
        err = json_read_object(second, out_second);
    if (err == OK && (!json_is_array(json_object_get(*out_first, "edges")) ||
                      !json_is_array(json_object_get(*out_second, "edges"))))
        err = ERR_MALFORMED;
    return err;
}

enum err audit_compare(struct slice first, struct slice second, enum audit_pair *out)
{
    json_t *a = NULL;
    json_t *b = NULL;
    enum err err = parse(first, second, &a, &b);

    if (err == OK)
        *out = compare(a, b);
    json_decref(a);
    json_decref(b);
    return err;
}

/* ---- balances ---- */

static struct audit_balance *new_book(struct audit *a, const json_t *edge, const char *name)
{
    struct audit_balance *book;
    const char *who = edge == NULL ? "broker" : json_string_value(json_object_get(edge, "name"));

    if (a->count == a->capacity) {
        size_t capacity = a->capacity * 2 + 16;
        struct audit_balance *bigger = mem_try_resize(a->balances, capacity * sizeof *bigger);

        if (bigger == NULL)
            return NULL;
        a->balances = bigger;
        a->capacity = capacity;
    }
    book = &a->balances[a->count++];
    *book = (struct audit_balance){.name = name, .state = AUDIT_OPEN};
    (void)snprintf(book->who, sizeof book->who, "%s", who == NULL ? "?" : who);
    return book;
}

/* Sets the state and the text of a balance. The value is ERR_NO_MEMORY if `book` is NULL. */
#define SAY(book, how, ...)                                                                        \
    ((book) == NULL ? ERR_NO_MEMORY                                                                \
                    : ((book)->state = (how),                                                      \
                       (void)snprintf((book)->text, AUDIT_TEXT_SIZE, __VA_ARGS__), OK))

/* Returns whether the edge has not sent counters: it has just connected, or is too old. */
static bool tells_nothing(const json_t *edge)
{
    return number(edge, "pings") == MISSING || number(edge, "pings") == 0;
}

static enum err too_old(struct audit_balance *book)
{
    return SAY(book, AUDIT_OPEN, "not available: the version is older than this command");
}

static enum audit_state when(bool balances)
{
    return balances ? AUDIT_OK : AUDIT_OFF;
}

static enum err broker_publishes(struct audit *a, const json_t *b)
{
    struct audit_balance *book = new_book(a, NULL, "publishes");
    uint64_t taken = number(b, "taken");
    uint64_t stored = number(b, "stored");
    uint64_t duplicates = number(b, "duplicates");
    uint64_t refused = number(b, "refused");
    uint64_t queued = number(b, "queued");

    if (taken == MISSING || queued == MISSING)
        return too_old(book);
    return SAY(book, when(taken == stored + duplicates + refused + queued),
               "%" PRIu64 " accepted = %" PRIu64 " stored + %" PRIu64 " duplicates + %" PRIu64
               " refused + %" PRIu64 " waiting for the disk",
               taken, stored, duplicates, refused, queued);
}

static enum err broker_log(struct audit *a, const json_t *b)
{
    struct audit_balance *book = new_book(a, NULL, "log");
    uint64_t head = number(b, "head");
    uint64_t started = number(b, "started_head");
    uint64_t stored = number(b, "stored");

    if (started == MISSING)
        return too_old(book);
    return SAY(book, when(head == started + stored),
               "head %" PRIu64 " = %" PRIu64 " at start + %" PRIu64 " stored", head, started,
               stored);
}

static enum err counters_grow(struct audit *a, const json_t *edge, const json_t *before,
                              const json_t *after, const char *const *keys, size_t count)
{
    struct audit_balance *book = new_book(a, edge, "counters");
    const char *bad = went_back(before, after, keys, count);

    if (bad != NULL)
        return SAY(book, AUDIT_OFF, "%s decreased from %" PRIu64 " to %" PRIu64, bad,
                   number(before, bad), number(after, bad));
    return SAY(book, AUDIT_OK, "none of %zu decreased", count);
}

static enum err edge_publishes(struct audit *a, const json_t *e)
{
    struct audit_balance *book = new_book(a, e, "publishes");
    uint64_t taken = number(e, "published");
    uint64_t ephemeral = number(e, "ephemeral");
    uint64_t stored = number(e, "stored");
    uint64_t duplicates = number(e, "duplicates");
    uint64_t refused = number(e, "refused");
    uint64_t unknown = number(e, "unknown");
    uint64_t pending = number(e, "pending");

    if (tells_nothing(e))
        return too_old(book);
    return SAY(book, when(taken == ephemeral + stored + duplicates + refused + unknown + pending),
               "%" PRIu64 " accepted = %" PRIu64 " stored + %" PRIu64 " duplicates + %" PRIu64
               " refused + %" PRIu64 " unknown + %" PRIu64 " pending + %" PRIu64 " ephemeral",
               taken, stored, duplicates, refused, unknown, pending, ephemeral);
}

static enum err edge_log(struct audit *a, const json_t *e)
{
    struct audit_balance *book = new_book(a, e, "log");
    uint64_t head = number(e, "head");
    uint64_t joined = number(e, "joined_head");
    uint64_t before = number(e, "joined_records");
    uint64_t received = number(e, "received");
    uint64_t fetched = number(e, "fetched");
    uint64_t lost = number(e, "lost");

    if (tells_nothing(e))
        return too_old(book);
    return SAY(book, when(head + before == joined + received + fetched + lost),
               "head %" PRIu64 " = %" PRIu64 " on joining + %" PRIu64 " received + %" PRIu64
               " fetched + %" PRIu64 " lost%s",
               head, joined, received, fetched, lost, before == 0 ? "" : " since joining");
}

/* Checks that an edge is not ahead of the log. In a quiet system, it must have the complete log. */
static enum err edge_head(struct audit *a, const json_t *b, const json_t *e)
{
    struct audit_balance *book = new_book(a, e, "head");
    uint64_t head = number(b, "head");
    uint64_t has = number(e, "head");

    return SAY(book, when(has <= head && (!a->quiet || has == head)),
               "%" PRIu64 " of the log's %" PRIu64 "%s", has, head,
               has < head && !a->quiet ? "; the rest is in flight" : "");
}

/* Compares what an edge and the broker have counted of the edge's publishes. In a quiet system, all
 * counters are from the later reply. Otherwise the edge's outcomes are compared with the broker's
 * in the same, earlier reply, since an edge counts an outcome after the broker does. What the
 * broker had accepted in the earlier reply is compared with what the edge had sent in the later
 * one, since an edge counts a publish before the broker accepts it. */
static enum err outcomes_agree(struct audit *a, const json_t *before, const json_t *after)
{
    struct audit_balance *book = new_book(a, after, "outcomes");
    const json_t *told = json_object_get(a->quiet ? after : before, "broker");
    const json_t *e = a->quiet ? after : before;
    uint64_t known = number(e, "stored") + number(e, "duplicates") + number(e, "refused");
    uint64_t unknown = number(after, "unknown");
    uint64_t taken = number(told, "taken");
    uint64_t published = number(after, "published") - number(after, "ephemeral");

    if (told == NULL || tells_nothing(after))
        return too_old(book);
    if (!json_is_true(json_object_get(told, "whole")))
        return SAY(book, AUDIT_OPEN, "%s",
                   taken == 0 ? "the edge has published nothing to this broker"
                              : "the edge published before this broker started to count");
    if (number(e, "stored") > number(told, "stored") ||
        number(e, "duplicates") > number(told, "duplicates") ||
        number(e, "refused") > number(told, "refused"))
        return SAY(book, AUDIT_OFF,
                   "edge: %" PRIu64 " stored, %" PRIu64 " duplicates, %" PRIu64
                   " refused; broker: only %" PRIu64 ", %" PRIu64 ", %" PRIu64,
                   number(e, "stored"), number(e, "duplicates"), number(e, "refused"),
                   number(told, "stored"), number(told, "duplicates"), number(told, "refused"));
    if (a->quiet)
        return SAY(book, when(taken >= known && taken - known <= unknown),
                   "%" PRIu64 " accepted by the broker = %" PRIu64 " with an outcome + %" PRIu64
                   " of %" PRIu64 " unknown",
                   taken, known, taken - known, unknown);
    return SAY(book, when(taken <= published),
               "%" PRIu64 " accepted by the broker of %" PRIu64 " published; %" PRIu64
               " with an outcome",
               taken, published, known);
}

static enum err edge_books(struct audit *a, const json_t *b, const json_t *before, const json_t *e)
{
    enum err err = edge_publishes(a, e);

    if (err == OK)
        err = edge_log(a, e);
    if (err == OK)
        err = edge_head(a, b, e);
    if (err == OK && before != NULL)
        err = outcomes_agree(a, before, e);
    if (err == OK && before != NULL)
        err = counters_grow(a, e, before, e, edge_counters, COUNT(edge_counters));
    return err;
}

static enum err all_books(struct audit *a, const json_t *first, const json_t *second)
{
    const json_t *edges = json_object_get(second, "edges");
    bool same = number(second, "uptime_ms") >= number(first, "uptime_ms");
    enum err err = broker_publishes(a, second);

    a->edges = json_array_size(edges);
    a->quiet = compare(first, second) == AUDIT_QUIET;
    a->ms = same ? number(second, "uptime_ms") - number(first, "uptime_ms") : 0;
    if (err == OK)
        err = broker_log(a, second);
    if (err == OK && same) /* otherwise the broker was restarted */
        err = counters_grow(a, NULL, first, second, broker_counters, COUNT(broker_counters));
    for (size_t i = 0; err == OK && i < a->edges; i++) {
        const json_t *edge = json_array_get(edges, i);

        err = edge_books(a, second, same ? same_edge(json_object_get(first, "edges"), edge) : NULL,
                         edge);
    }
    return err;
}

enum err audit_evaluate(struct audit *a, struct slice first, struct slice second)
{
    json_t *before = NULL;
    json_t *after = NULL;
    enum err err = parse(first, second, &before, &after);

    if (err == OK) {
        assert(compare(before, after) != AUDIT_STALE);
        err = all_books(a, before, after);
    }
    json_decref(before);
    json_decref(after);
    return err;
}
