/* SPDX-License-Identifier: MIT */
/* Copyright 2026 the Belfry developers */

#include "edge/state/link.h"

#include <assert.h>

#define SILENCE_MS (3 * LINK_BEACON_MS)
#define HELLO_MS 1000 /* a hello without an answer is repeated after this */
#define READ_MS 2000  /* a read without an answer is repeated after this */
#define PING_MS 1000
#define SPLITS_MAX 8 /* beacons of another log in a row; they take 2 s */

void link_init(struct link *l, uint64_t now_ms)
{
    *l = (struct link){.state = LINK_LOOKING, .beacon_ms = now_ms, .ping_ms = now_ms};
}

void link_clear(struct link *l)
{
    *l = (struct link){.state = LINK_LOOKING};
}

void link_check(const struct link *l)
{
    uint32_t count = 0;

    assert(l->state < LINK_STATES);
    assert(link_joined(l) == epoch_known(l->epoch));
    assert(l->hello_request <= l->last_request);
    for (size_t i = 0; i < LINK_READS_MAX; i++) {
        assert(l->reads[i].request <= l->last_request);
        assert(l->reads[i].request == 0 || l->reads[i].type != READ_HOLE);
        count += l->reads[i].request != 0;
    }
    assert(count == l->read_count);
    assert(l->reads[LINK_READS_MAX].type == READ_HOLE);
}

void link_move(struct link *l, enum link_state state)
{
    static const bool allowed[LINK_STATES][LINK_STATES] = {
        [LINK_LOOKING] = {[LINK_JOINED] = true},
        [LINK_JOINED] = {[LINK_JOINED] = true, [LINK_HEARD] = true, [LINK_PROVEN] = true},
        [LINK_HEARD] = {[LINK_JOINED] = true, [LINK_HEARD] = true, [LINK_PROVEN] = true},
        [LINK_PROVEN] = {[LINK_JOINED] = true, [LINK_HEARD] = true, [LINK_PROVEN] = true},
    };

    assert(allowed[l->state][state]);
    l->state = state;
}

/* ---- what comes from the broker ---- */

bool link_ours(struct link *l, struct epoch epoch, uint64_t term)
{
    bool same = epoch_equal(epoch, l->epoch);

    /* Without a log our epoch is empty, and a frame with an empty epoch would match it. */
    if (same && term == l->term && link_joined(l))
        return true;
    /* A lower term comes from a broker that has been replaced. In all other cases a hello finds
     * out which broker is there now. */
    if (!same || term > l->term)
        l->want_hello = true;
    return false;
}

bool link_answered(struct link *l, const struct wire_welcome *frame)
{
    if (frame->request != l->hello_request || l->hello_request == 0)
        return false;
    l->hello_request = 0;
    return true;
}

void link_follow(struct link *l, const struct wire_welcome *frame)
{
    assert(epoch_known(frame->epoch));
    l->epoch = frame->epoch;
    l->join_head = frame->head;
    l->reads[LINK_READS_MAX] = (struct read){.type = READ_HOLE};
    link_move(l, LINK_JOINED);
}

bool link_serve(struct link *l, const struct wire_welcome *frame)
{
    bool other = frame->term != l->term;

    l->want_ping = true;
    l->want_hello = false;
    l->oldest = frame->oldest;
    l->topic_records = frame->topic_records;
    l->topic_ms = frame->topic_ms;
    l->term = frame->term;
    if (other)
        link_move(l, LINK_JOINED);
    return other;
}

bool link_break_silence(struct link *l, uint64_t now_ms)
{
    bool silent = l->silent;

    l->beacon_ms = now_ms;
    l->silent = false;
    return silent;
}

void link_beacon(struct link *l, const struct wire_beacon *frame, bool named)
{
    l->splits = 0;
    l->oldest = frame->oldest;
    l->edges = frame->edge_count;
    link_move(l, named ? LINK_PROVEN : LINK_HEARD);
}

bool link_other_beacon(struct link *l, struct epoch epoch)
{
    if (!link_joined(l) || epoch_equal(epoch, l->epoch))
        return false;
    link_move(l, LINK_JOINED);
    return ++l->splits == SPLITS_MAX;
}

/* ---- requests ---- */

uint64_t link_start_hello(struct link *l, uint64_t now_ms)
{
    /* At most once per HELLO_MS, unless another log or term has just appeared. */
    if (l->hello_request != 0 || (!l->want_hello && link_joined(l)))
        return 0;
    if (!l->want_hello && l->hello_ms != 0 && now_ms - l->hello_ms < HELLO_MS)
        return 0;
    l->want_hello = false;
    l->hello_ms = now_ms;
    l->hello_request = ++l->last_request;
    return l->hello_request;
}

/* Returns a free element for a read of this type, or NULL. */
static struct read *free_place(struct link *l, enum read_type type)
{
    size_t first = type == READ_HOLE ? LINK_READS_MAX : 0;
    size_t end = type == READ_HOLE ? LINK_READS_MAX + 1 : LINK_READS_MAX;

    for (size_t i = first; i < end; i++) {
        if (l->reads[i].request == 0)
            return &l->reads[i];
    }
    return NULL;
}

struct read *link_begin_read(struct link *l, uint64_t now_ms, enum read_type type,
                             struct stream *stream)
{
    struct read *read = free_place(l, type);

    if (read == NULL)
        return NULL;
    *read = (struct read){.request = ++l->last_request,
                          .type = type,
                          .stream = stream,
                          .deadline_ms = now_ms + READ_MS};
    l->read_count += type != READ_HOLE;
    return read;
}

static void take(struct link *l, struct read *read, struct read *out)
{
    *out = *read;
    read->request = 0;
    l->read_count -= read->type != READ_HOLE;
}

bool link_take_read(struct link *l, uint64_t request, struct read *out)
{
    for (size_t i = 0; i <= LINK_READS_MAX && request != 0; i++) {
        if (l->reads[i].request == request) {
            take(l, &l->reads[i], out);
            return true;
        }
    }
    return false;
}

bool link_take_late_read(struct link *l, uint64_t now_ms, struct read *out)
{
    for (size_t i = 0; i <= LINK_READS_MAX; i++) {
        if (l->reads[i].request != 0 && now_ms >= l->reads[i].deadline_ms) {
            take(l, &l->reads[i], out);
            return true;
        }
    }
    return false;
}

void link_cancel_reads(struct link *l, const struct stream *stream)
{
    for (size_t i = 0; i < LINK_READS_MAX; i++) {
        if (l->reads[i].stream == stream)
            l->reads[i].stream = NULL; /* it becomes free when the answer comes, or is late */
    }
}

bool link_tick(struct link *l, uint64_t now_ms)
{
    bool falls_silent = !l->silent && now_ms - l->beacon_ms >= SILENCE_MS;

    l->silent |= falls_silent;
    if (l->hello_request != 0 && now_ms - l->hello_ms >= HELLO_MS)
        l->hello_request = 0;
    if (now_ms >= l->ping_ms) {
        l->want_ping = link_joined(l) && !l->silent;
        l->ping_ms = now_ms + PING_MS;
    }
    return falls_silent;
}
